/* SPDX-License-Identifier: MIT
 *
 * MPEG-2's decoder model. A job is decoded from nothing but what it brings: libavcodec forgets everything before it, gets two
 * grey pictures in place of the references, whose samples are then those of the CAPTURE buffers that the timestamps name,
 * and headers that are written from the controls. Before the second field of a frame it gets a grey first field, whose
 * rows are then those of the CAPTURE buffer that is decoded to.
 */
#include "model.h"

#include "checks.h"
#include "controls.h"
#include "headers.h"
#include "libavcodec.h"
#include "verdict.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLICE = 0x01, LAST_SLICE = 0xaf }; /* table 6-1 */

/* A first field: its other one belongs to the same buffer, and has its timestamp. */
struct first_field {
	bool expects_second;
	unsigned int picture_structure;
	uint64_t timestamp;
	const uint8_t *luma;
};

struct mpeg2_model {
	struct codec *codec;
	struct first_field last;
	struct byte_buffer stream;
};

struct mpeg2_job {
	const struct model_job *given;
	struct mpeg2_controls controls;
	unsigned int width, height;
	bool second_field;
};

static void *open_model(void)
{
	struct mpeg2_model *model = calloc(1, sizeof(*model));

	if (!model)
		return NULL;
	model->codec = codec_open("mpeg2video");
	if (!model->codec) {
		free(model);
		return NULL;
	}
	return model;
}

static void close_model(void *decoder)
{
	struct mpeg2_model *model = decoder;

	if (!model)
		return;
	codec_close(model->codec);
	buffer_free(&model->stream);
	free(model);
}

/* ---- what is wrong with a job ---------------------------------------------------------------------------------- */

/* The OUTPUT buffer is to hold slices with their start codes, and nothing else. */
static const char *slices_refusal(const uint8_t *data, size_t size)
{
	size_t at = find_start_code(data, size, 0);

	for (size_t i = 0; i < at; i++)
		if (data[i])
			return "the OUTPUT buffer does not begin with a start code";
	if (at == size)
		return "the OUTPUT buffer holds no slice";
	for (; at < size; at = find_start_code(data, size, at + 3))
		if (at + 3 == size || data[at + 3] < FIRST_SLICE || data[at + 3] > LAST_SLICE)
			return "the OUTPUT buffer holds a start code that is not of a slice";
	return NULL;
}

static const char *job_refusal(const struct mpeg2_job *job)
{
	const struct model_image *to = &job->given->destination;
	const char *wrong = controls_refusal(&job->controls);

	if (wrong)
		return wrong;
	if (!to->luma || !to->chroma || to->depth != 8)
		return "the CAPTURE format is not of 8 bits";
	if (!image_holds(to, job->width, job->height))
		return "the CAPTURE buffer is smaller than the macroblocks of the sequence";
	if (!job->given->bitstream || job->given->size > (64u << 20))
		return "the OUTPUT buffer is empty or too large";
	return slices_refusal(job->given->bitstream, job->given->size);
}

/* A field is the second of its frame where the field before it was the first, and the flag says so, too. */
static void check_field(struct model_result *result, const struct mpeg2_model *model,
                        const struct mpeg2_job *job)
{
	const struct first_field *last = &model->last;
	const unsigned int structure = job->controls.picture->picture_structure;
	const bool is_second = last->expects_second && structure != V4L2_MPEG2_PIC_FRAME &&
	                       structure != last->picture_structure && last->timestamp == job->given->timestamp &&
	                       last->luma == job->given->destination.luma;

	if (job->second_field != is_second)
		verdict_paint(result, "picture.flags TOP_FIELD_FIRST says that this is the %s field of its frame",
		              is_second ? "first" : "second");
}

/* ---- decoding ---------------------------------------------------------------------------------------------------- */

/* For a frame of libavcodec: the CAPTURE buffer, if this picture may refer to it and the queue has it. */
static bool name_reference(void *opaque, uint64_t timestamp, struct model_image *image)
{
	const struct mpeg2_job *job = opaque;

	if (job->controls.picture->picture_coding_type == V4L2_MPEG2_PIC_CODING_TYPE_I)
		return false;
	return job->given->find_reference(job->given->opaque, timestamp, image);
}

static enum codec_outcome decode_stream(struct mpeg2_model *model, const struct mpeg2_job *job,
                                        uint64_t timestamp, bool second_field)
{
	if (model->stream.failed)
		return CODEC_FAILED;
	return codec_decode(model->codec, model->stream.data, model->stream.size, timestamp, job->width,
	                    job->height, 8, second_field);
}

/* libavcodec predicts forwards from the last but one reference picture in B pictures, from the last one in others. */
static bool give_references(struct mpeg2_model *model, struct mpeg2_job *job)
{
	const struct v4l2_ctrl_mpeg2_picture *picture = job->controls.picture;
	const bool b = picture->picture_coding_type == V4L2_MPEG2_PIC_CODING_TYPE_B;
	const uint64_t timestamps[2] = {picture->forward_ref_ts,
	                                b ? picture->backward_ref_ts : picture->forward_ref_ts};

	model->stream.size = 0;
	put_sequence(&model->stream, job->controls.sequence);
	put_grey_picture(&model->stream, job->controls.sequence, V4L2_MPEG2_PIC_FRAME,
	                 V4L2_MPEG2_PIC_CODING_TYPE_I);
	for (unsigned int i = 0; i < 2; i++)
		if (decode_stream(model, job, timestamps[i], false) != CODEC_DECODED)
			return false;
	codec_refresh(model->codec, name_reference, job, NULL);
	return true;
}

static bool give_first_field(struct mpeg2_model *model, const struct mpeg2_job *job)
{
	const struct v4l2_ctrl_mpeg2_picture *picture = job->controls.picture;
	const bool top = picture->picture_structure == V4L2_MPEG2_PIC_BOTTOM_FIELD;
	const bool b = picture->picture_coding_type == V4L2_MPEG2_PIC_CODING_TYPE_B;

	model->stream.size = 0;
	put_grey_picture(&model->stream, job->controls.sequence,
	                 top ? V4L2_MPEG2_PIC_TOP_FIELD : V4L2_MPEG2_PIC_BOTTOM_FIELD,
	                 b ? V4L2_MPEG2_PIC_CODING_TYPE_B : V4L2_MPEG2_PIC_CODING_TYPE_I);
	if (decode_stream(model, job, job->given->timestamp, false) != CODEC_DECODED)
		return false;
	image_load(codec_planes(model->codec), &job->given->destination,
	           top ? IMAGE_TOP_FIELD : IMAGE_BOTTOM_FIELD);
	return true;
}

static enum codec_outcome decode_picture(struct mpeg2_model *model, struct mpeg2_job *job)
{
	codec_flush(model->codec);
	if (!give_references(model, job) || (job->second_field && !give_first_field(model, job)))
		return CODEC_FAILED;
	model->stream.size = 0;
	put_picture(&model->stream, job->controls.picture);
	put_matrices(&model->stream, job->controls.quantisation);
	buffer_append(&model->stream, job->given->bitstream, job->given->size);
	return decode_stream(model, job, job->given->timestamp, job->second_field);
}

/* Both fields go to one buffer, so the first leaves the rows of the second as they are. */
static unsigned int rows_of(const struct v4l2_ctrl_mpeg2_picture *picture)
{
	switch (picture->picture_structure) {
	case V4L2_MPEG2_PIC_TOP_FIELD:
		return IMAGE_TOP_FIELD;
	case V4L2_MPEG2_PIC_BOTTOM_FIELD:
		return IMAGE_BOTTOM_FIELD;
	default:
		return IMAGE_FRAME;
	}
}

static struct mpeg2_job job_of(const struct model_job *given)
{
	const struct model_value sequence = given->value_of(given->opaque, V4L2_CID_STATELESS_MPEG2_SEQUENCE);
	const struct model_value picture = given->value_of(given->opaque, V4L2_CID_STATELESS_MPEG2_PICTURE);
	const struct model_value matrices = given->value_of(given->opaque, V4L2_CID_STATELESS_MPEG2_QUANTISATION);
	struct mpeg2_job job = {
		.given = given,
		.controls =
			{
				.sequence = sequence.was_set ? sequence.bytes : NULL,
				.picture = picture.was_set ? picture.bytes : NULL,
				.quantisation = matrices.bytes, /* the initial ones are those of 6.3.11 */
			},
	};

	if (job.controls.sequence) {
		job.width = sequence_width(job.controls.sequence);
		job.height = sequence_height(job.controls.sequence);
	}
	/* As the chips' drivers tell the fields apart: only P fields refer to the one before them. */
	if (job.controls.picture)
		job.second_field = job.controls.picture->picture_structure != V4L2_MPEG2_PIC_FRAME &&
		                   (job.controls.picture->picture_structure == V4L2_MPEG2_PIC_TOP_FIELD) !=
		                       ((job.controls.picture->flags & V4L2_MPEG2_PIC_FLAG_TOP_FIELD_FIRST) != 0);
	return job;
}

static void remember_field(struct mpeg2_model *model, const struct mpeg2_job *job)
{
	model->last = (struct first_field){
		.expects_second =
			job->controls.picture->picture_structure != V4L2_MPEG2_PIC_FRAME && !job->second_field,
		.picture_structure = job->controls.picture->picture_structure,
		.timestamp = job->given->timestamp,
		.luma = job->given->destination.luma,
	};
}

static void decode(void *decoder, const struct model_job *given, struct model_result *result)
{
	struct mpeg2_model *model = decoder;
	struct mpeg2_job job = job_of(given);
	const struct model_image *to = &given->destination;
	const char *wrong = job_refusal(&job);
	enum codec_outcome outcome;
	unsigned int rows;

	memset(result, 0, sizeof(*result));
	if (wrong) {
		verdict_refuse(result, "%s", wrong);
		return;
	}
	wrong = controls_contradiction(&job.controls);
	if (wrong)
		verdict_paint(result, "%s", wrong);
	check_field(result, model, &job);
	remember_field(model, &job);
	outcome = decode_picture(model, &job);
	if (outcome == CODEC_FAILED) {
		verdict_refuse(result, "the slices cannot be decoded with these controls");
		image_paint(to, job.width, job.height);
		return;
	}
	rows = rows_of(job.controls.picture);
	image_store(to, codec_planes(model->codec), rows);
	if (result->verdict == MODEL_PAINTED)
		image_paint(to, job.width, job.height);
	if (outcome == CODEC_DAMAGED || planes_have_blank(codec_planes(model->codec), rows))
		verdict_refuse(result, "slice data is damaged, or slices of the picture are missing");
}

/* Each job is written to the CAPTURE buffer at once. */
static void flush(void *decoder, struct model_result *result)
{
	(void)decoder;
	memset(result, 0, sizeof(*result));
}

static void reset(void *decoder)
{
	struct mpeg2_model *model = decoder;

	model->last = (struct first_field){0};
}

const struct model_codec model_mpeg2 = {
	.name = "mpeg2",
	.coded_fourcc = V4L2_PIX_FMT_MPEG2_SLICE,
	.format_title = "MPEG-2 Parsed Slice Data",
	.controls = mpeg2_controls,
	.control_count = MPEG2_CONTROL_COUNT,
	.init = mpeg2_init,
	.validate = mpeg2_validate,
	.open = open_model,
	.close = close_model,
	.decode = decode,
	.flush = flush,
	.reset = reset,
};
