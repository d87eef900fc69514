/* SPDX-License-Identifier: MIT */
#include "dpb.h"

#include <string.h>

void dpb_init(struct dpb *dpb)
{
	memset(dpb, 0, sizeof(*dpb));
}

void dpb_damage(struct dpb *dpb)
{
	dpb->damaged = true;
	dpb->agreed = 0;
}

void dpb_forget(struct dpb *dpb)
{
	dpb->count = 0;
	dpb->started = false;
	dpb->first_pending = false;
	dpb->poc_offset_known = false;
}

struct dpb_frame *dpb_find(struct dpb *dpb, uint64_t timestamp)
{
	for (unsigned int i = 0; i < dpb->count; i++)
		if (dpb_known(&dpb->frames[i]) && dpb->frames[i].timestamp == timestamp)
			return &dpb->frames[i];
	return NULL;
}

const struct dpb_frame *dpb_recall(const struct dpb *dpb, uint64_t timestamp)
{
	for (unsigned int i = 1; i <= DPB_LEDGER; i++) {
		const struct dpb_frame *frame = &dpb->ledger[(dpb->ledger_next + DPB_LEDGER - i) % DPB_LEDGER];

		if (frame->fields && frame->timestamp == timestamp)
			return frame;
	}
	return NULL;
}

void dpb_remove(struct dpb *dpb, unsigned int index)
{
	memmove(&dpb->frames[index], &dpb->frames[index + 1], (dpb->count - index - 1) * sizeof(dpb->frames[0]));
	dpb->count--;
}

struct dpb_frame *dpb_insert(struct dpb *dpb)
{
	struct dpb_frame *frame;

	if (dpb->count == DPB_FRAMES)
		dpb_remove(dpb, 0);
	frame = &dpb->frames[dpb->count++];
	memset(frame, 0, sizeof(*frame));
	return frame;
}

static void remove_unmarked(struct dpb *dpb)
{
	for (unsigned int i = dpb->count; i-- > 0;)
		if (!dpb_marked(&dpb->frames[i]))
			dpb_remove(dpb, i);
}

static int32_t max_frame_num(const struct v4l2_ctrl_h264_sps *sps)
{
	return 1 << (sps->log2_max_frame_num_minus4 + 4);
}

/* 8.2.4.1 */
void dpb_number(struct dpb *dpb, int32_t frame_num, const struct v4l2_ctrl_h264_sps *sps)
{
	for (unsigned int i = 0; i < dpb->count; i++) {
		struct dpb_frame *frame = &dpb->frames[i];

		frame->frame_num_wrap =
			frame->frame_num > frame_num ? frame->frame_num - max_frame_num(sps) : frame->frame_num;
	}
}

/* 8.2.5.3: makes room for one more frame. */
static void slide(struct dpb *dpb, const struct v4l2_ctrl_h264_sps *sps)
{
	unsigned int limit = sps->max_num_ref_frames ? sps->max_num_ref_frames : 1;

	while (dpb->count >= limit) {
		unsigned int oldest = DPB_FRAMES;

		for (unsigned int i = 0; i < dpb->count; i++) {
			if (!dpb->frames[i].short_term)
				continue;
			if (oldest == DPB_FRAMES || dpb->frames[i].frame_num_wrap < dpb->frames[oldest].frame_num_wrap)
				oldest = i;
		}
		if (oldest == DPB_FRAMES) {
			dpb_damage(dpb); /* all long-term: 8.2.5.3 forbids it */
			return;
		}
		dpb->frames[oldest].short_term = 0;
		if (dpb->frames[oldest].long_term)
			return;
		dpb_remove(dpb, oldest);
	}
}

/* 8.2.5.2, also where the SPS does not allow gaps: then pictures were lost, and decoders conceal them likewise. */
static void fill_gap(struct dpb *dpb, int32_t frame_num, const struct v4l2_ctrl_h264_sps *sps)
{
	int32_t max = max_frame_num(sps);
	int32_t missing = dpb->previous_reference_frame_num;
	int32_t distance;

	if (frame_num == missing || frame_num == (missing + 1) % max)
		return;
	if (!(sps->flags & V4L2_H264_SPS_FLAG_GAPS_IN_FRAME_NUM_VALUE_ALLOWED))
		dpb_damage(dpb);
	distance = (frame_num - missing + max) % max - 1;
	if (distance > DPB_FRAMES / 2)
		missing = (frame_num - DPB_FRAMES / 2 - 1 + max) % max; /* the others would slide out again */
	for (missing = (missing + 1) % max; missing != frame_num; missing = (missing + 1) % max) {
		struct dpb_frame *frame;

		dpb_number(dpb, missing, sps);
		slide(dpb, sps);
		frame = dpb_insert(dpb);
		frame->frame_num = missing;
		frame->short_term = BOTH_FIELDS;
		frame->non_existing = true;
		dpb->previous_reference_frame_num = missing;
	}
	/* 8.2.1.2: the inferred frames count for FrameNumOffset as if they were there. */
	if (dpb->previous_reference_frame_num < dpb->previous_frame_num)
		dpb->previous_frame_num_offset += max;
	dpb->previous_frame_num = dpb->previous_reference_frame_num;
}

bool dpb_is_second_field(const struct dpb *dpb, const struct slice_header *slice)
{
	const struct dpb_frame *first = &dpb->current;

	return dpb->first_pending && slice->field_pic && !slice->idr &&
	       first->fields == (slice->bottom_field ? TOP_FIELD : BOTTOM_FIELD) &&
	       first->frame_num == (int32_t)slice->frame_num && (slice->nal_ref_idc == 0 || dpb->keep_in_dpb);
}

static void count_type_0(struct dpb *dpb, const struct slice_header *slice,
                         const struct v4l2_ctrl_h264_sps *sps)
{
	int32_t max_lsb = 1 << (sps->log2_max_pic_order_cnt_lsb_minus4 + 4);
	int32_t lsb = (int32_t)slice->pic_order_cnt_lsb;
	int64_t msb = slice->idr ? 0 : dpb->previous_poc_msb;
	int32_t previous = slice->idr ? 0 : dpb->previous_poc_lsb;

	if (lsb < previous && previous - lsb >= max_lsb / 2)
		msb += max_lsb;
	else if (lsb > previous && lsb - previous > max_lsb / 2)
		msb -= max_lsb;
	dpb->poc_msb = msb;
	dpb->computed_poc[0] = dpb->computed_poc[1] = (int32_t)(msb + lsb);
	if (!slice->field_pic)
		dpb->computed_poc[1] = (int32_t)(msb + lsb + slice->delta_pic_order_cnt_bottom);
}

static void count_type_2(struct dpb *dpb, const struct slice_header *slice)
{
	int64_t count = slice->idr ? 0 : 2 * (dpb->frame_num_offset + slice->frame_num);

	if (!slice->idr && !slice->nal_ref_idc)
		count--;
	dpb->computed_poc[0] = dpb->computed_poc[1] = (int32_t)count;
}

static void count_pictures(struct dpb *dpb, const struct slice_header *slice,
                           const struct v4l2_ctrl_h264_sps *sps, const int32_t poc[2])
{
	/* 8.2.1.2, 8.2.1.3 */
	dpb->frame_num_offset = slice->idr ? 0 : dpb->previous_frame_num_offset;
	if (!slice->idr && dpb->previous_frame_num > (int32_t)slice->frame_num)
		dpb->frame_num_offset += max_frame_num(sps);
	if (sps->pic_order_cnt_type == 0)
		count_type_0(dpb, slice, sps);
	else if (sps->pic_order_cnt_type == 2)
		count_type_2(dpb, slice);
	else
		memcpy(dpb->computed_poc, poc, sizeof(dpb->computed_poc));
	if (slice->idr && !dpb->second_field)
		dpb->poc_offset_known = false;
}

void dpb_begin(struct dpb *dpb, const struct slice_header *slice, const struct v4l2_ctrl_h264_sps *sps,
               const int32_t poc[2], uint64_t timestamp)
{
	uint8_t structure = !slice->field_pic ? BOTH_FIELDS : slice->bottom_field ? BOTTOM_FIELD : TOP_FIELD;

	dpb->second_field = dpb_is_second_field(dpb, slice);
	if (slice->idr) {
		dpb->count = 0;
		dpb->damaged = false;
		dpb->codec_poc_offset = 0;
	} else if (!dpb->started) {
		dpb_damage(dpb);
		dpb->previous_reference_frame_num = (int32_t)slice->frame_num;
		dpb->previous_frame_num = (int32_t)slice->frame_num;
		dpb->previous_frame_num_offset = 0;
		dpb->previous_poc_msb = dpb->previous_poc_lsb = 0;
	} else if (!dpb->second_field) {
		fill_gap(dpb, (int32_t)slice->frame_num, sps);
	}
	dpb->started = true;
	count_pictures(dpb, slice, sps, poc);
	dpb_number(dpb, (int32_t)slice->frame_num, sps);
	if (!dpb->second_field) {
		memset(&dpb->current, 0, sizeof(dpb->current));
		dpb->current.timestamp = timestamp;
		dpb->current.frame_num = (int32_t)slice->frame_num;
		dpb->current.field_coded = slice->field_pic;
		dpb->keep_in_dpb = false;
	}
	dpb->current.fields |= structure;
	if (dpb->second_field)
		dpb->current.poc_after_reset[slice->bottom_field] = dpb->computed_poc[slice->bottom_field];
	if (structure & TOP_FIELD)
		dpb->current.poc[0] = poc[0];
	if (structure & BOTTOM_FIELD)
		dpb->current.poc[1] = poc[1];
	/* From here on the frame is complete, or a first field. */
	dpb->first_pending = slice->field_pic && !dpb->second_field;
}

static void unmark_long_term(struct dpb *dpb, uint32_t idx, const struct dpb_frame *but)
{
	for (unsigned int i = 0; i < dpb->count; i++)
		if (&dpb->frames[i] != but && dpb->frames[i].long_term && dpb->frames[i].long_term_frame_idx == idx)
			dpb->frames[i].long_term = 0;
}

uint8_t dpb_short_term_picture(struct dpb_frame *frames, unsigned int count, const struct slice_header *slice,
                               int64_t pic_num, struct dpb_frame **found)
{
	uint8_t same = slice->bottom_field ? BOTTOM_FIELD : TOP_FIELD;

	for (unsigned int i = 0; i < count; i++) {
		struct dpb_frame *frame = &frames[i];

		*found = frame;
		if (!slice->field_pic) {
			if (frame->short_term == BOTH_FIELDS && frame->frame_num_wrap == pic_num)
				return BOTH_FIELDS;
		} else {
			if (frame->short_term & same && 2 * (int64_t)frame->frame_num_wrap + 1 == pic_num)
				return same;
			if (frame->short_term & (same ^ BOTH_FIELDS) && 2 * (int64_t)frame->frame_num_wrap == pic_num)
				return same ^ BOTH_FIELDS;
		}
	}
	*found = NULL;
	return 0;
}

uint8_t dpb_long_term_picture(struct dpb_frame *frames, unsigned int count, const struct slice_header *slice,
                              int64_t long_term_pic_num, struct dpb_frame **found)
{
	uint8_t same = slice->bottom_field ? BOTTOM_FIELD : TOP_FIELD;

	for (unsigned int i = 0; i < count; i++) {
		struct dpb_frame *frame = &frames[i];
		int64_t idx = frame->long_term_frame_idx;

		*found = frame;
		if (!slice->field_pic) {
			if (frame->long_term == BOTH_FIELDS && idx == long_term_pic_num)
				return BOTH_FIELDS;
		} else {
			if (frame->long_term & same && 2 * idx + 1 == long_term_pic_num)
				return same;
			if (frame->long_term & (same ^ BOTH_FIELDS) && 2 * idx == long_term_pic_num)
				return same ^ BOTH_FIELDS;
		}
	}
	*found = NULL;
	return 0;
}

/* 8.2.5.4.3: a frame may already hold LongTermFrameIdx for its other field. */
static void assign_long_term(struct dpb *dpb, struct dpb_frame *frame, uint8_t fields, uint32_t idx)
{
	bool pair = frame->long_term && frame->long_term_frame_idx == idx;

	unmark_long_term(dpb, idx, pair ? frame : NULL);
	frame->short_term &= (uint8_t)~fields;
	frame->long_term |= fields;
	frame->long_term_frame_idx = idx;
}

/* picNumX, (8-39) */
static uint8_t marked_short_term(struct dpb *dpb, const struct slice_header *slice,
                                 const struct slice_marking *m, struct dpb_frame **frame)
{
	int64_t current = slice->field_pic ? 2 * (int64_t)slice->frame_num + 1 : (int64_t)slice->frame_num;
	int64_t pic_num = current - ((int64_t)m->difference_of_pic_nums_minus1 + 1);

	return dpb_short_term_picture(dpb->frames, dpb->count, slice, pic_num, frame);
}

/* 8.2.5.4; true when operation 6 marked the current picture. */
static bool mark_adaptively(struct dpb *dpb, const struct slice_header *slice, uint8_t structure)
{
	bool assigned = false;

	for (unsigned int i = 0; i < slice->marking_count; i++) {
		const struct slice_marking *m = &slice->marking[i];
		struct dpb_frame *frame = NULL;
		uint8_t fields;

		switch (m->operation) {
		case 1:
			fields = marked_short_term(dpb, slice, m, &frame);
			if (frame)
				frame->short_term &= (uint8_t)~fields;
			else
				dpb_damage(dpb);
			break;
		case 2:
			fields = dpb_long_term_picture(dpb->frames, dpb->count, slice, m->long_term, &frame);
			if (frame)
				frame->long_term &= (uint8_t)~fields;
			else
				dpb_damage(dpb);
			break;
		case 3:
			fields = marked_short_term(dpb, slice, m, &frame);
			if (frame)
				assign_long_term(dpb, frame, fields, m->long_term);
			else
				dpb_damage(dpb);
			break;
		case 4:
			for (unsigned int j = 0; j < dpb->count; j++)
				if (dpb->frames[j].long_term && dpb->frames[j].long_term_frame_idx >= m->long_term)
					dpb->frames[j].long_term = 0;
			break;
		case 5:
			for (unsigned int j = 0; j < dpb->count; j++)
				dpb->frames[j].short_term = dpb->frames[j].long_term = 0;
			break;
		default:
			/* The current frame is in frames when its first field is a reference; else it comes there. */
			if (dpb->keep_in_dpb) {
				frame = dpb_find(dpb, dpb->current.timestamp);
				if (frame) {
					assign_long_term(dpb, frame, structure, m->long_term);
					assigned = true;
				}
			}
			if (!assigned) {
				unmark_long_term(dpb, m->long_term, NULL);
				dpb->current.long_term = structure;
				dpb->current.long_term_frame_idx = m->long_term;
				assigned = true;
			}
			break;
		}
	}
	return assigned;
}

static bool has_reset(const struct slice_header *slice)
{
	for (unsigned int i = 0; i < slice->marking_count; i++)
		if (slice->marking[i].operation == 5)
			return true;
	return false;
}

/* 8.2.1: after operation 5 the picture counts as the first of a new sequence. */
static void reset_counts(struct dpb *dpb, const struct slice_header *slice)
{
	struct dpb_frame *current = &dpb->current;
	int64_t base = slice->field_pic                              ? dpb->computed_poc[slice->bottom_field]
	               : dpb->computed_poc[0] < dpb->computed_poc[1] ? dpb->computed_poc[0]
	                                                             : dpb->computed_poc[1];

	current->frame_num = 0;
	current->reset_poc = true;
	for (unsigned int i = 0; i < 2; i++)
		current->poc_after_reset[i] = (int32_t)(dpb->computed_poc[i] - base);
	dpb->previous_poc_msb = 0;
	dpb->previous_poc_lsb = slice->field_pic && slice->bottom_field ? 0 : current->poc_after_reset[0];
	dpb->previous_reference_frame_num = 0;
	dpb->previous_frame_num = 0;
	dpb->previous_frame_num_offset = 0;
	dpb->poc_offset_known = false;
}

void dpb_end(struct dpb *dpb, const struct slice_header *slice, const struct v4l2_ctrl_h264_sps *sps)
{
	uint8_t structure = !slice->field_pic ? BOTH_FIELDS : slice->bottom_field ? BOTTOM_FIELD : TOP_FIELD;
	struct dpb_frame *stored = dpb->keep_in_dpb ? dpb_find(dpb, dpb->current.timestamp) : NULL;
	bool assigned = false;

	dpb->previous_frame_num = (int32_t)slice->frame_num;
	dpb->previous_frame_num_offset = dpb->frame_num_offset;
	dpb->current.short_term = dpb->current.long_term = 0;
	if (stored) {
		stored->fields = dpb->current.fields;
		memcpy(stored->poc, dpb->current.poc, sizeof(stored->poc));
		memcpy(stored->poc_after_reset, dpb->current.poc_after_reset, sizeof(stored->poc_after_reset));
	}
	if (slice->nal_ref_idc) {
		dpb->previous_reference_frame_num = (int32_t)slice->frame_num;
		dpb->previous_poc_msb = dpb->poc_msb;
		dpb->previous_poc_lsb = (int32_t)slice->pic_order_cnt_lsb;
		if (slice->idr) {
			dpb->current.long_term = slice->long_term_reference ? structure : 0;
			assigned = slice->long_term_reference;
		} else if (slice->adaptive_marking) {
			assigned = mark_adaptively(dpb, slice, structure);
			if (has_reset(slice))
				reset_counts(dpb, slice);
		} else if (!stored || !stored->short_term) {
			slide(dpb, sps);
		}
		remove_unmarked(dpb);
		stored = dpb->keep_in_dpb ? dpb_find(dpb, dpb->current.timestamp) : NULL;
		if (!assigned && stored)
			stored->short_term |= structure;
		else if (!assigned)
			dpb->current.short_term = structure;
		if (!stored) {
			struct dpb_frame *frame;

			/* More frames than max_num_ref_frames: the stream's marking is wrong. */
			if (dpb->count >= (sps->max_num_ref_frames ? sps->max_num_ref_frames : 1)) {
				dpb_damage(dpb);
				slide(dpb, sps);
			}
			frame = dpb_insert(dpb);
			*frame = dpb->current;
		}
		dpb->keep_in_dpb = slice->field_pic;
	} else {
		remove_unmarked(dpb);
	}
	if (dpb->second_field) {
		/* the first field's entry grows */
		dpb->ledger[(dpb->ledger_next + DPB_LEDGER - 1) % DPB_LEDGER] = dpb->current;
	} else {
		dpb->ledger[dpb->ledger_next] = dpb->current;
		dpb->ledger_next = (dpb->ledger_next + 1) % DPB_LEDGER;
	}
}
