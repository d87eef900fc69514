/* SPDX-License-Identifier: MIT */
#include "checks.h"
#include "controls.h"
#include "dpb.h"
#include "job.h"
#include "libavcodec.h"
#include "model_state.h"
#include "parameter_sets.h"
#include "verdict.h"

#include <stdlib.h>
#include <string.h>

#define PPS_SLOTS 8

struct pps_slot {
	bool used;
	bool has_matrix;
	bool sent[4][2]; /* for each fit of a slice header */
	struct v4l2_ctrl_h264_pps pps;
	struct v4l2_ctrl_h264_scaling_matrix matrix;
};

/* The frame or field whose slices are being collected. */
struct picture {
	bool active;
	bool frame_based;
	uint64_t timestamp;
	struct v4l2_ctrl_h264_sps sps;
	struct v4l2_ctrl_h264_decode_params params;
	struct model_image destination;
	struct slice_header first;
	unsigned int seen; /* 1 << slice_type */
	uint32_t poc_lsb;
	int32_t delta_poc_bottom;
	struct model_result result;
};

struct h264_model {
	struct codec *codec;
	struct dpb dpb;
	struct picture picture;
	const uint8_t *first_field_luma; /* where the first field went */
	struct byte_buffer sps;          /* as libavcodec has it */
	struct pps_slot pps[PPS_SLOTS];
	unsigned int next_pps;
	unsigned int last_pps;
	struct byte_buffer rbsp, scratch, stream;
};

static void *open_model(void)
{
	struct h264_model *model = calloc(1, sizeof(*model));

	if (!model)
		return NULL;
	model->codec = codec_open("h264");
	if (!model->codec) {
		free(model);
		return NULL;
	}
	dpb_init(&model->dpb);
	return model;
}

static void close_model(void *decoder)
{
	struct h264_model *model = decoder;

	if (!model)
		return;
	codec_close(model->codec);
	buffer_free(&model->sps);
	buffer_free(&model->rbsp);
	buffer_free(&model->scratch);
	buffer_free(&model->stream);
	free(model);
}

/* Puts the SPS into the stream where libavcodec does not have it yet. */
static void send_sps(struct h264_model *model, const struct v4l2_ctrl_h264_sps *sps)
{
	sps_write(&model->scratch, sps);
	if (model->sps.size == model->scratch.size &&
	    !memcmp(model->sps.data, model->scratch.data, model->scratch.size))
		return;
	model->sps.size = 0;
	buffer_append(&model->sps, model->scratch.data, model->scratch.size);
	nal_append(&model->stream, model->sps.data, model->sps.size);
	/* libavcodec forgets the PPSs of an SPS that changes. */
	memset(model->pps, 0, sizeof(model->pps));
}

static bool slot_holds(const struct pps_slot *slot, const struct h264_job *job)
{
	return slot->used && !memcmp(&slot->pps, job->pps, sizeof(slot->pps)) &&
	       slot->has_matrix == (job->scaling_matrix != NULL) &&
	       (!slot->has_matrix || !memcmp(&slot->matrix, job->scaling_matrix, sizeof(slot->matrix)));
}

static struct pps_slot *find_pps(struct h264_model *model, const struct h264_job *job)
{
	struct pps_slot *slot;

	for (unsigned int i = 0; i < PPS_SLOTS; i++) {
		slot = &model->pps[(model->last_pps + i) % PPS_SLOTS];
		if (slot_holds(slot, job)) {
			model->last_pps = (unsigned int)(slot - model->pps);
			return slot;
		}
	}
	model->last_pps = model->next_pps;
	model->next_pps = (model->next_pps + 1) % PPS_SLOTS;
	slot = &model->pps[model->last_pps];
	memset(slot, 0, sizeof(*slot));
	slot->used = true;
	slot->pps = *job->pps;
	slot->has_matrix = job->scaling_matrix != NULL;
	if (slot->has_matrix)
		slot->matrix = *job->scaling_matrix;
	return slot;
}

/* The id under which libavcodec knows the submitted PPS and matrices, of the length that the slice header needs. */
static unsigned int send_pps(struct h264_model *model, const struct h264_job *job,
                             const struct slice_fit *fit)
{
	/* The first ids that take 9, 11, 13 and 15 bits: 1, 3, 5 and 7 modulo 8. */
	static const unsigned int first_id[4] = {15, 31, 63, 127};
	struct pps_slot *slot = find_pps(model, job);
	unsigned int class = fit->pps_id_length / 2;
	unsigned int id = first_id[class] + 2 * model->last_pps + fit->redundant_pic_cnt;

	if (!slot->sent[class][fit->redundant_pic_cnt]) {
		slot->sent[class][fit->redundant_pic_cnt] = true;
		pps_write(&model->scratch, job->pps, job->scaling_matrix, id, fit->redundant_pic_cnt);
		nal_append(&model->stream, model->scratch.data, model->scratch.size);
	}
	return id;
}

static void check_scaling_matrix(struct model_result *result, const struct h264_job *job)
{
	const struct v4l2_ctrl_h264_scaling_matrix *matrix = job->scaling_matrix;
	bool zero = false;

	if (!matrix || !(job->pps->flags & V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT))
		return;
	for (unsigned int list = 0; list < 6; list++)
		zero |= memchr(matrix->scaling_list_4x4[list], 0, 16) != NULL;
	for (unsigned int list = 0; list < 2 && job->pps->flags & V4L2_H264_PPS_FLAG_TRANSFORM_8X8_MODE; list++)
		zero |= memchr(matrix->scaling_list_8x8[list], 0, 64) != NULL;
	if (zero)
		verdict_paint(result, "scaling_matrix has a 0, which is no value of a scaling list");
}

/* For a frame of libavcodec: the CAPTURE buffer, if the submitted DPB names it and the queue has it. */
static bool name_reference(void *opaque, uint64_t timestamp, struct model_image *image)
{
	const struct h264_job *job = opaque;
	const unsigned int wanted = V4L2_H264_DPB_ENTRY_FLAG_VALID | V4L2_H264_DPB_ENTRY_FLAG_ACTIVE;

	for (unsigned int i = 0; i < V4L2_H264_NUM_DPB_ENTRIES; i++) {
		const struct v4l2_h264_dpb_entry *entry = &job->decode_params->dpb[i];

		if ((entry->flags & wanted) == wanted && entry->reference_ts == timestamp)
			return job->given->find_reference(job->given->opaque, timestamp, image);
	}
	return false;
}

static void begin_picture(struct h264_model *model, struct h264_job *job, const struct slice_header *slice)
{
	struct picture *picture = &model->picture;
	const struct v4l2_ctrl_h264_decode_params *params = job->decode_params;
	const int32_t poc[2] = {params->top_field_order_cnt, params->bottom_field_order_cnt};
	int64_t offset;

	memset(picture, 0, sizeof(*picture));
	picture->active = true;
	picture->frame_based = job->decode_mode == V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED;
	picture->timestamp = job->given->timestamp;
	picture->sps = *job->sps;
	picture->params = *params;
	picture->destination = job->given->destination;
	picture->first = *slice;
	if (check_is_seek(&model->dpb, slice, job->sps, params)) {
		dpb_forget(&model->dpb);
		codec_flush(model->codec);
	}
	dpb_begin(&model->dpb, slice, job->sps, poc, job->given->timestamp);
	check_picture(&picture->result, &model->dpb, slice, job);
	check_references(&picture->result, &model->dpb, slice, job);
	check_scaling_matrix(&picture->result, job);
	/* Nobody refers to a first field that is no reference, and its rows are not in CAPTURE as a picture yet. */
	if (!slice->idr)
		codec_refresh(model->codec, name_reference, job,
		              model->dpb.second_field && !model->dpb.keep_in_dpb ? &job->given->timestamp : NULL);
	offset = model->dpb.codec_poc_offset;
	picture->poc_lsb = (uint32_t)(poc[slice->field_pic && slice->bottom_field] + offset);
	picture->delta_poc_bottom = (int32_t)((uint32_t)poc[1] - (uint32_t)poc[0]);
	model->stream.size = 0;
	model->stream.failed = false;
	send_sps(model, job->sps);
}

/* Slices of one picture share these (7.4.1.2.4); so what differs belongs to another picture. */
static bool same_picture(const struct slice_header *a, const struct slice_header *b)
{
	return a->idr == b->idr && !a->nal_ref_idc == !b->nal_ref_idc && a->frame_num == b->frame_num &&
	       a->field_pic == b->field_pic && a->bottom_field == b->bottom_field &&
	       (!a->idr || a->idr_pic_id == b->idr_pic_id) && a->pic_order_cnt_lsb == b->pic_order_cnt_lsb &&
	       a->delta_pic_order_cnt_bottom == b->delta_pic_order_cnt_bottom &&
	       a->delta_pic_order_cnt[0] == b->delta_pic_order_cnt[0] &&
	       a->delta_pic_order_cnt[1] == b->delta_pic_order_cnt[1];
}

/* In slice-based mode each slice brings these controls of its own: the same for the whole picture. */
static void check_same_params(struct model_result *result, const struct h264_job *job,
                              const struct picture *picture)
{
	const uint32_t types = V4L2_H264_DECODE_PARAM_FLAG_PFRAME | V4L2_H264_DECODE_PARAM_FLAG_BFRAME;
	struct v4l2_ctrl_h264_decode_params a = *job->decode_params;
	struct v4l2_ctrl_h264_decode_params b = picture->params;

	a.flags &= ~types;
	b.flags &= ~types;
	if (memcmp(&a, &b, sizeof(a)) != 0)
		verdict_paint(result, "decode_params differ between slices of the picture with frame_num %u",
		              b.frame_num);
	if (memcmp(job->sps, &picture->sps, sizeof(picture->sps)) != 0)
		verdict_paint(result, "sps differs between slices of the picture with frame_num %u", b.frame_num);
	if (job->given->destination.luma != picture->destination.luma)
		verdict_paint(result, "slices of one picture go to two CAPTURE buffers");
}

/* In slice-based mode the flags may be those of the slice alone. */
static void check_slice_type(struct model_result *result, const struct slice_header *slice,
                             const struct v4l2_ctrl_h264_decode_params *params)
{
	const uint32_t p_or_b = V4L2_H264_DECODE_PARAM_FLAG_PFRAME | V4L2_H264_DECODE_PARAM_FLAG_BFRAME;

	/* With P and B slices in one picture, either is said of it, as in check_types(). */
	if (slice->slice_type == V4L2_H264_SLICE_TYPE_P && !(params->flags & p_or_b))
		verdict_paint(result, "decode_params.flags PFRAME is 0 with a P slice");
	if (slice_is_b(slice) && !(params->flags & V4L2_H264_DECODE_PARAM_FLAG_BFRAME))
		verdict_paint(result, "decode_params.flags BFRAME is 0 with a B slice");
}

/* All slices are there. */
static void finish_picture(struct h264_model *model)
{
	struct picture *picture = &model->picture;
	struct dpb *dpb = &model->dpb;
	const struct slice_header *slice = &picture->first;
	unsigned int fields = !slice->field_pic ? BOTH_FIELDS : slice->bottom_field ? BOTTOM_FIELD : TOP_FIELD;
	unsigned int width = sps_width(&picture->sps);
	unsigned int height = sps_height(&picture->sps);
	bool whole =
		!slice->field_pic || (dpb->second_field && model->first_field_luma == picture->destination.luma);
	enum codec_outcome outcome = CODEC_FAILED;

	picture->active = false;
	if (picture->frame_based)
		check_types(&picture->result, &picture->params, picture->seen);
	if (!model->stream.failed && picture->seen)
		outcome = codec_decode(model->codec, model->stream.data, model->stream.size, picture->timestamp,
		                       width, height, picture->destination.depth, dpb->second_field);
	if (outcome == CODEC_FAILED) {
		verdict_refuse(&picture->result, "the slices cannot be decoded with these parameters");
		image_paint(&picture->destination, width, height);
		/* Parameter sets of a packet that failed may not have arrived. */
		model->sps.size = 0;
	} else {
		image_store(&picture->destination, codec_planes(model->codec), fields);
		if (picture->result.verdict == MODEL_PAINTED)
			image_paint(&picture->destination, width, height);
		codec_stored(model->codec, &picture->destination, picture->result.verdict == MODEL_PAINTED, whole);
		if (outcome == CODEC_DAMAGED)
			verdict_refuse(&picture->result, "slice data is damaged, or slices of the picture are missing");
	}
	model->first_field_luma = picture->destination.luma;
	dpb_end(dpb, slice, &picture->sps);
}

/* One NAL unit, without start code. */
static void add_slice(struct h264_model *model, struct h264_job *job, const uint8_t *nal, size_t size,
                      struct model_result *result)
{
	struct picture *picture = &model->picture;
	struct slice_header slice;
	struct slice_fit fit;
	const char *wrong;
	unsigned int pps;

	nal_unescape(&model->rbsp, nal, size);
	wrong = slice_parse(&slice, model->rbsp.data, model->rbsp.size, job->sps, job->pps);
	if (wrong) {
		verdict_refuse(result, "%s", wrong);
		dpb_damage(&model->dpb);
		return;
	}
	if (picture->active && !same_picture(&picture->first, &slice)) {
		if (picture->frame_based) {
			verdict_refuse(result, "the OUTPUT buffer holds slices of two pictures");
			return;
		}
		finish_picture(model); /* the first field of the frame is complete */
		verdict_merge(result, &picture->result);
	}
	if (!picture->active)
		begin_picture(model, job, &slice);
	else if (!picture->frame_based)
		check_same_params(&picture->result, job, picture);
	check_profile(&picture->result, &slice, job->sps, job->pps);
	check_slice(&picture->result, &model->dpb, &slice, job);
	if (job->slice_params)
		check_slice_type(&picture->result, &slice, job->decode_params);
	if (slice.redundant_pic_cnt)
		return; /* decoders of these profiles drop them */
	picture->seen |= 1u << slice.slice_type;
	fit = slice_fit(&slice, &picture->sps, picture->delta_poc_bottom);
	pps = send_pps(model, job, &fit);
	slice_rewrite(&model->scratch, &slice, model->rbsp.data, model->rbsp.size, &picture->sps, pps,
	              fit.redundant_pic_cnt, picture->poc_lsb, picture->delta_poc_bottom);
	nal_append(&model->stream, model->scratch.data, model->scratch.size);
}

static void add_slices(struct h264_model *model, struct h264_job *job, struct model_result *result)
{
	const uint8_t *data = job->given->bitstream;
	size_t start = 0;
	size_t size = job->given->size;
	unsigned int slices = 0;

	if (job->start_code == V4L2_STATELESS_H264_START_CODE_ANNEX_B) {
		start = find_start_code(data, size, 0);
		for (size_t i = 0; i < start; i++) {
			if (data[i]) {
				verdict_refuse(result, "the OUTPUT buffer does not begin with a start code");
				return;
			}
		}
		start += start < size ? 3 : 0;
	} else if (size >= 3 && !data[0] && !data[1]) {
		verdict_refuse(result,
		               "the OUTPUT buffer begins with a start code, which this decoder does not expect");
		return;
	}
	while (start < size) {
		size_t next = find_start_code(data, size, start);
		size_t end = next;

		if (next < size && (job->start_code == V4L2_STATELESS_H264_START_CODE_NONE || job->slice_params)) {
			verdict_refuse(result,
			               "the OUTPUT buffer holds more than one slice, which this decoder cannot tell");
			return;
		}
		while (end > start && !data[end - 1])
			end--;
		if (end > start) {
			add_slice(model, job, data + start, end - start, result);
			slices++;
		}
		start = next + 3;
	}
	if (!slices)
		verdict_refuse(result, "the OUTPUT buffer holds no slice");
}

static const char *job_refusal(const struct h264_job *job)
{
	const struct model_image *to = &job->given->destination;
	bool slice_based = job->decode_mode == V4L2_STATELESS_H264_DECODE_MODE_SLICE_BASED;
	const char *wrong;

	if (!job->sps || !job->pps || !job->decode_params || (slice_based && !job->slice_params))
		return "a control that the decode mode needs was never set";
	wrong = sps_refusal(job->sps);
	if (!wrong)
		wrong = pps_refusal(job->sps, job->pps);
	if (wrong)
		return wrong;
	if (!to->luma || !to->chroma || to->depth != job->sps->bit_depth_luma_minus8 + 8u)
		return "the CAPTURE format has not the bit depth of the SPS";
	if (!image_holds(to, sps_width(job->sps), sps_height(job->sps)))
		return "the CAPTURE buffer is smaller than the SPS says";
	if (!job->given->bitstream || job->given->size > (64u << 20))
		return "the OUTPUT buffer is empty or too large";
	return NULL;
}

/* The controls by name. */
static struct h264_job job_of(const struct model_job *given)
{
#define VALUE(control) given->value_of(given->opaque, V4L2_CID_STATELESS_H264_##control)
	const struct model_value matrix = VALUE(SCALING_MATRIX), weights = VALUE(PRED_WEIGHTS);
	const int32_t *mode = VALUE(DECODE_MODE).bytes, *code = VALUE(START_CODE).bytes;
	struct h264_job job = {
		.given = given,
		.decode_mode = mode ? (uint32_t)*mode : V4L2_STATELESS_H264_DECODE_MODE_SLICE_BASED,
		.start_code = code ? (uint32_t)*code : V4L2_STATELESS_H264_START_CODE_NONE,
		.sps = VALUE(SPS).bytes,
		.pps = VALUE(PPS).bytes,
		.scaling_matrix = matrix.was_set ? matrix.bytes : NULL,
		.decode_params = VALUE(DECODE_PARAMS).bytes,
	};

	if (job.decode_mode != V4L2_STATELESS_H264_DECODE_MODE_SLICE_BASED)
		return job; /* frame-based decoders do not have the other two */
	job.slice_params = VALUE(SLICE_PARAMS).bytes;
	job.pred_weights = weights.of_request ? weights.bytes : NULL;
	return job;
#undef VALUE
}

static void decode(void *decoder, const struct model_job *given, struct model_result *result)
{
	struct h264_model *model = decoder;
	struct picture *picture = &model->picture;
	struct h264_job job = job_of(given);
	const char *wrong;

	memset(result, 0, sizeof(*result));
	/* As v4l2-mem2mem does: another timestamp ends a held picture. */
	if (picture->active && picture->timestamp != given->timestamp)
		finish_picture(model);
	wrong = job_refusal(&job);
	if (wrong) {
		verdict_refuse(result, "%s", wrong);
		dpb_damage(&model->dpb);
		return;
	}
	add_slices(model, &job, result);
	if (!picture->active) {
		if (result->verdict == MODEL_REFUSED)
			image_paint(&given->destination, sps_width(job.sps), sps_height(job.sps));
		return;
	}
	verdict_merge(&picture->result, result);
	if (picture->frame_based || !given->hold)
		finish_picture(model);
	verdict_merge(result, &picture->result);
}

static void flush(void *decoder, struct model_result *result)
{
	struct h264_model *model = decoder;

	memset(result, 0, sizeof(*result));
	if (!model->picture.active)
		return;
	finish_picture(model);
	*result = model->picture.result;
}

static void reset(void *decoder)
{
	struct h264_model *model = decoder;

	/*
	 * A stateless decoder keeps nothing but what lies behind the CAPTURE buffers, its motion vectors, so a stream
	 * may go on where it was; the tracker sees from the next picture whether it does.
	 */
	if (model->picture.active)
		dpb_damage(&model->dpb);
	model->picture.active = false;
	model->dpb.first_pending = false;
}

bool h264_model_is_lenient(const void *decoder)
{
	const struct h264_model *model = decoder;

	return model->dpb.damaged;
}

const struct model_codec model_h264 = {
	.name = "h264",
	.coded_fourcc = V4L2_PIX_FMT_H264_SLICE,
	.format_title = "H.264 Parsed Slice Data",
	.controls = h264_controls,
	.control_count = H264_CONTROL_COUNT,
	.init = h264_init,
	.validate = h264_validate,
	.sequence = h264_sequence,
	.open = open_model,
	.close = close_model,
	.decode = decode,
	.flush = flush,
	.reset = reset,
};
