/* SPDX-License-Identifier: MIT
 *
 * The slice header (H.264 7.3.3) as a decoder reads it with the submitted parameter sets, and its rewriting to the
 * parameter sets that the model rebuilds.
 */
#ifndef TEST_CODECS_H264_SLICE_HEADER_H
#define TEST_CODECS_H264_SLICE_HEADER_H

#include <linux/v4l2-controls.h>

#include "rbsp.h"

#define SLICE_MAX_REFERENCES 32
/* 7.4.3.1: at most num_ref_idx_active_minus1 + 1 modifications, and the one that ends the loop. */
#define SLICE_MAX_MODIFICATIONS SLICE_MAX_REFERENCES
#define SLICE_MAX_MARKINGS 66

struct slice_modification {
	uint32_t idc;
	uint32_t value; /* abs_diff_pic_num_minus1 or long_term_pic_num */
};

struct slice_marking {
	uint32_t operation;
	uint32_t difference_of_pic_nums_minus1;
	uint32_t long_term; /* long_term_pic_num, long_term_frame_idx or max_long_term_frame_idx_plus1 */
};

struct slice_header {
	uint8_t nal_byte;
	unsigned int nal_ref_idc;
	bool idr;
	uint32_t first_mb_in_slice;
	uint32_t slice_type_code; /* 0..9 as coded */
	unsigned int slice_type;  /* V4L2_H264_SLICE_TYPE_ */
	uint32_t pic_parameter_set_id;
	unsigned int frame_num;
	bool field_pic;
	bool bottom_field;
	uint32_t idr_pic_id;
	uint32_t pic_order_cnt_lsb;
	int32_t delta_pic_order_cnt_bottom;
	int32_t delta_pic_order_cnt[2];
	uint32_t redundant_pic_cnt;
	bool direct_spatial_mv_pred;
	unsigned int active[2]; /* num_ref_idx_lX_active_minus1 + 1, 0 where the slice has no such list */
	unsigned int modification_count[2];
	struct slice_modification modification[2][SLICE_MAX_MODIFICATIONS];
	bool has_weights;
	uint32_t luma_log2_weight_denom;
	uint32_t chroma_log2_weight_denom;
	struct v4l2_h264_weight_factors weights[2];
	bool long_term_reference;
	bool adaptive_marking;
	unsigned int marking_count;
	struct slice_marking marking[SLICE_MAX_MARKINGS];
	uint32_t cabac_init_idc;
	int32_t slice_qp_delta;
	uint32_t disable_deblocking_filter_idc;
	int32_t slice_alpha_c0_offset_div2;
	int32_t slice_beta_offset_div2;

	/* Positions in the RBSP, NAL header byte included, emulation prevention excluded. */
	size_t poc_start;
	size_t poc_bits;        /* the syntax elements of the picture order count */
	size_t after_redundant; /* the rest of the header begins here */
	size_t marking_bits;
	size_t header_bits;
};

/* The RBSP starts with the NAL header byte. NULL, or what is wrong with the header. */
const char *slice_parse(struct slice_header *header, const uint8_t *rbsp, size_t size,
                        const struct v4l2_ctrl_h264_sps *sps, const struct v4l2_ctrl_h264_pps *pps);

/*
 * How a rewritten header is made as long as the original one, modulo 8: the samples of I_PCM macroblocks in CAVLC are
 * byte aligned (7.3.5), so slice data must not move within its bytes.
 */
struct slice_fit {
	unsigned int pps_id_length; /* 1, 3, 5 or 7 modulo 8: an id whose ue(v) is as long */
	bool redundant_pic_cnt;     /* one more bit: the PPS says that it is there */
};

struct slice_fit slice_fit(const struct slice_header *header, const struct v4l2_ctrl_h264_sps *sps,
                           int32_t delta_pic_order_cnt_bottom);

/* The same slice for the rebuilt parameter sets; replaces `out`. */
void slice_rewrite(struct byte_buffer *out, const struct slice_header *header, const uint8_t *rbsp,
                   size_t size, const struct v4l2_ctrl_h264_sps *sps, unsigned int pps_id,
                   bool redundant_pic_cnt, uint32_t pic_order_cnt_lsb, int32_t delta_pic_order_cnt_bottom);

static inline bool slice_is_b(const struct slice_header *header)
{
	return header->slice_type == V4L2_H264_SLICE_TYPE_B;
}

static inline bool slice_is_intra(const struct slice_header *header)
{
	return header->slice_type == V4L2_H264_SLICE_TYPE_I;
}

#endif
