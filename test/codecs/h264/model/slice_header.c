/* SPDX-License-Identifier: MIT */
#include "slice_header.h"

#include "parameter_sets.h"

#include <string.h>

static const char *parse_modifications(struct slice_header *h, struct bit_reader *r)
{
	for (unsigned int list = 0; list < 2 && h->active[list]; list++) {
		if (!bits_u(r, 1))
			continue;
		for (;;) {
			struct slice_modification m = {.idc = bits_ue(r)};

			if (m.idc == 3 || r->overrun)
				break;
			if (m.idc > 3)
				return "modification_of_pic_nums_idc is above 3";
			if (h->modification_count[list] == h->active[list])
				return "ref_pic_list_modification() is longer than the list";
			m.value = bits_ue(r);
			h->modification[list][h->modification_count[list]++] = m;
		}
	}
	return NULL;
}

static bool parse_weight(struct bit_reader *r, __s16 *weight, __s16 *offset)
{
	int32_t w = bits_se(r);
	int32_t o = bits_se(r);

	*weight = (__s16)w;
	*offset = (__s16)o;
	return w >= -128 && w <= 127 && o >= -128 && o <= 127;
}

static const char *parse_weights(struct slice_header *h, struct bit_reader *r, bool chroma)
{
	bool good = true;

	h->has_weights = true;
	h->luma_log2_weight_denom = bits_ue(r);
	if (chroma)
		h->chroma_log2_weight_denom = bits_ue(r);
	if (h->luma_log2_weight_denom > 7 || h->chroma_log2_weight_denom > 7)
		return "luma_log2_weight_denom or chroma_log2_weight_denom is above 7";
	for (unsigned int list = 0; list < 2; list++) {
		struct v4l2_h264_weight_factors *f = &h->weights[list];

		for (unsigned int i = 0; i < h->active[list]; i++) {
			f->luma_weight[i] = (__s16)(1 << h->luma_log2_weight_denom);
			f->chroma_weight[i][0] = f->chroma_weight[i][1] = (__s16)(1 << h->chroma_log2_weight_denom);
			if (bits_u(r, 1))
				good &= parse_weight(r, &f->luma_weight[i], &f->luma_offset[i]);
			if (chroma && bits_u(r, 1)) {
				good &= parse_weight(r, &f->chroma_weight[i][0], &f->chroma_offset[i][0]);
				good &= parse_weight(r, &f->chroma_weight[i][1], &f->chroma_offset[i][1]);
			}
		}
	}
	return good ? NULL : "a weight or offset of pred_weight_table() is out of range";
}

static const char *parse_marking(struct slice_header *h, struct bit_reader *r)
{
	if (h->idr) {
		bits_u(r, 1); /* no_output_of_prior_pics_flag */
		h->long_term_reference = bits_u(r, 1);
		return NULL;
	}
	h->adaptive_marking = bits_u(r, 1);
	while (h->adaptive_marking) {
		struct slice_marking m = {.operation = bits_ue(r)};

		if (!m.operation || r->overrun)
			break;
		if (m.operation > 6)
			return "memory_management_control_operation is above 6";
		if (h->marking_count == SLICE_MAX_MARKINGS)
			return "dec_ref_pic_marking() does not end";
		if (m.operation == 1 || m.operation == 3)
			m.difference_of_pic_nums_minus1 = bits_ue(r);
		if (m.operation != 1 && m.operation != 5)
			m.long_term = bits_ue(r);
		h->marking[h->marking_count++] = m;
	}
	return NULL;
}

static void parse_picture_order_count(struct slice_header *h, struct bit_reader *r,
                                      const struct v4l2_ctrl_h264_sps *sps,
                                      const struct v4l2_ctrl_h264_pps *pps)
{
	bool bottom_present =
		(pps->flags & V4L2_H264_PPS_FLAG_BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT) && !h->field_pic;

	h->poc_start = r->position;
	if (sps->pic_order_cnt_type == 0) {
		h->pic_order_cnt_lsb = bits_u(r, sps->log2_max_pic_order_cnt_lsb_minus4 + 4u);
		if (bottom_present)
			h->delta_pic_order_cnt_bottom = bits_se(r);
	} else if (sps->pic_order_cnt_type == 1 &&
	           !(sps->flags & V4L2_H264_SPS_FLAG_DELTA_PIC_ORDER_ALWAYS_ZERO)) {
		h->delta_pic_order_cnt[0] = bits_se(r);
		if (bottom_present)
			h->delta_pic_order_cnt[1] = bits_se(r);
	}
	h->poc_bits = r->position - h->poc_start;
}

static const char *parse_reference_counts(struct slice_header *h, struct bit_reader *r,
                                          const struct v4l2_ctrl_h264_pps *pps)
{
	unsigned int limit = h->field_pic ? 32 : 16;

	if (slice_is_intra(h))
		return NULL;
	h->active[0] = pps->num_ref_idx_l0_default_active_minus1 + 1u;
	h->active[1] = slice_is_b(h) ? pps->num_ref_idx_l1_default_active_minus1 + 1u : 0;
	if (bits_u(r, 1)) {
		for (unsigned int list = 0; list < 2 && h->active[list]; list++) {
			uint32_t minus1 = bits_ue(r);

			h->active[list] = minus1 < 32 ? minus1 + 1 : 33;
		}
	}
	if (h->active[0] > limit || h->active[1] > limit)
		return "num_ref_idx_l0/l1_active_minus1 is out of the range of H.264 7.4.3";
	return NULL;
}

const char *slice_parse(struct slice_header *h, const uint8_t *rbsp, size_t size,
                        const struct v4l2_ctrl_h264_sps *sps, const struct v4l2_ctrl_h264_pps *pps)
{
	struct bit_reader reader;
	struct bit_reader *r = &reader;
	const char *wrong;

	memset(h, 0, sizeof(*h));
	bits_open(r, rbsp, size);
	h->nal_byte = (uint8_t)bits_u(r, 8);
	h->nal_ref_idc = h->nal_byte >> 5 & 3;
	h->idr = (h->nal_byte & 31) == 5;
	if (h->nal_byte & 0x80 || ((h->nal_byte & 31) != 1 && !h->idr))
		return "a NAL unit of the OUTPUT buffer is not a coded slice (nal_unit_type 1 or 5)";
	h->first_mb_in_slice = bits_ue(r);
	h->slice_type_code = bits_ue(r);
	if (h->slice_type_code > 9)
		return "slice_type is above 9";
	h->slice_type = h->slice_type_code % 5;
	if (h->slice_type > V4L2_H264_SLICE_TYPE_I)
		return "the slice is SP or SI";
	if (h->idr && (!slice_is_intra(h) || !h->nal_ref_idc))
		return "an IDR picture has a slice that is not I, or a nal_ref_idc of 0";
	h->pic_parameter_set_id = bits_ue(r);
	if (h->pic_parameter_set_id > 255)
		return "pic_parameter_set_id is above 255";
	h->frame_num = bits_u(r, sps->log2_max_frame_num_minus4 + 4u);
	if (!sps_frame_mbs_only(sps)) {
		h->field_pic = bits_u(r, 1);
		if (h->field_pic)
			h->bottom_field = bits_u(r, 1);
	}
	if (h->idr)
		h->idr_pic_id = bits_ue(r);
	parse_picture_order_count(h, r, sps, pps);
	if (pps->flags & V4L2_H264_PPS_FLAG_REDUNDANT_PIC_CNT_PRESENT)
		h->redundant_pic_cnt = bits_ue(r);
	h->after_redundant = r->position;
	if (slice_is_b(h))
		h->direct_spatial_mv_pred = bits_u(r, 1);
	wrong = parse_reference_counts(h, r, pps);
	if (!wrong)
		wrong = parse_modifications(h, r);
	if (wrong)
		return wrong;
	if ((pps->flags & V4L2_H264_PPS_FLAG_WEIGHTED_PRED && h->slice_type == V4L2_H264_SLICE_TYPE_P) ||
	    (pps->weighted_bipred_idc == 1 && slice_is_b(h))) {
		wrong = parse_weights(h, r, sps->chroma_format_idc != 0);
		if (wrong)
			return wrong;
	}
	if (h->nal_ref_idc) {
		size_t start = r->position;

		wrong = parse_marking(h, r);
		if (wrong)
			return wrong;
		h->marking_bits = r->position - start;
	}
	if (pps->flags & V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE && !slice_is_intra(h)) {
		h->cabac_init_idc = bits_ue(r);
		if (h->cabac_init_idc > 2)
			return "cabac_init_idc is above 2";
	}
	h->slice_qp_delta = bits_se(r);
	if (h->slice_qp_delta < -127 || h->slice_qp_delta > 127)
		return "slice_qp_delta is out of range";
	if (pps->flags & V4L2_H264_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT) {
		h->disable_deblocking_filter_idc = bits_ue(r);
		if (h->disable_deblocking_filter_idc > 2)
			return "disable_deblocking_filter_idc is above 2";
		if (h->disable_deblocking_filter_idc != 1) {
			h->slice_alpha_c0_offset_div2 = bits_se(r);
			h->slice_beta_offset_div2 = bits_se(r);
		}
	}
	h->header_bits = r->position;
	if (r->overrun || h->header_bits >= rbsp_end(rbsp, size))
		return "the slice ends within its header";
	return NULL;
}

struct slice_fit slice_fit(const struct slice_header *h, const struct v4l2_ctrl_h264_sps *sps,
                           int32_t delta_pic_order_cnt_bottom)
{
	size_t length = 8 + length_ue(h->first_mb_in_slice) + length_ue(h->slice_type_code) +
	                sps->log2_max_frame_num_minus4 + 4u + MODEL_POC_LSB_BITS +
	                (h->header_bits - h->after_redundant);
	unsigned int missing;

	if (!sps_frame_mbs_only(sps))
		length += h->field_pic ? 2 : 1;
	if (h->idr)
		length += length_ue(h->idr_pic_id);
	if (!h->field_pic)
		length += length_se(delta_pic_order_cnt_bottom);
	missing = (unsigned int)(h->header_bits - length) & 7;
	return (struct slice_fit){(missing - !(missing & 1)) & 7, !(missing & 1)};
}

void slice_rewrite(struct byte_buffer *out, const struct slice_header *h, const uint8_t *rbsp, size_t size,
                   const struct v4l2_ctrl_h264_sps *sps, unsigned int pps_id, bool redundant_pic_cnt,
                   uint32_t pic_order_cnt_lsb, int32_t delta_pic_order_cnt_bottom)
{
	struct bit_writer w = {.out = out};

	out->size = 0;
	put_u(&w, 8, h->nal_byte);
	put_ue(&w, h->first_mb_in_slice);
	put_ue(&w, h->slice_type_code);
	put_ue(&w, pps_id);
	put_u(&w, sps->log2_max_frame_num_minus4 + 4u, h->frame_num);
	if (!sps_frame_mbs_only(sps)) {
		put_u(&w, 1, h->field_pic);
		if (h->field_pic)
			put_u(&w, 1, h->bottom_field);
	}
	if (h->idr)
		put_ue(&w, h->idr_pic_id);
	put_u(&w, MODEL_POC_LSB_BITS, pic_order_cnt_lsb & ((1u << MODEL_POC_LSB_BITS) - 1));
	if (!h->field_pic)
		put_se(&w, delta_pic_order_cnt_bottom);
	if (redundant_pic_cnt)
		put_ue(&w, 0);
	/* The rest of the header, cabac_alignment_one_bit and the slice data, all as they lie. */
	put_copy(&w, rbsp, h->after_redundant, rbsp_end(rbsp, size));
	put_align(&w, 0);
}
