/* SPDX-License-Identifier: MIT */
#include "checks.h"

#include "parameter_sets.h"
#include "verdict.h"

#include <string.h>

#define ENTRIES V4L2_H264_NUM_DPB_ENTRIES

static bool is_active(const struct v4l2_h264_dpb_entry *entry)
{
	const unsigned int both = V4L2_H264_DPB_ENTRY_FLAG_VALID | V4L2_H264_DPB_ENTRY_FLAG_ACTIVE;

	return (entry->flags & both) == both;
}

void check_profile(struct model_result *result, const struct slice_header *slice,
                   const struct v4l2_ctrl_h264_sps *sps, const struct v4l2_ctrl_h264_pps *pps)
{
	if (sps->profile_idc == 66 &&
	    (slice_is_b(slice) || !sps_frame_mbs_only(sps) || pps->weighted_bipred_idc ||
	     pps->flags & (V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE | V4L2_H264_PPS_FLAG_WEIGHTED_PRED)))
		verdict_paint(result, "sps.profile_idc is 66 (Baseline), but the stream uses tools of Main");
	if (sps->profile_idc < 100 &&
	    pps->flags & (V4L2_H264_PPS_FLAG_TRANSFORM_8X8_MODE | V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT))
		verdict_paint(result, "sps.profile_idc is %u, but pps.flags has tools of High", sps->profile_idc);
}

bool check_is_seek(struct dpb *dpb, const struct slice_header *slice, const struct v4l2_ctrl_h264_sps *sps,
                   const struct v4l2_ctrl_h264_decode_params *params)
{
	bool known = false;

	if (slice->idr || !dpb->started || dpb_is_second_field(dpb, slice) ||
	    sps->flags & V4L2_H264_SPS_FLAG_GAPS_IN_FRAME_NUM_VALUE_ALLOWED)
		return false;
	for (unsigned int i = 0; i < dpb->count; i++)
		known |= dpb_known(&dpb->frames[i]);
	for (unsigned int i = 0; i < ENTRIES; i++)
		if (is_active(&params->dpb[i]) && dpb_find(dpb, params->dpb[i].reference_ts))
			return false;
	return known;
}

static void expect(struct model_result *result, const char *field, long long is, long long wanted)
{
	if (is != wanted)
		verdict_paint(result, "%s is %lld, where the bitstream has %lld", field, is, wanted);
}

/* Only differences of picture order counts matter: a client may count from anywhere after each IDR picture. */
static void check_poc(struct model_result *result, struct dpb *dpb, const struct slice_header *slice,
                      const struct v4l2_ctrl_h264_decode_params *params)
{
	const int32_t submitted[2] = {params->top_field_order_cnt, params->bottom_field_order_cnt};
	static const char *const field_names[2] = {"top_field_order_cnt", "bottom_field_order_cnt"};

	for (unsigned int i = 0; i < 2; i++) {
		int64_t offset = (int64_t)submitted[i] - dpb->computed_poc[i];

		if (slice->field_pic && slice->bottom_field != i)
			continue;
		if (!dpb->poc_offset_known) {
			dpb->poc_offset = offset;
			dpb->poc_offset_known = true;
		} else if (offset != dpb->poc_offset) {
			if (dpb->damaged) {
				dpb->poc_offset = offset;
				continue;
			}
			verdict_paint(result, "decode_params.%s is %d, where H.264 8.2.1 gives %lld", field_names[i],
			              submitted[i], dpb->computed_poc[i] + (long long)dpb->poc_offset);
		}
	}
	if (dpb->second_field && !dpb->current.reset_poc) {
		unsigned int first = !slice->bottom_field;

		if (submitted[first] == dpb->current.poc[first])
			return;
		verdict_paint(result, "decode_params.%s is %d, but the first field of the frame had %d",
		              slice->bottom_field ? field_names[0] : field_names[1],
		              submitted[slice->bottom_field ? 0 : 1], dpb->current.poc[slice->bottom_field ? 0 : 1]);
	}
}

void check_picture(struct model_result *result, struct dpb *dpb, const struct slice_header *slice,
                   const struct h264_job *job)
{
	const struct v4l2_ctrl_h264_decode_params *decode_params = job->decode_params;
	const struct v4l2_ctrl_h264_pps *pps = job->pps;
	const struct v4l2_ctrl_h264_sps *sps = job->sps;

	expect(result, "pps.pic_parameter_set_id", pps->pic_parameter_set_id, slice->pic_parameter_set_id);
	expect(result, "decode_params.nal_ref_idc", decode_params->nal_ref_idc, slice->nal_ref_idc);
	expect(result, "decode_params.frame_num", decode_params->frame_num, slice->frame_num);
	expect(result, "decode_params.flags IDR_PIC",
	       !!(decode_params->flags & V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC), slice->idr);
	expect(result, "decode_params.flags FIELD_PIC",
	       !!(decode_params->flags & V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC), slice->field_pic);
	expect(result, "decode_params.flags BOTTOM_FIELD",
	       !!(decode_params->flags & V4L2_H264_DECODE_PARAM_FLAG_BOTTOM_FIELD), slice->bottom_field);
	if (slice->idr)
		expect(result, "decode_params.idr_pic_id", decode_params->idr_pic_id, slice->idr_pic_id);
	if (sps->pic_order_cnt_type == 0) {
		expect(result, "decode_params.pic_order_cnt_lsb", decode_params->pic_order_cnt_lsb,
		       slice->pic_order_cnt_lsb);
		expect(result, "decode_params.delta_pic_order_cnt_bottom", decode_params->delta_pic_order_cnt_bottom,
		       slice->delta_pic_order_cnt_bottom);
	} else if (sps->pic_order_cnt_type == 1) {
		expect(result, "decode_params.delta_pic_order_cnt0", decode_params->delta_pic_order_cnt0,
		       slice->delta_pic_order_cnt[0]);
		expect(result, "decode_params.delta_pic_order_cnt1", decode_params->delta_pic_order_cnt1,
		       slice->delta_pic_order_cnt[1]);
	}
	expect(result, "decode_params.dec_ref_pic_marking_bit_size", decode_params->dec_ref_pic_marking_bit_size,
	       slice->marking_bits);
	expect(result, "decode_params.pic_order_cnt_bit_size", decode_params->pic_order_cnt_bit_size,
	       slice->poc_bits);
	check_poc(result, dpb, slice, decode_params);
	if (dpb->second_field && job->given->timestamp != dpb->current.timestamp)
		verdict_paint(result, "the timestamp of the second field is not that of the first one");
	if (!dpb->second_field && dpb_find(dpb, job->given->timestamp))
		verdict_paint(result, "the timestamp is that of a picture which is still a reference");
}

/* After operation 5 a picture's counts are relative to itself (8.2.1); ffmpeg keeps passing the old ones. */
static bool poc_matches(const struct dpb *dpb, const struct dpb_frame *frame, const int32_t submitted[2])
{
	bool as_decoded = true;
	bool reset = frame->reset_poc;
	int64_t offset = dpb->poc_offset;

	if (reset && frame->fields == BOTH_FIELDS && !dpb->poc_offset_known)
		offset = (int64_t)submitted[0] - frame->poc_after_reset[0];
	for (unsigned int i = 0; i < 2; i++) {
		if (!(frame->fields & (i ? BOTTOM_FIELD : TOP_FIELD)))
			continue;
		as_decoded &= submitted[i] == frame->poc[i];
		reset &= submitted[i] == frame->poc_after_reset[i] + offset;
	}
	return as_decoded || reset;
}

/* From here on the client's numbers for such a picture stand. */
static void settle_poc(struct dpb *dpb, struct dpb_frame *frame, const struct v4l2_h264_dpb_entry *entry)
{
	if (!frame->reset_poc)
		return;
	dpb->codec_poc_offset += frame->fields & TOP_FIELD
	                             ? (int64_t)frame->poc[0] - entry->top_field_order_cnt
	                             : (int64_t)frame->poc[1] - entry->bottom_field_order_cnt;
	frame->poc[0] = entry->top_field_order_cnt;
	frame->poc[1] = entry->bottom_field_order_cnt;
	frame->reset_poc = false;
}

/* In a frame picture, a frame of which one field is no reference any more is of no use (8.2.4.2.1). */
static bool is_half(const struct dpb_frame *frame, const struct slice_header *slice)
{
	return !slice->field_pic && frame->short_term != BOTH_FIELDS && frame->long_term != BOTH_FIELDS;
}

static void check_entry(struct model_result *result, const struct dpb *dpb, const struct slice_header *slice,
                        const struct v4l2_h264_dpb_entry *entry, unsigned int i,
                        const struct dpb_frame *frame)
{
	const int32_t submitted[2] = {entry->top_field_order_cnt, entry->bottom_field_order_cnt};
	bool long_term = entry->flags & V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM;
	bool mixed = frame->long_term && frame->short_term;

	if (is_half(frame, slice))
		return;
	if (entry->fields != dpb_marked(frame))
		verdict_paint(result, "dpb[%u].fields is %u, where %u are marked as reference", i, entry->fields,
		              dpb_marked(frame));
	if (!mixed && long_term != (frame->long_term != 0))
		verdict_paint(result, "dpb[%u].flags LONG_TERM is %d for the frame of frame_num %d", i, long_term,
		              frame->frame_num);
	if (!!(entry->flags & V4L2_H264_DPB_ENTRY_FLAG_FIELD) != frame->field_coded)
		verdict_paint(result, "dpb[%u].flags FIELD is %d for a picture coded as %s", i, !frame->field_coded,
		              frame->field_coded ? "fields" : "a frame");
	if (!poc_matches(dpb, frame, submitted))
		verdict_paint(result, "dpb[%u].top/bottom_field_order_cnt is %d/%d, where the picture has %d/%d", i,
		              submitted[0], submitted[1], frame->poc[0], frame->poc[1]);
	if (mixed)
		return;
	if (!frame->long_term) {
		int64_t pic_num = frame->frame_num_wrap;

		if (entry->frame_num != frame->frame_num)
			verdict_paint(result, "dpb[%u].frame_num is %u, where the picture has %d", i, entry->frame_num,
			              frame->frame_num);
		if (slice->field_pic
		        ? entry->pic_num != (uint32_t)(2 * pic_num + 1) && entry->pic_num != (uint32_t)(2 * pic_num)
		        : entry->pic_num != (uint32_t)pic_num)
			verdict_paint(result, "dpb[%u].pic_num is %d, where FrameNumWrap is %d", i, (int)entry->pic_num,
			              frame->frame_num_wrap);
	} else if (!slice->field_pic && !slice_is_intra(slice)) {
		/*
		 * ffmpeg tells LongTermFrameIdx only once it has built a list of frames with it; where it could not
		 * know, the lists below decide whether it matters.
		 */
		if (entry->frame_num != frame->long_term_frame_idx)
			verdict_paint(result, "dpb[%u].frame_num is %u, where LongTermFrameIdx is %u", i,
			              entry->frame_num, frame->long_term_frame_idx);
		if (entry->pic_num != frame->long_term_frame_idx)
			verdict_paint(result, "dpb[%u].pic_num is %u, where LongTermPicNum is %u", i, entry->pic_num,
			              frame->long_term_frame_idx);
	}
}

/* Marking is the first thing to go astray where pictures are missing; the client's word for it. */
static void adopt_marking(struct dpb_frame *frame, const struct v4l2_h264_dpb_entry *entry)
{
	bool long_term = entry->flags & V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM;
	uint8_t fields = entry->fields & frame->fields;

	if (!fields || (entry->fields == dpb_marked(frame) && long_term == (frame->long_term != 0)))
		return;
	frame->short_term = long_term ? 0 : fields;
	frame->long_term = long_term ? fields : 0;
	if (long_term)
		frame->long_term_frame_idx = entry->frame_num;
}

/* The client's word for a reference that the tracker does not have. */
static void adopt(struct dpb *dpb, const struct v4l2_h264_dpb_entry *entry)
{
	const struct dpb_frame *known = dpb_recall(dpb, entry->reference_ts);
	struct dpb_frame *frame = dpb_insert(dpb);
	bool long_term = entry->flags & V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM;

	/* With another frame_num it stands for a lost picture. */
	if (known && (long_term || entry->frame_num == known->frame_num)) {
		*frame = *known;
	} else {
		frame->unknown = true;
		frame->timestamp = entry->reference_ts;
		frame->frame_num = entry->frame_num;
		frame->fields = BOTH_FIELDS;
		frame->field_coded = entry->flags & V4L2_H264_DPB_ENTRY_FLAG_FIELD;
		frame->poc[0] = entry->top_field_order_cnt;
		frame->poc[1] = entry->bottom_field_order_cnt;
	}
	frame->short_term = long_term ? 0 : entry->fields & BOTH_FIELDS;
	frame->long_term = long_term ? entry->fields & BOTH_FIELDS : 0;
	frame->long_term_frame_idx = entry->frame_num;
	if (!dpb_marked(frame))
		dpb_remove(dpb, dpb->count - 1);
}

static bool names(const struct v4l2_h264_dpb_entry *entry, const struct dpb_frame *frame, unsigned int pass)
{
	switch (pass) {
	case 0: /* the picture itself; two entries may name it where one stands for a lost picture */
		return dpb_known(frame) && frame->timestamp == entry->reference_ts &&
		       entry->frame_num == dpb_number_of(frame);
	case 1: /* inferred by 8.2.5.2, or from before the tracker's time: any picture may stand for it */
		return !dpb_known(frame) && entry->frame_num == dpb_number_of(frame);
	default:
		return dpb_known(frame) && frame->timestamp == entry->reference_ts;
	}
}

/*
 * FFmpeg fills a gap in frame_num with the picture before it, and merges both where they share a surface: the driver then
 * hears of the latter only when a list names it. check_hardware_lists() sees to those.
 */
static bool is_merged(const struct v4l2_h264_dpb_entry *entries, const bool *fills_gap,
                      const struct dpb_frame *frame)
{
	for (unsigned int i = 0; i < ENTRIES; i++)
		if (fills_gap[i] && entries[i].reference_ts == frame->timestamp)
			return true;
	return false;
}

/*
 * FFmpeg's frame threads mark a first field twice (FATE's attachment631-small.mp4, fields in packets of their own): the window slides once
 * more, and the oldest frame is missing from then on. No decoder misses it unless a list names it, and then check_hardware_lists() does.
 */
static bool slid_out(const struct dpb *dpb, const struct dpb_frame *frame, const struct slice_header *slice,
                     const struct h264_job *job)
{
	unsigned int references = 0;

	for (unsigned int i = 0; i < dpb->count; i++) {
		const struct dpb_frame *other = &dpb->frames[i];

		references += dpb_marked(other) != 0;
		if (other->short_term && other->frame_num_wrap < frame->frame_num_wrap)
			return false;
	}
	return slice->field_pic && frame->short_term && !frame->long_term &&
	       references >= job->sps->max_num_ref_frames;
}

void check_references(struct model_result *result, struct dpb *dpb, const struct slice_header *slice,
                      const struct h264_job *job)
{
	const struct v4l2_h264_dpb_entry *entries = job->decode_params->dpb;
	bool named[ENTRIES] = {false};
	bool found[DPB_FRAMES] = {false};
	bool fills_gap[ENTRIES] = {false};
	bool agreed = true;
	const unsigned int count = dpb->count;

	for (unsigned int pass = 0; pass < (dpb->damaged ? 2 : 3); pass++) {
		for (unsigned int i = 0; i < ENTRIES; i++) {
			for (unsigned int j = 0; j < count && is_active(&entries[i]) && !named[i]; j++) {
				if (found[j] || !names(&entries[i], &dpb->frames[j], pass))
					continue;
				named[i] = found[j] = true;
				fills_gap[i] = dpb->frames[j].non_existing;
				if (!dpb_known(&dpb->frames[j]))
					continue;
				if (dpb->damaged)
					adopt_marking(&dpb->frames[j], &entries[i]);
				check_entry(result, dpb, slice, &entries[i], i, &dpb->frames[j]);
				if (!dpb->second_field)
					settle_poc(dpb, &dpb->frames[j], &entries[i]);
			}
		}
	}
	for (unsigned int i = 0; i < ENTRIES; i++) {
		if (entries[i].flags & V4L2_H264_DPB_ENTRY_FLAG_ACTIVE && !is_active(&entries[i]))
			verdict_paint(result, "dpb[%u].flags has ACTIVE without VALID", i);
		if (!is_active(&entries[i]) || named[i])
			continue;
		agreed = false;
		if (dpb->damaged)
			adopt(dpb, &entries[i]);
		else
			verdict_paint(result, "dpb[%u].reference_ts %llu names no picture that is a reference here", i,
			              (unsigned long long)entries[i].reference_ts);
	}
	for (unsigned int j = count; j-- > 0;) {
		const struct dpb_frame *frame = &dpb->frames[j];

		if (found[j] || !dpb_known(frame) || is_half(frame, slice))
			continue;
		if (is_merged(entries, fills_gap, frame) || (!dpb->damaged && slid_out(dpb, frame, slice, job)))
			continue;
		agreed = false;
		if (!dpb->damaged)
			verdict_paint(result, "no entry of dpb[] names the reference with frame_num %d, timestamp %llu",
			              frame->frame_num, (unsigned long long)frame->timestamp);
		else
			dpb_remove(dpb, j);
	}
	dpb_number(dpb, (int32_t)slice->frame_num, job->sps);
	dpb->agreed = agreed ? dpb->agreed + 1 : 0;
	if (dpb->agreed >= DPB_RECOVERY)
		dpb->damaged = false;
}

void check_types(struct model_result *result, const struct v4l2_ctrl_h264_decode_params *params,
                 unsigned int seen)
{
	bool p = seen & 1u << V4L2_H264_SLICE_TYPE_P;
	bool b = seen & 1u << V4L2_H264_SLICE_TYPE_B;
	bool p_flag = params->flags & V4L2_H264_DECODE_PARAM_FLAG_PFRAME;
	bool b_flag = params->flags & V4L2_H264_DECODE_PARAM_FLAG_BFRAME;

	if (b_flag != b)
		verdict_paint(result, "decode_params.flags BFRAME is %d, but the picture has %sB slices", b_flag,
		              b ? "" : "no ");
	/* With P and B slices in one picture, either is said of it. */
	if (p_flag != p && !(p && b))
		verdict_paint(result, "decode_params.flags PFRAME is %d, but the picture has %sP slices", p_flag,
		              p ? "" : "no ");
}

/* The submitted DPB as v4l2_h264_init_reflist_builder() of the kernel's v4l2-h264.c reads it. */
static unsigned int hardware_view(struct dpb_frame *view, const struct slice_header *slice,
                                  const struct h264_job *job)
{
	const struct v4l2_ctrl_h264_decode_params *params = job->decode_params;
	unsigned int count = 0;

	for (unsigned int i = 0; i < ENTRIES; i++) {
		const struct v4l2_h264_dpb_entry *entry = &params->dpb[i];
		bool long_term = entry->flags & V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM;
		uint8_t fields = slice->field_pic ? entry->fields & BOTH_FIELDS : BOTH_FIELDS;

		if (!is_active(entry))
			continue;
		view[count] = (struct dpb_frame){
			.timestamp = entry->reference_ts,
			.frame_num = entry->frame_num,
			.frame_num_wrap = entry->frame_num > params->frame_num
		                          ? entry->frame_num - (1 << (job->sps->log2_max_frame_num_minus4 + 4))
		                          : entry->frame_num,
			.long_term_frame_idx = entry->frame_num,
			.fields = fields,
			.short_term = long_term ? 0 : fields,
			.long_term = long_term ? fields : 0,
			.poc = {entry->top_field_order_cnt, entry->bottom_field_order_cnt},
		};
		count++;
	}
	return count;
}

static void check_hardware_lists(struct model_result *result, const struct reference_lists *wanted,
                                 const struct slice_header *slice, const struct h264_job *job)
{
	const struct v4l2_ctrl_h264_decode_params *params = job->decode_params;
	struct reference_lists made;
	struct dpb_frame view[ENTRIES];
	unsigned int count = hardware_view(view, slice, job);
	int32_t poc = slice->field_pic
	                  ? (slice->bottom_field ? params->bottom_field_order_cnt : params->top_field_order_cnt)
	              : params->top_field_order_cnt < params->bottom_field_order_cnt
	                  ? params->top_field_order_cnt
	                  : params->bottom_field_order_cnt;

	lists_build(&made, view, count, slice, job->sps, poc);
	for (unsigned int list = 0; list < 2; list++) {
		for (unsigned int i = 0; i < slice->active[list]; i++) {
			const struct list_entry *w = &wanted->entry[list][i];
			const struct list_entry *m = &made.entry[list][i];

			if (!w->frame || !dpb_known(w->frame))
				continue;
			if (!m->frame || m->frame->timestamp != w->frame->timestamp || m->fields != w->fields)
				verdict_paint(result,
				              "dpb[] as submitted puts another picture at RefPicList%u[%u] than the one "
				              "with frame_num %d",
				              list, i, w->frame->frame_num);
		}
	}
}

static void check_weights(struct model_result *result, const struct slice_header *slice,
                          const struct h264_job *job)
{
	const struct v4l2_ctrl_h264_pred_weights *pred_weights = job->pred_weights;
	bool chroma = job->sps->chroma_format_idc != 0;

	if (!slice->has_weights)
		return;
	if (!pred_weights) {
		verdict_paint(result, "pred_weights was not set, but the slice has a prediction weight table");
		return;
	}
	expect(result, "pred_weights.luma_log2_weight_denom", pred_weights->luma_log2_weight_denom,
	       slice->luma_log2_weight_denom);
	if (chroma)
		expect(result, "pred_weights.chroma_log2_weight_denom", pred_weights->chroma_log2_weight_denom,
		       slice->chroma_log2_weight_denom);
	for (unsigned int list = 0; list < 2; list++) {
		const struct v4l2_h264_weight_factors *is = &pred_weights->weight_factors[list];
		const struct v4l2_h264_weight_factors *wanted = &slice->weights[list];

		for (unsigned int i = 0; i < slice->active[list]; i++) {
			if (is->luma_weight[i] != wanted->luma_weight[i] || is->luma_offset[i] != wanted->luma_offset[i])
				verdict_paint(result,
				              "pred_weights.weight_factors[%u].luma_weight/offset[%u] is %d/%d, "
				              "where the bitstream has %d/%d",
				              list, i, is->luma_weight[i], is->luma_offset[i], wanted->luma_weight[i],
				              wanted->luma_offset[i]);
			for (unsigned int c = 0; c < 2 && chroma; c++)
				if (is->chroma_weight[i][c] != wanted->chroma_weight[i][c] ||
				    is->chroma_offset[i][c] != wanted->chroma_offset[i][c])
					verdict_paint(result,
					              "pred_weights.weight_factors[%u].chroma_weight/offset[%u][%u] is "
					              "%d/%d, where the bitstream has %d/%d",
					              list, i, c, is->chroma_weight[i][c], is->chroma_offset[i][c],
					              wanted->chroma_weight[i][c], wanted->chroma_offset[i][c]);
		}
	}
}

static void check_slice_lists(struct model_result *result, const struct dpb *dpb,
                              const struct reference_lists *wanted, const struct slice_header *slice,
                              const struct h264_job *job)
{
	const struct v4l2_ctrl_h264_slice_params *params = job->slice_params;
	const struct v4l2_h264_reference *const lists[2] = {params->ref_pic_list0, params->ref_pic_list1};

	for (unsigned int list = 0; list < 2; list++) {
		for (unsigned int i = 0; i < slice->active[list]; i++) {
			const struct v4l2_h264_reference *is = &lists[list][i];
			const struct list_entry *w = &wanted->entry[list][i];

			if (!w->frame || !dpb_known(w->frame) || dpb->damaged)
				continue;
			if (is->index >= ENTRIES || !is_active(&job->decode_params->dpb[is->index]) ||
			    job->decode_params->dpb[is->index].reference_ts != w->frame->timestamp)
				verdict_paint(result,
				              "slice_params.ref_pic_list%u[%u].index is %u, which is not the picture with "
				              "frame_num %d",
				              list, i, is->index, w->frame->frame_num);
			if (is->fields != w->fields)
				verdict_paint(result, "slice_params.ref_pic_list%u[%u].fields is %u, where it is %u", list, i,
				              is->fields, w->fields);
		}
	}
}

static void check_slice_params(struct model_result *result, const struct slice_header *slice,
                               const struct v4l2_ctrl_h264_slice_params *slice_params)
{
	expect(result, "slice_params.header_bit_size", slice_params->header_bit_size, slice->header_bits);
	expect(result, "slice_params.first_mb_in_slice", slice_params->first_mb_in_slice,
	       slice->first_mb_in_slice);
	expect(result, "slice_params.slice_type", slice_params->slice_type, slice->slice_type);
	expect(result, "slice_params.cabac_init_idc", slice_params->cabac_init_idc, slice->cabac_init_idc);
	expect(result, "slice_params.slice_qp_delta", slice_params->slice_qp_delta, slice->slice_qp_delta);
	expect(result, "slice_params.disable_deblocking_filter_idc", slice_params->disable_deblocking_filter_idc,
	       slice->disable_deblocking_filter_idc);
	expect(result, "slice_params.slice_alpha_c0_offset_div2", slice_params->slice_alpha_c0_offset_div2,
	       slice->slice_alpha_c0_offset_div2);
	expect(result, "slice_params.slice_beta_offset_div2", slice_params->slice_beta_offset_div2,
	       slice->slice_beta_offset_div2);
	if (slice->active[0])
		expect(result, "slice_params.num_ref_idx_l0_active_minus1",
		       slice_params->num_ref_idx_l0_active_minus1, slice->active[0] - 1);
	if (slice->active[1]) {
		expect(result, "slice_params.num_ref_idx_l1_active_minus1",
		       slice_params->num_ref_idx_l1_active_minus1, slice->active[1] - 1);
		expect(result, "slice_params.flags DIRECT_SPATIAL_MV_PRED",
		       !!(slice_params->flags & V4L2_H264_SLICE_FLAG_DIRECT_SPATIAL_MV_PRED),
		       slice->direct_spatial_mv_pred);
	}
	if (slice_params->flags & V4L2_H264_SLICE_FLAG_SP_FOR_SWITCH)
		verdict_paint(result, "slice_params.flags has SP_FOR_SWITCH, but the slice is no SP slice");
}

void check_slice(struct model_result *result, struct dpb *dpb, const struct slice_header *slice,
                 const struct h264_job *job)
{
	struct reference_lists wanted;
	int32_t poc = slice->field_pic                            ? dpb->current.poc[slice->bottom_field]
	              : dpb->current.poc[0] < dpb->current.poc[1] ? dpb->current.poc[0]
	                                                          : dpb->current.poc[1];

	if (slice_is_intra(slice) && !job->slice_params)
		return;
	if (!lists_build(&wanted, dpb->frames, dpb->count, slice, job->sps, poc))
		dpb_damage(dpb);
	if (!job->slice_params) {
		if (!dpb->damaged)
			check_hardware_lists(result, &wanted, slice, job);
		return;
	}
	check_slice_params(result, slice, job->slice_params);
	check_slice_lists(result, dpb, &wanted, slice, job);
	check_weights(result, slice, job);
}
