/* SPDX-License-Identifier: MIT
 *
 * The slice segment header of HEVC (7.3.6), with the VPS, SPS and PPS of the controls: read as it is in OUTPUT, and written anew
 * for libavcodec.
 */
#ifndef TEST_CODECS_HEVC_SLICE_HEADER_H
#define TEST_CODECS_HEVC_SLICE_HEADER_H

#include "job.h"
#include "rbsp.h"

enum hevc_nal {
	NAL_TRAIL_R = 1,
	NAL_BLA_W_LP = 16,
	NAL_IDR_W_RADL = 19,
	NAL_IDR_N_LP = 20,
	NAL_CRA = 21,
	NAL_LAST_IRAP = 23,
	NAL_LAST_SLICE = 31,
	NAL_VPS = 32,
	NAL_SPS = 33,
	NAL_PPS = 34,
};

/* st_ref_pic_set() of a slice header, where its pictures can be told without the sets of the SPS. */
struct short_term_set {
	bool known;
	unsigned int count; /* negative pictures first, in the set's order */
	int32_t delta[2 * HEVC_DPB];
	bool used[2 * HEVC_DPB];
};

/* The long-term pictures of a slice header. */
struct long_term_set {
	unsigned int count;
	bool by_sps[HEVC_DPB]; /* lt_idx_sps names it, so its count is not known here */
	uint32_t poc_lsb[HEVC_DPB];
	bool used[HEVC_DPB];
	bool has_msb[HEVC_DPB];
	uint32_t msb_cycle[HEVC_DPB]; /* DeltaPocMsbCycleLt */
};

/* Values that are not there are inferred as the clauses say; those of a dependent segment are its slice's. */
struct slice_header {
	unsigned int nal_unit_type;
	unsigned int temporal_id_plus1;
	bool first_segment_in_pic;
	bool no_output_of_prior_pics;
	bool dependent;
	unsigned int pps_id;
	uint32_t segment_address;
	/* of the slice */
	unsigned int slice_type;
	uint32_t poc_lsb;
	unsigned int short_term_bits, long_term_bits;
	struct short_term_set short_term;
	struct long_term_set long_term;
	bool temporal_mvp;
	bool sao_luma, sao_chroma;
	unsigned int active[2]; /* NumRefIdx */
	bool modified[2];
	uint8_t list_entry[2][HEVC_DPB];
	bool mvd_l1_zero, cabac_init;
	bool collocated_from_l0;
	unsigned int collocated_ref_idx;
	bool weighted;
	struct v4l2_hevc_pred_weight_table weights;
	unsigned int five_minus_max_num_merge_cand;
	int qp_delta, cb_qp_offset, cr_qp_offset;
	bool deblocking_disabled;
	int beta_offset_div2, tc_offset_div2;
	bool loop_filter_across;
	/* of the segment */
	unsigned int entry_points;
	size_t data_offset; /* of slice_segment_data(), in bytes of the RBSP */
};

static inline bool nal_is_idr(unsigned int type)
{
	return type == NAL_IDR_W_RADL || type == NAL_IDR_N_LP;
}

static inline bool nal_is_irap(unsigned int type)
{
	return type >= NAL_BLA_W_LP && type <= NAL_LAST_IRAP;
}

/* NumPicTotalCurr */
static inline unsigned int total_curr(const struct v4l2_ctrl_hevc_decode_params *params)
{
	return params->num_poc_st_curr_before + params->num_poc_st_curr_after + params->num_poc_lt_curr;
}

/*
 * Reads a header. slice: that of the slice which a dependent segment belongs to, or NULL; entry_points: gets the offsets in bytes,
 * uint32_t each. NULL, or a sentence: what is wrong.
 */
const char *hevc_slice_read(struct slice_header *header, const struct byte_buffer *rbsp,
                            const struct hevc_job *job, const struct slice_header *slice,
                            struct byte_buffer *entry_points);

/* The pictures that are kept, for libavcodec: its counts are `offset` above those of the controls. */
struct slice_references {
	int64_t offset;
	int32_t poc;                     /* of the picture, as the control has it */
	bool idr;                        /* nothing is kept */
	unsigned int count[2];           /* st_ref_pic_set(): before, after */
	uint8_t short_term[2][HEVC_DPB]; /* indices into dpb[], by distance */
	unsigned int long_term_count;
	uint8_t long_term[HEVC_DPB];
	bool used[HEVC_DPB]; /* by index into dpb[]: the picture itself may refer to it */
	/* RefPicListTemp0 and 1 as libavcodec makes them of these: indices into dpb[] */
	unsigned int total;
	uint8_t initial[2][HEVC_DPB];
};

/*
 * Writes a header, NAL header first, with the byte alignment behind it; `out` is replaced. lists: indices into dpb[].
 */
void hevc_slice_write(struct byte_buffer *out, const struct slice_header *header, const struct hevc_job *job,
                      const struct slice_references *references, const uint8_t lists[2][HEVC_DPB]);

#endif
