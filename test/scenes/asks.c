/* SPDX-License-Identifier: MIT */
#include "asks.h"

#include <va/va_drmcommon.h>

void end_without_a_word(void (*play)(void))
{
	int status;
	pid_t child = fork();

	CHECK(child >= 0);
	if (child == 0) {
		play();
		_exit(0);
	}
	CHECK_EQUAL(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == TEST_SKIPPED)
		_exit(TEST_SKIPPED);
	CHECK_EQUAL(status, 0);
}

void run_thread(void *(*start)(void *), void *argument)
{
	pthread_t thread;

	CHECK_EQUAL(pthread_create(&thread, NULL, start, argument), 0);
	CHECK_EQUAL(pthread_join(thread, NULL), 0);
}

/* A picture that is looked at too early is seen to be another. */
void test_begins(const struct test *test)
{
	(void)test;
	setenv("V4L2SIM_DELAY_US", "1000", 1);
}

/* ---- questions --------------------------------------------------------------------------------------- */

unsigned int ask_profiles(struct screen *screen, VAProfile *profiles)
{
	int count = -1;

	CHECK(vaMaxNumProfiles(screen->va) <= PROFILES);
	CHECK_VA(vaQueryConfigProfiles(screen->va, profiles, &count));
	CHECK(count > 0);
	return (unsigned int)count;
}

void ask_entrypoints(struct screen *screen, VAProfile profile)
{
	VAEntrypoint entrypoints[QUESTIONS];
	int count = -1;

	CHECK(vaMaxNumEntrypoints(screen->va) <= QUESTIONS);
	CHECK_VA(vaQueryConfigEntrypoints(screen->va, profile, entrypoints, &count));
	CHECK_EQUAL(count, 1);
	CHECK_EQUAL(entrypoints[0], VAEntrypointVLD);
}

unsigned int ask_format(struct screen *screen, VAProfile profile)
{
	VAConfigAttrib format = {.type = VAConfigAttribRTFormat, .value = 0};

	CHECK_VA(vaGetConfigAttributes(screen->va, profile, VAEntrypointVLD, &format, 1));
	CHECK(format.value & (VA_RT_FORMAT_YUV420 | VA_RT_FORMAT_YUV420_10));
	return format.value & VA_RT_FORMAT_YUV420 ? VA_RT_FORMAT_YUV420 : VA_RT_FORMAT_YUV420_10;
}

void ask_surfaces(struct screen *screen, VAConfigID config, unsigned int unset)
{
	VASurfaceAttrib attributes[QUESTIONS];
	unsigned int count = unset, again;
	bool pixels = false, memory = false, width = false;

	CHECK_VA(vaQuerySurfaceAttributes(screen->va, config, NULL, &count));
	CHECK(count > 0 && count <= QUESTIONS);
	again = count;
	CHECK_VA(vaQuerySurfaceAttributes(screen->va, config, attributes, &again));
	CHECK_EQUAL(again, count);
	for (unsigned int i = 0; i < count; i++) {
		const VASurfaceAttrib *attribute = &attributes[i];

		pixels |=
			attribute->type == VASurfaceAttribPixelFormat &&
			(attribute->value.value.i == VA_FOURCC_NV12 || attribute->value.value.i == VA_FOURCC_P010) &&
			attribute->flags & VA_SURFACE_ATTRIB_SETTABLE;
		memory |= attribute->type == VASurfaceAttribMemoryType &&
		          attribute->value.value.i & VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2;
		width |= attribute->type == VASurfaceAttribMaxWidth && attribute->value.value.i >= 1280;
	}
	CHECK(pixels && memory && width);
}

void ask_config(struct screen *screen, VAProfile profile, bool bare, unsigned int surface_questions)
{
	VAConfigAttrib format = {.type = VAConfigAttribRTFormat};
	VAConfigID config;

	if (!bare)
		format.value = ask_format(screen, profile);
	CHECK_VA(
		vaCreateConfig(screen->va, profile, VAEntrypointVLD, bare ? NULL : &format, bare ? 0 : 1, &config));
	while (surface_questions-- > 0)
		ask_surfaces(screen, config, 0);
	CHECK_VA(vaDestroyConfig(screen->va, config));
}

void ask_images(struct screen *screen)
{
	VAImageFormat formats[QUESTIONS];
	bool nv12 = false;
	int count = -1;

	CHECK(vaMaxNumImageFormats(screen->va) <= QUESTIONS);
	CHECK_VA(vaQueryImageFormats(screen->va, formats, &count));
	for (int i = 0; i < count; i++)
		nv12 |= formats[i].fourcc == VA_FOURCC_NV12;
	CHECK(nv12);
}

void show_derive(struct show *show, unsigned int slot)
{
	VAImage image;

	CHECK_VA(vaDeriveImage(show->screen->va, show->slots[slot].id, &image));
	CHECK_VA(vaDestroyImage(show->screen->va, image.image_id));
}

/* ---- libavcodec -------------------------------------------------------------------------------------- */

/* The flags and the type of the first are left out by ffmpeg. */
static const VASurfaceAttrib ffmpeg_surfaces[] = {
	{.type = VASurfaceAttribPixelFormat, .value.value.i = VA_FOURCC_NV12},
	SURFACE_ATTRIBUTE(VASurfaceAttribMemoryType, VA_SURFACE_ATTRIB_MEM_TYPE_VA)};
const struct habits ffmpeg_habits = {
	.attributes = ffmpeg_surfaces, .attribute_count = 2, .bare_config = true, .last_first = true};

void ffmpeg_opens(struct show *show, unsigned int pool)
{
	VAProfile profiles[PROFILES];

	ask_profiles(show->screen, profiles);
	ask_config(show->screen, show->film->profile, true, 2);
	show_add_slots(show, 1);
	show_derive(show, 0);
	if (pool)
		show_add_slots(show, pool - 1);
	ask_profiles(show->screen, profiles);
	show_create_config(show);
	ask_surfaces(show->screen, show->config, 0);
	show_create_context(show, pool > 0);
}
