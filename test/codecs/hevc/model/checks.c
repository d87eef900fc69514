/* SPDX-License-Identifier: MIT */
#include "checks.h"

#include "verdict.h"

#include <stddef.h>
#include <string.h>

static void expect(struct model_result *result, const char *field, long long is, long long wanted)
{
	if (is != wanted)
		verdict_paint(result, "%s is %lld, where the bitstream has %lld", field, is, wanted);
}

bool hevc_is_field(unsigned int pic_struct)
{
	return pic_struct == V4L2_HEVC_SEI_PIC_STRUCT_TOP_FIELD ||
	       pic_struct == V4L2_HEVC_SEI_PIC_STRUCT_BOTTOM_FIELD ||
	       (pic_struct >= V4L2_HEVC_SEI_PIC_STRUCT_TOP_PAIRED_PREVIOUS_BOTTOM &&
	        pic_struct <= V4L2_HEVC_SEI_PIC_STRUCT_BOTTOM_PAIRED_NEXT_TOP);
}

static void check_matrix(struct model_result *result, const struct hevc_job *job)
{
	/* All of its bytes are values of lists. */
	if (sps_has(job->sps, V4L2_HEVC_SPS_FLAG_SCALING_LIST_ENABLED) &&
	    memchr(job->scaling_matrix, 0, sizeof(*job->scaling_matrix)))
		verdict_paint(result, "scaling_matrix has a 0, which is no value of a scaling list");
}

static void check_deblocking(struct model_result *result, const struct v4l2_ctrl_hevc_pps *pps)
{
	if (pps_has(pps, V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT))
		return;
	if (pps_has(pps, V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_OVERRIDE_ENABLED |
	                     V4L2_HEVC_PPS_FLAG_PPS_DISABLE_DEBLOCKING_FILTER) ||
	    pps->pps_beta_offset_div2 || pps->pps_tc_offset_div2)
		verdict_paint(result,
		              "pps.flags DEBLOCKING_FILTER_CONTROL_PRESENT is 0, but pps has what it controls");
}

/* (6-3): where tiles are evenly spaced, they have these sizes. */
static bool evenly_spaced(const uint8_t *sizes_minus1, unsigned int count, unsigned int ctbs)
{
	for (unsigned int i = 0; i < count; i++)
		if (sizes_minus1[i] + 1u != (i + 1) * ctbs / count - i * ctbs / count)
			return false;
	return true;
}

static void check_tiles(struct model_result *result, const struct hevc_job *job)
{
	const struct v4l2_ctrl_hevc_pps *pps = job->pps;

	if (!pps_has(pps, V4L2_HEVC_PPS_FLAG_TILES_ENABLED) || !pps_has(pps, V4L2_HEVC_PPS_FLAG_UNIFORM_SPACING))
		return;
	if (!evenly_spaced(pps->column_width_minus1, pps->num_tile_columns_minus1 + 1u,
	                   ctbs_of(job->sps->pic_width_in_luma_samples, job->sps)) ||
	    !evenly_spaced(pps->row_height_minus1, pps->num_tile_rows_minus1 + 1u,
	                   ctbs_of(job->sps->pic_height_in_luma_samples, job->sps)))
		verdict_paint(result, "pps.flags has UNIFORM_SPACING, but the tiles are not evenly spaced");
}

void hevc_check_picture(struct model_result *result, const struct hevc_job *job,
                        const struct slice_header *header)
{
	const struct v4l2_ctrl_hevc_decode_params *params = job->decode_params;
	const uint32_t lsb_mask = (16u << job->sps->log2_max_pic_order_cnt_lsb_minus4) - 1;

	expect(result, "decode_params.pic_order_cnt_val, its lowest bits,", params->pic_order_cnt_val & lsb_mask,
	       header->poc_lsb);
	if (nal_is_idr(header->nal_unit_type))
		expect(result, "decode_params.pic_order_cnt_val of an IDR picture", params->pic_order_cnt_val, 0);
	expect(result, "decode_params.short_term_ref_pic_set_size", params->short_term_ref_pic_set_size,
	       header->short_term_bits);
	expect(result, "decode_params.long_term_ref_pic_set_size", params->long_term_ref_pic_set_size,
	       header->long_term_bits);
	expect(result, "decode_params.flags IRAP_PIC", !!(params->flags & V4L2_HEVC_DECODE_PARAM_FLAG_IRAP_PIC),
	       nal_is_irap(header->nal_unit_type));
	expect(result, "decode_params.flags IDR_PIC", !!(params->flags & V4L2_HEVC_DECODE_PARAM_FLAG_IDR_PIC),
	       nal_is_idr(header->nal_unit_type));
	expect(result, "decode_params.flags NO_OUTPUT_OF_PRIOR",
	       !!(params->flags & V4L2_HEVC_DECODE_PARAM_FLAG_NO_OUTPUT_OF_PRIOR),
	       header->no_output_of_prior_pics);
	check_matrix(result, job);
	check_deblocking(result, job->pps);
	check_tiles(result, job);
}

static void expect_flag(struct model_result *result, const struct v4l2_ctrl_hevc_slice_params *params,
                        uint64_t flag, const char *field, bool wanted)
{
	expect(result, field, (params->flags & flag) != 0, wanted);
}
#define EXPECT_FLAG(name, wanted) \
	expect_flag(result, params, V4L2_HEVC_SLICE_PARAMS_FLAG_##name, "slice_params.flags " #name, wanted)
#define EXPECT(field, wanted) expect(result, "slice_params." #field, params->field, wanted)

static void check_weights(struct model_result *result, const struct slice_header *header,
                          const struct v4l2_ctrl_hevc_slice_params *params)
{
	const struct v4l2_hevc_pred_weight_table *table = &params->pred_weight_table, *wanted = &header->weights;

#define EXPECT_WEIGHT(field) expect(result, "pred_weight_table." #field, table->field, wanted->field)
	EXPECT_WEIGHT(luma_log2_weight_denom);
	EXPECT_WEIGHT(delta_chroma_log2_weight_denom);
	for (unsigned int i = 0; i < header->active[0]; i++) {
		EXPECT_WEIGHT(delta_luma_weight_l0[i]);
		EXPECT_WEIGHT(luma_offset_l0[i]);
		for (unsigned int j = 0; j < 2; j++) {
			EXPECT_WEIGHT(delta_chroma_weight_l0[i][j]);
			EXPECT_WEIGHT(chroma_offset_l0[i][j]);
		}
	}
	for (unsigned int i = 0; i < header->active[1]; i++) {
		EXPECT_WEIGHT(delta_luma_weight_l1[i]);
		EXPECT_WEIGHT(luma_offset_l1[i]);
		for (unsigned int j = 0; j < 2; j++) {
			EXPECT_WEIGHT(delta_chroma_weight_l1[i][j]);
			EXPECT_WEIGHT(chroma_offset_l1[i][j]);
		}
	}
#undef EXPECT_WEIGHT
}

static void check_prediction(struct model_result *result, const struct slice_header *header,
                             const struct v4l2_ctrl_hevc_slice_params *params,
                             const uint8_t lists[2][HEVC_DPB])
{
	EXPECT(num_ref_idx_l0_active_minus1, header->active[0] - 1);
	for (unsigned int i = 0; i < header->active[0]; i++)
		EXPECT(ref_idx_l0[i], lists[0][i]);
	if (header->slice_type == V4L2_HEVC_SLICE_TYPE_B) {
		EXPECT(num_ref_idx_l1_active_minus1, header->active[1] - 1);
		for (unsigned int i = 0; i < header->active[1]; i++)
			EXPECT(ref_idx_l1[i], lists[1][i]);
		EXPECT_FLAG(MVD_L1_ZERO, header->mvd_l1_zero);
	}
	EXPECT_FLAG(CABAC_INIT, header->cabac_init);
	if (header->temporal_mvp)
		EXPECT_FLAG(COLLOCATED_FROM_L0, header->collocated_from_l0);
	EXPECT(collocated_ref_idx, header->collocated_ref_idx);
	EXPECT(five_minus_max_num_merge_cand, header->five_minus_max_num_merge_cand);
	if (header->weighted)
		check_weights(result, header, params);
}

void hevc_check_segment(struct model_result *result, const struct hevc_job *job,
                        const struct slice_header *header, const struct segment *segment,
                        const struct v4l2_ctrl_hevc_slice_params *params, const uint8_t lists[2][HEVC_DPB])
{
	/* Where the segment ends in OUTPUT, as data_byte_offset counts: rpi-hevc-dec holds the one to the other. */
	EXPECT(bit_size, (long long)(segment->start + segment->size) * 8);
	/* cedrus reads the one slice with a bit reader, which leaves emulation prevention bytes out. */
	EXPECT(data_byte_offset,
	       (long long)(segment->start + (job->decode_mode == V4L2_STATELESS_HEVC_DECODE_MODE_SLICE_BASED
	                                         ? header->data_offset
	                                         : segment->data_offset)));
	EXPECT(num_entry_point_offsets, header->entry_points);
	EXPECT(nal_unit_type, header->nal_unit_type);
	EXPECT(nuh_temporal_id_plus1, header->temporal_id_plus1);
	EXPECT(slice_type, header->slice_type);
	EXPECT(colour_plane_id, 0);
	expect(result, "slice_params.slice_pic_order_cnt, beside decode_params.pic_order_cnt_val,",
	       params->slice_pic_order_cnt, job->decode_params->pic_order_cnt_val);
	EXPECT(slice_qp_delta, header->qp_delta);
	EXPECT(slice_cb_qp_offset, header->cb_qp_offset);
	EXPECT(slice_cr_qp_offset, header->cr_qp_offset);
	EXPECT(slice_act_y_qp_offset, 0);
	EXPECT(slice_act_cb_qp_offset, 0);
	EXPECT(slice_act_cr_qp_offset, 0);
	EXPECT(slice_segment_addr, header->segment_address);
	EXPECT(short_term_ref_pic_set_size, header->short_term_bits);
	EXPECT(long_term_ref_pic_set_size, header->long_term_bits);
	EXPECT_FLAG(DEPENDENT_SLICE_SEGMENT, header->dependent);
	EXPECT_FLAG(SLICE_SAO_LUMA, header->sao_luma);
	EXPECT_FLAG(SLICE_SAO_CHROMA, header->sao_chroma);
	EXPECT_FLAG(SLICE_TEMPORAL_MVP_ENABLED, header->temporal_mvp);
	EXPECT_FLAG(USE_INTEGER_MV, false);
	EXPECT_FLAG(SLICE_DEBLOCKING_FILTER_DISABLED, header->deblocking_disabled);
	EXPECT_FLAG(SLICE_LOOP_FILTER_ACROSS_SLICES_ENABLED, header->loop_filter_across);
	if (!header->deblocking_disabled) {
		EXPECT(slice_beta_offset_div2, header->beta_offset_div2);
		EXPECT(slice_tc_offset_div2, header->tc_offset_div2);
	}
	if (header->slice_type != V4L2_HEVC_SLICE_TYPE_I)
		check_prediction(result, header, params, lists);
}

void hevc_check_entry_points(struct model_result *result, struct hevc_job *job,
                             const struct slice_header *header, const struct segment *segment)
{
	if (!job->entry_points)
		return;
	for (unsigned int i = 0; i < header->entry_points; i++) {
		const unsigned int place = job->entry_points_read + i;

		if (place < job->entry_point_count)
			expect(result, "entry_point_offsets[]", job->entry_points[place], segment->entry_points[i]);
	}
	job->entry_points_read += header->entry_points;
}

void hevc_check_entry_point_count(struct model_result *result, const struct hevc_job *job)
{
	if (job->entry_points && job->entry_points_read)
		expect(result, "the number of entry_point_offsets", job->entry_point_count, job->entry_points_read);
}
