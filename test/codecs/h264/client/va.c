/* SPDX-License-Identifier: MIT
 *
 * VA's parameters, with the conventions that FFmpeg's VA-API code has set:
 *   - a picture has field flags only when not both of its fields are meant; frame_idx is LongTermFrameIdx of a long-term
 *     reference, else frame_num; a POC that does not exist (yet) is 0
 *   - picture_height_in_mbs_minus1 counts macroblocks of the frame, also in streams of fields
 *   - slice data is the NAL unit from its header byte on, emulation prevention included; slice_data_bit_offset counts
 *     from that byte, emulation prevention left out
 *   - weights are explicit for each entry; implicit weighting has none
 *   - there is always a scaling matrix, flat if the stream has none, in raster order
 * and with these of its own: an entry of a reference list whose picture is missing stays where it is, as invalid; and
 * pic_init_qp_minus26 and pic_init_qs_minus26 are those of the PPS, where FFmpeg has QpBdOffset added (reader_habits.init_qp_offset).
 */
#include "va.h"

#include <string.h>

const VAPictureH264 va_no_picture = {.picture_id = VA_INVALID_SURFACE, .flags = VA_PICTURE_H264_INVALID};

static uint32_t field_flags(unsigned int fields)
{
	if (fields == V4L2_H264_FRAME_REF)
		return 0;
	return fields == V4L2_H264_TOP_FIELD_REF ? VA_PICTURE_H264_TOP_FIELD : VA_PICTURE_H264_BOTTOM_FIELD;
}

void va_fill_references(const struct v4l2_ctrl_h264_decode_params *params,
                        bool (*decoded)(const void *opaque, unsigned int frame), const void *opaque,
                        struct va_references *references)
{
	for (unsigned int i = 0; i < V4L2_H264_NUM_DPB_ENTRIES; i++) {
		const struct v4l2_h264_dpb_entry *from = &params->dpb[i];
		VAPictureH264 *to = &references->entry[i];

		const unsigned int frame = (unsigned int)(from->reference_ts / 1000) - 1;

		*to = va_no_picture;
		if (!from->flags || !decoded(opaque, frame))
			continue;
		*to = (VAPictureH264){
			.picture_id = frame,
			.frame_idx = from->frame_num,
			.flags = field_flags(from->fields) | (from->flags & V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM
		                                              ? VA_PICTURE_H264_LONG_TERM_REFERENCE
		                                              : VA_PICTURE_H264_SHORT_TERM_REFERENCE),
			.TopFieldOrderCnt = from->top_field_order_cnt,
			.BottomFieldOrderCnt = from->bottom_field_order_cnt,
		};
	}
}

static void place_references(const struct va_references *references, bool holes, VAPictureH264 *frames)
{
	unsigned int count = 0, n = 0;

	for (unsigned int i = 0; i < V4L2_H264_NUM_DPB_ENTRIES; i++) {
		frames[i] = va_no_picture;
		count += references->entry[i].picture_id != VA_INVALID_SURFACE;
	}
	/* with holes: the first at the end, the others before it at equal distances */
	for (unsigned int i = 0; i < V4L2_H264_NUM_DPB_ENTRIES; i++) {
		if (references->entry[i].picture_id == VA_INVALID_SURFACE)
			continue;
		frames[holes ? 15 - n * (16 / count) : n] = references->entry[i];
		n++;
	}
}

void va_fill_picture(const struct client_stream *stream, const struct client_dpb *dpb,
                     const struct client_slice *slice, const struct va_references *references,
                     const struct reader_habits *habits, VAPictureParameterBufferH264 *out)
{
	const struct v4l2_ctrl_h264_pps *pps = &stream->pps[slice->pps_id].v4l2;
	const struct v4l2_ctrl_h264_sps *sps = &stream->sps[pps->seq_parameter_set_id].v4l2;
	const unsigned int lines = sps->flags & V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY ? 1 : 2;
	int offset = habits->init_qp_offset ? 6 * sps->bit_depth_luma_minus8 : 0;

	memset(out, 0, sizeof(*out));
	out->CurrPic = (VAPictureH264){
		.picture_id = dpb->frame,
		.frame_idx = slice->frame_num,
		.TopFieldOrderCnt = dpb->poc[0],
		.BottomFieldOrderCnt = dpb->poc[1],
	};
	if (slice->field)
		out->CurrPic.flags |= slice->bottom ? VA_PICTURE_H264_BOTTOM_FIELD : VA_PICTURE_H264_TOP_FIELD;
	if (slice->nal_ref_idc)
		out->CurrPic.flags |= VA_PICTURE_H264_SHORT_TERM_REFERENCE;
	place_references(references, habits->holes, out->ReferenceFrames);
	out->picture_width_in_mbs_minus1 = (uint16_t)sps->pic_width_in_mbs_minus1;
	out->picture_height_in_mbs_minus1 = (uint16_t)((sps->pic_height_in_map_units_minus1 + 1u) * lines - 1);
	out->bit_depth_luma_minus8 = sps->bit_depth_luma_minus8;
	out->bit_depth_chroma_minus8 = sps->bit_depth_chroma_minus8;
	out->num_ref_frames = sps->max_num_ref_frames;
#define SPS(flag) ((sps->flags & V4L2_H264_SPS_FLAG_##flag) != 0)
	out->seq_fields.bits.chroma_format_idc = sps->chroma_format_idc;
	out->seq_fields.bits.gaps_in_frame_num_value_allowed_flag = SPS(GAPS_IN_FRAME_NUM_VALUE_ALLOWED);
	out->seq_fields.bits.frame_mbs_only_flag = SPS(FRAME_MBS_ONLY);
	out->seq_fields.bits.mb_adaptive_frame_field_flag = SPS(MB_ADAPTIVE_FRAME_FIELD);
	out->seq_fields.bits.direct_8x8_inference_flag = SPS(DIRECT_8X8_INFERENCE);
	out->seq_fields.bits.MinLumaBiPredSize8x8 = sps->level_idc >= 31; /* A.3.3.2 */
	out->seq_fields.bits.log2_max_frame_num_minus4 = sps->log2_max_frame_num_minus4;
	out->seq_fields.bits.pic_order_cnt_type = sps->pic_order_cnt_type;
	out->seq_fields.bits.log2_max_pic_order_cnt_lsb_minus4 = sps->log2_max_pic_order_cnt_lsb_minus4;
	out->seq_fields.bits.delta_pic_order_always_zero_flag = SPS(DELTA_PIC_ORDER_ALWAYS_ZERO);
#undef SPS
	out->pic_init_qp_minus26 = (int8_t)(pps->pic_init_qp_minus26 + offset);
	out->pic_init_qs_minus26 = (int8_t)(pps->pic_init_qs_minus26 + offset);
	out->chroma_qp_index_offset = pps->chroma_qp_index_offset;
	out->second_chroma_qp_index_offset = pps->second_chroma_qp_index_offset;
#define PPS(flag) ((pps->flags & V4L2_H264_PPS_FLAG_##flag) != 0)
	out->pic_fields.bits.entropy_coding_mode_flag = PPS(ENTROPY_CODING_MODE);
	out->pic_fields.bits.weighted_pred_flag = PPS(WEIGHTED_PRED);
	out->pic_fields.bits.weighted_bipred_idc = pps->weighted_bipred_idc;
	out->pic_fields.bits.transform_8x8_mode_flag = PPS(TRANSFORM_8X8_MODE);
	out->pic_fields.bits.field_pic_flag = slice->field;
	out->pic_fields.bits.constrained_intra_pred_flag = PPS(CONSTRAINED_INTRA_PRED);
	out->pic_fields.bits.pic_order_present_flag = PPS(BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT);
	out->pic_fields.bits.deblocking_filter_control_present_flag = PPS(DEBLOCKING_FILTER_CONTROL_PRESENT);
	out->pic_fields.bits.redundant_pic_cnt_present_flag = PPS(REDUNDANT_PIC_CNT_PRESENT);
	out->pic_fields.bits.reference_pic_flag = slice->nal_ref_idc != 0;
#undef PPS
	out->frame_num = (uint16_t)slice->frame_num;
}

void va_fill_matrix(const struct client_pps *pps, VAIQMatrixBufferH264 *out)
{
	memset(out, 0, sizeof(*out));
	memcpy(out->ScalingList4x4, pps->matrix.scaling_list_4x4, sizeof(out->ScalingList4x4));
	memcpy(out->ScalingList8x8, pps->matrix.scaling_list_8x8, sizeof(out->ScalingList8x8));
}

static void fill_list(const struct va_references *references, const struct v4l2_h264_reference *from,
                      unsigned int count, VAPictureH264 *to)
{
	for (unsigned int i = 0; i < 32; i++) {
		to[i] = va_no_picture;
		if (i >= count || from[i].index >= V4L2_H264_NUM_DPB_ENTRIES)
			continue;
		to[i] = references->entry[from[i].index];
		if (to[i].picture_id == VA_INVALID_SURFACE)
			continue;
		to[i].flags &= ~(uint32_t)(VA_PICTURE_H264_TOP_FIELD | VA_PICTURE_H264_BOTTOM_FIELD);
		to[i].flags |= field_flags(from[i].fields);
	}
}

static void fill_weights(const struct client_slice *s, bool chroma, VASliceParameterBufferH264 *out)
{
	const struct v4l2_h264_weight_factors *w = s->weights.weight_factors;

	out->luma_log2_weight_denom = (uint8_t)s->weights.luma_log2_weight_denom;
	out->chroma_log2_weight_denom = (uint8_t)s->weights.chroma_log2_weight_denom;
	out->luma_weight_l0_flag = 1;
	out->chroma_weight_l0_flag = chroma;
	memcpy(out->luma_weight_l0, w[0].luma_weight, sizeof(out->luma_weight_l0));
	memcpy(out->luma_offset_l0, w[0].luma_offset, sizeof(out->luma_offset_l0));
	memcpy(out->chroma_weight_l0, w[0].chroma_weight, sizeof(out->chroma_weight_l0));
	memcpy(out->chroma_offset_l0, w[0].chroma_offset, sizeof(out->chroma_offset_l0));
	if (!s->active[1])
		return;
	out->luma_weight_l1_flag = 1;
	out->chroma_weight_l1_flag = chroma;
	memcpy(out->luma_weight_l1, w[1].luma_weight, sizeof(out->luma_weight_l1));
	memcpy(out->luma_offset_l1, w[1].luma_offset, sizeof(out->luma_offset_l1));
	memcpy(out->chroma_weight_l1, w[1].chroma_weight, sizeof(out->chroma_weight_l1));
	memcpy(out->chroma_offset_l1, w[1].chroma_offset, sizeof(out->chroma_offset_l1));
}

void va_fill_slice(const struct client_picture_slice *slice, const struct v4l2_ctrl_h264_slice_params *params,
                   const struct va_references *references, bool chroma, VASliceParameterBufferH264 *out)
{
	const struct client_slice *s = &slice->slice;

	memset(out, 0, sizeof(*out));
	out->slice_data_size = (uint32_t)slice->nal.size;
	out->slice_data_flag = VA_SLICE_DATA_FLAG_ALL;
	out->slice_data_bit_offset = (uint16_t)s->header_bits;
	out->first_mb_in_slice = (uint16_t)s->first_mb;
	out->slice_type = (uint8_t)s->type;
	out->direct_spatial_mv_pred_flag = s->direct_spatial;
	out->num_ref_idx_l0_active_minus1 = params->num_ref_idx_l0_active_minus1;
	out->num_ref_idx_l1_active_minus1 = params->num_ref_idx_l1_active_minus1;
	out->cabac_init_idc = (uint8_t)s->cabac_init_idc;
	out->slice_qp_delta = (int8_t)s->qp_delta;
	out->disable_deblocking_filter_idc = (uint8_t)s->deblocking_idc;
	out->slice_alpha_c0_offset_div2 = (int8_t)s->alpha;
	out->slice_beta_offset_div2 = (int8_t)s->beta;
	fill_list(references, params->ref_pic_list0, s->active[0], out->RefPicList0);
	fill_list(references, params->ref_pic_list1, s->active[1], out->RefPicList1);
	if (s->weighted)
		fill_weights(s, chroma, out);
}
