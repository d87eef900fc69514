/* SPDX-License-Identifier: MIT */
#include "va_decode.h"

#include <drm_fourcc.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <va/va_drm.h>
#include <va/va_drmcommon.h>

static bool choose_profile(struct decoder *d, const struct reader_picture *picture, VAProfile *profile)
{
	int most = vaMaxNumProfiles(d->display), offered = 0;
	VAProfile *offer = calloc((size_t)(most > 0 ? most : 1), sizeof(*offer));
	bool found = false;

	if (!offer)
		return complain("out of memory");
	if (good(d, vaQueryConfigProfiles(d->display, offer, &offered), "vaQueryConfigProfiles")) {
		for (unsigned int i = 0; i < picture->profile_count && !found; i++) {
			for (int j = 0; j < offered && !found; j++) {
				found = offer[j] == picture->profiles[i];
				*profile = picture->profiles[i];
			}
		}
		if (!found)
			complain("%s offers no profile for %s", vaQueryVendorString(d->display), picture->kind);
	}
	free(offer);
	return found;
}

bool device_release(struct decoder *d)
{
	bool done;

	if (!d->width)
		return true;
	done = good(d, vaDestroyContext(d->display, d->context), "vaDestroyContext");
	for (unsigned int i = 0; i < d->surface_count; i++)
		done = good(d, vaDestroySurfaces(d->display, &d->surfaces[i].id, 1), "vaDestroySurfaces") && done;
	done = good(d, vaDestroyConfig(d->display, d->config), "vaDestroyConfig") && done;
	d->surface_count = 0;
	d->current = d->unseen = NULL;
	d->width = 0;
	free(d->planar);
	d->planar = NULL;
	return done;
}

bool device_fits(const struct decoder *d, const struct reader_picture *picture)
{
	if (d->depth != picture->depth)
		return false;
	return d->options->surface_width ? d->width >= picture->width && d->height >= picture->height
	                                 : d->width == picture->width && d->height == picture->height;
}

bool device_configure(struct decoder *d, const struct reader_picture *picture)
{
	VAConfigAttrib format = {.type = VAConfigAttribRTFormat};
	uint32_t needed = picture->depth > 8 ? VA_RT_FORMAT_YUV420_10 : VA_RT_FORMAT_YUV420;
	VAProfile profile = VAProfileNone;
	unsigned int width, height;

	if (!choose_profile(d, picture, &profile))
		return false;
	d->reorder = picture->reorder;
	if (device_fits(d, picture) && d->profile == profile)
		return true;
	width = d->options->surface_width ? d->options->surface_width : picture->width;
	height = d->options->surface_width ? d->options->surface_height : picture->height;
	if (width < picture->width || height < picture->height)
		return complain("a picture of %ux%u is larger than the surfaces", picture->width, picture->height);
	if (!device_release(d) ||
	    !good(d, vaGetConfigAttributes(d->display, profile, VAEntrypointVLD, &format, 1),
	          "vaGetConfigAttributes"))
		return false;
	if (!(format.value & needed))
		return complain("profile %d gives no surfaces of %u bit", profile, picture->depth);
	format.value = needed;
	if (!good(d, vaCreateConfig(d->display, profile, VAEntrypointVLD, &format, 1, &d->config),
	          "vaCreateConfig"))
		return false;
	/* no surfaces yet: they come one by one, when they are needed */
	if (!good(d,
	          vaCreateContext(d->display, d->config, (int)width, (int)height, VA_PROGRESSIVE, NULL, 0,
	                          &d->context),
	          "vaCreateContext")) {
		vaDestroyConfig(d->display, d->config);
		return false;
	}
	d->width = width;
	d->height = height;
	d->depth = picture->depth;
	d->profile = profile;
	d->planar = malloc(((size_t)d->width + 1) * (d->height + 1) * 3 / 2 * (d->depth > 8 ? 2 : 1));
	return d->planar || complain("out of memory");
}

/* NV12 in one piece of scattered memory, lines as far apart as 64 bytes allow. */
static bool create_in_heap(struct decoder *d, struct surface *s)
{
	uint32_t pitch = (d->width + 63) & ~63u, luma = pitch * d->height;
	uint32_t size = luma + pitch * ((d->height + 1) / 2);
	struct dma_heap_allocation_data memory = {.len = size, .fd_flags = O_RDWR | O_CLOEXEC};
	VADRMPRIMESurfaceDescriptor what = {
		.fourcc = VA_FOURCC_NV12,
		.width = d->width,
		.height = d->height,
		.num_objects = 1,
		.objects[0] = {.size = size, .drm_format_modifier = DRM_FORMAT_MOD_LINEAR},
		.num_layers = 1,
		.layers[0] = {.drm_format = DRM_FORMAT_NV12,
	                  .num_planes = 2,
	                  .offset = {0, luma},
	                  .pitch = {pitch, pitch}},
	};
	VASurfaceAttrib attributes[] = {
		{.type = VASurfaceAttribMemoryType,
	     .flags = VA_SURFACE_ATTRIB_SETTABLE,
	     .value = {.type = VAGenericValueTypeInteger, .value.i = VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2}},
		{.type = VASurfaceAttribExternalBufferDescriptor,
	     .flags = VA_SURFACE_ATTRIB_SETTABLE,
	     .value = {.type = VAGenericValueTypePointer, .value.p = &what}},
	};
	int heap = open(d->options->heap, O_RDWR | O_CLOEXEC);
	bool done;

	if (heap < 0 || ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &memory)) {
		complain("no memory from %s: %m", d->options->heap);
		if (heap >= 0)
			close(heap);
		return false;
	}
	close(heap);
	what.objects[0].fd = (int)memory.fd;
	done = good(
		d, vaCreateSurfaces(d->display, VA_RT_FORMAT_YUV420, d->width, d->height, &s->id, 1, attributes, 2),
		"vaCreateSurfaces (imported)");
	close((int)memory.fd);
	return done;
}

static bool create_surface(struct decoder *d, struct surface *s)
{
	VASurfaceAttrib format = {
		.type = VASurfaceAttribPixelFormat,
		.flags = VA_SURFACE_ATTRIB_SETTABLE,
		.value = {.type = VAGenericValueTypeInteger,
	              .value.i = d->depth > 8 ? VA_FOURCC_P010 : VA_FOURCC_NV12},
	};

	if (d->options->heap)
		return create_in_heap(d, s);
	return good(d,
	            vaCreateSurfaces(d->display, d->depth > 8 ? VA_RT_FORMAT_YUV420_10 : VA_RT_FORMAT_YUV420,
	                             d->width, d->height, &s->id, 1, &format, 1),
	            "vaCreateSurfaces");
}

static bool is_needed(const struct decoder *d, const struct reader_picture *picture, unsigned int frame)
{
	return d->options->reader->needs(d->stream, frame) || reader_names(picture, frame);
}

struct surface *device_surface(struct decoder *d, const struct reader_picture *picture)
{
	struct surface *s;

	for (unsigned int i = 0; i < d->surface_count; i++) {
		s = &d->surfaces[i];
		if (!s->waiting && !(s->decoded && is_needed(d, picture, s->frame)))
			return s;
	}
	if (d->surface_count == SURFACES) {
		complain("more than %d surfaces are in use", SURFACES);
		return NULL;
	}
	s = &d->surfaces[d->surface_count];
	*s = (struct surface){.id = VA_INVALID_SURFACE};
	if (!create_surface(d, s))
		return NULL;
	d->surface_count++;
	return s;
}

static void pass_on(void *context, const char *message)
{
	(void)context;
	fputs(message, stderr);
}

bool device_open(struct decoder *d)
{
	int major, minor;

	d->node = open(d->options->device, O_RDWR | O_CLOEXEC);
	if (d->node < 0)
		return complain("cannot open %s: %m", d->options->device);
	d->display = vaGetDisplayDRM(d->node);
	if (!d->display)
		return complain("libva gives no display on %s", d->options->device);
	vaSetErrorCallback(d->display, pass_on, NULL);
	vaSetInfoCallback(d->display, NULL, NULL);
	return good(d, vaInitialize(d->display, &major, &minor), "vaInitialize");
}

void device_close(struct decoder *d)
{
	device_release(d);
	if (d->display)
		vaTerminate(d->display);
	if (d->node >= 0)
		close(d->node);
	d->display = NULL;
	d->node = -1;
}
