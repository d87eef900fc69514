/* SPDX-License-Identifier: MIT
 *
 * VP8's decoder model. It reads the header of the frame in the OUTPUT buffer by itself, holds the control to it, and has
 * libavcodec decode the frame, with the pictures of the CAPTURE buffers as references.
 */
#include "model.h"

#include "checks.h"
#include "header.h"
#include "libavcodec.h"
#include "verdict.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct vp8_model {
	struct codec *codec;
	struct vp8_stream stream;
	uint64_t references[VP8_REFERENCES]; /* the timestamps with which they were decoded */
};

/* ---- the control, as v4l2-ctrls-defs.c and v4l2-ctrls-core.c of Linux 6.12 have it ------------------------- */

static const char *const profiles[] = {"0", "1", "2", "3"};
static const struct model_menu profile_menu = {
	.kind = MODEL_MENU_PROFILE,
	.items = profiles,
	.count = 4,
	.offered = 0xf,
};

static const struct model_control controls[] = {
	{
		.id = V4L2_CID_MPEG_VIDEO_VP8_PROFILE,
		.type = V4L2_CTRL_TYPE_MENU,
		.size = sizeof(int32_t),
		.name = "vp8.profile",
		.title = "VP8 Profile",
		.modes = MODEL_ALL_MODES,
		.menu = &profile_menu,
	},
	{
		.id = V4L2_CID_STATELESS_VP8_FRAME,
		.type = V4L2_CTRL_TYPE_VP8_FRAME,
		.size = sizeof(struct v4l2_ctrl_vp8_frame),
		.name = "vp8.frame",
		.title = "VP8 Frame Parameters",
		.modes = MODEL_ALL_MODES,
	},
};

static void init(uint32_t id, void *value)
{
	struct v4l2_ctrl_vp8_frame *frame = value;

	if (id == V4L2_CID_STATELESS_VP8_FRAME)
		frame->num_dct_parts = 1;
}

static int validate(uint32_t id, void *value)
{
	struct v4l2_ctrl_vp8_frame *frame = value;

	if (id != V4L2_CID_STATELESS_VP8_FRAME)
		return 0;
	switch (frame->num_dct_parts) {
	case 1:
	case 2:
	case 4:
	case 8:
		break;
	default:
		return -EINVAL;
	}
	frame->segment.padding = 0;
	frame->lf.padding = 0;
	frame->quant.padding = 0;
	memset(frame->entropy.padding, 0, sizeof(frame->entropy.padding));
	frame->coder_state.padding = 0;
	return 0;
}

/* ---- decoding ------------------------------------------------------------------------------------------------- */

static void *open_model(void)
{
	struct vp8_model *model = calloc(1, sizeof(*model));

	if (!model)
		return NULL;
	model->codec = codec_open("vp8");
	if (!model->codec) {
		free(model);
		return NULL;
	}
	return model;
}

static void close_model(void *decoder)
{
	struct vp8_model *model = decoder;

	if (model)
		codec_close(model->codec);
	free(model);
}

struct naming {
	const struct model_job *job;
	const struct v4l2_ctrl_vp8_frame *frame;
};

/* For a frame of libavcodec: the CAPTURE buffer, if the control names it and the queue has it. */
static bool name_reference(void *opaque, uint64_t timestamp, struct model_image *image)
{
	const struct naming *naming = opaque;
	const struct v4l2_ctrl_vp8_frame *frame = naming->frame;

	if (timestamp != frame->last_frame_ts && timestamp != frame->golden_frame_ts &&
	    timestamp != frame->alt_frame_ts)
		return false;
	return naming->job->find_reference(naming->job->opaque, timestamp, image);
}

/* 9.7: what is copied is what was there before this frame. */
static void refresh_references(struct vp8_model *model, const struct vp8_header *header, uint64_t timestamp)
{
	const uint64_t before[VP8_REFERENCES] = {model->references[0], model->references[1],
	                                         model->references[2]};
	const int to_golden[4] = {VP8_GOLDEN, VP8_LAST, VP8_ALTREF, VP8_GOLDEN};
	const int to_altref[4] = {VP8_ALTREF, VP8_LAST, VP8_GOLDEN, VP8_ALTREF};

	model->references[VP8_GOLDEN] = before[to_golden[header->copy_to_golden]];
	model->references[VP8_ALTREF] = before[to_altref[header->copy_to_altref]];
	for (int i = 0; i < VP8_REFERENCES; i++)
		if (header->refresh[i])
			model->references[i] = timestamp;
}

static unsigned int aligned(unsigned int size)
{
	return (size + 15) & ~15u;
}

static const char *job_refusal(const struct model_job *job, const struct v4l2_ctrl_vp8_frame *frame)
{
	const struct model_image *to = &job->destination;

	if (!frame)
		return "the frame control was never set";
	if (!to->luma || !to->chroma || to->depth != 8)
		return "the CAPTURE format is not of 8 bits";
	if (!job->bitstream || job->size > (64u << 20))
		return "the OUTPUT buffer is empty or too large";
	return NULL;
}

static void decode(void *decoder, const struct model_job *job, struct model_result *result)
{
	struct vp8_model *model = decoder;
	const struct v4l2_ctrl_vp8_frame *frame = job->value_of(job->opaque, V4L2_CID_STATELESS_VP8_FRAME).bytes;
	const struct model_image *to = &job->destination;
	struct naming naming = {job, frame};
	struct vp8_header header;
	unsigned int width, height;
	enum codec_outcome outcome;
	const char *wrong = job_refusal(job, frame);

	memset(result, 0, sizeof(*result));
	if (!wrong)
		wrong = header_read(&header, &model->stream, job->bitstream, job->size);
	if (wrong) {
		verdict_refuse(result, "%s", wrong);
		return;
	}
	width = aligned(header.now.width);
	height = aligned(header.now.height);
	if (!image_holds(to, width, height)) {
		verdict_refuse(result, "the CAPTURE buffer is smaller than the frame tag says");
		return;
	}
	wrong = check_frame(frame, &header, model->references);
	if (wrong)
		verdict_paint(result, "vp8.frame: %s is not what the stream says", wrong);
	if (!header.key)
		codec_refresh(model->codec, name_reference, &naming, NULL);
	outcome = codec_decode(model->codec, job->bitstream, job->size, job->timestamp, width, height, 8, false);
	refresh_references(model, &header, job->timestamp);
	if (outcome == CODEC_FAILED) {
		verdict_refuse(result, "the frame cannot be decoded");
		image_paint(to, width, height);
		return;
	}
	image_store(to, codec_planes(model->codec), IMAGE_FRAME);
	if (result->verdict == MODEL_PAINTED)
		image_paint(to, width, height);
	codec_stored(model->codec, to, result->verdict == MODEL_PAINTED, true);
	if (outcome == CODEC_DAMAGED)
		verdict_refuse(result, "the frame is damaged");
}

/* A picture is one job: nothing is ever held. */
static void flush(void *decoder, struct model_result *result)
{
	(void)decoder;
	memset(result, 0, sizeof(*result));
}

/* The references lie in CAPTURE memory, and the control has the rest: a stream goes on where it was. */
static void reset(void *decoder)
{
	(void)decoder;
}

const struct model_codec model_vp8 = {
	.name = "vp8",
	.coded_fourcc = V4L2_PIX_FMT_VP8_FRAME,
	.format_title = "VP8 Frame",
	.controls = controls,
	.control_count = sizeof(controls) / sizeof(*controls),
	.init = init,
	.validate = validate,
	.open = open_model,
	.close = close_model,
	.decode = decode,
	.flush = flush,
	.reset = reset,
};
