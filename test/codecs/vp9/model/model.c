/* SPDX-License-Identifier: MIT
 *
 * VP9's decoder model. It takes nothing of the headers in the OUTPUT buffer but which slots of the decoder's a frame refers to and
 * goes to; both headers are written anew from the controls, and libavcodec decodes them with the tiles of the OUTPUT buffer. It
 * keeps what the kernel's drivers keep between frames: the four probability contexts and what adaptation makes of them, the
 * vectors and the segmentation map of the frame before. The samples of references come from the CAPTURE buffers.
 */
#include "model.h"

#include "compressed_header.h"
#include "controls.h"
#include "libavcodec.h"
#include "uncompressed_header.h"
#include "verdict.h"

#include <stdlib.h>
#include <string.h>

struct vp9_model {
	struct codec *codec;
	/* The frames in libavcodec's slots, by their timestamps. */
	uint64_t slots[VP9_SLOTS];
	bool filled[VP9_SLOTS];
	struct v4l2_vp9_segmentation features; /* of the last frame that updated them */
};

/* One job, and what becomes of it. */
struct work {
	struct vp9_model *model;
	const struct model_job *job;
	const struct v4l2_ctrl_vp9_frame *frame;
	const struct v4l2_ctrl_vp9_compressed_hdr *header;
	struct model_result *result;
	struct slot_use use;
	bool inter;
	unsigned int width, height; /* in whole blocks of 8x8 */
};

static void *open_model(void)
{
	struct vp9_model *model = calloc(1, sizeof(*model));

	if (!model)
		return NULL;
	model->codec = codec_open("vp9");
	if (!model->codec) {
		free(model);
		return NULL;
	}
	return model;
}

static void close_model(void *decoder)
{
	struct vp9_model *model = decoder;

	if (model)
		codec_close(model->codec);
	free(model);
}

/* ---- references --------------------------------------------------------------------------------------------------- */

/* The timestamp that the control names last, golden or altref by. */
static uint64_t timestamp_of(const struct v4l2_ctrl_vp9_frame *frame, unsigned int reference)
{
	const uint64_t timestamps[VP9_REFERENCES] = {frame->last_frame_ts, frame->golden_frame_ts,
	                                             frame->alt_frame_ts};

	return timestamps[reference];
}

/*
 * For a frame of libavcodec, the CAPTURE buffer. Where the frame is a reference, that is the one that the control names, whatever
 * the stream had in this slot.
 */
static bool name_reference(void *opaque, uint64_t timestamp, struct model_image *image)
{
	const struct work *work = opaque;

	for (unsigned int i = 0; i < VP9_REFERENCES && work->inter; i++)
		if (work->model->slots[work->use.reference[i]] == timestamp)
			timestamp = timestamp_of(work->frame, i);
	return work->job->find_reference(work->job->opaque, timestamp, image);
}

static void check_references(const struct work *work)
{
	static const char *const names[VP9_REFERENCES] = {"last_frame_ts", "golden_frame_ts", "alt_frame_ts"};
	const struct vp9_model *model = work->model;
	struct model_image image;

	for (unsigned int i = 0; i < VP9_REFERENCES; i++) {
		const uint64_t timestamp = timestamp_of(work->frame, i);

		if (!work->job->find_reference(work->job->opaque, timestamp, &image))
			verdict_paint(work->result, "vp9.frame: %s is of no picture", names[i]);
		for (unsigned int k = 0; k < i; k++)
			if (model->slots[work->use.reference[i]] == model->slots[work->use.reference[k]] &&
			    timestamp != timestamp_of(work->frame, k))
				verdict_paint(work->result, "vp9.frame: %s and %s are of one picture in the stream", names[i],
				              names[k]);
	}
}

/* A frame without a key frame before it leaves no slot without a picture, since others may be named that were never sent. */
static void refresh_empty_slots(struct work *work)
{
	for (unsigned int i = 0; i < VP9_SLOTS; i++)
		if (!work->model->filled[i])
			work->use.refreshed |= (uint8_t)(1 << i);
}

static void keep_frame(const struct work *work)
{
	for (unsigned int i = 0; i < VP9_SLOTS; i++) {
		if (!(work->use.refreshed >> i & 1))
			continue;
		work->model->slots[i] = work->job->timestamp;
		work->model->filled[i] = true;
	}
}

/* hantro takes features when they are updated, rkvdec with each frame: what it has and what it is told must be the same. */
static void check_features(const struct work *work)
{
	const struct v4l2_vp9_segmentation *seg = &work->frame->seg;
	struct v4l2_vp9_segmentation *kept = &work->model->features;

	if (!(seg->flags & V4L2_VP9_SEGMENTATION_FLAG_ENABLED))
		return;
	if (seg->flags & V4L2_VP9_SEGMENTATION_FLAG_UPDATE_DATA)
		*kept = *seg;
	for (unsigned int i = 0; i < 8; i++) {
		bool same = seg->feature_enabled[i] == kept->feature_enabled[i];

		for (unsigned int j = 0; j < V4L2_VP9_SEG_LVL_MAX; j++)
			if (seg->feature_enabled[i] & V4L2_VP9_SEGMENT_FEATURE_ENABLED(j))
				same &= seg->feature_data[i][j] == kept->feature_data[i][j];
		if (!same)
			verdict_paint(work->result,
			              "vp9.frame: seg has other features of segment %u, without UPDATE_DATA", i);
	}
}

/* ---- decoding ----------------------------------------------------------------------------------------------------- */

static const char *job_refusal(const struct work *work)
{
	const struct model_image *to = &work->job->destination;
	const struct v4l2_ctrl_vp9_frame *frame = work->frame;

	if (!frame || !work->header)
		return "the frame control or the compressed header's was never set";
	if (frame->profile % 2 || frame->bit_depth > 10)
		return "frame.profile or frame.bit_depth is of no decoder";
	if (!to->luma || !to->chroma || to->depth != frame->bit_depth)
		return "the CAPTURE format is not of the bit depth";
	if (!work->job->bitstream || work->job->size > (64u << 20))
		return "the OUTPUT buffer is empty or too large";
	if (!frame->uncompressed_header_size || !frame->compressed_header_size ||
	    frame->uncompressed_header_size + frame->compressed_header_size >= work->job->size)
		return "the headers are longer than the OUTPUT buffer, or there are none";
	return NULL;
}

/* The frame with headers that say what the controls say. */
static bool write_frame(const struct work *work, struct byte_buffer *out)
{
	const struct v4l2_ctrl_vp9_frame *frame = work->frame;
	const size_t tiles = (size_t)frame->uncompressed_header_size + frame->compressed_header_size;
	struct byte_buffer compressed = {0};
	const char *wrong = compressed_header_write(&compressed, frame, work->header);

	if (wrong)
		verdict_paint(work->result, "vp9: %s is what no header of this frame says", wrong);
	wrong = uncompressed_header_write(out, frame, &work->use, compressed.size);
	if (wrong)
		verdict_paint(work->result, "vp9: %s is what no header of this frame says", wrong);
	buffer_append(out, compressed.data, compressed.size);
	buffer_append(out, work->job->bitstream + tiles, work->job->size - tiles);
	out->failed |= compressed.failed;
	buffer_free(&compressed);
	return !out->failed;
}

static enum codec_outcome decode_frame(struct work *work)
{
	struct vp9_model *model = work->model;
	struct byte_buffer data = {0};
	enum codec_outcome outcome = CODEC_FAILED;

	if (write_frame(work, &data)) {
		codec_refresh(model->codec, name_reference, work, NULL);
		outcome = codec_decode(model->codec, data.data, data.size, work->job->timestamp, work->width,
		                       work->height, work->frame->bit_depth, false);
	}
	buffer_free(&data);
	return outcome;
}

static unsigned int aligned(unsigned int size)
{
	return (size + 7) & ~7u;
}

static void decode(void *decoder, const struct model_job *job, struct model_result *result)
{
	const struct model_image *to = &job->destination;
	struct work work = {
		.model = decoder,
		.job = job,
		.frame = job->value_of(job->opaque, V4L2_CID_STATELESS_VP9_FRAME).bytes,
		.header = job->value_of(job->opaque, V4L2_CID_STATELESS_VP9_COMPRESSED_HDR).bytes,
		.result = result,
	};
	enum codec_outcome outcome;
	const char *wrong = job_refusal(&work);

	memset(result, 0, sizeof(*result));
	if (!wrong)
		wrong = slot_use_read(&work.use, job->bitstream, job->size, work.frame);
	if (wrong) {
		verdict_refuse(result, "%s", wrong);
		return;
	}
	work.inter = !(work.frame->flags & (V4L2_VP9_FRAME_FLAG_KEY_FRAME | V4L2_VP9_FRAME_FLAG_INTRA_ONLY));
	work.width = aligned(work.frame->frame_width_minus_1 + 1u);
	work.height = aligned(work.frame->frame_height_minus_1 + 1u);
	if (!image_holds(to, work.width, work.height)) {
		verdict_refuse(result, "the CAPTURE buffer is smaller than the frame control says");
		return;
	}
	check_features(&work);
	if (work.inter)
		check_references(&work);
	else
		refresh_empty_slots(&work);
	outcome = decode_frame(&work);
	if (outcome == CODEC_FAILED) {
		verdict_refuse(result, "the frame cannot be decoded");
		image_paint(to, work.width, work.height);
		return;
	}
	image_store(to, codec_planes(work.model->codec), IMAGE_FRAME);
	if (result->verdict == MODEL_PAINTED)
		image_paint(to, work.width, work.height);
	codec_stored(work.model->codec, to, result->verdict == MODEL_PAINTED, true);
	if (outcome == CODEC_DAMAGED)
		verdict_refuse(result, "the frame is damaged"); /* and libavcodec does not keep it */
	else
		keep_frame(&work);
}

/* A picture is one job: nothing is ever held. */
static void flush(void *decoder, struct model_result *result)
{
	(void)decoder;
	memset(result, 0, sizeof(*result));
}

/* The probability contexts and the vectors of the frame before are the driver's: they go with the queue (rkvdec_vp9_stop()). */
static void reset(void *decoder)
{
	struct vp9_model *model = decoder;

	codec_flush(model->codec);
	memset(model->filled, 0, sizeof(model->filled));
	memset(model->slots, 0, sizeof(model->slots));
	memset(&model->features, 0, sizeof(model->features));
}

const struct model_codec model_vp9 = {
	.name = "vp9",
	.coded_fourcc = V4L2_PIX_FMT_VP9_FRAME,
	.format_title = "VP9 Frame",
	.controls = vp9_controls,
	.control_count = VP9_CONTROLS,
	.init = vp9_init_control,
	.validate = vp9_validate_control,
	.sequence = vp9_sequence,
	.open = open_model,
	.close = close_model,
	.decode = decode,
	.flush = flush,
	.reset = reset,
};
