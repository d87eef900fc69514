/* SPDX-License-Identifier: MIT
 *
 * Every entry with arguments that are wrong: ids that do not exist, of another kind, destroyed; lists that are missing;
 * sizes out of reason; calls in the wrong order. Each gets a status, none a crash, and decoding goes on afterwards.
 */
#include "harness.h"
#include "player.h"

/* These two lean on va.h being there. */
#include <va/va_backend_prot.h>
#include <va/va_backend_vpp.h>

#define CALL(entry, ...) player.table.entry(&player.va, ##__VA_ARGS__)
#define REFUSED(entry, ...) CHECK(CALL(entry, ##__VA_ARGS__) != VA_STATUS_SUCCESS)
#define GIVES(status, entry, ...) CHECK_EQUAL(CALL(entry, ##__VA_ARGS__), status)

enum { MANY = 0x7fffffff };

static const uint32_t strange[] = {0,          1,          77,         0x1000ffff,   0x1fffffff,
                                   0x7fffffff, 0x80000000, 0xfffffffe, VA_INVALID_ID};
enum { STRANGE = sizeof(strange) / sizeof(strange[0]) };

/* All entries that take this as the id of a config. */
static void wrong_config(struct player *known, uint32_t id)
{
	struct player player = *known;
	VAProfile profile;
	VAEntrypoint entrypoint;
	VAContextID context = 7;
	VAConfigAttrib attributes[64];
	unsigned int count = 64;
	int number;

	GIVES(VA_STATUS_ERROR_INVALID_CONFIG, vaDestroyConfig, id);
	GIVES(VA_STATUS_ERROR_INVALID_CONFIG, vaQueryConfigAttributes, id, &profile, &entrypoint, attributes,
	      &number);
	GIVES(VA_STATUS_ERROR_INVALID_CONFIG, vaQuerySurfaceAttributes, id, NULL, &count);
	GIVES(VA_STATUS_ERROR_INVALID_CONFIG, vaCreateContext, id, 64, 64, 0, NULL, 0, &context);
	CHECK_EQUAL(context, VA_INVALID_ID);
}

static void wrong_surface(struct player *known, VAContextID context, VAImageID image, uint32_t id)
{
	struct player player = *known;
	VADRMPRIMESurfaceDescriptor descriptor;
	VASurfaceStatus status;
	VASurfaceID list[1] = {id};
	VAImage derived;
	void *info;

	GIVES(VA_STATUS_ERROR_INVALID_SURFACE, vaDestroySurfaces, list, 1);
	GIVES(VA_STATUS_ERROR_INVALID_SURFACE, vaSyncSurface, id);
	GIVES(VA_STATUS_ERROR_INVALID_SURFACE, vaSyncSurface2, id, 0);
	GIVES(VA_STATUS_ERROR_INVALID_SURFACE, vaQuerySurfaceStatus, id, &status);
	GIVES(VA_STATUS_ERROR_INVALID_SURFACE, vaQuerySurfaceError, id, VA_STATUS_ERROR_DECODING_ERROR, &info);
	/* 0 stands for no surface at all. */
	if (id != 0)
		GIVES(VA_STATUS_ERROR_INVALID_SURFACE, vaBeginPicture, context, id);
	GIVES(VA_STATUS_ERROR_INVALID_SURFACE, vaDeriveImage, id, &derived);
	GIVES(VA_STATUS_ERROR_INVALID_SURFACE, vaGetImage, id, 0, 0, 64, 64, image);
	GIVES(VA_STATUS_ERROR_INVALID_SURFACE, vaPutImage, id, image, 0, 0, 64, 64, 0, 0, 64, 64);
	GIVES(VA_STATUS_ERROR_INVALID_SURFACE, vaExportSurfaceHandle, id, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
	      VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_SEPARATE_LAYERS, &descriptor);
}

static void wrong_context(struct player *known, VASurfaceID surface, uint32_t id)
{
	struct player player = *known;
	VABufferID buffer = 7;
	uint32_t data = 0;

	GIVES(VA_STATUS_ERROR_INVALID_CONTEXT, vaDestroyContext, id);
	GIVES(VA_STATUS_ERROR_INVALID_CONTEXT, vaBeginPicture, id, surface);
	GIVES(VA_STATUS_ERROR_INVALID_CONTEXT, vaRenderPicture, id, NULL, 0);
	GIVES(VA_STATUS_ERROR_INVALID_CONTEXT, vaEndPicture, id);
	GIVES(VA_STATUS_ERROR_INVALID_CONTEXT, vaCreateBuffer, id, VASliceDataBufferType, 4, 1, &data, &buffer);
	CHECK_EQUAL(buffer, VA_INVALID_ID);
}

static void wrong_buffer(struct player *known, VAContextID context, uint32_t id)
{
	struct player player = *known;
	VABufferID list[1] = {id};
	VABufferInfo handle;
	VABufferType type;
	unsigned int size, count;
	void *data;

	GIVES(VA_STATUS_ERROR_INVALID_BUFFER, vaBufferSetNumElements, id, 1);
	GIVES(VA_STATUS_ERROR_INVALID_BUFFER, vaMapBuffer, id, &data);
#if VA_CHECK_VERSION(1, 21, 0)
	GIVES(VA_STATUS_ERROR_INVALID_BUFFER, vaMapBuffer2, id, &data, 0);
#endif
	GIVES(VA_STATUS_ERROR_INVALID_BUFFER, vaUnmapBuffer, id);
	GIVES(VA_STATUS_ERROR_INVALID_BUFFER, vaDestroyBuffer, id);
	GIVES(VA_STATUS_ERROR_INVALID_BUFFER, vaBufferInfo, id, &type, &size, &count);
	GIVES(VA_STATUS_ERROR_INVALID_BUFFER, vaRenderPicture, context, list, 1);
	GIVES(VA_STATUS_ERROR_INVALID_BUFFER, vaAcquireBufferHandle, id, &handle);
	GIVES(VA_STATUS_ERROR_INVALID_BUFFER, vaReleaseBufferHandle, id);
}

static void wrong_image(struct player *known, VASurfaceID surface, uint32_t id)
{
	struct player player = *known;
	unsigned char palette[16] = {0};

	GIVES(VA_STATUS_ERROR_INVALID_IMAGE, vaDestroyImage, id);
	GIVES(VA_STATUS_ERROR_INVALID_IMAGE, vaSetImagePalette, id, palette);
	GIVES(VA_STATUS_ERROR_INVALID_IMAGE, vaGetImage, surface, 0, 0, 64, 64, id);
	GIVES(VA_STATUS_ERROR_INVALID_IMAGE, vaPutImage, surface, id, 0, 0, 64, 64, 0, 0, 64, 64);
}

static void ids_that_name_nothing(void)
{
	struct player player;
	VAImageFormat format = {.fourcc = VA_FOURCC_NV12};
	VAConfigID config, dead_config;
	VAContextID context, dead_context;
	VASurfaceID surface, dead_surface;
	VABufferID buffer, dead_buffer;
	VAImage image, dead_image;
	uint32_t ids[5][5];
	uint32_t word = 0;

	CHECK_EQUAL(player_open(&player), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_config(&player, &config), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_config(&player, &dead_config), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_context(&player, config, &context), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_context(&player, config, &dead_context), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_surfaces(&player, &surface, 1), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_surfaces(&player, &dead_surface, 1), VA_STATUS_SUCCESS);
	GIVES(VA_STATUS_SUCCESS, vaCreateBuffer, context, VASliceDataBufferType, 4, 1, &word, &buffer);
	GIVES(VA_STATUS_SUCCESS, vaCreateBuffer, context, VASliceDataBufferType, 4, 1, &word, &dead_buffer);
	GIVES(VA_STATUS_SUCCESS, vaCreateImage, &format, 64, 64, &image);
	GIVES(VA_STATUS_SUCCESS, vaCreateImage, &format, 64, 64, &dead_image);
	GIVES(VA_STATUS_SUCCESS, vaDestroyConfig, dead_config);
	GIVES(VA_STATUS_SUCCESS, vaDestroyContext, dead_context);
	GIVES(VA_STATUS_SUCCESS, vaDestroySurfaces, &dead_surface, 1);
	GIVES(VA_STATUS_SUCCESS, vaDestroyBuffer, dead_buffer);
	GIVES(VA_STATUS_SUCCESS, vaDestroyImage, dead_image.image_id);
	for (int i = 0; i < STRANGE; i++) {
		wrong_config(&player, strange[i]);
		wrong_context(&player, surface, strange[i]);
		wrong_surface(&player, context, image.image_id, strange[i]);
		wrong_buffer(&player, context, strange[i]);
		wrong_image(&player, surface, strange[i]);
	}
	/* Each kind's id where another kind is wanted; the last of each is one that was destroyed. */
	for (int i = 0; i < 5; i++) {
		uint32_t all[5] = {config, context, surface, buffer, image.image_id};
		const uint32_t dead[5] = {dead_config, dead_context, dead_surface, dead_buffer, dead_image.image_id};

		memcpy(ids[i], all, sizeof(all));
		ids[i][i] = dead[i];
	}
	for (int i = 0; i < 5; i++) {
		wrong_config(&player, ids[0][i]);
		wrong_context(&player, surface, ids[1][i]);
		wrong_surface(&player, context, image.image_id, ids[2][i]);
		wrong_buffer(&player, context, ids[3][i]);
		wrong_image(&player, surface, ids[4][i]);
	}
	player_close(&player);
}

/* A player that holds on to the id of something destroyed must not meet its successor. */
static void ids_are_not_reused_soon(void)
{
	struct player player;
	VASurfaceID first, surface;

	CHECK_EQUAL(player_open(&player), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_surfaces(&player, &first, 1), VA_STATUS_SUCCESS);
	GIVES(VA_STATUS_SUCCESS, vaDestroySurfaces, &first, 1);
	for (int i = 0; i < 5000; i++) {
		CHECK_EQUAL(player_surfaces(&player, &surface, 1), VA_STATUS_SUCCESS);
		CHECK(surface != first);
		GIVES(VA_STATUS_SUCCESS, vaDestroySurfaces, &surface, 1);
	}
	player_close(&player);
}

static void buffers_of_strange_sizes(void)
{
	static const struct {
		unsigned int size, count;
	} sizes[] = {{0, 1},
	             {1, 0},
	             {0, 0},
	             {0xffffffff, 1},
	             {0xffffffff, 0xffffffff},
	             {0x10000, 0x10000},
	             {1, 0xffffffff},
	             {0x80000000, 2},
	             {0x20000001, 8}};
	struct player player;
	struct player_picture picture = {.reference = VA_INVALID_SURFACE, .seed = 3};
	VAConfigID config;
	VAContextID context;
	VABufferID buffer;
	uint8_t *large = calloc(1, 65536);
	unsigned int size, count;
	VABufferType type;
	bool equal;

	CHECK_EQUAL(player_open(&player), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_config(&player, &config), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_context(&player, config, &context), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_surfaces(&player, &picture.surface, 1), VA_STATUS_SUCCESS);
	for (unsigned int i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		/* No data: had it been read, that would be a crash of its own. */
		REFUSED(vaCreateBuffer, context, VASliceDataBufferType, sizes[i].size, sizes[i].count, NULL, &buffer);
		CHECK_EQUAL(buffer, VA_INVALID_ID);
	}
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaCreateBuffer, context, VASliceDataBufferType, 4, 1, large,
	      NULL);
	for (int i = -2; i < 70; i++) {
		VAStatus status = CALL(vaCreateBuffer, context, (VABufferType)i, 16, 2, large, &buffer);

		if (status == VA_STATUS_SUCCESS) {
			GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaBufferSetNumElements, buffer, 3);
			GIVES(VA_STATUS_SUCCESS, vaBufferSetNumElements, buffer, 1);
			GIVES(VA_STATUS_SUCCESS, vaBufferInfo, buffer, &type, &size, &count);
			CHECK_EQUAL(count, 1);
			CHECK_EQUAL(size, 16);
			CHECK_EQUAL(type, i);
			/* Far too small for what it says it is, in a picture and outside of one. */
			CALL(vaRenderPicture, context, &buffer, 1);
			CALL(vaBeginPicture, context, picture.surface);
			CALL(vaRenderPicture, context, &buffer, 1);
			CALL(vaEndPicture, context);
			GIVES(VA_STATUS_SUCCESS, vaDestroyBuffer, buffer);
		} else {
			CHECK_EQUAL(status, VA_STATUS_ERROR_UNSUPPORTED_BUFFERTYPE);
		}
	}
	/* Larger than any parameter, of every type: refused when rendered. */
	for (int i = 0; i < 14; i++) {
		if (CALL(vaCreateBuffer, context, (VABufferType)i, 65536, 1, large, &buffer) != VA_STATUS_SUCCESS)
			continue;
		CALL(vaBeginPicture, context, picture.surface);
		if (i != VASliceDataBufferType)
			GIVES(VA_STATUS_ERROR_INVALID_BUFFER, vaRenderPicture, context, &buffer, 1);
		CALL(vaEndPicture, context);
		GIVES(VA_STATUS_SUCCESS, vaDestroyBuffer, buffer);
	}
	free(large);
	CHECK_EQUAL(player_decode(&player, context, &picture), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_compare(&player, picture.surface, 3, &equal), VA_STATUS_SUCCESS);
	CHECK(equal);
	player_close(&player);
}

/* Slice parameters that point outside of their data, in every way that overflows. */
static void slices_out_of_range(void)
{
	static const uint32_t values[] = {0,      1,          100,        6000,       6143,
	                                  100000, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff};
	enum { VALUES = sizeof(values) / sizeof(values[0]) };
	struct player player;
	struct player_picture picture = {.reference = VA_INVALID_SURFACE, .seed = 4};
	VABufferID buffers[PLAYER_BUFFERS];
	VAConfigID config;
	VAContextID context;
	VASliceParameterBufferH264 *slice;
	VASliceParameterBufferH264 saved;
	bool equal;

	CHECK_EQUAL(player_open(&player), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_config(&player, &config), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_context(&player, config, &context), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_surfaces(&player, &picture.surface, 1), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_buffers(&player, context, &picture, buffers), VA_STATUS_SUCCESS);
	GIVES(VA_STATUS_SUCCESS, vaMapBuffer, buffers[2], (void **)&slice);
	saved = *slice;
	for (int i = 0; i < VALUES * VALUES; i++) {
		slice->slice_data_offset = values[i / VALUES];
		slice->slice_data_size = values[i % VALUES];
		GIVES(VA_STATUS_SUCCESS, vaBeginPicture, context, picture.surface);
		CALL(vaRenderPicture, context, buffers, PLAYER_BUFFERS);
		CALL(vaEndPicture, context);
	}
	*slice = saved;
	GIVES(VA_STATUS_SUCCESS, vaUnmapBuffer, buffers[2]);
	GIVES(VA_STATUS_SUCCESS, vaBeginPicture, context, picture.surface);
	GIVES(VA_STATUS_SUCCESS, vaRenderPicture, context, buffers, PLAYER_BUFFERS);
	GIVES(VA_STATUS_SUCCESS, vaEndPicture, context);
	CHECK_EQUAL(player_compare(&player, picture.surface, 4, &equal), VA_STATUS_SUCCESS);
	CHECK(equal);
	player_close(&player);
}

static void calls_in_the_wrong_order(void)
{
	struct player player;
	struct player_picture picture = {.reference = VA_INVALID_SURFACE, .seed = 5};
	VABufferID buffers[PLAYER_BUFFERS];
	VABufferID reversed[PLAYER_BUFFERS];
	VAConfigID config;
	VAContextID context;
	bool equal;

	CHECK_EQUAL(player_open(&player), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_config(&player, &config), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_context(&player, config, &context), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_surfaces(&player, &picture.surface, 1), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_buffers(&player, context, &picture, buffers), VA_STATUS_SUCCESS);
	for (int i = 0; i < PLAYER_BUFFERS; i++)
		reversed[i] = buffers[PLAYER_BUFFERS - 1 - i];
	GIVES(VA_STATUS_ERROR_OPERATION_FAILED, vaEndPicture, context);
	GIVES(VA_STATUS_ERROR_OPERATION_FAILED, vaRenderPicture, context, buffers, PLAYER_BUFFERS);
	for (int i = 0; i < PLAYER_BUFFERS; i++)
		GIVES(VA_STATUS_ERROR_OPERATION_FAILED, vaRenderPicture, context, &buffers[i], 1);
	GIVES(VA_STATUS_SUCCESS, vaBeginPicture, context, picture.surface);
	/* A picture that is begun anew was given up. */
	GIVES(VA_STATUS_SUCCESS, vaBeginPicture, context, picture.surface);
	/* Data may come before its parameters, but not before those of the picture. */
	CALL(vaRenderPicture, context, reversed, PLAYER_BUFFERS);
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaEndPicture, context);
	GIVES(VA_STATUS_ERROR_OPERATION_FAILED, vaEndPicture, context);
	GIVES(VA_STATUS_SUCCESS, vaBeginPicture, context, picture.surface);
	GIVES(VA_STATUS_ERROR_OPERATION_FAILED, vaEndPicture, context); /* nothing was rendered */
	GIVES(VA_STATUS_SUCCESS, vaBeginPicture, context, picture.surface);
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaRenderPicture, context, NULL, 3);
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaRenderPicture, context, buffers, -1);
	GIVES(VA_STATUS_SUCCESS, vaRenderPicture, context, NULL, 0);
	GIVES(VA_STATUS_SUCCESS, vaRenderPicture, context, buffers, PLAYER_BUFFERS);
	GIVES(VA_STATUS_SUCCESS, vaEndPicture, context);
	CHECK_EQUAL(player_compare(&player, picture.surface, 5, &equal), VA_STATUS_SUCCESS);
	CHECK(equal);
	/* The picture is open when its context goes. */
	GIVES(VA_STATUS_SUCCESS, vaBeginPicture, context, picture.surface);
	GIVES(VA_STATUS_SUCCESS, vaRenderPicture, context, buffers, PLAYER_BUFFERS);
	GIVES(VA_STATUS_SUCCESS, vaDestroyContext, context);
	GIVES(VA_STATUS_ERROR_INVALID_CONTEXT, vaEndPicture, context);
	CALL(vaSyncSurface, picture.surface);
	player_close(&player);
}

static void missing_lists_and_strange_values(void)
{
	struct player player;
	VAImageFormat format = {.fourcc = 0x12345678};
	VASurfaceAttrib attributes[600];
	VASurfaceID surfaces[4] = {1, 2, 3, 4};
	VAContextID context;
	VAConfigID config;
	VAImage image;
	unsigned int count;
	int number;

	CHECK_EQUAL(player_open(&player), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_config(&player, &config), VA_STATUS_SUCCESS);
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaQueryConfigProfiles, NULL, &number);
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaQueryConfigEntrypoints, VAProfileH264High, NULL, NULL);
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaGetConfigAttributes, VAProfileH264High, VAEntrypointVLD, NULL,
	      3);
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaGetConfigAttributes, VAProfileH264High, VAEntrypointVLD, NULL,
	      -1);
	GIVES(VA_STATUS_ERROR_UNSUPPORTED_PROFILE, vaGetConfigAttributes, VAProfileAV1Profile0, VAEntrypointVLD,
	      NULL, 0);
	GIVES(VA_STATUS_ERROR_UNSUPPORTED_PROFILE, vaGetConfigAttributes, (VAProfile)MANY, VAEntrypointVLD, NULL,
	      0);
	GIVES(VA_STATUS_ERROR_UNSUPPORTED_ENTRYPOINT, vaGetConfigAttributes, VAProfileH264High,
	      VAEntrypointEncSlice, NULL, 0);
	GIVES(VA_STATUS_ERROR_UNSUPPORTED_ENTRYPOINT, vaCreateConfig, VAProfileH264High, VAEntrypointEncSlice,
	      NULL, 0, &config);
	CHECK_EQUAL(config, VA_INVALID_ID);
	GIVES(VA_STATUS_ERROR_UNSUPPORTED_PROFILE, vaCreateConfig, (VAProfile)-5, (VAEntrypoint)-5, NULL, 0,
	      &config);
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaCreateConfig, VAProfileH264High, VAEntrypointVLD, NULL, 3,
	      &config);
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaCreateConfig, VAProfileH264High, VAEntrypointVLD, NULL, 0,
	      NULL);
	CHECK_EQUAL(player_config(&player, &config), VA_STATUS_SUCCESS);
	count = 1;
	GIVES(VA_STATUS_ERROR_MAX_NUM_EXCEEDED, vaQuerySurfaceAttributes, config, attributes, &count);
	CHECK(count > 1);
	GIVES(VA_STATUS_SUCCESS, vaQuerySurfaceAttributes, config, attributes, &count);
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaQuerySurfaceAttributes, config, attributes, NULL);
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaCreateSurfaces2, VA_RT_FORMAT_YUV420, 64, 64, NULL, 2, NULL,
	      0);
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaCreateSurfaces2, VA_RT_FORMAT_YUV420, 64, 64, surfaces, 2,
	      NULL, 2);
	memset(attributes, 0xa5, sizeof(attributes));
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaCreateSurfaces2, VA_RT_FORMAT_YUV420, 64, 64, surfaces, 2,
	      attributes, 600);
	CALL(vaCreateSurfaces2, VA_RT_FORMAT_YUV420, 64, 64, surfaces, 2, attributes, 4);
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaCreateSurfaces2, VA_RT_FORMAT_YUV420, 0, 64, surfaces, 4, NULL,
	      0);
	for (int i = 0; i < 4; i++)
		CHECK_EQUAL(surfaces[i], VA_INVALID_SURFACE);
	GIVES(VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED, vaCreateSurfaces2, VA_RT_FORMAT_YUV420, 0xffffffff,
	      0xffffffff, surfaces, 1, NULL, 0);
	GIVES(VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT, vaCreateSurfaces2, VA_RT_FORMAT_RGB32, 64, 64, surfaces, 1,
	      NULL, 0);
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaCreateSurfaces, -64, 64, VA_RT_FORMAT_YUV420, 1, surfaces);
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaCreateSurfaces, 64, 64, VA_RT_FORMAT_YUV420, -1, surfaces);
	GIVES(VA_STATUS_SUCCESS, vaCreateSurfaces, 64, 64, VA_RT_FORMAT_YUV420, 2, surfaces);
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaDestroySurfaces, NULL, 3);
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaDestroySurfaces, surfaces, -1);
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaCreateContext, config, -64, 64, 0, NULL, 0, &context);
	CHECK_EQUAL(context, VA_INVALID_ID);
	GIVES(VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED, vaCreateContext, config, 1 << 20, 1 << 20, 0, NULL, 0,
	      &context);
	CHECK_EQUAL(context, VA_INVALID_ID);
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaCreateContext, config, 64, 64, 0, NULL, 2, &context);
	GIVES(VA_STATUS_ERROR_INVALID_SURFACE, vaCreateContext, config, 64, 64, 0,
	      (VASurfaceID[]){surfaces[0], 99}, 2, &context);
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaCreateContext, config, 64, 64, 0, NULL, 0, NULL);
	GIVES(VA_STATUS_SUCCESS, vaCreateContext, config, 64, 64, VA_PROGRESSIVE, surfaces, 2, &context);
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaQueryImageFormats, NULL, NULL);
	GIVES(VA_STATUS_ERROR_INVALID_IMAGE_FORMAT, vaCreateImage, &format, 64, 64, &image);
	CHECK_EQUAL(image.image_id, VA_INVALID_ID);
	format.fourcc = VA_FOURCC_NV12;
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaCreateImage, &format, 0, 64, &image);
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaCreateImage, &format, -1, 64, &image);
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaCreateImage, &format, MANY, MANY, &image);
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaCreateImage, &format, 16384, 16384, &image);
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaCreateImage, NULL, 64, 64, &image);
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaCreateImage, &format, 64, 64, NULL);
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaDeriveImage, surfaces[0], NULL);
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaQuerySurfaceStatus, surfaces[0], NULL);
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaQuerySurfaceError, surfaces[0], VA_STATUS_ERROR_DECODING_ERROR,
	      NULL);
	GIVES(VA_STATUS_ERROR_INVALID_PARAMETER, vaQuerySurfaceError, surfaces[0], VA_STATUS_SUCCESS,
	      (void **)&image);
	player_close(&player);
}

static void what_is_not_offered(void)
{
	struct player player;
	struct VADriverVTableVPP vpp = {0};
	struct VADriverVTableProt protected = {0};
	VADisplayAttribute attribute = {.type = VADisplayAttribBrightness};
	unsigned int count = 9, flags;
	int number = 9;
	uint32_t id = 9;

	player_prepare(&player);
	player.va.vtable_vpp = &vpp;
	player.va.vtable_prot = &protected;
	CHECK_EQUAL(driver_init(&player.va), VA_STATUS_SUCCESS);
	/* libva calls these two tables without looking for holes. */
	CHECK_EQUAL(vpp.vaQueryVideoProcFilters(&player.va, 1, NULL, NULL), VA_STATUS_ERROR_UNIMPLEMENTED);
	CHECK_EQUAL(vpp.vaQueryVideoProcFilterCaps(&player.va, 1, VAProcFilterNone, NULL, NULL),
	            VA_STATUS_ERROR_UNIMPLEMENTED);
	CHECK_EQUAL(vpp.vaQueryVideoProcPipelineCaps(&player.va, 1, NULL, 0, NULL),
	            VA_STATUS_ERROR_UNIMPLEMENTED);
	CHECK_EQUAL(protected.vaCreateProtectedSession(&player.va, 1, &id), VA_STATUS_ERROR_UNIMPLEMENTED);
	CHECK_EQUAL(protected.vaDestroyProtectedSession(&player.va, 1), VA_STATUS_ERROR_UNIMPLEMENTED);
	CHECK_EQUAL(protected.vaAttachProtectedSession(&player.va, 1, 1), VA_STATUS_ERROR_UNIMPLEMENTED);
	CHECK_EQUAL(protected.vaDetachProtectedSession(&player.va, 1), VA_STATUS_ERROR_UNIMPLEMENTED);
	CHECK_EQUAL(protected.vaProtectedSessionExecute(&player.va, 1, 1), VA_STATUS_ERROR_UNIMPLEMENTED);
	GIVES(VA_STATUS_SUCCESS, vaQuerySubpictureFormats, NULL, &flags, &count);
	CHECK_EQUAL(count, 0);
	GIVES(VA_STATUS_ERROR_UNIMPLEMENTED, vaCreateSubpicture, 1, &id);
	CHECK_EQUAL(id, VA_INVALID_ID);
	GIVES(VA_STATUS_ERROR_INVALID_SUBPICTURE, vaDestroySubpicture, 1);
	GIVES(VA_STATUS_ERROR_INVALID_SUBPICTURE, vaSetSubpictureImage, 1, 1);
	GIVES(VA_STATUS_ERROR_INVALID_SUBPICTURE, vaSetSubpictureChromakey, 1, 1, 1, 1);
	GIVES(VA_STATUS_ERROR_INVALID_SUBPICTURE, vaSetSubpictureGlobalAlpha, 1, 1.0f);
	GIVES(VA_STATUS_ERROR_INVALID_SUBPICTURE, vaAssociateSubpicture, 1, NULL, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0);
	GIVES(VA_STATUS_ERROR_INVALID_SUBPICTURE, vaDeassociateSubpicture, 1, NULL, 0);
	GIVES(VA_STATUS_SUCCESS, vaQueryDisplayAttributes, &attribute, &number);
	CHECK_EQUAL(number, 0);
	GIVES(VA_STATUS_ERROR_UNIMPLEMENTED, vaGetDisplayAttributes, &attribute, 1);
	GIVES(VA_STATUS_ERROR_UNIMPLEMENTED, vaSetDisplayAttributes, &attribute, 1);
	GIVES(VA_STATUS_ERROR_UNIMPLEMENTED, vaPutSurface, 1, NULL, 0, 0, 1, 1, 0, 0, 1, 1, NULL, 0, 0);
	GIVES(VA_STATUS_ERROR_UNIMPLEMENTED, vaLockSurface, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
	      NULL);
	GIVES(VA_STATUS_ERROR_UNIMPLEMENTED, vaUnlockSurface, 1);
	GIVES(VA_STATUS_ERROR_UNIMPLEMENTED, vaCreateBuffer2, 1, VASliceDataBufferType, 1, 1, NULL, NULL, &id);
	GIVES(VA_STATUS_ERROR_UNIMPLEMENTED, vaQueryProcessingRate, 1, NULL, NULL);
	GIVES(VA_STATUS_ERROR_UNIMPLEMENTED, vaSyncBuffer, 1, 0);
	GIVES(VA_STATUS_ERROR_UNIMPLEMENTED, vaCopy, NULL, NULL, (VACopyOption){0});
	player_close(&player);
}

/* The same id twice in a list: the second names nothing any more, and what the list names once goes all the same. */
static void ids_twice_in_a_list(void)
{
	struct player player;
	VAConfigID config;
	VAContextID context;
	VASurfaceID surfaces[3], list[4], targets[3];
	VABufferID buffers[PLAYER_BUFFERS], rendered[PLAYER_BUFFERS + 2];
	struct player_picture picture = {.reference = VA_INVALID_SURFACE, .seed = 5};
	bool equal;

	CHECK_EQUAL(player_open(&player), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_config(&player, &config), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_surfaces(&player, surfaces, 3), VA_STATUS_SUCCESS);
	targets[0] = targets[1] = targets[2] = surfaces[0];
	GIVES(VA_STATUS_SUCCESS, vaCreateContext, config, PLAYER_SIDE, PLAYER_SIDE, 0, targets, 3, &context);
	picture.surface = surfaces[0];
	CHECK_EQUAL(player_buffers(&player, context, &picture, buffers), VA_STATUS_SUCCESS);
	/* Parameters may come twice. */
	rendered[0] = rendered[1] = buffers[0];
	rendered[2] = rendered[3] = buffers[1];
	rendered[4] = buffers[2];
	rendered[5] = buffers[3];
	GIVES(VA_STATUS_SUCCESS, vaBeginPicture, context, picture.surface);
	GIVES(VA_STATUS_SUCCESS, vaRenderPicture, context, rendered, PLAYER_BUFFERS + 2);
	GIVES(VA_STATUS_SUCCESS, vaEndPicture, context);
	CHECK_EQUAL(player_compare(&player, picture.surface, 5, &equal), VA_STATUS_SUCCESS);
	CHECK(equal);
	GIVES(VA_STATUS_SUCCESS, vaDestroyBuffer, buffers[0]);
	GIVES(VA_STATUS_ERROR_INVALID_BUFFER, vaDestroyBuffer, buffers[0]);
	list[0] = list[2] = surfaces[0];
	list[1] = surfaces[1];
	list[3] = surfaces[2];
	GIVES(VA_STATUS_ERROR_INVALID_SURFACE, vaDestroySurfaces, list, 4);
	for (int i = 0; i < 3; i++)
		GIVES(VA_STATUS_ERROR_INVALID_SURFACE, vaDestroySurfaces, &surfaces[i], 1);
	GIVES(VA_STATUS_SUCCESS, vaDestroyContext, context);
	player_close(&player);
}

/* Buffers outlive the context that they were made for, and no id of a context names the next one. */
static void buffers_of_another_context(void)
{
	enum { ROUNDS = 70 }; /* more contexts than there are places before the first is taken again */
	struct player player;
	VAConfigID config;
	VAContextID first, context, id;
	VASurfaceID surface;
	VABufferID buffers[PLAYER_BUFFERS], late;
	struct player_picture picture = {.reference = VA_INVALID_SURFACE, .seed = 9};
	bool equal;

	CHECK_EQUAL(player_open(&player), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_config(&player, &config), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_surfaces(&player, &surface, 1), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_context(&player, config, &first), VA_STATUS_SUCCESS);
	picture.surface = surface;
	CHECK_EQUAL(player_buffers(&player, first, &picture, buffers), VA_STATUS_SUCCESS);
	GIVES(VA_STATUS_SUCCESS, vaDestroyContext, first);
	for (int i = 0; i < ROUNDS; i++) {
		CHECK_EQUAL(player_context(&player, config, &id), VA_STATUS_SUCCESS);
		CHECK(id != first);
		GIVES(VA_STATUS_SUCCESS, vaDestroyContext, id);
	}
	CHECK_EQUAL(player_context(&player, config, &context), VA_STATUS_SUCCESS);
	GIVES(VA_STATUS_ERROR_INVALID_CONTEXT, vaCreateBuffer, first, VASliceDataBufferType, 1, 1, NULL, &late);
	GIVES(VA_STATUS_ERROR_INVALID_CONTEXT, vaBeginPicture, first, surface);
	GIVES(VA_STATUS_ERROR_INVALID_CONTEXT, vaRenderPicture, first, buffers, PLAYER_BUFFERS);
	GIVES(VA_STATUS_SUCCESS, vaBeginPicture, context, surface);
	GIVES(VA_STATUS_SUCCESS, vaRenderPicture, context, buffers, PLAYER_BUFFERS);
	GIVES(VA_STATUS_SUCCESS, vaEndPicture, context);
	CHECK_EQUAL(player_compare(&player, surface, 9, &equal), VA_STATUS_SUCCESS);
	CHECK(equal);
	for (int i = 0; i < PLAYER_BUFFERS; i++)
		GIVES(VA_STATUS_SUCCESS, vaDestroyBuffer, buffers[i]);
	GIVES(VA_STATUS_SUCCESS, vaDestroyContext, context);
	player_close(&player);
}

static void whole_table(void)
{
	/* What the driver leaves empty, by the version of VA-API: libva answers UNIMPLEMENTED for it, or has another way. */
	static const size_t unoffered[] = {
		/* 1.14, the oldest that the driver compiles with; 1.15 to 1.24 add none but vaMapBuffer2 */
		offsetof(struct VADriverVTable, vaGetSurfaceAttributes),
		offsetof(struct VADriverVTable, vaCreateMFContext),
		offsetof(struct VADriverVTable, vaMFAddContext),
		offsetof(struct VADriverVTable, vaMFReleaseContext),
		offsetof(struct VADriverVTable, vaMFSubmit),
	};
	struct player player;

	CHECK_EQUAL(player_open(&player), VA_STATUS_SUCCESS);
	for (size_t at = 0; at < offsetof(struct VADriverVTable, reserved); at += sizeof(void *)) {
		bool may_be_missing = false;
		void *entry;

		for (size_t i = 0; i < sizeof(unoffered) / sizeof(unoffered[0]); i++)
			may_be_missing |= unoffered[i] == at;
		memcpy(&entry, (char *)&player.table + at, sizeof(entry));
		if (!entry && !may_be_missing)
			fprintf(stderr, "    entry number %zu of the table is missing\n", at / sizeof(void *));
		CHECK(entry || may_be_missing);
	}
#if VA_CHECK_VERSION(1, 21, 0)
	CHECK(player.table.vaMapBuffer2);
#endif
	CHECK(player.va.max_profiles > 0 && player.va.max_entrypoints > 0 && player.va.max_attributes > 0);
	CHECK(player.va.max_image_formats > 0 && player.va.max_subpic_formats > 0);
	CHECK(strstr(player.va.str_vendor, "V4L2") && strstr(player.va.str_vendor, "/dev/video"));
	player_close(&player);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"the table is whole", whole_table, NULL},
		{"ids that name nothing", ids_that_name_nothing, NULL},
		{"ids are not reused soon", ids_are_not_reused_soon, NULL},
		{"ids twice in a list", ids_twice_in_a_list, NULL},
		{"buffers of another context", buffers_of_another_context, NULL},
		{"buffers of strange sizes", buffers_of_strange_sizes, NULL},
		{"slices out of range", slices_out_of_range, NULL},
		{"calls in the wrong order", calls_in_the_wrong_order, NULL},
		{"missing lists and strange values", missing_lists_and_strange_values, NULL},
		{"what is not offered says so", what_is_not_offered, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
