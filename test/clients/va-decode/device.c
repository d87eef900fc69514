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

/* Profiles whose decoders take the stream, the narrowest first. Baseline without slice groups is Constrained Baseline but
 * for redundant and unordered slices; the former are left out, the latter no stateless decoder takes. */
static unsigned int candidates(const struct v4l2_ctrl_h264_sps *sps, VAProfile *out)
{
	unsigned int n = 0;

	if (sps->chroma_format_idc > 1 || sps->bit_depth_luma_minus8 != sps->bit_depth_chroma_minus8)
		return 0;
	if (sps->profile_idc == 66)
		out[n++] = VAProfileH264ConstrainedBaseline;
	if (sps->profile_idc == 66 || sps->profile_idc == 77 ||
	    (sps->profile_idc == 88 && sps->constraint_set_flags & V4L2_H264_SPS_CONSTRAINT_SET1_FLAG))
		out[n++] = VAProfileH264Main;
	if (n || sps->profile_idc == 100 || (sps->profile_idc == 110 && !sps->bit_depth_luma_minus8))
		out[n++] = VAProfileH264High;
	if (sps->profile_idc == 110 && (sps->bit_depth_luma_minus8 == 0 || sps->bit_depth_luma_minus8 == 2))
		out[n++] = H264_HIGH_10;
	return n;
}

static bool choose_profile(struct decoder *d, const struct v4l2_ctrl_h264_sps *sps, VAProfile *profile)
{
	VAProfile wanted[4];
	unsigned int count = candidates(sps, wanted);
	int most = vaMaxNumProfiles(d->display), offered = 0;
	VAProfile *offer = calloc((size_t)(most > 0 ? most : 1), sizeof(*offer));
	bool found = false;

	if (!offer)
		return complain("out of memory");
	if (good(d, vaQueryConfigProfiles(d->display, offer, &offered), "vaQueryConfigProfiles")) {
		for (unsigned int i = 0; i < count && !found; i++) {
			for (int j = 0; j < offered && !found; j++) {
				found = offer[j] == wanted[i];
				*profile = wanted[i];
			}
		}
		if (!found)
			complain("%s offers no profile for profile_idc %u, chroma_format_idc %u, %u bit",
			         vaQueryVendorString(d->display), sps->profile_idc, sps->chroma_format_idc,
			         sps->bit_depth_luma_minus8 + 8u);
	}
	free(offer);
	return found;
}

/* MaxDpbFrames, A.3.1 h) and table A-1. */
static unsigned int max_dpb_frames(const struct v4l2_ctrl_h264_sps *sps, unsigned int macroblocks)
{
	static const struct {
		unsigned int level, macroblocks;
	} table[] = {{10, 396},   {11, 900},   {20, 2376},  {21, 4752},   {30, 8100},   {31, 18000},
	             {32, 20480}, {41, 32768}, {42, 34816}, {50, 110400}, {52, 184320}, {255, 696320}};
	bool is_1b = sps->level_idc == 11 && sps->profile_idc <= 88 &&
	             sps->constraint_set_flags & V4L2_H264_SPS_CONSTRAINT_SET3_FLAG;
	unsigned int i = 0, frames;

	while (!is_1b && table[i].level < sps->level_idc)
		i++;
	frames = table[i].macroblocks / macroblocks;
	if (frames > 16)
		frames = 16;
	return frames > sps->max_num_ref_frames ? frames : sps->max_num_ref_frames;
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
	d->current = NULL;
	d->width = 0;
	free(d->planar);
	d->planar = NULL;
	return done;
}

static void coded_size(const struct v4l2_ctrl_h264_sps *sps, unsigned int *width, unsigned int *height)
{
	*width = (sps->pic_width_in_mbs_minus1 + 1u) * 16;
	*height = (sps->pic_height_in_map_units_minus1 + 1u) *
	          (sps->flags & V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY ? 16 : 32);
}

bool device_fits(const struct decoder *d, const struct client_sps *sps)
{
	unsigned int width, height;

	coded_size(&sps->v4l2, &width, &height);
	return d->width == width && d->height == height && d->depth == sps->v4l2.bit_depth_luma_minus8 + 8u;
}

bool device_configure(struct decoder *d, const struct client_sps *sps)
{
	VAConfigAttrib format = {.type = VAConfigAttribRTFormat};
	uint32_t needed = sps->v4l2.bit_depth_luma_minus8 ? VA_RT_FORMAT_YUV420_10 : VA_RT_FORMAT_YUV420;
	unsigned int width, height;
	VAProfile profile = VAProfileNone;

	if (!choose_profile(d, &sps->v4l2, &profile))
		return false;
	coded_size(&sps->v4l2, &width, &height);
	d->reorder = max_dpb_frames(&sps->v4l2, width / 16 * (height / 16));
	if (device_fits(d, sps) && d->profile == profile)
		return true;
	if (!device_release(d) ||
	    !good(d, vaGetConfigAttributes(d->display, profile, VAEntrypointVLD, &format, 1),
	          "vaGetConfigAttributes"))
		return false;
	if (!(format.value & needed))
		return complain("profile %d gives no surfaces of %u bit", profile,
		                sps->v4l2.bit_depth_luma_minus8 + 8u);
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
	d->depth = sps->v4l2.bit_depth_luma_minus8 + 8u;
	d->profile = profile;
	d->planar = malloc((size_t)width * height * 3 / 2 * (d->depth > 8 ? 2 : 1));
	return d->planar || complain("out of memory");
}

/* NV12 in one piece of scattered memory, lines as far apart as 64 bytes allow. */
static bool create_in_heap(struct decoder *d, struct surface *s)
{
	uint32_t pitch = (d->width + 63) & ~63u, luma = pitch * d->height;
	struct dma_heap_allocation_data memory = {.len = luma + luma / 2, .fd_flags = O_RDWR | O_CLOEXEC};
	VADRMPRIMESurfaceDescriptor what = {
		.fourcc = VA_FOURCC_NV12,
		.width = d->width,
		.height = d->height,
		.num_objects = 1,
		.objects[0] = {.size = luma + luma / 2, .drm_format_modifier = DRM_FORMAT_MOD_LINEAR},
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

struct surface *device_surface(struct decoder *d)
{
	struct surface *s;

	for (unsigned int i = 0; i < d->surface_count; i++) {
		s = &d->surfaces[i];
		if (!s->waiting && !(s->decoded && client_is_reference(&d->dpb, s->frame)))
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
