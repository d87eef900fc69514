/* SPDX-License-Identifier: MIT
 *
 * What libva-utils' own tests expect of every driver (its test folder: get_create_config, query_config, config_attribs,
 * createsurfaces, createcontext, createbuffer, create_image, deriveimage, query_imageformat, query_vendor, display_attribs,
 * get_max_values, init_terminate), and what va.h says of ids that name nothing. Their getimage and putimage are about
 * video processors only. Each question is asked as they ask it, through libva, of all profiles and entrypoints that va.h has and
 * some that it has not. What they expect of Intel's drivers alone, as that there are ten image formats, is left out.
 */
#include <va/va_drmcommon.h>

#include "asks.h"

enum { PROFILE_FIRST = -2, PROFILE_END = 64, ENTRYPOINT_END = 16, SURFACES = 10 };

static const struct {
	unsigned int width, height;
} resolutions[] = {{16, 16},     {32, 32},     {176, 120},   {352, 240},   {352, 288},    {480, 320},
                   {720, 480},   {720, 576},   {768, 576},   {800, 480},   {854, 480},    {1280, 720},
                   {1920, 1080}, {2048, 1080}, {4096, 2160}, {8192, 8192}, {10240, 10240}};

static bool has_profile(struct screen *screen, VAProfile profile)
{
	VAProfile profiles[PROFILES];
	unsigned int count = ask_profiles(screen, profiles);

	for (unsigned int i = 0; i < count; i++) {
		if (profiles[i] == profile)
			return true;
	}
	return false;
}

static VAStatus expected(struct screen *screen, VAProfile profile, VAEntrypoint entrypoint)
{
	if (!has_profile(screen, profile))
		return VA_STATUS_ERROR_UNSUPPORTED_PROFILE;
	return entrypoint == VAEntrypointVLD ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_UNSUPPORTED_ENTRYPOINT;
}

/* A config that may be refused; nothing stays of it. Who asked for a decoder gets a sentence, for anything else it is silent. */
static void try_config(struct screen *screen, VAProfile profile, VAEntrypoint entrypoint,
                       VAConfigAttrib *attributes, int count, VAStatus status)
{
	VAConfigID config = 7;

	CHECK_EQUAL(vaCreateConfig(screen->va, profile, entrypoint, attributes, count, &config), status);
	if (status) {
		CHECK_EQUAL(config, VA_INVALID_ID);
		if (entrypoint == VAEntrypointVLD)
			screen_said(screen, "v4l2_request:");
	}
	CHECK_EQUAL(vaDestroyConfig(screen->va, config), status ? VA_STATUS_ERROR_INVALID_CONFIG : 0);
}

/* ---- configs ----------------------------------------------------------------------------------------- */

static void any_profile_and_entrypoint(void)
{
	struct screen screen;

	screen_open(&screen);
	for (int profile = PROFILE_FIRST; profile < PROFILE_END; profile++) {
		VAEntrypoint entrypoints[QUESTIONS];
		VAStatus status = expected(&screen, (VAProfile)profile, VAEntrypointVLD);
		int count = 0;

		CHECK_EQUAL(vaQueryConfigEntrypoints(screen.va, (VAProfile)profile, entrypoints, &count), status);
		CHECK_EQUAL(count, status ? 0 : 1);
		for (int entrypoint = 0; entrypoint < ENTRYPOINT_END; entrypoint++) {
			VAConfigAttrib format = {.type = VAConfigAttribRTFormat};

			status = expected(&screen, (VAProfile)profile, (VAEntrypoint)entrypoint);
			CHECK_EQUAL(
				vaGetConfigAttributes(screen.va, (VAProfile)profile, (VAEntrypoint)entrypoint, &format, 1),
				status);
			try_config(&screen, (VAProfile)profile, (VAEntrypoint)entrypoint, NULL, 0, status);
		}
	}
	screen_close(&screen);
}

/* Attributes that are sets of bits, any of which a player may ask for alone. */
static bool is_set(VAConfigAttribType type)
{
	return type == VAConfigAttribRTFormat || type == VAConfigAttribDecSliceMode;
}

/* What vaGetConfigAttributes offers is taken, bit by bit; what it does not offer of a set is refused. */
static void any_attribute(void)
{
	VAProfile profiles[PROFILES];
	struct screen screen;
	unsigned int count, offered = 0;

	screen_open(&screen);
	count = ask_profiles(&screen, profiles);
	for (unsigned int i = 0; i < count; i++) {
		for (int type = 0; type < VAConfigAttribTypeMax; type++) {
			VAConfigAttrib attribute = {.type = (VAConfigAttribType)type};
			uint32_t value;

			CHECK_VA(vaGetConfigAttributes(screen.va, profiles[i], VAEntrypointVLD, &attribute, 1));
			value = attribute.value;
			if (value == VA_ATTRIB_NOT_SUPPORTED)
				continue;
			offered++;
			try_config(&screen, profiles[i], VAEntrypointVLD, &attribute, 1, VA_STATUS_SUCCESS);
			for (unsigned int bit = 0; is_set(attribute.type) && bit < 32; bit++) {
				VAStatus status = type == VAConfigAttribRTFormat ? VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT
				                                                 : VA_STATUS_ERROR_INVALID_VALUE;

				attribute.value = 1u << bit;
				try_config(&screen, profiles[i], VAEntrypointVLD, &attribute, 1,
				           value & attribute.value ? VA_STATUS_SUCCESS : status);
			}
		}
		/* what only encoders have */
		for (uint32_t value = 0; value < 0xff; value++) {
			VAConfigAttrib headers = {.type = VAConfigAttribEncPackedHeaders, .value = value};

			try_config(&screen, profiles[i], VAEntrypointVLD, &headers, 1, VA_STATUS_ERROR_INVALID_VALUE);
		}
	}
	CHECK(offered >= 4 * count);
	screen_close(&screen);
}

/* A config says what it is, with attributes that are among those that are offered. */
static void configs_say_what_they_are(void)
{
	VAProfile profiles[PROFILES];
	struct screen screen;
	unsigned int count;

	screen_open(&screen);
	CHECK(vaMaxNumConfigAttributes(screen.va) > 0 && vaMaxNumConfigAttributes(screen.va) <= QUESTIONS);
	count = ask_profiles(&screen, profiles);
	for (unsigned int i = 0; i < count; i++) {
		VAConfigAttrib attributes[QUESTIONS];
		VAProfile profile = VAProfileNone;
		VAEntrypoint entrypoint = 0;
		VAConfigID config;
		int known = 0;

		CHECK_VA(vaCreateConfig(screen.va, profiles[i], VAEntrypointVLD, NULL, 0, &config));
		CHECK_VA(vaQueryConfigAttributes(screen.va, config, &profile, &entrypoint, attributes, &known));
		CHECK_EQUAL(profile, profiles[i]);
		CHECK_EQUAL(entrypoint, VAEntrypointVLD);
		CHECK(known > 0 && known <= vaMaxNumConfigAttributes(screen.va));
		for (int n = 0; n < known; n++) {
			VAConfigAttrib offered = {.type = attributes[n].type};

			CHECK(attributes[n].value != VA_ATTRIB_NOT_SUPPORTED);
			CHECK_VA(vaGetConfigAttributes(screen.va, profile, entrypoint, &offered, 1));
			if (is_set(offered.type))
				CHECK_EQUAL(offered.value & attributes[n].value, attributes[n].value);
			else
				CHECK_EQUAL(offered.value, attributes[n].value);
		}
		CHECK_VA(vaDestroyConfig(screen.va, config));
		CHECK_EQUAL(vaQueryConfigAttributes(screen.va, config, &profile, &entrypoint, attributes, &known),
		            VA_STATUS_ERROR_INVALID_CONFIG);
		screen_said(&screen, "vaQueryConfigAttributes");
	}
	screen_close(&screen);
}

/* ---- surfaces ---------------------------------------------------------------------------------------- */

static void try_surfaces(struct screen *screen, unsigned int format, unsigned int width, unsigned int height,
                         VASurfaceAttrib *attributes, unsigned int count)
{
	VASurfaceID surfaces[SURFACES];

	CHECK_VA(vaCreateSurfaces(screen->va, format, width, height, surfaces, SURFACES, attributes, count));
	CHECK_VA(vaDestroySurfaces(screen->va, surfaces, SURFACES));
}

/* Each attribute that is listed for a config may be given, alone and as it was listed. */
static void surfaces_with_any_attribute(void)
{
	VAProfile profiles[PROFILES];
	struct screen screen;
	unsigned int count;

	screen_open(&screen);
	count = ask_profiles(&screen, profiles);
	for (unsigned int i = 0; i < count; i++) {
		VASurfaceAttrib attributes[QUESTIONS];
		unsigned int known = QUESTIONS;
		VAConfigID config;

		CHECK_VA(vaCreateConfig(screen.va, profiles[i], VAEntrypointVLD, NULL, 0, &config));
		CHECK_VA(vaQuerySurfaceAttributes(screen.va, config, attributes, &known));
		for (unsigned int n = 0; n < known; n++) {
			VASurfaceAttrib *attribute = &attributes[n];

			CHECK(attribute->flags & (VA_SURFACE_ATTRIB_GETTABLE | VA_SURFACE_ATTRIB_SETTABLE));
			CHECK(attribute->value.type >= VAGenericValueTypeInteger &&
			      attribute->value.type <= VAGenericValueTypeFunc);
			if (attribute->type == VASurfaceAttribMemoryType) {
				/* the others need memory to be brought along */
				CHECK_EQUAL(attribute->value.value.i, VA_SURFACE_ATTRIB_MEM_TYPE_VA |
				                                          VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME |
				                                          VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2);
				attribute->value.value.i = VA_SURFACE_ATTRIB_MEM_TYPE_VA;
			}
			for (unsigned int r = 0; r < TEST_COUNT(resolutions); r++)
				try_surfaces(&screen, VA_RT_FORMAT_YUV420, resolutions[r].width, resolutions[r].height,
				             attribute, 1);
		}
		CHECK_VA(vaDestroyConfig(screen.va, config));
	}
	for (unsigned int r = 0; r < TEST_COUNT(resolutions); r++)
		try_surfaces(&screen, VA_RT_FORMAT_YUV420, resolutions[r].width, resolutions[r].height, NULL, 0);
	screen_close(&screen);
}

/* ---- contexts and buffers ---------------------------------------------------------------------------- */

static void any_resolution(void)
{
	VAProfile profiles[PROFILES];
	struct screen screen;
	unsigned int count, refused = 0;

	screen_open(&screen);
	count = ask_profiles(&screen, profiles);
	for (unsigned int i = 0; i < count; i++) {
		VASurfaceAttrib attributes[QUESTIONS];
		unsigned int known = QUESTIONS, limits[VASurfaceAttribCount] = {0};
		VAConfigID config;

		CHECK_VA(vaCreateConfig(screen.va, profiles[i], VAEntrypointVLD, NULL, 0, &config));
		CHECK_VA(vaQuerySurfaceAttributes(screen.va, config, attributes, &known));
		for (unsigned int n = 0; n < known; n++)
			limits[attributes[n].type] = (unsigned int)attributes[n].value.value.i;
		CHECK(limits[VASurfaceAttribMinWidth] >= 1 && limits[VASurfaceAttribMinHeight] >= 1);
		for (unsigned int r = 0; r < TEST_COUNT(resolutions); r++) {
			const unsigned int width = resolutions[r].width, height = resolutions[r].height;
			const bool within =
				width >= limits[VASurfaceAttribMinWidth] && width <= limits[VASurfaceAttribMaxWidth] &&
				height >= limits[VASurfaceAttribMinHeight] && height <= limits[VASurfaceAttribMaxHeight];
			VAContextID context = 0;

			CHECK_EQUAL(vaCreateContext(screen.va, config, (int)width, (int)height, VA_PROGRESSIVE, NULL, 0,
			                            &context),
			            within ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED);
			if (!within)
				screen_said(&screen, "cannot decode pictures of");
			refused += !within;
			CHECK_EQUAL(vaDestroyContext(screen.va, context),
			            within ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_INVALID_CONTEXT);
		}
		CHECK_VA(vaDestroyConfig(screen.va, config));
	}
	CHECK(refused >= 2 * count);
	screen_close(&screen);
}

/* Without data, in a context of the least size. */
static void buffers_of_the_codec(void)
{
	static const struct {
		VABufferType type;
		unsigned int size;
		VAStatus status;
	} buffers[] = {
		{VAPictureParameterBufferType, sizeof(VAPictureParameterBufferH264), VA_STATUS_SUCCESS},
		{VAIQMatrixBufferType, sizeof(VAIQMatrixBufferH264), VA_STATUS_SUCCESS},
		{VASliceParameterBufferType, sizeof(VASliceParameterBufferH264), VA_STATUS_SUCCESS},
		{VASliceDataBufferType, 1000, VA_STATUS_SUCCESS},
		{VAEncSequenceParameterBufferType, 100, VA_STATUS_ERROR_UNSUPPORTED_BUFFERTYPE},
		{VAEncCodedBufferType, 100, VA_STATUS_ERROR_UNSUPPORTED_BUFFERTYPE},
		{VAProcPipelineParameterBufferType, 100, VA_STATUS_ERROR_UNSUPPORTED_BUFFERTYPE},
		{VABufferTypeMax, 100, VA_STATUS_ERROR_UNSUPPORTED_BUFFERTYPE},
	};
	VAProfile profiles[PROFILES];
	struct screen screen;
	unsigned int count;

	screen_open(&screen);
	count = ask_profiles(&screen, profiles);
	for (unsigned int i = 0; i < count; i++) {
		VAConfigID config;
		VAContextID context;

		CHECK_VA(vaCreateConfig(screen.va, profiles[i], VAEntrypointVLD, NULL, 0, &config));
		CHECK_VA(vaCreateContext(screen.va, config, 1, 1, VA_PROGRESSIVE, NULL, 0, &context));
		for (unsigned int n = 0; n < TEST_COUNT(buffers); n++) {
			VABufferID buffer = 7;

			CHECK_EQUAL(
				vaCreateBuffer(screen.va, context, buffers[n].type, buffers[n].size, 1, NULL, &buffer),
				buffers[n].status);
			if (buffers[n].status) {
				CHECK_EQUAL(buffer, VA_INVALID_ID);
				screen_said(&screen, "not for decoding");
			}
			CHECK_EQUAL(vaDestroyBuffer(screen.va, buffer),
			            buffers[n].status ? VA_STATUS_ERROR_INVALID_BUFFER : VA_STATUS_SUCCESS);
		}
		CHECK_VA(vaDestroyContext(screen.va, context));
		CHECK_VA(vaDestroyConfig(screen.va, config));
	}
	screen_close(&screen);
}

/* ---- images ------------------------------------------------------------------------------------------ */

/* Each row of each plane is inside the image. */
static void check_image(const struct screen *screen, const VAImage *image, unsigned int width,
                        unsigned int height)
{
	uint8_t *bytes;

	CHECK_EQUAL(image->width, width);
	CHECK_EQUAL(image->height, height);
	CHECK(image->num_planes > 0 && image->data_size >= width * height);
	for (unsigned int i = 0; i < image->num_planes; i++)
		CHECK(image->offsets[i] + (uint64_t)image->pitches[i] * (i ? height / 2 : height) <=
		      image->data_size);
	CHECK_VA(vaMapBuffer(screen->va, image->buf, (void **)&bytes));
	bytes[0] = bytes[image->data_size - 1] = 5;
	CHECK_VA(vaUnmapBuffer(screen->va, image->buf));
	CHECK_VA(vaDestroyImage(screen->va, image->image_id));
}

/* Of each format that there is; and derived of surfaces with nothing in them. */
static void images_of_any_resolution(void)
{
	VAImageFormat formats[QUESTIONS];
	struct screen screen;
	VASurfaceID surfaces[SURFACES];
	VAImage image;
	int count = 0;

	screen_open(&screen);
	CHECK_VA(vaQueryImageFormats(screen.va, formats, &count));
	for (unsigned int r = 0; r < TEST_COUNT(resolutions); r++) {
		const unsigned int width = resolutions[r].width, height = resolutions[r].height;

		for (int i = 0; i < count; i++) {
			CHECK_VA(vaCreateImage(screen.va, &formats[i], (int)width, (int)height, &image));
			CHECK_EQUAL(image.format.fourcc, formats[i].fourcc);
			check_image(&screen, &image, width, height);
		}
		if (width > 4096) /* beyond the simulated decoder */
			continue;
		CHECK_VA(
			vaCreateSurfaces(screen.va, VA_RT_FORMAT_YUV420, width, height, surfaces, SURFACES, NULL, 0));
		CHECK_VA(vaDeriveImage(screen.va, surfaces[SURFACES - 1], &image));
		check_image(&screen, &image, width, height);
		CHECK_VA(vaDestroySurfaces(screen.va, surfaces, SURFACES));
	}
	screen_close(&screen);
}

/* ---- the display ------------------------------------------------------------------------------------- */

static void maxima_and_lists(void)
{
	VADisplayAttribute attribute = {.type = VADisplayAttribBrightness};
	VAImageFormat formats[QUESTIONS];
	struct screen screen;
	unsigned int flags[QUESTIONS], subpictures = 9;
	int count = 256;

	screen_open(&screen);
	CHECK(vaMaxNumProfiles(screen.va) > 0);
	CHECK(vaMaxNumEntrypoints(screen.va) > 0);
	CHECK(vaMaxNumConfigAttributes(screen.va) > 0);
	CHECK(vaMaxNumImageFormats(screen.va) > 0);
	/* libva does not open a driver that says 0 here */
	CHECK(vaMaxNumSubpictureFormats(screen.va) > 0);
	CHECK_VA(vaQuerySubpictureFormats(screen.va, formats, flags, &subpictures));
	CHECK_EQUAL(subpictures, 0);
	CHECK_EQUAL(vaMaxNumDisplayAttributes(screen.va), 0);
	CHECK_VA(vaQueryDisplayAttributes(screen.va, NULL, &count));
	CHECK_EQUAL(count, 0);
	CHECK_EQUAL(vaGetDisplayAttributes(screen.va, NULL, 0), VA_STATUS_ERROR_UNIMPLEMENTED);
	CHECK_EQUAL(vaSetDisplayAttributes(screen.va, NULL, 0), VA_STATUS_ERROR_UNIMPLEMENTED);
	CHECK_EQUAL(vaGetDisplayAttributes(screen.va, &attribute, 1), VA_STATUS_ERROR_UNIMPLEMENTED);
	CHECK_EQUAL(vaSetDisplayAttributes(screen.va, &attribute, 1), VA_STATUS_ERROR_UNIMPLEMENTED);
	CHECK(vaQueryVendorString(screen.va) && strlen(vaQueryVendorString(screen.va)) > 0);
	screen_close(&screen);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"configs of any profile and entrypoint", any_profile_and_entrypoint, NULL},
		{"configs with any attribute", any_attribute, NULL},
		{"configs say what they are", configs_say_what_they_are, NULL},
		{"surfaces with any attribute, of any resolution", surfaces_with_any_attribute, NULL},
		{"contexts of any resolution", any_resolution, NULL},
		{"buffers of the codec, and others", buffers_of_the_codec, NULL},
		{"images of any resolution", images_of_any_resolution, NULL},
		{"maxima, and lists that are empty", maxima_and_lists, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
