/* SPDX-License-Identifier: MIT
 *
 * Surfaces whose memory is not what the decoder would choose: seen outside before the stream was known, of another size, or
 * of another format.
 */
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "interpose.h"
#include "player.h"
#include "session.h"
#include "va/buffer.h"

/* The top left corner of a surface, read where its memory is. */
static void check_corner(struct session *session, VASurfaceID surface, int side, uint8_t seed)
{
	struct player *player = &session->player;
	unsigned wrong = 0;
	VAImage image;
	uint8_t *data;

	CHECK_EQUAL(player->table.vaSyncSurface(&player->va, surface), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaDeriveImage(&player->va, surface, &image), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaMapBuffer(&player->va, image.buf, (void **)&data), VA_STATUS_SUCCESS);
	for (int y = 0; y < side; y++) {
		const uint8_t *luma = data + image.offsets[0] + (size_t)y * image.pitches[0];
		const uint8_t *chroma = data + image.offsets[1] + (size_t)(y / 2) * image.pitches[1];

		for (int x = 0; x < side; x++) {
			wrong += luma[x] != player_sample(seed, 0, x, y);
			wrong += chroma[x] != player_sample(seed, 1 + x % 2, x / 2, y / 2);
		}
	}
	CHECK_EQUAL(wrong, 0);
	CHECK_EQUAL(player->table.vaUnmapBuffer(&player->va, image.buf), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaDestroyImage(&player->va, image.image_id), VA_STATUS_SUCCESS);
}

/* Whether two exports of a surface name the same memory, laid out in the same way. */
static bool same_memory(const VADRMPRIMESurfaceDescriptor *a, const VADRMPRIMESurfaceDescriptor *b)
{
	struct stat first, second;

	CHECK(fstat(a->objects[0].fd, &first) == 0 && fstat(b->objects[0].fd, &second) == 0);
	return first.st_ino == second.st_ino && a->layers[0].pitch[0] == b->layers[0].pitch[0] &&
	       a->layers[1].offset[0] == b->layers[1].offset[0];
}

/*
 * The player's surfaces are smaller than the stream. Memory that nobody has seen gives way to what the stream needs;
 * memory that is exported, or shown by an image, stays for life, and pictures are copied to it.
 */
static void exported_memory_stays(void)
{
	struct session session;
	struct player *player = &session.player;
	VADRMPRIMESurfaceDescriptor before, after;
	struct player_picture picture;
	VASurfaceID small[2];
	VAImage image;
	uint8_t *shown;

	open_session(&session);
	CHECK_EQUAL(player->table.vaCreateSurfaces2(&player->va, VA_RT_FORMAT_YUV420, 48, 48, small, 2, NULL, 0),
	            VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaDeriveImage(&player->va, small[0], &image), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaMapBuffer(&player->va, image.buf, (void **)&shown), VA_STATUS_SUCCESS);
	picture = idr(small[0], 1);
	CHECK_EQUAL(player_decode(player, session.context, &picture), VA_STATUS_SUCCESS);
	check_corner(&session, small[0], 48, 1);
	CHECK_EQUAL(shown[image.offsets[0] + image.pitches[0] + 2], player_sample(1, 0, 2, 1));
	CHECK_EQUAL(player->table.vaUnmapBuffer(&player->va, image.buf), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaDestroyImage(&player->va, image.image_id), VA_STATUS_SUCCESS);
	export_surface(&session, small[1], &before);
	picture = idr(small[1], 2);
	CHECK_EQUAL(player_decode(player, session.context, &picture), VA_STATUS_SUCCESS);
	check_corner(&session, small[1], 48, 2);
	/* As a reference, the whole picture is there, though the surface holds a corner. */
	picture = (struct player_picture){session.surfaces[0], small[1], 1, 0};
	CHECK_EQUAL(player_decode(player, session.context, &picture), VA_STATUS_SUCCESS);
	check_pixels(&session, session.surfaces[0], 2);
	export_surface(&session, small[1], &after);
	CHECK(same_memory(&before, &after));
	close(before.objects[0].fd);
	close(after.objects[0].fd);
	decode(&session, session.surfaces[0], 3);
	check_pixels(&session, session.surfaces[0], 3);
	CHECK_EQUAL(player->messages, 0);
	CHECK_EQUAL(player->table.vaDestroySurfaces(&player->va, small, 2), VA_STATUS_SUCCESS);
	close_session(&session);
}

/* Its pixels would reach beyond the memory that the stream's pictures have: it has memory of its own. */
static void surface_larger_than_the_stream(void)
{
	struct session session;
	struct player *player = &session.player;
	struct player_picture picture;
	VASurfaceID large;

	open_session(&session);
	CHECK_EQUAL(
		player->table.vaCreateSurfaces2(&player->va, VA_RT_FORMAT_YUV420, 256, 256, &large, 1, NULL, 0),
		VA_STATUS_SUCCESS);
	picture = idr(large, 1);
	CHECK_EQUAL(player_decode(player, session.context, &picture), VA_STATUS_SUCCESS);
	check_corner(&session, large, PLAYER_SIDE, 1);
	decode(&session, session.surfaces[0], 3);
	check_pixels(&session, session.surfaces[0], 3);
	CHECK_EQUAL(player->messages, 0);
	CHECK_EQUAL(player->table.vaDestroySurfaces(&player->va, &large, 1), VA_STATUS_SUCCESS);
	close_session(&session);
}

/* ffmpeg makes a surface of each format that images have, as mpv probes: what does not exist is refused without a word. */
static void formats_that_players_try(void)
{
	static const struct {
		unsigned int rt_format, fourcc;
	} absent[] = {
		{VA_RT_FORMAT_YUV420, VA_FOURCC_I420},
		{VA_RT_FORMAT_YUV420, VA_FOURCC_YV12},
		{VA_RT_FORMAT_YUV420_10, VA_FOURCC_P010},
	};
	struct session session;
	struct player *player = &session.player;
	VAImageFormat formats[16];
	VASurfaceID surface;
	int count = 0;

	open_session(&session);
	for (unsigned int i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
		VASurfaceAttrib attribute = {
			.type = VASurfaceAttribPixelFormat,
			.flags = VA_SURFACE_ATTRIB_SETTABLE,
			.value = {.type = VAGenericValueTypeInteger, .value.i = (int)absent[i].fourcc},
		};

		CHECK_EQUAL(player->table.vaCreateSurfaces2(&player->va, absent[i].rt_format, 128, 128, &surface, 1,
		                                            &attribute, 1),
		            VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT);
		CHECK_EQUAL(surface, VA_INVALID_SURFACE);
	}
	CHECK_EQUAL(player->table.vaQueryImageFormats(&player->va, formats, &count), VA_STATUS_SUCCESS);
	CHECK(count > 0 && count <= 16);
	for (int i = 0; i < count; i++)
		CHECK(formats[i].fourcc != VA_FOURCC_P010);
	CHECK_EQUAL(player->messages, 0);
	close_session(&session);
}

/* A surface for 10 bit takes no 8-bit picture, by copy or otherwise: one sentence, and the next picture is well. */
static void surface_of_another_format(void)
{
	VASurfaceAttrib attribute = {
		.type = VASurfaceAttribPixelFormat,
		.flags = VA_SURFACE_ATTRIB_SETTABLE,
		.value = {.type = VAGenericValueTypeInteger, .value.i = VA_FOURCC_P010},
	};
	struct session session;
	struct player *player = &session.player;
	struct player_picture picture;
	VASurfaceID deep;

	setenv("V4L2SIM_DEPTH", "10", 1);
	open_session(&session);
	CHECK_EQUAL(player->table.vaCreateSurfaces2(&player->va, VA_RT_FORMAT_YUV420_10, PLAYER_SIDE, PLAYER_SIDE,
	                                            &deep, 1, &attribute, 1),
	            VA_STATUS_SUCCESS);
	picture = idr(deep, 1);
	CHECK_EQUAL(player_decode(player, session.context, &picture), VA_STATUS_ERROR_INVALID_SURFACE);
	CHECK_EQUAL(player->messages, 1);
	CHECK(strstr(player->last, "format"));
	decode(&session, session.surfaces[0], 3);
	check_pixels(&session, session.surfaces[0], 3);
	CHECK_EQUAL(player->table.vaDestroySurfaces(&player->va, &deep, 1), VA_STATUS_SUCCESS);
	close_session(&session);
}

/* ---- the player's own memory ---------------------------------------------------------------------- */

enum { FILL = 0xee };

static unsigned open_descriptors(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* A surface in memory that the descriptor describes, of either kind (VADRMPRIMESurfaceDescriptor with separate layers). */
static VAStatus import_surface(struct player *player, uint32_t memory_type,
                               VADRMPRIMESurfaceDescriptor *descriptor, VASurfaceID *surface)
{
	uintptr_t buffer = (uintptr_t)descriptor->objects[0].fd;
	VASurfaceAttribExternalBuffers external = {
		.pixel_format = descriptor->fourcc,
		.width = descriptor->width,
		.height = descriptor->height,
		.data_size = descriptor->objects[0].size,
		.num_planes = 2,
		.pitches = {descriptor->layers[0].pitch[0], descriptor->layers[1].pitch[0]},
		.offsets = {descriptor->layers[0].offset[0], descriptor->layers[1].offset[0]},
		.buffers = &buffer,
		.num_buffers = 1,
	};
	VASurfaceAttrib attributes[] = {
		{.type = VASurfaceAttribMemoryType, .value = {VAGenericValueTypeInteger, {.i = (int)memory_type}}},
		{.type = VASurfaceAttribExternalBufferDescriptor, .value = {.type = VAGenericValueTypePointer}},
	};

	attributes[1].value.value.p =
		memory_type == VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2 ? (void *)descriptor : &external;
	return player->table.vaCreateSurfaces2(&player->va, VA_RT_FORMAT_YUV420, PLAYER_SIDE, PLAYER_SIDE,
	                                       surface, 1, attributes, 2);
}

/* Memory of the player's as a GPU might lay it out: its own pitch, luma not at the start, chroma far behind. */
static void describe_own(VADRMPRIMESurfaceDescriptor *descriptor)
{
	const uint32_t size = 3 * 256 * PLAYER_SIDE;
	int fd = memfd_create("player", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	uint8_t *bytes;

	CHECK(fd >= 0 && ftruncate(fd, size) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
	bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(bytes != MAP_FAILED);
	memset(bytes, FILL, size);
	munmap(bytes, size);
	*descriptor = (VADRMPRIMESurfaceDescriptor){
		.fourcc = VA_FOURCC_NV12,
		.width = PLAYER_SIDE,
		.height = PLAYER_SIDE,
		.num_objects = 1,
		.objects = {{.fd = fd, .size = size, .drm_format_modifier = 0}},
		.num_layers = 2,
		.layers =
			{{.drm_format = 0x20203852, .num_planes = 1, .offset = {512}, .pitch = {256}},
	         {.drm_format = 0x38385247, .num_planes = 1, .offset = {2 * 256 * PLAYER_SIDE}, .pitch = {192}}},
	};
}

/* How many bytes outside of the planes are not what the player left there. */
static unsigned spilt(const VADRMPRIMESurfaceDescriptor *descriptor)
{
	const uint32_t size = descriptor->objects[0].size;
	uint8_t *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor->objects[0].fd, 0);
	unsigned count = 0;

	CHECK(bytes != MAP_FAILED);
	for (int plane = 0; plane < 2; plane++) {
		for (uint32_t y = 0; y < (plane ? PLAYER_SIDE / 2 : PLAYER_SIDE); y++)
			memset(bytes + descriptor->layers[plane].offset[0] +
			           (size_t)y * descriptor->layers[plane].pitch[0],
			       FILL, PLAYER_SIDE);
	}
	for (uint32_t i = 0; i < size; i++)
		count += bytes[i] != FILL;
	munmap(bytes, size);
	return count;
}

static void players_memory_is_decoded_to(void)
{
	static const uint32_t types[] = {VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME,
	                                 VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2};

	for (size_t i = 0; i < TEST_COUNT(types); i++) {
		struct session session;
		struct player *player = &session.player;
		VADRMPRIMESurfaceDescriptor suits, own, again;
		VASurfaceID imported[2];
		unsigned before;

		open_session(&session);
		decode(&session, session.surfaces[0], 1);
		export_surface(&session, session.surfaces[3], &suits);
		describe_own(&own);
		before = open_descriptors();
		CHECK_EQUAL(import_surface(player, types[i], &suits, &imported[0]), VA_STATUS_SUCCESS);
		CHECK_EQUAL(import_surface(player, types[i], &own, &imported[1]), VA_STATUS_SUCCESS);
		CHECK_EQUAL(open_descriptors(), before + 2);
		for (uint8_t seed = 20; seed < 24; seed++) {
			struct player_picture next = {session.surfaces[1], imported[1], 1, 0};

			/* At first the player has never waited: the picture is there when vaEndPicture returns. */
			decode(&session, imported[0], seed);
			if (seed > 20)
				CHECK_EQUAL(player->table.vaSyncSurface(&player->va, imported[0]), VA_STATUS_SUCCESS);
			CHECK(exported_equal(&suits, seed));
			decode(&session, imported[1], (uint8_t)(seed + 100));
			if (seed > 20)
				CHECK_EQUAL(player->table.vaSyncSurface(&player->va, imported[1]), VA_STATUS_SUCCESS);
			CHECK(exported_equal(&own, (uint8_t)(seed + 100)));
			CHECK_EQUAL(player_decode(player, session.context, &next), VA_STATUS_SUCCESS);
			check_pixels(&session, session.surfaces[1], (uint8_t)(seed + 100));
		}
		CHECK_EQUAL(spilt(&own), 0);
		export_surface(&session, imported[1], &again);
		CHECK(same_memory(&own, &again));
		CHECK_EQUAL(again.layers[0].offset[0], 512);
		close(again.objects[0].fd);
		CHECK_EQUAL(player->table.vaDestroySurfaces(&player->va, imported, 2), VA_STATUS_SUCCESS);
		close(suits.objects[0].fd);
		close(own.objects[0].fd);
		CHECK_EQUAL(player->messages, 0);
		close_session(&session);
	}
}

static void players_memory_is_refused(void)
{
	struct session session;
	struct player *player = &session.player;
	VADRMPRIMESurfaceDescriptor own, bad;
	VASurfaceID surface = 0;
	unsigned before;

	open_session(&session);
	describe_own(&own);
	before = open_descriptors();
	for (int i = 0; i < 6; i++) {
		uint32_t type = i % 2 ? VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME : VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2;

		bad = own;
		if (i < 2)
			bad.objects[0].fd = 4000; /* open nowhere */
		else if (i < 4)
			bad.layers[1].offset[0] = 3 * 256 * PLAYER_SIDE - 192;
		else
			bad.width = PLAYER_SIDE / 2;
		player->messages = 0;
		CHECK_EQUAL(import_surface(player, type, &bad, &surface), VA_STATUS_ERROR_INVALID_PARAMETER);
		CHECK_EQUAL(surface, VA_INVALID_SURFACE);
		CHECK_EQUAL(player->messages, 1);
		CHECK(strstr(player->last, "the player's memory"));
	}
	bad = own;
	bad.objects[0].drm_format_modifier = 0x0100000000000001u;
	CHECK_EQUAL(import_surface(player, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2, &bad, &surface),
	            VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
	CHECK_EQUAL(open_descriptors(), before);
	close(own.objects[0].fd);
	close_session(&session);
}

/* ---- who looks, and how -------------------------------------------------------------------------- */

/* The flags of each DMA_BUF_IOCTL_SYNC since they were forgotten last. */
static uint64_t syncs[8];
static unsigned sync_count;

/* Before the simulated device's, which it calls. */
int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (request == DMA_BUF_IOCTL_SYNC && sync_count < TEST_COUNT(syncs))
		syncs[sync_count++] = ((struct dma_buf_sync *)argument)->flags;
	return next_ioctl(fd, request, argument);
}

static void check_syncs(unsigned count, const uint64_t *expected)
{
	CHECK_EQUAL(sync_count, count);
	for (unsigned i = 0; i < count; i++)
		CHECK_EQUAL(syncs[i], expected[i]);
	sync_count = 0;
}

#define SYNCS(...)                                                        \
	do {                                                                  \
		static const uint64_t expected_[] = {__VA_ARGS__};                \
		check_syncs(sizeof(expected_) / sizeof(expected_[0]), expected_); \
	} while (0)

/* vaMapBuffer2: a derived image is coherent for what the player says that it will do, and for both if it says nothing. */
static void mappings_of_some_access(void)
{
	enum { READ = 1, WRITE = 2, START_READ = DMA_BUF_SYNC_READ, START_WRITE = DMA_BUF_SYNC_WRITE };
	enum {
		END_READ = DMA_BUF_SYNC_READ | DMA_BUF_SYNC_END,
		END_WRITE = DMA_BUF_SYNC_WRITE | DMA_BUF_SYNC_END
	};
	struct session session;
	struct player *player = &session.player;
	uint32_t word = 7;
	VABufferID plain;
	VAImage image;
	void *first, *second;

	open_session(&session);
	decode(&session, session.surfaces[0], 3);
	CHECK_EQUAL(player->table.vaDeriveImage(&player->va, session.surfaces[0], &image), VA_STATUS_SUCCESS);
	sync_count = 0;
	CHECK_EQUAL(player->table.vaMapBuffer(&player->va, image.buf, &first), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaUnmapBuffer(&player->va, image.buf), VA_STATUS_SUCCESS);
	SYNCS(START_READ | START_WRITE, END_READ | END_WRITE);
	/* Nothing said, or nothing that this driver knows of. */
	for (uint32_t flags = 0; flags <= 4; flags += 4) {
		CHECK_EQUAL(buffer_map2(&player->va, image.buf, &first, flags), VA_STATUS_SUCCESS);
		CHECK_EQUAL(player->table.vaUnmapBuffer(&player->va, image.buf), VA_STATUS_SUCCESS);
		SYNCS(START_READ | START_WRITE, END_READ | END_WRITE);
	}
	CHECK_EQUAL(buffer_map2(&player->va, image.buf, &first, READ), VA_STATUS_SUCCESS);
	CHECK_EQUAL(((uint8_t *)first)[image.offsets[0]], player_sample(3, 0, 0, 0));
	CHECK_EQUAL(player->table.vaUnmapBuffer(&player->va, image.buf), VA_STATUS_SUCCESS);
	SYNCS(START_READ, END_READ);
	CHECK_EQUAL(buffer_map2(&player->va, image.buf, &first, WRITE), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaUnmapBuffer(&player->va, image.buf), VA_STATUS_SUCCESS);
	SYNCS(START_WRITE, END_WRITE);
	/* A second mapping that asks for more gets it for both; one that asks for less changes nothing. */
	CHECK_EQUAL(buffer_map2(&player->va, image.buf, &first, READ), VA_STATUS_SUCCESS);
	CHECK_EQUAL(buffer_map2(&player->va, image.buf, &second, WRITE), VA_STATUS_SUCCESS);
	CHECK(first == second);
	CHECK_EQUAL(buffer_map2(&player->va, image.buf, &second, READ), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaUnmapBuffer(&player->va, image.buf), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaUnmapBuffer(&player->va, image.buf), VA_STATUS_SUCCESS);
	SYNCS(START_READ, END_READ, START_READ | START_WRITE);
	CHECK_EQUAL(player->table.vaUnmapBuffer(&player->va, image.buf), VA_STATUS_SUCCESS);
	SYNCS(END_READ | END_WRITE);
	/* Destroyed while mapped: ended as it was begun. */
	CHECK_EQUAL(buffer_map2(&player->va, image.buf, &first, WRITE), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaDestroyImage(&player->va, image.image_id), VA_STATUS_SUCCESS);
	SYNCS(START_WRITE, END_WRITE);
	/* Ordinary memory has no caches to look after. */
	CHECK_EQUAL(player->table.vaCreateBuffer(&player->va, session.context, VASliceDataBufferType, 4, 1, &word,
	                                         &plain),
	            VA_STATUS_SUCCESS);
	CHECK_EQUAL(buffer_map2(&player->va, plain, &first, READ), VA_STATUS_SUCCESS);
	CHECK_EQUAL(*(uint32_t *)first, word);
	CHECK_EQUAL(player->table.vaUnmapBuffer(&player->va, plain), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaDestroyBuffer(&player->va, plain), VA_STATUS_SUCCESS);
	CHECK_EQUAL(sync_count, 0);
	close_session(&session);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"exported memory stays what it is", exported_memory_stays, NULL},
		{"a surface larger than the stream", surface_larger_than_the_stream, NULL},
		{"a surface of another format", surface_of_another_format, NULL},
		{"formats that players try", formats_that_players_try, NULL},
		{"the player's memory is decoded to", players_memory_is_decoded_to, NULL},
		{"the player's memory is refused", players_memory_is_refused, NULL},
		{"mappings of some access", mappings_of_some_access, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
