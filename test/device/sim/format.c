/* SPDX-License-Identifier: MIT
 *
 * Formats of both queues and both APIs, as v4l2-ioctl.c and the drivers (hantro_v4l2.c, rkvdec.c, cedrus_video.c) answer.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "image.h"
#include "sim.h"

static uint32_t round_up(uint32_t value, uint32_t step)
{
	return (value + step - 1) / step * step;
}

static uint32_t clamp(uint32_t value, uint32_t least, uint32_t greatest)
{
	return value < least ? least : value > greatest ? greatest : value;
}

/* check_fmt(), and what the ioctl does for the types of the API that this device does not have: both EINVAL. */
int sim_format_check_type(const struct sim_context *context, uint32_t type)
{
	return type == context->output.type || type == context->capture.type ? 0 : -EINVAL;
}

/* ---- coded formats ------------------------------------------------------------------------------------------------ */

const struct model_codec *sim_format_codec(const struct sim_device *device, uint32_t fourcc)
{
	for (unsigned i = 0; i < device->codec_count; i++) {
		if (device->codecs[i]->coded_fourcc == fourcc)
			return device->codecs[i];
	}
	return NULL;
}

/* What OUTPUT takes; pictures where no codec is decoded. */
static unsigned output_formats(const struct sim_device *device, uint32_t formats[SIM_MAX_CODECS])
{
	formats[0] = V4L2_PIX_FMT_NV12;
	for (unsigned i = 0; i < device->codec_count; i++)
		formats[i] = device->codecs[i]->coded_fourcc;
	return device->codec_count ? device->codec_count : 1;
}

/* ---- enumeration ---------------------------------------------------------------------------------------------- */

static unsigned capture_formats(const struct sim_context *context, uint32_t formats[SIM_MAX_CAPTURE_FORMATS])
{
	const struct sim_device *device = context->device;
	unsigned named = 0;

	for (unsigned i = 0; i < device->capture_format_count; i++) {
		if (image_format_of(device->capture_formats[i])->depth == context->depth)
			formats[named++] = device->capture_formats[i];
	}
	if (named)
		return named;
	if (device->kind.columns) {
		formats[0] = context->depth > 8 ? IMAGE_COLUMNS_10 : IMAGE_COLUMNS_8;
		return 1;
	}
	if (context->depth > 8) {
		formats[0] = V4L2_PIX_FMT_P010;
		return 1;
	}
	if (context->device->kind.mode ==
	    MODEL_SLICE_BASED) { /* cedrus_formats: linear where the chip can, tiled always */
		formats[context->device->tiled_default ? 1 : 0] = V4L2_PIX_FMT_NV12;
		formats[context->device->tiled_default ? 0 : 1] = V4L2_PIX_FMT_NV12_32L32;
		return 2;
	}
	formats[0] = V4L2_PIX_FMT_NV12;
	return 1;
}

/* v4l_fill_fmtdesc() */
static void describe(struct v4l2_fmtdesc *description)
{
	const struct model_codec *codec = model_codec_of(description->pixelformat);
	const char *text = "";

	if (codec) {
		text = codec->format_title;
		description->flags = V4L2_FMT_FLAG_COMPRESSED;
	} else if (image_format_of(description->pixelformat)) {
		text = image_format_of(description->pixelformat)->title;
	}
	snprintf((char *)description->description, sizeof(description->description), "%s", text);
}

int sim_format_enumerate(struct sim_context *context, struct v4l2_fmtdesc *description)
{
	const uint32_t index = description->index;
	const uint32_t type = description->type;
	uint32_t formats[SIM_MAX_CODECS > SIM_MAX_CAPTURE_FORMATS ? SIM_MAX_CODECS : SIM_MAX_CAPTURE_FORMATS];
	unsigned count;

	if (sim_format_check_type(context, type))
		return -EINVAL;
	if (type == context->capture.type)
		count = capture_formats(context, formats);
	else
		count = output_formats(context->device, formats);
	if (index >= count)
		return -EINVAL;
	memset(description, 0, sizeof(*description));
	description->index = index;
	description->type = type;
	description->pixelformat = formats[index];
	describe(description);
	return 0;
}

int sim_format_frame_sizes(struct sim_context *context, struct v4l2_frmsizeenum *sizes)
{
	const struct sim_kind *kind = &context->device->kind;
	uint32_t formats[SIM_MAX_CAPTURE_FORMATS];

	if (!kind->frame_sizes)
		return -ENOTTY;
	if (!sim_format_codec(context->device, sizes->pixel_format)) {
		for (unsigned i = 0, count = capture_formats(context, formats); i < count; i++) {
			if (sizes->pixel_format == formats[i])
				return -ENOTTY; /* vidioc_enum_framesizes() of hantro */
		}
		return -EINVAL;
	}
	if (sizes->index != 0)
		return -EINVAL;
	sizes->type = V4L2_FRMSIZE_TYPE_STEPWISE;
	sizes->stepwise.min_width = kind->min_width;
	sizes->stepwise.max_width = kind->max_width;
	sizes->stepwise.step_width = kind->step;
	sizes->stepwise.min_height = kind->min_height;
	sizes->stepwise.max_height = kind->max_height;
	sizes->stepwise.step_height = kind->step;
	return 0;
}

/* ---- what a format becomes -------------------------------------------------------------------------------------- */

static void apply_sizes(const struct sim_kind *kind, struct sim_format *format)
{
	format->width = clamp(format->width, kind->min_width, kind->max_width);
	format->height = clamp(format->height, kind->min_height, kind->max_height);
	if (kind->aligned_width) {
		format->width = round_up(format->width, kind->step);
		format->height = round_up(format->height, kind->step);
	}
}

static void try_output(const struct sim_context *context, struct sim_format *format)
{
	const struct sim_kind *kind = &context->device->kind;

	uint32_t formats[SIM_MAX_CODECS];

	output_formats(context->device, formats);
	if (!sim_format_codec(context->device, format->fourcc))
		format->fourcc = formats[0]; /* what is not known becomes the first */
	apply_sizes(kind, format);
	format->bytesperline = 0;
	format->plane_count = 1;
	if (kind->mode == MODEL_FRAME_BASED && format->sizeimage[0] == 0)
		format->sizeimage[0] = format->width * format->height * 2; /* hantro_try_fmt() */
	if (kind->mode == MODEL_SLICE_BASED && format->sizeimage[0] < 1024)
		format->sizeimage[0] = 1024; /* cedrus_prepare_format() */
}

static void try_capture(const struct sim_context *context, struct sim_format *format)
{
	const struct sim_kind *kind = &context->device->kind;
	uint32_t formats[SIM_MAX_CAPTURE_FORMATS];
	const unsigned count = capture_formats(context, formats);
	const uint32_t wanted = format->fourcc;
	uint32_t macroblocks;

	format->fourcc = formats[0];
	for (unsigned i = 1; i < count; i++) {
		if (formats[i] == wanted)
			format->fourcc = wanted;
	}
	format->width = context->output_format.width;
	format->height = round_up(context->output_format.height, 16);
	macroblocks = round_up(format->width, 16) / 16 * (format->height / 16);
	format->plane_count = image_format_of(format->fourcc)->memory_planes;
	if (format->plane_count == 2) {
		/* mtk_vcodec: steps of 64 both ways, a memory plane each. */
		format->height = round_up(format->height, 64);
		format->bytesperline = round_up(format->width, 64);
		format->sizeimage[0] = format->bytesperline * format->height;
		format->sizeimage[1] = format->sizeimage[0] / 2;
		return;
	}
	if (format->fourcc == V4L2_PIX_FMT_NV12_32L32) {
		format->bytesperline = round_up(format->width, 32);
		format->height = round_up(format->height, 32);
		format->sizeimage[0] = format->bytesperline * (format->height + round_up(format->height, 64) / 2);
		return;
	}
	if (image_format_has_columns(image_format_of(format->fourcc))) { /* rpi-hevc-dec */
		const uint32_t column = image_format_of(format->fourcc)->tile_width;

		format->width = round_up(format->width, column);
		format->bytesperline = format->height * 3 / 2;
		format->sizeimage[0] = format->width / column * IMAGE_COLUMN_BYTES * format->bytesperline;
		return;
	}
	format->bytesperline =
		round_up(format->width, kind->stride_alignment) * image_format_of(format->fourcc)->bits / 8;
	format->sizeimage[0] = format->bytesperline * format->height * 3 / 2 +
	                       kind->extra_per_macroblock * macroblocks + kind->extra_per_buffer;
}

void sim_format_reset_capture(struct sim_context *context)
{
	const struct sim_format *output = &context->output_format;

	memset(&context->capture_format, 0, sizeof(context->capture_format));
	try_capture(context, &context->capture_format);
	context->capture_format.colorspace = output->colorspace;
	context->capture_format.ycbcr_enc = output->ycbcr_enc;
	context->capture_format.quantization = output->quantization;
	context->capture_format.xfer_func = output->xfer_func;
}

void sim_format_reset(struct sim_context *context)
{
	memset(&context->output_format, 0, sizeof(context->output_format));
	context->depth = 8;
	context->depth_known = false;
	try_output(context, &context->output_format);
	sim_format_reset_capture(context);
}

/* ---- struct v4l2_format ------------------------------------------------------------------------------------------- */

static void from_user(const struct v4l2_format *user, bool multiplanar, struct sim_format *format)
{
	memset(format, 0, sizeof(*format));
	if (multiplanar) {
		const struct v4l2_pix_format_mplane *pix = &user->fmt.pix_mp;

		format->fourcc = pix->pixelformat;
		format->width = pix->width;
		format->height = pix->height;
		format->sizeimage[0] = pix->plane_fmt[0].sizeimage;
		format->colorspace = pix->colorspace;
		format->ycbcr_enc = pix->ycbcr_enc;
		format->quantization = pix->quantization;
		format->xfer_func = pix->xfer_func;
		return;
	}
	format->fourcc = user->fmt.pix.pixelformat;
	format->width = user->fmt.pix.width;
	format->height = user->fmt.pix.height;
	format->sizeimage[0] = user->fmt.pix.sizeimage;
	format->colorspace = user->fmt.pix.colorspace;
	if (user->fmt.pix.priv == V4L2_PIX_FMT_PRIV_MAGIC) { /* v4l_sanitize_format() */
		format->ycbcr_enc = user->fmt.pix.ycbcr_enc;
		format->quantization = user->fmt.pix.quantization;
		format->xfer_func = user->fmt.pix.xfer_func;
	}
}

static void to_user(const struct sim_format *format, bool multiplanar, struct v4l2_format *user)
{
	memset(&user->fmt, 0, sizeof(user->fmt));
	if (multiplanar) {
		struct v4l2_pix_format_mplane *pix = &user->fmt.pix_mp;

		pix->pixelformat = format->fourcc;
		pix->width = format->width;
		pix->height = format->height;
		pix->field = V4L2_FIELD_NONE;
		pix->num_planes = (uint8_t)format->plane_count;
		for (unsigned i = 0; i < format->plane_count; i++) {
			pix->plane_fmt[i].bytesperline = format->bytesperline;
			pix->plane_fmt[i].sizeimage = format->sizeimage[i];
		}
		pix->colorspace = format->colorspace;
		pix->ycbcr_enc = (uint8_t)format->ycbcr_enc;
		pix->quantization = (uint8_t)format->quantization;
		pix->xfer_func = (uint8_t)format->xfer_func;
		return;
	}
	user->fmt.pix.pixelformat = format->fourcc;
	user->fmt.pix.width = format->width;
	user->fmt.pix.height = format->height;
	user->fmt.pix.field = V4L2_FIELD_NONE;
	user->fmt.pix.bytesperline = format->bytesperline;
	user->fmt.pix.sizeimage = format->sizeimage[0];
	user->fmt.pix.colorspace = format->colorspace;
	user->fmt.pix.priv = V4L2_PIX_FMT_PRIV_MAGIC;
	user->fmt.pix.ycbcr_enc = format->ycbcr_enc;
	user->fmt.pix.quantization = format->quantization;
	user->fmt.pix.xfer_func = format->xfer_func;
}

int sim_format_get(struct sim_context *context, struct v4l2_format *user)
{
	const bool output = user->type == context->output.type;

	if (sim_format_check_type(context, user->type))
		return -EINVAL;
	to_user(output ? &context->output_format : &context->capture_format, context->device->kind.multiplanar,
	        user);
	return 0;
}

/* rkvdec_s_output_fmt(), cedrus_s_fmt_vid_out(): another size only while OUTPUT stands still and CAPTURE is empty. */
static int may_set_output(const struct sim_context *context, uint32_t fourcc)
{
	if (context->output.streaming)
		return -EBUSY;
	if (sim_queue_busy(&context->output) && fourcc != context->output_format.fourcc)
		return -EBUSY;
	return sim_queue_busy(&context->capture) ? -EBUSY : 0;
}

int sim_format_set(struct sim_context *context, struct v4l2_format *user, bool only_try)
{
	const bool multiplanar = context->device->kind.multiplanar;
	const bool output = user->type == context->output.type;
	struct sim_format format;
	int result = 0;

	if (sim_format_check_type(context, user->type))
		return -EINVAL;
	from_user(user, multiplanar, &format);
	if (!only_try && output)
		result = may_set_output(context, format.fourcc);
	else if (!only_try && sim_queue_busy(&context->capture))
		result = -EBUSY;
	if (result)
		return result;
	if (output)
		try_output(context, &format);
	else
		try_capture(context, &format);
	to_user(&format, multiplanar, user);
	if (only_try)
		return 0;
	if (output) {
		context->output_format = format;
		context->depth_known = false; /* the next sequence counts as a change */
		context->depth = 8;
		sim_format_reset_capture(context);
	} else {
		context->capture_format = format;
	}
	return 0;
}
