/* SPDX-License-Identifier: MIT
 *
 * Decoding through the whole driver on the simulated device: lifetimes of objects, pixels, descriptors, errors of the
 * device, several displays and contexts.
 */
#include <errno.h>

#include "harness.h"
#include "player.h"
#include "session.h"

/* ---- pixels ------------------------------------------------------------------------------------ */

static void pictures_are_exact(void)
{
	struct session session;
	struct player_picture picture;

	open_session(&session);
	for (uint8_t seed = 1; seed < 9; seed++) {
		decode(&session, session.surfaces[seed % SURFACES], seed);
		check_pixels(&session, session.surfaces[seed % SURFACES], seed);
	}
	/* A chain of pictures that copy the one before. */
	for (uint32_t i = 1; i < 20; i++) {
		picture = (struct player_picture){
			.surface = session.surfaces[i % SURFACES],
			.reference = session.surfaces[(i + SURFACES - 1) % SURFACES],
			.number = i,
		};
		if (i == 1)
			decode(&session, picture.reference, 77);
		CHECK_EQUAL(player_decode(&session.player, session.context, &picture), VA_STATUS_SUCCESS);
	}
	check_pixels(&session, picture.surface, 77);
	CHECK_EQUAL(session.player.messages, 0);
	close_session(&session);
}

static void many_in_flight(void)
{
	struct session session;

	setenv("V4L2SIM_DELAY_US", "3000", 1);
	open_session(&session);
	for (int round = 0; round < 10; round++) {
		for (int i = 0; i < SURFACES; i++)
			decode(&session, session.surfaces[i], (uint8_t)(round * SURFACES + i));
		for (int i = 0; i < SURFACES; i++)
			check_pixels(&session, session.surfaces[i], (uint8_t)(round * SURFACES + i));
	}
	close_session(&session);
}

static void getimage_of_an_undecoded_surface(void)
{
	struct session session;
	bool equal;

	open_session(&session);
	CHECK_EQUAL(player_compare(&session.player, session.surfaces[0], 5, &equal), VA_STATUS_SUCCESS);
	CHECK(!equal);
	decode(&session, session.surfaces[0], 5);
	check_pixels(&session, session.surfaces[0], 5);
	close_session(&session);
}

static void putimage_is_read_back(void)
{
	struct session session;
	struct player *player = &session.player;
	VAImageFormat format = {.fourcc = VA_FOURCC_I420};
	VAImage image;
	uint8_t *data;

	open_session(&session);
	CHECK_EQUAL(player->table.vaCreateImage(&player->va, &format, PLAYER_SIDE, PLAYER_SIDE, &image),
	            VA_STATUS_SUCCESS);
	CHECK_EQUAL(image.num_planes, 3);
	CHECK_EQUAL(player->table.vaMapBuffer(&player->va, image.buf, (void **)&data), VA_STATUS_SUCCESS);
	for (int plane = 0; plane < 3; plane++) {
		int side = plane ? PLAYER_SIDE / 2 : PLAYER_SIDE;

		for (int i = 0; i < side * side; i++)
			data[image.offsets[plane] + (uint32_t)(i / side) * image.pitches[plane] + (uint32_t)(i % side)] =
				player_sample(9, plane, i % side, i / side);
	}
	CHECK_EQUAL(player->table.vaUnmapBuffer(&player->va, image.buf), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaPutImage(&player->va, session.surfaces[0], image.image_id, 0, 0, PLAYER_SIDE,
	                                     PLAYER_SIDE, 0, 0, PLAYER_SIDE, PLAYER_SIDE),
	            VA_STATUS_SUCCESS);
	check_pixels(&session, session.surfaces[0], 9);
	CHECK(player->table.vaPutImage(&player->va, session.surfaces[0], image.image_id, 0, 0, PLAYER_SIDE,
	                               PLAYER_SIDE, 0, 0, PLAYER_SIDE / 2, PLAYER_SIDE) != VA_STATUS_SUCCESS);
	CHECK(player->table.vaGetImage(&player->va, session.surfaces[0], -2, 0, PLAYER_SIDE, PLAYER_SIDE,
	                               image.image_id) != VA_STATUS_SUCCESS);
	CHECK(player->table.vaGetImage(&player->va, session.surfaces[0], 2, 0, PLAYER_SIDE, PLAYER_SIDE,
	                               image.image_id) != VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaDestroyImage(&player->va, image.image_id), VA_STATUS_SUCCESS);
	close_session(&session);
}

static void derived_image_is_the_surface(void)
{
	struct session session;
	struct player *player = &session.player;
	VAImage before, after;
	uint8_t *data;
	uint8_t *again;

	open_session(&session);
	/* As ffmpeg: derived and destroyed before any decode, then held over one. */
	CHECK_EQUAL(player->table.vaDeriveImage(&player->va, session.surfaces[0], &before), VA_STATUS_SUCCESS);
	CHECK_EQUAL(before.format.fourcc, VA_FOURCC_NV12);
	CHECK_EQUAL(before.width, PLAYER_SIDE);
	CHECK_EQUAL(player->table.vaDestroyImage(&player->va, before.image_id), VA_STATUS_SUCCESS);
	decode(&session, session.surfaces[0], 3);
	CHECK_EQUAL(player->table.vaDeriveImage(&player->va, session.surfaces[0], &after), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaMapBuffer(&player->va, after.buf, (void **)&data), VA_STATUS_SUCCESS);
	CHECK(player_equal(data, after.offsets, after.pitches, 3));
	CHECK_EQUAL(player->table.vaMapBuffer(&player->va, after.buf, (void **)&again), VA_STATUS_SUCCESS);
	CHECK(again == data);
	CHECK_EQUAL(player->table.vaUnmapBuffer(&player->va, after.buf), VA_STATUS_SUCCESS);
	decode(&session, session.surfaces[0], 4);
	CHECK_EQUAL(player->table.vaSyncSurface(&player->va, session.surfaces[0]), VA_STATUS_SUCCESS);
	CHECK(player_equal(data, after.offsets, after.pitches, 4));
	/* The surface and the context go first; the mapping stays until the image does. */
	CHECK_EQUAL(player->table.vaDestroyContext(&player->va, session.context), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaDestroySurfaces(&player->va, session.surfaces, 1), VA_STATUS_SUCCESS);
	CHECK(player_equal(data, after.offsets, after.pitches, 4));
	CHECK_EQUAL(player->table.vaUnmapBuffer(&player->va, after.buf), VA_STATUS_SUCCESS);
	CHECK(player->table.vaUnmapBuffer(&player->va, after.buf) != VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaDestroyImage(&player->va, after.image_id), VA_STATUS_SUCCESS);
	player_close(player);
}

/* ---- sentences --------------------------------------------------------------------------------- */

static void a_wrong_field_is_named(void)
{
	struct session session;
	struct player *player = &session.player;
	struct player_picture picture;
	VABufferID buffers[PLAYER_BUFFERS];
	VAPictureParameterBufferH264 *parameters;

	open_session(&session);
	picture = (struct player_picture){session.surfaces[0], VA_INVALID_SURFACE, 0, 1};
	CHECK_EQUAL(player_buffers(player, session.context, &picture, buffers), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaMapBuffer(&player->va, buffers[0], (void **)&parameters), VA_STATUS_SUCCESS);
	parameters->num_ref_frames = 17;
	CHECK_EQUAL(player->table.vaUnmapBuffer(&player->va, buffers[0]), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaBeginPicture(&player->va, session.context, picture.surface),
	            VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaRenderPicture(&player->va, session.context, buffers, PLAYER_BUFFERS),
	            VA_STATUS_ERROR_INVALID_PARAMETER);
	CHECK(strstr(player->last, "contradict the specification (num_ref_frames);"));
	CHECK_EQUAL(player->messages, 1);
	player->table.vaEndPicture(&player->va, session.context);
	close_session(&session);
}

/* ---- export ------------------------------------------------------------------------------------ */

/* Exported once, before the first picture; decoded to again and again; outlives surface, context and display. */
static void export_is_for_life(void)
{
	struct session session;
	struct player *player = &session.player;
	VADRMPRIMESurfaceDescriptor descriptor;
	VADRMPRIMESurfaceDescriptor composed;

	open_session(&session);
	export_surface(&session, session.surfaces[0], &descriptor);
	for (uint8_t seed = 1; seed < 6; seed++) {
		/* Never a vaSyncSurface, as Chromium: what vaEndPicture leaves must be finished. */
		decode(&session, session.surfaces[0], seed);
		CHECK(exported_equal(&descriptor, seed));
	}
	CHECK_EQUAL(player->table.vaExportSurfaceHandle(
					&player->va, session.surfaces[0], VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
					VA_EXPORT_SURFACE_READ_WRITE | VA_EXPORT_SURFACE_COMPOSED_LAYERS, &composed),
	            VA_STATUS_SUCCESS);
	CHECK_EQUAL(composed.num_layers, 1);
	CHECK_EQUAL(composed.layers[0].num_planes, 2);
	close(composed.objects[0].fd);
	close_session(&session);
	CHECK(exported_equal(&descriptor, 5));
	close(descriptor.objects[0].fd);
}

static void refused_export_leaves_nothing(void)
{
	struct session session;
	struct player *player = &session.player;
	VADRMPRIMESurfaceDescriptor descriptor;

	open_session(&session);
	CHECK(player->table.vaExportSurfaceHandle(&player->va, session.surfaces[0], 0x10000000,
	                                          VA_EXPORT_SURFACE_READ_ONLY, &descriptor) != VA_STATUS_SUCCESS);
	CHECK(player->table.vaExportSurfaceHandle(&player->va, session.surfaces[0],
	                                          VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
	                                          VA_EXPORT_SURFACE_READ_ONLY, NULL) != VA_STATUS_SUCCESS);
	close_session(&session);
}

/* ---- lifetimes --------------------------------------------------------------------------------- */

static void init_terminate_init(void)
{
	struct player player;

	for (int i = 0; i < 3; i++) {
		struct session session;

		CHECK_EQUAL(player_open(&player), VA_STATUS_SUCCESS);
		open_session(&session);
		decode(&session, session.surfaces[0], (uint8_t)i);
		check_pixels(&session, session.surfaces[0], (uint8_t)i);
		close_session(&session);
		player_close(&player);
	}
}

static void terminate_with_everything_alive(void)
{
	struct session session;
	struct player *player = &session.player;
	VABufferID buffers[PLAYER_BUFFERS];
	struct player_picture picture;
	VAImage image;
	void *data;

	open_session(&session);
	for (int i = 0; i < SURFACES; i++)
		decode(&session, session.surfaces[i], (uint8_t)i);
	CHECK_EQUAL(player->table.vaDeriveImage(&player->va, session.surfaces[1], &image), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaMapBuffer(&player->va, image.buf, &data), VA_STATUS_SUCCESS);
	picture = idr(session.surfaces[2], 9);
	CHECK_EQUAL(player_buffers(player, session.context, &picture, buffers), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaBeginPicture(&player->va, session.context, picture.surface),
	            VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaRenderPicture(&player->va, session.context, buffers, 3), VA_STATUS_SUCCESS);
	player_close(player);
}

static void surfaces_outlive_their_context(void)
{
	struct session session;
	struct player *player = &session.player;
	VASurfaceStatus status;

	setenv("V4L2SIM_DELAY_US", "2000", 1);
	open_session(&session);
	for (int i = 0; i < SURFACES; i++)
		decode(&session, session.surfaces[i], (uint8_t)(20 + i));
	CHECK_EQUAL(player->table.vaDestroyContext(&player->va, session.context), VA_STATUS_SUCCESS);
	for (int i = 0; i < SURFACES; i++) {
		CHECK_EQUAL(player->table.vaQuerySurfaceStatus(&player->va, session.surfaces[i], &status),
		            VA_STATUS_SUCCESS);
		CHECK_EQUAL(status, VASurfaceReady);
		CHECK_EQUAL(player->table.vaSyncSurface(&player->va, session.surfaces[i]), VA_STATUS_SUCCESS);
		check_pixels(&session, session.surfaces[i], (uint8_t)(20 + i));
	}
	/* A new context goes on with the old surfaces. */
	CHECK_EQUAL(player_context(player, session.config, &session.context), VA_STATUS_SUCCESS);
	decode(&session, session.surfaces[0], 44);
	check_pixels(&session, session.surfaces[0], 44);
	close_session(&session);
}

static void surfaces_destroyed_in_flight(void)
{
	struct session session;
	struct player *player = &session.player;
	VABufferID buffers[PLAYER_BUFFERS];
	struct player_picture picture;

	setenv("V4L2SIM_DELAY_US", "2000", 1);
	open_session(&session);
	decode(&session, session.surfaces[0], 1);
	decode(&session, session.surfaces[1], 2);
	CHECK_EQUAL(player->table.vaDestroySurfaces(&player->va, session.surfaces, 2), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaSyncSurface(&player->va, session.surfaces[0]),
	            VA_STATUS_ERROR_INVALID_SURFACE);
	/* The target goes between Begin and End: a status, and the next picture is well. */
	picture = idr(session.surfaces[2], 3);
	CHECK_EQUAL(player_buffers(player, session.context, &picture, buffers), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaBeginPicture(&player->va, session.context, picture.surface),
	            VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaDestroySurfaces(&player->va, &picture.surface, 1), VA_STATUS_SUCCESS);
	player->table.vaRenderPicture(&player->va, session.context, buffers, PLAYER_BUFFERS);
	player->table.vaEndPicture(&player->va, session.context);
	for (int i = 0; i < PLAYER_BUFFERS; i++)
		CHECK_EQUAL(player->table.vaDestroyBuffer(&player->va, buffers[i]), VA_STATUS_SUCCESS);
	decode(&session, session.surfaces[3], 4);
	check_pixels(&session, session.surfaces[3], 4);
	CHECK_EQUAL(player_surfaces(player, session.surfaces, 3), VA_STATUS_SUCCESS);
	decode(&session, session.surfaces[0], 5);
	check_pixels(&session, session.surfaces[0], 5);
	close_session(&session);
}

static void buffers_destroyed_before_end(void)
{
	struct session session;
	struct player *player = &session.player;
	VABufferID buffers[PLAYER_BUFFERS];
	struct player_picture picture;

	open_session(&session);
	picture = idr(session.surfaces[0], 12);
	CHECK_EQUAL(player_buffers(player, session.context, &picture, buffers), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaBeginPicture(&player->va, session.context, picture.surface),
	            VA_STATUS_SUCCESS);
	for (int i = 0; i < PLAYER_BUFFERS; i++) {
		/* Even slice parameters go before their data comes. */
		CHECK_EQUAL(player->table.vaRenderPicture(&player->va, session.context, &buffers[i], 1),
		            VA_STATUS_SUCCESS);
		CHECK_EQUAL(player->table.vaDestroyBuffer(&player->va, buffers[i]), VA_STATUS_SUCCESS);
		CHECK_EQUAL(player->table.vaDestroyBuffer(&player->va, buffers[i]), VA_STATUS_ERROR_INVALID_BUFFER);
	}
	CHECK_EQUAL(player->table.vaEndPicture(&player->va, session.context), VA_STATUS_SUCCESS);
	check_pixels(&session, session.surfaces[0], 12);
	close_session(&session);
}

static void buffer_filled_after_creation(void)
{
	struct session session;
	struct player *player = &session.player;
	VABufferID buffers[PLAYER_BUFFERS];
	VABufferID empty;
	struct player_picture picture;
	unsigned int size, count;
	VABufferType type;
	void *from, *to;

	open_session(&session);
	picture = idr(session.surfaces[0], 13);
	CHECK_EQUAL(player_buffers(player, session.context, &picture, buffers), VA_STATUS_SUCCESS);
	for (int i = 0; i < PLAYER_BUFFERS; i++) {
		CHECK_EQUAL(player->table.vaBufferInfo(&player->va, buffers[i], &type, &size, &count),
		            VA_STATUS_SUCCESS);
		CHECK_EQUAL(count, 1);
		CHECK_EQUAL(player->table.vaCreateBuffer(&player->va, session.context, type, size, 1, NULL, &empty),
		            VA_STATUS_SUCCESS);
		CHECK_EQUAL(player->table.vaMapBuffer(&player->va, buffers[i], &from), VA_STATUS_SUCCESS);
		CHECK_EQUAL(player->table.vaMapBuffer(&player->va, empty, &to), VA_STATUS_SUCCESS);
		memcpy(to, from, size);
		CHECK_EQUAL(player->table.vaUnmapBuffer(&player->va, empty), VA_STATUS_SUCCESS);
		CHECK_EQUAL(player->table.vaDestroyBuffer(&player->va, buffers[i]), VA_STATUS_SUCCESS);
		buffers[i] = empty;
	}
	CHECK_EQUAL(player->table.vaBeginPicture(&player->va, session.context, picture.surface),
	            VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaRenderPicture(&player->va, session.context, buffers, 4), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaEndPicture(&player->va, session.context), VA_STATUS_SUCCESS);
	check_pixels(&session, session.surfaces[0], 13);
	close_session(&session);
}

/* Slices in pairs of buffers, as ffmpeg sends them; or all parameters in one buffer and all data in another. */
static void several_slices(bool pairs)
{
	struct session session;
	struct player *player = &session.player;
	struct player_picture picture;
	VABufferID all[PLAYER_BUFFERS], buffers[6];
	VASliceParameterBufferH264 slices[2];
	uint8_t data[2 * 16384];
	uint32_t sizes[2] = {0, 0};
	int count;

	open_session(&session);
	for (uint8_t round = 0; round < 3; round++) {
		picture = idr(session.surfaces[round], (uint8_t)(50 + round));
		CHECK_EQUAL(player_buffers(player, session.context, &picture, all), VA_STATUS_SUCCESS);
		buffers[0] = all[0];
		buffers[1] = all[1];
		for (int half = 0; half < 2; half++)
			player_half(&picture, half, &slices[half], data + (half ? sizes[0] : 0), &sizes[half]);
		count = 2;
		if (pairs) {
			for (int half = 0; half < 2; half++) {
				CHECK_EQUAL(player->table.vaCreateBuffer(&player->va, session.context,
				                                         VASliceParameterBufferType, sizeof(slices[0]), 1,
				                                         &slices[half], &buffers[count++]),
				            VA_STATUS_SUCCESS);
				CHECK_EQUAL(player->table.vaCreateBuffer(&player->va, session.context, VASliceDataBufferType,
				                                         sizes[half], 1, data + (half ? sizes[0] : 0),
				                                         &buffers[count++]),
				            VA_STATUS_SUCCESS);
			}
		} else {
			slices[1].slice_data_offset = sizes[0];
			CHECK_EQUAL(player->table.vaCreateBuffer(&player->va, session.context, VASliceParameterBufferType,
			                                         sizeof(slices[0]), 2, slices, &buffers[count++]),
			            VA_STATUS_SUCCESS);
			CHECK_EQUAL(player->table.vaCreateBuffer(&player->va, session.context, VASliceDataBufferType,
			                                         sizes[0] + sizes[1], 1, data, &buffers[count++]),
			            VA_STATUS_SUCCESS);
		}
		CHECK_EQUAL(player->table.vaBeginPicture(&player->va, session.context, picture.surface),
		            VA_STATUS_SUCCESS);
		CHECK_EQUAL(player->table.vaRenderPicture(&player->va, session.context, buffers, count),
		            VA_STATUS_SUCCESS);
		CHECK_EQUAL(player->table.vaEndPicture(&player->va, session.context), VA_STATUS_SUCCESS);
		check_pixels(&session, picture.surface, picture.seed);
	}
	close_session(&session);
}

static void slices_in_pairs(void)
{
	several_slices(true);
}

static void slices_in_one_buffer(void)
{
	several_slices(false);
}

static void slices_on_a_slice_decoder(void)
{
	setenv("V4L2SIM_KIND", "h264:slice", 1);
	several_slices(true);
}

/* Who only ever asks sees the picture done, too. */
static void asked_until_it_is_done(void)
{
	enum { ASKED = 5000 };
	struct session session;
	struct player *player = &session.player;
	VASurfaceStatus status = VASurfaceRendering;
	VADRMPRIMESurfaceDescriptor descriptor;

	setenv("V4L2SIM_DELAY_US", "2000", 1);
	open_session(&session);
	export_surface(&session, session.surfaces[1], &descriptor);
	decode(&session, session.surfaces[0], 1);
	for (int i = 0; i < ASKED && status != VASurfaceReady; i++) {
		usleep(1000);
		CHECK_EQUAL(player->table.vaQuerySurfaceStatus(&player->va, session.surfaces[0], &status),
		            VA_STATUS_SUCCESS);
	}
	CHECK_EQUAL(status, VASurfaceReady);
	close(descriptor.objects[0].fd);
	close_session(&session);
}

/* FFmpeg begins one with surface 0 when all slice headers of a field failed: it costs that picture, not the film. */
static void pictures_without_a_surface(void)
{
	struct session session;

	open_session(&session);
	for (uint8_t i = 0; i < 12; i++) {
		if (i % 3 == 1)
			decode(&session, 0, i);
		else
			decode(&session, session.surfaces[i % SURFACES], i);
	}
	/* The first time of four. */
	CHECK_EQUAL(session.player.messages, 1);
	CHECK(strstr(session.player.last, "no surface for a picture"));
	check_pixels(&session, session.surfaces[8 % SURFACES], 8);
	check_pixels(&session, session.surfaces[9 % SURFACES], 9);
	check_pixels(&session, session.surfaces[11 % SURFACES], 11);
	close_session(&session);
}

/* As Chromium sends tiles of AV1. */
static void data_before_its_parameters(void)
{
	struct session session;

	open_session(&session);
	for (uint8_t i = 0; i < 8; i++) {
		const struct player_picture picture = idr(session.surfaces[i % SURFACES], i);

		CHECK_EQUAL(player_decode_data_first(&session.player, session.context, &picture), VA_STATUS_SUCCESS);
		check_pixels(&session, session.surfaces[i % SURFACES], i);
		/* The other order in the next picture. */
		decode(&session, session.surfaces[(i + 1) % SURFACES], (uint8_t)(50 + i));
		check_pixels(&session, session.surfaces[(i + 1) % SURFACES], (uint8_t)(50 + i));
	}
	close_session(&session);
}

/* Two contexts of one display, and a second display, each with pictures of its own. */
static void contexts_share_nothing(void)
{
	struct session first, second;
	VAContextID other;
	VASurfaceID surface;
	struct player_picture picture;
	bool equal;

	open_session(&first);
	open_session(&second);
	CHECK_EQUAL(player_context(&first.player, first.config, &other), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_surfaces(&first.player, &surface, 1), VA_STATUS_SUCCESS);
	for (uint8_t i = 0; i < 12; i++) {
		decode(&first, first.surfaces[i % SURFACES], i);
		decode(&second, second.surfaces[i % SURFACES], (uint8_t)(100 + i));
		picture = idr(surface, (uint8_t)(200 + i));
		CHECK_EQUAL(player_decode(&first.player, other, &picture), VA_STATUS_SUCCESS);
		check_pixels(&first, first.surfaces[i % SURFACES], i);
		check_pixels(&second, second.surfaces[i % SURFACES], (uint8_t)(100 + i));
		CHECK_EQUAL(player_compare(&first.player, surface, (uint8_t)(200 + i), &equal), VA_STATUS_SUCCESS);
		CHECK(equal);
	}
	/* One surface, decoded to by one context, then the other. */
	picture = idr(first.surfaces[0], 99);
	CHECK_EQUAL(player_decode(&first.player, other, &picture), VA_STATUS_SUCCESS);
	decode(&first, first.surfaces[0], 98);
	check_pixels(&first, first.surfaces[0], 98);
	close_session(&second);
	CHECK_EQUAL(first.player.table.vaDestroyContext(&first.player.va, other), VA_STATUS_SUCCESS);
	close_session(&first);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"pictures are exact", pictures_are_exact, NULL},
		{"many pictures in flight", many_in_flight, NULL},
		{"vaGetImage of a surface that was never decoded to", getimage_of_an_undecoded_surface, NULL},
		{"vaPutImage is read back", putimage_is_read_back, NULL},
		{"a derived image is the surface's memory", derived_image_is_the_surface, NULL},
		{"a sentence names the field that is wrong", a_wrong_field_is_named, NULL},
		{"an export is for life", export_is_for_life, NULL},
		{"a refused export leaves nothing behind", refused_export_leaves_nothing, NULL},
		{"init, terminate, init", init_terminate_init, NULL},
		{"terminate with everything alive", terminate_with_everything_alive, NULL},
		{"surfaces outlive their context", surfaces_outlive_their_context, NULL},
		{"surfaces destroyed in flight", surfaces_destroyed_in_flight, NULL},
		{"buffers destroyed before vaEndPicture", buffers_destroyed_before_end, NULL},
		{"buffers filled after their creation", buffer_filled_after_creation, NULL},
		{"slices in pairs of buffers", slices_in_pairs, NULL},
		{"slices in one buffer", slices_in_one_buffer, NULL},
		{"slices on a slice-based decoder", slices_on_a_slice_decoder, NULL},
		{"slice data before its parameters", data_before_its_parameters, NULL},
		{"asked until it is done", asked_until_it_is_done, NULL},
		{"pictures without a surface", pictures_without_a_surface, NULL},
		{"contexts and displays share nothing", contexts_share_nothing, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
