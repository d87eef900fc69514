/* SPDX-License-Identifier: MIT */
#include "test_flips.h"

#include "test_run.h"

#include <stdio.h>
#include <string.h>

/* The first entry in use, to alter; reference lists and long-term marks need a particular one. */
static struct v4l2_h264_dpb_entry *entry(struct test_controls *c, unsigned int nth)
{
	for (unsigned int i = 0; i < V4L2_H264_NUM_DPB_ENTRIES; i++)
		if (c->params.dpb[i].flags && !nth--)
			return &c->params.dpb[i];
	return &c->params.dpb[15];
}

#define FLIP(name, statement)                        \
	static void flip_##name(struct test_controls *c) \
	{                                                \
		struct v4l2_h264_dpb_entry *e = entry(c, 0); \
		(void)e;                                     \
		statement;                                   \
	}

FLIP(profile_idc, c->sps.profile_idc = c->sps.profile_idc > 66 ? 66 : 77)
FLIP(constraint_set_flags, c->sps.constraint_set_flags ^= 0xff)
FLIP(level_idc, c->sps.level_idc ^= 1)
FLIP(sps_id, c->sps.seq_parameter_set_id ^= 1)
FLIP(chroma_format_idc, c->sps.chroma_format_idc ^= 1)
FLIP(log2_max_frame_num, c->sps.log2_max_frame_num_minus4 ^= 1)
FLIP(log2_max_poc_lsb, c->sps.log2_max_pic_order_cnt_lsb_minus4 ^= 1)
FLIP(max_num_ref_frames, c->sps.max_num_ref_frames ^= 1)
FLIP(cycle, c->sps.num_ref_frames_in_pic_order_cnt_cycle ^= 1)
FLIP(offset_non_ref, c->sps.offset_for_non_ref_pic ^= 1)
FLIP(offset_bottom, c->sps.offset_for_top_to_bottom_field ^= 1)
FLIP(width, c->sps.pic_width_in_mbs_minus1 ^= 1)
FLIP(height, c->sps.pic_height_in_map_units_minus1 ^= 1)
FLIP(poc_type, c->sps.pic_order_cnt_type = c->sps.pic_order_cnt_type ? 0 : 2)
FLIP(sps_separate, c->sps.flags ^= V4L2_H264_SPS_FLAG_SEPARATE_COLOUR_PLANE)
FLIP(sps_bypass, c->sps.flags ^= V4L2_H264_SPS_FLAG_QPPRIME_Y_ZERO_TRANSFORM_BYPASS)
FLIP(sps_delta_zero, c->sps.flags ^= V4L2_H264_SPS_FLAG_DELTA_PIC_ORDER_ALWAYS_ZERO)
FLIP(sps_gaps, c->sps.flags ^= V4L2_H264_SPS_FLAG_GAPS_IN_FRAME_NUM_VALUE_ALLOWED)
FLIP(sps_frame_mbs, c->sps.flags ^= V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY)
FLIP(sps_mbaff, c->sps.flags ^= V4L2_H264_SPS_FLAG_MB_ADAPTIVE_FRAME_FIELD)
FLIP(sps_direct, c->sps.flags ^= V4L2_H264_SPS_FLAG_DIRECT_8X8_INFERENCE)
FLIP(pps_id, c->pps.pic_parameter_set_id ^= 1)
FLIP(pps_sps_id, c->pps.seq_parameter_set_id ^= 1)
FLIP(slice_groups, c->pps.num_slice_groups_minus1 ^= 1)
FLIP(l0_default, c->pps.num_ref_idx_l0_default_active_minus1 ^= 1)
FLIP(l1_default, c->pps.num_ref_idx_l1_default_active_minus1 ^= 1)
FLIP(bipred, c->pps.weighted_bipred_idc = (c->pps.weighted_bipred_idc + 1) % 3)
FLIP(init_qp, c->pps.pic_init_qp_minus26 ^= 1)
FLIP(init_qs, c->pps.pic_init_qs_minus26 ^= 1)
FLIP(chroma_qp, c->pps.chroma_qp_index_offset ^= 1)
FLIP(chroma_qp2, c->pps.second_chroma_qp_index_offset ^= 1)
FLIP(pps_cabac, c->pps.flags ^= V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE)
FLIP(pps_bottom, c->pps.flags ^= V4L2_H264_PPS_FLAG_BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT)
FLIP(pps_weighted, c->pps.flags ^= V4L2_H264_PPS_FLAG_WEIGHTED_PRED)
FLIP(pps_deblock, c->pps.flags ^= V4L2_H264_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT)
FLIP(pps_intra, c->pps.flags ^= V4L2_H264_PPS_FLAG_CONSTRAINED_INTRA_PRED)
FLIP(pps_redundant, c->pps.flags ^= V4L2_H264_PPS_FLAG_REDUNDANT_PIC_CNT_PRESENT)
FLIP(pps_8x8, c->pps.flags ^= V4L2_H264_PPS_FLAG_TRANSFORM_8X8_MODE)
FLIP(pps_scaling, c->pps.flags ^= V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT)
FLIP(matrix_4x4, c->matrix.scaling_list_4x4[0][0] ^= 1)
FLIP(matrix_4x4_3, c->matrix.scaling_list_4x4[3][5] ^= 1)
FLIP(matrix_8x8, c->matrix.scaling_list_8x8[0][0] ^= 1)
FLIP(matrix_8x8_1, c->matrix.scaling_list_8x8[1][9] ^= 1)
FLIP(matrix_8x8_2, c->matrix.scaling_list_8x8[2][0] ^= 1)
FLIP(nal_ref_idc, c->params.nal_ref_idc = c->params.nal_ref_idc ? 0 : 1)
FLIP(frame_num, c->params.frame_num ^= 1)
FLIP(top, c->params.top_field_order_cnt += c->params.frame_num & 1 ? 1 : 3)
FLIP(bottom, c->params.bottom_field_order_cnt += c->params.frame_num & 1 ? 1 : 3)
FLIP(idr_pic_id, c->params.idr_pic_id ^= 1)
FLIP(poc_lsb, c->params.pic_order_cnt_lsb ^= 1)
FLIP(delta_bottom, c->params.delta_pic_order_cnt_bottom ^= 1)
FLIP(delta0, c->params.delta_pic_order_cnt0 ^= 1)
FLIP(marking_bits, c->params.dec_ref_pic_marking_bit_size ^= 1)
FLIP(poc_bits, c->params.pic_order_cnt_bit_size ^= 1)
FLIP(group_cycle, c->params.slice_group_change_cycle ^= 1)
FLIP(flag_idr, c->params.flags ^= V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC)
FLIP(flag_field, c->params.flags ^= V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC)
FLIP(flag_bottom, c->params.flags ^= V4L2_H264_DECODE_PARAM_FLAG_BOTTOM_FIELD)
FLIP(flag_p, c->params.flags ^= V4L2_H264_DECODE_PARAM_FLAG_PFRAME)
FLIP(flag_b, c->params.flags ^= V4L2_H264_DECODE_PARAM_FLAG_BFRAME)
FLIP(dpb_ts, e->reference_ts ^= 1)
FLIP(
	dpb_ts_swap, struct v4l2_h264_dpb_entry *f = entry(c, 1); if (f->flags && e != f) {
		uint64_t t = e->reference_ts;
		e->reference_ts = f->reference_ts;
		f->reference_ts = t;
	})
FLIP(dpb_pic_num, e->pic_num ^= 2)
FLIP(dpb_frame_num, e->frame_num ^= 1)
FLIP(dpb_fields, e->fields ^= 1)
FLIP(dpb_top, e->top_field_order_cnt ^= 1)
FLIP(dpb_bottom, e->bottom_field_order_cnt ^= 1)
FLIP(dpb_valid, e->flags &= ~(__u32)V4L2_H264_DPB_ENTRY_FLAG_VALID)
FLIP(dpb_active, e->flags &= ~(__u32)V4L2_H264_DPB_ENTRY_FLAG_ACTIVE)
FLIP(dpb_long, e->flags ^= V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM)
FLIP(dpb_field, e->flags ^= V4L2_H264_DPB_ENTRY_FLAG_FIELD)
FLIP(dpb_missing, memset(e, 0, sizeof(*e)))
FLIP(dpb_extra, c->params.dpb[15] = *e; c->params.dpb[15].frame_num ^= 1;
     c->params.dpb[15].flags |= V4L2_H264_DPB_ENTRY_FLAG_VALID | V4L2_H264_DPB_ENTRY_FLAG_ACTIVE)
FLIP(header_bit_size, c->slice.header_bit_size ^= 1)
FLIP(first_mb, c->slice.first_mb_in_slice ^= 1)
FLIP(slice_type, c->slice.slice_type ^= 1)
FLIP(colour_plane, c->slice.colour_plane_id ^= 1)
FLIP(redundant_cnt, c->slice.redundant_pic_cnt ^= 1)
FLIP(cabac_init, c->slice.cabac_init_idc ^= 1)
FLIP(qp_delta, c->slice.slice_qp_delta ^= 1)
FLIP(qs_delta, c->slice.slice_qs_delta ^= 1)
FLIP(deblock_idc, c->slice.disable_deblocking_filter_idc ^= 1)
FLIP(alpha, c->slice.slice_alpha_c0_offset_div2 ^= 1)
FLIP(beta, c->slice.slice_beta_offset_div2 ^= 1)
FLIP(l0_active, c->slice.num_ref_idx_l0_active_minus1 ^= 1)
FLIP(l1_active, c->slice.num_ref_idx_l1_active_minus1 ^= 1)
FLIP(list0_index, c->slice.ref_pic_list0[0].index ^= 1)
FLIP(list0_fields, c->slice.ref_pic_list0[0].fields ^= 1)
FLIP(list1_index, c->slice.ref_pic_list1[0].index ^= 1)
FLIP(list1_fields, c->slice.ref_pic_list1[0].fields ^= 1)
FLIP(slice_flags, c->slice.flags ^= V4L2_H264_SLICE_FLAG_DIRECT_SPATIAL_MV_PRED)
FLIP(luma_denom, c->weights.luma_log2_weight_denom ^= 1)
FLIP(chroma_denom, c->weights.chroma_log2_weight_denom ^= 1)
FLIP(luma_weight, c->weights.weight_factors[0].luma_weight[0] ^= 1)
FLIP(luma_offset, c->weights.weight_factors[0].luma_offset[0] ^= 1)
FLIP(chroma_weight, c->weights.weight_factors[0].chroma_weight[0][1] ^= 1)
FLIP(chroma_offset, c->weights.weight_factors[0].chroma_offset[0][1] ^= 1)
FLIP(luma_weight_l1, c->weights.weight_factors[1].luma_weight[0] ^= 1)

static bool has_explicit_b_weights(const struct test_controls *c)
{
	return c->pps.weighted_bipred_idc == 1 && c->slice.slice_type == V4L2_H264_SLICE_TYPE_B;
}

#define FRAME_BASED(field, function, reaches) {field, NULL, false, reaches, flip_##function}
#define SLICE_BASED(field, function, reaches) {field, NULL, true, reaches, flip_##function}

static const struct test_flip flips[] = {
	FRAME_BASED("sps.profile_idc (Main or High to Baseline)", profile_idc, true),
	FRAME_BASED("sps.constraint_set_flags", constraint_set_flags, false),
	FRAME_BASED("sps.level_idc", level_idc, false),
	FRAME_BASED("sps.seq_parameter_set_id", sps_id, false),
	FRAME_BASED("sps.chroma_format_idc", chroma_format_idc, true),
	FRAME_BASED("sps.log2_max_frame_num_minus4", log2_max_frame_num, true),
	FRAME_BASED("sps.log2_max_pic_order_cnt_lsb_minus4", log2_max_poc_lsb, true),
	FRAME_BASED("sps.max_num_ref_frames", max_num_ref_frames, true),
	FRAME_BASED("sps.num_ref_frames_in_pic_order_cnt_cycle", cycle, false),
	FRAME_BASED("sps.offset_for_non_ref_pic", offset_non_ref, false),
	FRAME_BASED("sps.offset_for_top_to_bottom_field", offset_bottom, false),
	FRAME_BASED("sps.pic_width_in_mbs_minus1", width, true),
	FRAME_BASED("sps.pic_height_in_map_units_minus1", height, true),
	FRAME_BASED("sps.pic_order_cnt_type", poc_type, true),
	FRAME_BASED("sps.flags SEPARATE_COLOUR_PLANE", sps_separate, false),
	FRAME_BASED("sps.flags QPPRIME_Y_ZERO_TRANSFORM_BYPASS", sps_bypass, false),
	FRAME_BASED("sps.flags DELTA_PIC_ORDER_ALWAYS_ZERO", sps_delta_zero, true),
	FRAME_BASED("sps.flags GAPS_IN_FRAME_NUM_VALUE_ALLOWED", sps_gaps, false),
	FRAME_BASED("sps.flags FRAME_MBS_ONLY", sps_frame_mbs, true),
	FRAME_BASED("sps.flags MB_ADAPTIVE_FRAME_FIELD", sps_mbaff, true),
	FRAME_BASED("sps.flags DIRECT_8X8_INFERENCE", sps_direct, true),
	FRAME_BASED("pps.pic_parameter_set_id", pps_id, true),
	FRAME_BASED("pps.seq_parameter_set_id", pps_sps_id, false),
	FRAME_BASED("pps.num_slice_groups_minus1", slice_groups, false),
	FRAME_BASED("pps.num_ref_idx_l0_default_active_minus1", l0_default, true),
	FRAME_BASED("pps.num_ref_idx_l1_default_active_minus1", l1_default, true),
	FRAME_BASED("pps.weighted_bipred_idc", bipred, true),
	FRAME_BASED("pps.pic_init_qp_minus26", init_qp, true),
	FRAME_BASED("pps.pic_init_qs_minus26", init_qs, false),
	FRAME_BASED("pps.chroma_qp_index_offset", chroma_qp, true),
	FRAME_BASED("pps.second_chroma_qp_index_offset", chroma_qp2, true),
	FRAME_BASED("pps.flags ENTROPY_CODING_MODE", pps_cabac, true),
	FRAME_BASED("pps.flags BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT", pps_bottom, true),
	FRAME_BASED("pps.flags WEIGHTED_PRED", pps_weighted, true),
	FRAME_BASED("pps.flags DEBLOCKING_FILTER_CONTROL_PRESENT", pps_deblock, true),
	FRAME_BASED("pps.flags CONSTRAINED_INTRA_PRED", pps_intra, true),
	FRAME_BASED("pps.flags REDUNDANT_PIC_CNT_PRESENT", pps_redundant, true),
	FRAME_BASED("pps.flags TRANSFORM_8X8_MODE", pps_8x8, true),
	FRAME_BASED("pps.flags SCALING_MATRIX_PRESENT", pps_scaling, true),
	FRAME_BASED("scaling_matrix.scaling_list_4x4[0][0]", matrix_4x4, true),
	FRAME_BASED("scaling_matrix.scaling_list_4x4[3][5]", matrix_4x4_3, true),
	FRAME_BASED("scaling_matrix.scaling_list_8x8[0][0]", matrix_8x8, true),
	FRAME_BASED("scaling_matrix.scaling_list_8x8[1][9]", matrix_8x8_1, true),
	FRAME_BASED("scaling_matrix.scaling_list_8x8[2][0]", matrix_8x8_2, false),
	FRAME_BASED("decode_params.nal_ref_idc", nal_ref_idc, true),
	FRAME_BASED("decode_params.frame_num", frame_num, true),
	FRAME_BASED("decode_params.top_field_order_cnt", top, true),
	FRAME_BASED("decode_params.bottom_field_order_cnt", bottom, true),
	FRAME_BASED("decode_params.idr_pic_id", idr_pic_id, true),
	FRAME_BASED("decode_params.pic_order_cnt_lsb", poc_lsb, false),
	FRAME_BASED("decode_params.delta_pic_order_cnt_bottom", delta_bottom, false),
	FRAME_BASED("decode_params.delta_pic_order_cnt0", delta0, false),
	FRAME_BASED("decode_params.dec_ref_pic_marking_bit_size", marking_bits, true),
	FRAME_BASED("decode_params.pic_order_cnt_bit_size", poc_bits, true),
	FRAME_BASED("decode_params.slice_group_change_cycle", group_cycle, false),
	FRAME_BASED("decode_params.flags IDR_PIC", flag_idr, true),
	FRAME_BASED("decode_params.flags FIELD_PIC", flag_field, true),
	FRAME_BASED("decode_params.flags BOTTOM_FIELD", flag_bottom, true),
	FRAME_BASED("decode_params.flags PFRAME", flag_p, false),
	FRAME_BASED("decode_params.flags BFRAME", flag_b, false),
	FRAME_BASED("decode_params.dpb[].reference_ts", dpb_ts, true),
	FRAME_BASED("decode_params.dpb[].reference_ts (two exchanged)", dpb_ts_swap, true),
	FRAME_BASED("decode_params.dpb[].pic_num", dpb_pic_num, false),
	FRAME_BASED("decode_params.dpb[].frame_num", dpb_frame_num, true),
	FRAME_BASED("decode_params.dpb[].fields", dpb_fields, true),
	FRAME_BASED("decode_params.dpb[].top_field_order_cnt", dpb_top, true),
	FRAME_BASED("decode_params.dpb[].bottom_field_order_cnt", dpb_bottom, true),
	FRAME_BASED("decode_params.dpb[].flags VALID", dpb_valid, true),
	FRAME_BASED("decode_params.dpb[].flags ACTIVE", dpb_active, true),
	FRAME_BASED("decode_params.dpb[].flags LONG_TERM", dpb_long, true),
	FRAME_BASED("decode_params.dpb[].flags FIELD", dpb_field, true),
	FRAME_BASED("decode_params.dpb[] one missing", dpb_missing, true),
	FRAME_BASED("decode_params.dpb[] one too many", dpb_extra, true),
	SLICE_BASED("slice_params.header_bit_size", header_bit_size, true),
	SLICE_BASED("slice_params.first_mb_in_slice", first_mb, true),
	SLICE_BASED("slice_params.slice_type", slice_type, true),
	SLICE_BASED("slice_params.colour_plane_id", colour_plane, false),
	SLICE_BASED("slice_params.redundant_pic_cnt", redundant_cnt, false),
	SLICE_BASED("slice_params.cabac_init_idc", cabac_init, true),
	SLICE_BASED("slice_params.slice_qp_delta", qp_delta, true),
	SLICE_BASED("slice_params.slice_qs_delta", qs_delta, false),
	SLICE_BASED("slice_params.disable_deblocking_filter_idc", deblock_idc, true),
	SLICE_BASED("slice_params.slice_alpha_c0_offset_div2", alpha, true),
	SLICE_BASED("slice_params.slice_beta_offset_div2", beta, true),
	SLICE_BASED("slice_params.num_ref_idx_l0_active_minus1", l0_active, true),
	SLICE_BASED("slice_params.num_ref_idx_l1_active_minus1", l1_active, true),
	SLICE_BASED("slice_params.ref_pic_list0[0].index", list0_index, true),
	SLICE_BASED("slice_params.ref_pic_list0[0].fields", list0_fields, true),
	SLICE_BASED("slice_params.ref_pic_list1[0].index", list1_index, true),
	SLICE_BASED("slice_params.ref_pic_list1[0].fields", list1_fields, true),
	SLICE_BASED("slice_params.flags DIRECT_SPATIAL_MV_PRED", slice_flags, true),
	SLICE_BASED("pred_weights.luma_log2_weight_denom", luma_denom, true),
	SLICE_BASED("pred_weights.chroma_log2_weight_denom", chroma_denom, true),
	SLICE_BASED("pred_weights.weight_factors[0].luma_weight[0]", luma_weight, true),
	SLICE_BASED("pred_weights.weight_factors[0].luma_offset[0]", luma_offset, true),
	SLICE_BASED("pred_weights.weight_factors[0].chroma_weight[0][1]", chroma_weight, true),
	SLICE_BASED("pred_weights.weight_factors[0].chroma_offset[0][1]", chroma_offset, true),
	{"pred_weights.weight_factors[1].luma_weight[0]", has_explicit_b_weights, true, true,
     flip_luma_weight_l1},
};

#define FLIPS (sizeof(flips) / sizeof(flips[0]))

static struct {
	unsigned int noticed, tried, concerned, by_verdict;
	char reason[160];
} outcomes[FLIPS];

/* References whose samples in CAPTURE memory somebody overwrote. */
static unsigned int scribbled_tried, scribbled_noticed;

static bool differs(const struct test_run *a, const struct test_run *b)
{
	if (a->count != b->count)
		return true;
	for (unsigned int i = 0; i < a->count; i++)
		for (unsigned int parity = 0; parity < 2; parity++)
			if (a->frames[i].fields & 1u << parity && a->frames[i].hash[parity] != b->frames[i].hash[parity])
				return true;
	return false;
}

void test_flips(const uint8_t *data, size_t size, unsigned int frames)
{
	struct test_options options = {.frames = frames};
	struct test_run straight[2];

	for (unsigned int mode = 0; mode < 2; mode++)
		if (!test_decode(&straight[mode], data, size, mode, &options))
			return;
	if (!straight[0].count)
		return;
	for (unsigned int i = 0; i < FLIPS; i++) {
		const unsigned int mode = flips[i].slice_based;
		struct test_run run;
		bool objected, changed;

		options.flip = &flips[i];
		if (!test_decode(&run, data, size, mode, &options))
			return;
		changed = differs(&straight[mode], &run);
		objected = run.painted || run.refused;
		outcomes[i].tried++;
		outcomes[i].concerned += run.concerned != 0;
		outcomes[i].noticed += changed || objected;
		outcomes[i].by_verdict += objected;
		if (objected && !outcomes[i].reason[0])
			snprintf(outcomes[i].reason, sizeof(outcomes[i].reason), "%.159s", run.reason);
		test_run_free(&run);
	}
	options = (struct test_options){.frames = frames, .scribble = true};
	for (unsigned int mode = 0; mode < 2; mode++) {
		struct test_run run;

		if (test_decode(&run, data, size, mode, &options)) {
			scribbled_tried++;
			scribbled_noticed += differs(&straight[mode], &run);
		}
		test_run_free(&run);
		test_run_free(&straight[mode]);
	}
}

void test_flips_report(unsigned int *passed, unsigned int *failed, unsigned int *skipped)
{
	unsigned int noticed = 0, missed = 0;

	for (unsigned int i = 0; i < FLIPS; i++) {
		const bool reaches = flips[i].reaches && outcomes[i].concerned;
		const char *word = outcomes[i].noticed ? "noticed"
		                   : reaches           ? "MISSED"
		                   : flips[i].reaches  ? "skip"
		                                       : "unread";

		printf("%-8s %-54s %u of %u streams, %u by verdict; %s\n", word, flips[i].name, outcomes[i].noticed,
		       outcomes[i].concerned, outcomes[i].by_verdict, outcomes[i].reason);
		noticed += reaches && outcomes[i].noticed;
		missed += reaches && !outcomes[i].noticed;
		*skipped += flips[i].reaches && !outcomes[i].concerned; /* no stream has what it is about */
	}
	printf("overwritten references changed the picture in %u of %u decodes\n", scribbled_noticed,
	       scribbled_tried);
	*passed += scribbled_noticed == scribbled_tried;
	*failed += scribbled_noticed != scribbled_tried;
	printf("%u of %u fields that reach a decoder were noticed\n", noticed, noticed + missed);
	*passed += noticed;
	*failed += missed;
}
