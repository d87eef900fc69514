/* SPDX-License-Identifier: MIT */
#include "slice_header.h"

#include <string.h>

#include "../uapi.h"

static unsigned int ceil_log2(uint32_t value)
{
	unsigned int bits = 0;

	while (bits < 32 && 1ull << bits < value)
		bits++;
	return bits;
}

/* slice_segment_address is u(v) of so many bits. */
static unsigned int address_bits(const struct v4l2_ctrl_hevc_sps *sps)
{
	return ceil_log2(ctbs_of(sps->pic_width_in_luma_samples, sps) *
	                 ctbs_of(sps->pic_height_in_luma_samples, sps));
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

/* A set that is predicted from one of the SPS, which is not here; only how long it is can be told (7.3.7). */
static void read_predicted_set(struct bit_reader *r, unsigned int num_delta_pocs)
{
	bits_ue(r); /* delta_idx_minus1: in slice headers it is there */
	bits_u(r, 1);
	bits_ue(r);
	for (unsigned int j = 0; j <= num_delta_pocs && !r->overrun; j++)
		if (!bits_u(r, 1))
			bits_u(r, 1); /* use_delta_flag */
}

static bool read_explicit_set(struct bit_reader *r, struct short_term_set *set)
{
	const uint32_t count[2] = {bits_ue(r), bits_ue(r)};

	if (count[0] > HEVC_DPB || count[1] > HEVC_DPB)
		return false;
	for (unsigned int after = 0; after < 2; after++) {
		int64_t delta = 0;

		for (unsigned int i = 0; i < count[after]; i++) {
			delta += (int64_t)bits_ue(r) + 1;
			set->delta[set->count] = (int32_t)(after ? delta : -delta);
			set->used[set->count++] = bits_u(r, 1);
		}
	}
	set->known = true;
	return true;
}

static const char *read_short_term(struct bit_reader *r, struct slice_header *h, const struct hevc_job *job)
{
	const unsigned int sets = job->sps->num_short_term_ref_pic_sets;
	size_t start;

	h->short_term_bits = 0;
	if (bits_u(r, 1)) { /* short_term_ref_pic_set_sps_flag */
		if (!sets)
			return "the slice header names a reference picture set of the SPS, but "
				   "sps.num_short_term_ref_pic_sets is 0";
		bits_u(r, ceil_log2(sets));
		return NULL;
	}
	start = r->position;
	if (sets && bits_u(r, 1))
		read_predicted_set(r, get_num_delta_pocs(job->decode_params));
	else if (!read_explicit_set(r, &h->short_term))
		return "the reference picture set of the slice header has more than 16 pictures";
	h->short_term_bits = (unsigned int)(r->position - start);
	return NULL;
}

static const char *read_long_term(struct bit_reader *r, struct slice_header *h, const struct hevc_job *job)
{
	const unsigned int candidates = job->sps->num_long_term_ref_pics_sps;
	const unsigned int lsb_bits = job->sps->log2_max_pic_order_cnt_lsb_minus4 + 4u;
	const size_t start = r->position;
	const uint32_t by_sps = candidates ? bits_ue(r) : 0;
	const uint32_t own = bits_ue(r);
	struct long_term_set *set = &h->long_term;

	if (by_sps > HEVC_DPB || own > HEVC_DPB - by_sps)
		return "the slice header has more than 16 long-term pictures";
	set->count = by_sps + own;
	for (unsigned int i = 0; i < set->count; i++) {
		set->by_sps[i] = i < by_sps;
		if (set->by_sps[i]) {
			bits_u(r, ceil_log2(candidates)); /* lt_idx_sps */
		} else {
			set->poc_lsb[i] = bits_u(r, lsb_bits);
			set->used[i] = bits_u(r, 1);
		}
		set->has_msb[i] = bits_u(r, 1);
		if (set->has_msb[i])
			set->msb_cycle[i] = bits_ue(r);
		/* (7-52) */
		if (i != 0 && i != by_sps)
			set->msb_cycle[i] += set->msb_cycle[i - 1];
	}
	h->long_term_bits = (unsigned int)(r->position - start);
	return NULL;
}

static void read_list_modification(struct bit_reader *r, struct slice_header *h, unsigned int total)
{
	for (unsigned int list = 0; list < (h->slice_type == V4L2_HEVC_SLICE_TYPE_B ? 2u : 1u); list++) {
		h->modified[list] = bits_u(r, 1);
		for (unsigned int i = 0; h->modified[list] && i < h->active[list]; i++)
			h->list_entry[list][i] = (uint8_t)bits_u(r, ceil_log2(total));
	}
}

static int clip3(int least, int greatest, int value)
{
	return value < least ? least : value > greatest ? greatest : value;
}

struct weights_of_list {
	int8_t *luma_weight, *luma_offset;
	int8_t (*chroma_weight)[2], (*chroma_offset)[2];
};

static struct weights_of_list weights_of(struct v4l2_hevc_pred_weight_table *table, unsigned int list)
{
	if (list)
		return (struct weights_of_list){table->delta_luma_weight_l1, table->luma_offset_l1,
		                                table->delta_chroma_weight_l1, table->chroma_offset_l1};
	return (struct weights_of_list){table->delta_luma_weight_l0, table->luma_offset_l0,
	                                table->delta_chroma_weight_l0, table->chroma_offset_l0};
}

/* What a prediction of 128 is off by with this weight: (7-56). */
static int chroma_shift(const struct v4l2_hevc_pred_weight_table *table, int delta_weight)
{
	const int denom = table->luma_log2_weight_denom + table->delta_chroma_log2_weight_denom;

	return (128 * ((1 << denom) + delta_weight)) >> denom;
}

static const char *read_weights(struct bit_reader *r, struct slice_header *h)
{
	struct v4l2_hevc_pred_weight_table *table = &h->weights;
	const uint32_t denom = bits_ue(r);
	const int32_t delta = bits_se(r);

	if (denom > 7 || delta < -7 || delta > 7 || (int)denom + delta < 0 || (int)denom + delta > 7)
		return "the slice header has a denominator of weights above 7";
	h->weighted = true;
	table->luma_log2_weight_denom = (uint8_t)denom;
	table->delta_chroma_log2_weight_denom = (int8_t)delta;
	for (unsigned int list = 0; list < (h->slice_type == V4L2_HEVC_SLICE_TYPE_B ? 2u : 1u); list++) {
		const struct weights_of_list w = weights_of(table, list);
		bool luma[HEVC_DPB], chroma[HEVC_DPB];

		for (unsigned int i = 0; i < h->active[list]; i++)
			luma[i] = bits_u(r, 1);
		for (unsigned int i = 0; i < h->active[list]; i++)
			chroma[i] = bits_u(r, 1);
		for (unsigned int i = 0; i < h->active[list]; i++) {
			if (luma[i]) {
				w.luma_weight[i] = (int8_t)bits_se(r);
				w.luma_offset[i] = (int8_t)bits_se(r);
			}
			for (unsigned int j = 0; chroma[i] && j < 2; j++) {
				w.chroma_weight[i][j] = (int8_t)bits_se(r);
				w.chroma_offset[i][j] =
					(int8_t)clip3(-128, 127, 128 + bits_se(r) - chroma_shift(table, w.chroma_weight[i][j]));
			}
		}
	}
	return NULL;
}

/* What only P and B slices have. */
static const char *read_prediction(struct bit_reader *r, struct slice_header *h, const struct hevc_job *job)
{
	const struct v4l2_ctrl_hevc_pps *pps = job->pps;
	const bool b = h->slice_type == V4L2_HEVC_SLICE_TYPE_B;
	const unsigned int total = total_curr(job->decode_params);
	const char *wrong = NULL;

	h->active[0] = pps->num_ref_idx_l0_default_active_minus1 + 1u;
	h->active[1] = b ? pps->num_ref_idx_l1_default_active_minus1 + 1u : 0;
	if (bits_u(r, 1)) { /* num_ref_idx_active_override_flag */
		h->active[0] = bits_ue(r) + 1;
		h->active[1] = b ? bits_ue(r) + 1 : 0;
	}
	if (!h->active[0] || h->active[0] > HEVC_DPB || (b && !h->active[1]) || h->active[1] > HEVC_DPB)
		return "the slice header has more than 16 reference indices";
	if (pps_has(pps, V4L2_HEVC_PPS_FLAG_LISTS_MODIFICATION_PRESENT) && total > 1)
		read_list_modification(r, h, total);
	h->mvd_l1_zero = b && bits_u(r, 1);
	h->cabac_init = pps_has(pps, V4L2_HEVC_PPS_FLAG_CABAC_INIT_PRESENT) && bits_u(r, 1);
	h->collocated_from_l0 = true;
	if (h->temporal_mvp) {
		h->collocated_from_l0 = b ? bits_u(r, 1) : true;
		if (h->active[!h->collocated_from_l0] > 1)
			h->collocated_ref_idx = bits_ue(r);
	}
	if (pps_has(pps, b ? V4L2_HEVC_PPS_FLAG_WEIGHTED_BIPRED : V4L2_HEVC_PPS_FLAG_WEIGHTED_PRED))
		wrong = read_weights(r, h);
	h->five_minus_max_num_merge_cand = bits_ue(r);
	return wrong;
}

static void read_filters(struct bit_reader *r, struct slice_header *h, const struct v4l2_ctrl_hevc_pps *pps)
{
	h->qp_delta = bits_se(r);
	if (pps_has(pps, V4L2_HEVC_PPS_FLAG_PPS_SLICE_CHROMA_QP_OFFSETS_PRESENT)) {
		h->cb_qp_offset = bits_se(r);
		h->cr_qp_offset = bits_se(r);
	}
	h->deblocking_disabled = pps_has(pps, V4L2_HEVC_PPS_FLAG_PPS_DISABLE_DEBLOCKING_FILTER);
	h->beta_offset_div2 = pps->pps_beta_offset_div2;
	h->tc_offset_div2 = pps->pps_tc_offset_div2;
	if (pps_has(pps, V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_OVERRIDE_ENABLED) && bits_u(r, 1)) {
		h->deblocking_disabled = bits_u(r, 1);
		if (!h->deblocking_disabled) {
			h->beta_offset_div2 = bits_se(r);
			h->tc_offset_div2 = bits_se(r);
		}
	}
	h->loop_filter_across = pps_has(pps, V4L2_HEVC_PPS_FLAG_PPS_LOOP_FILTER_ACROSS_SLICES_ENABLED);
	if (h->loop_filter_across && (h->sao_luma || h->sao_chroma || !h->deblocking_disabled))
		h->loop_filter_across = bits_u(r, 1);
}

static const char *read_slice(struct bit_reader *r, struct slice_header *h, const struct hevc_job *job)
{
	const struct v4l2_ctrl_hevc_sps *sps = job->sps;
	const struct v4l2_ctrl_hevc_pps *pps = job->pps;
	const char *wrong = NULL;

	bits_u(r, pps->num_extra_slice_header_bits > 32 ? 32 : pps->num_extra_slice_header_bits);
	h->slice_type = bits_ue(r);
	if (h->slice_type > V4L2_HEVC_SLICE_TYPE_I)
		return "the slice header has no slice_type of HEVC";
	if (pps_has(pps, V4L2_HEVC_PPS_FLAG_OUTPUT_FLAG_PRESENT))
		bits_u(r, 1);
	if (!nal_is_idr(h->nal_unit_type)) {
		h->poc_lsb = bits_u(r, sps->log2_max_pic_order_cnt_lsb_minus4 + 4u);
		wrong = read_short_term(r, h, job);
		if (!wrong && sps_has(sps, V4L2_HEVC_SPS_FLAG_LONG_TERM_REF_PICS_PRESENT))
			wrong = read_long_term(r, h, job);
		if (sps_has(sps, V4L2_HEVC_SPS_FLAG_SPS_TEMPORAL_MVP_ENABLED))
			h->temporal_mvp = bits_u(r, 1);
	}
	if (sps_has(sps, V4L2_HEVC_SPS_FLAG_SAMPLE_ADAPTIVE_OFFSET)) {
		h->sao_luma = bits_u(r, 1);
		h->sao_chroma = bits_u(r, 1);
	}
	if (!wrong && h->slice_type != V4L2_HEVC_SLICE_TYPE_I)
		wrong = read_prediction(r, h, job);
	if (!wrong)
		read_filters(r, h, pps);
	return wrong;
}

static const char *read_entry_points(struct bit_reader *r, struct slice_header *h,
                                     struct byte_buffer *entry_points)
{
	uint32_t bits;

	h->entry_points = bits_ue(r);
	if (!h->entry_points)
		return NULL;
	bits = bits_ue(r) + 1;
	if (h->entry_points > r->size || !bits || bits > 32)
		return "the slice header has entry points beyond its end";
	for (unsigned int i = 0; i < h->entry_points; i++) {
		const uint32_t offset = bits_u(r, bits) + 1;

		buffer_append(entry_points, &offset, sizeof(offset));
	}
	return NULL;
}

/* byte_alignment() */
static bool read_alignment(struct bit_reader *r)
{
	if (!bits_u(r, 1))
		return false;
	while (r->position & 7)
		if (bits_u(r, 1))
			return false;
	return !r->overrun;
}

const char *hevc_slice_read(struct slice_header *h, const struct byte_buffer *rbsp,
                            const struct hevc_job *job, const struct slice_header *slice,
                            struct byte_buffer *entry_points)
{
	const struct v4l2_ctrl_hevc_pps *pps = job->pps;
	struct bit_reader reader, *r = &reader;
	struct slice_header start = {0};
	const char *wrong = NULL;

	bits_open(r, rbsp->data, rbsp->size);
	bits_u(r, 1);
	start.nal_unit_type = bits_u(r, 6);
	if (bits_u(r, 6))
		return "the OUTPUT buffer holds a NAL unit of another layer";
	start.temporal_id_plus1 = bits_u(r, 3);
	if (start.nal_unit_type > NAL_LAST_SLICE)
		return "the OUTPUT buffer holds a NAL unit that is no slice segment";
	start.first_segment_in_pic = bits_u(r, 1);
	if (nal_is_irap(start.nal_unit_type))
		start.no_output_of_prior_pics = bits_u(r, 1);
	start.pps_id = bits_ue(r);
	if (!start.first_segment_in_pic) {
		if (pps_has(pps, V4L2_HEVC_PPS_FLAG_DEPENDENT_SLICE_SEGMENT_ENABLED))
			start.dependent = bits_u(r, 1);
		start.segment_address = bits_u(r, address_bits(job->sps));
	}
	if (start.dependent && !slice)
		return "a dependent slice segment comes without the slice that it belongs to";
	if (start.dependent) {
		*h = *slice;
		h->first_segment_in_pic = false;
		h->dependent = true;
		h->nal_unit_type = start.nal_unit_type;
		h->temporal_id_plus1 = start.temporal_id_plus1;
		h->no_output_of_prior_pics = start.no_output_of_prior_pics;
		h->pps_id = start.pps_id;
		h->segment_address = start.segment_address;
		h->entry_points = 0;
	} else {
		*h = start;
		wrong = read_slice(r, h, job);
	}
	if (!wrong && (pps_has(pps, V4L2_HEVC_PPS_FLAG_TILES_ENABLED) ||
	               pps_has(pps, V4L2_HEVC_PPS_FLAG_ENTROPY_CODING_SYNC_ENABLED)))
		wrong = read_entry_points(r, h, entry_points);
	if (!wrong && pps_has(pps, V4L2_HEVC_PPS_FLAG_SLICE_SEGMENT_HEADER_EXTENSION_PRESENT))
		for (uint32_t bytes = bits_ue(r); bytes && !r->overrun; bytes--)
			bits_u(r, 8);
	if (!wrong && !read_alignment(r))
		wrong = "the slice header does not end where sps and pps say";
	h->data_offset = r->position / 8;
	return wrong;
}

/* ---- writing ------------------------------------------------------------------------------------------------------ */

/* libavcodec's counts are of 16 bits, so that no picture that is kept shares its lowest bits with another. */
enum { POC_BITS = 16 };

static void write_short_term(struct bit_writer *w, const struct hevc_job *job,
                             const struct slice_references *references)
{
	const struct v4l2_hevc_dpb_entry *dpb = job->decode_params->dpb;

	put_u(w, 1, 0); /* short_term_ref_pic_set_sps_flag */
	put_ue(w, references->count[0]);
	put_ue(w, references->count[1]);
	for (unsigned int after = 0; after < 2; after++) {
		int32_t last = references->poc;

		for (unsigned int i = 0; i < references->count[after]; i++) {
			const unsigned int index = references->short_term[after][i];
			const int32_t poc = dpb[index].pic_order_cnt_val;

			put_ue(w, (uint32_t)((after ? poc - last : last - poc) - 1));
			put_u(w, 1, references->used[index]);
			last = poc;
		}
	}
}

static uint32_t poc_lsb(const struct slice_references *references, int32_t poc)
{
	return (uint32_t)(poc + references->offset) & ((1u << POC_BITS) - 1);
}

static void write_long_term(struct bit_writer *w, const struct hevc_job *job,
                            const struct slice_references *references)
{
	put_ue(w, references->long_term_count);
	for (unsigned int i = 0; i < references->long_term_count; i++) {
		const unsigned int index = references->long_term[i];

		put_u(w, POC_BITS, poc_lsb(references, job->decode_params->dpb[index].pic_order_cnt_val));
		put_u(w, 1, references->used[index]);
		put_u(w, 1, 0); /* delta_poc_msb_present_flag */
	}
}

static unsigned int position_of(const struct slice_references *references, unsigned int list,
                                unsigned int index)
{
	for (unsigned int i = 0; i < references->total; i++)
		if (references->initial[list][i] == index)
			return i;
	return 0; /* not a picture that may be referred to; it was painted */
}

static void write_lists(struct bit_writer *w, const struct slice_header *h,
                        const struct slice_references *references, const uint8_t lists[2][HEVC_DPB])
{
	put_u(w, 1, 1); /* num_ref_idx_active_override_flag */
	put_ue(w, h->active[0] - 1);
	if (h->slice_type == V4L2_HEVC_SLICE_TYPE_B)
		put_ue(w, h->active[1] - 1);
	for (unsigned int list = 0; references->total > 1 && list < (h->active[1] ? 2u : 1u); list++) {
		put_u(w, 1, 1); /* ref_pic_list_modification_flag_lX */
		for (unsigned int i = 0; i < h->active[list]; i++)
			put_u(w, ceil_log2(references->total), position_of(references, list, lists[list][i]));
	}
}

static void write_weights(struct bit_writer *w, const struct slice_header *h)
{
	struct v4l2_hevc_pred_weight_table table = h->weights;

	put_ue(w, table.luma_log2_weight_denom);
	put_se(w, table.delta_chroma_log2_weight_denom);
	for (unsigned int list = 0; list < (h->active[1] ? 2u : 1u); list++) {
		const struct weights_of_list from = weights_of(&table, list);

		for (unsigned int i = 0; i < 2 * h->active[list]; i++)
			put_u(w, 1, 1); /* luma_weight_lX_flag, chroma_weight_lX_flag */
		for (unsigned int i = 0; i < h->active[list]; i++) {
			put_se(w, from.luma_weight[i]);
			put_se(w, from.luma_offset[i]);
			for (unsigned int j = 0; j < 2; j++) {
				put_se(w, from.chroma_weight[i][j]);
				put_se(w, from.chroma_offset[i][j] - 128 + chroma_shift(&table, from.chroma_weight[i][j]));
			}
		}
	}
}

static void write_prediction(struct bit_writer *w, const struct slice_header *h, const struct hevc_job *job,
                             const struct slice_references *references, const uint8_t lists[2][HEVC_DPB])
{
	const bool b = h->slice_type == V4L2_HEVC_SLICE_TYPE_B;

	write_lists(w, h, references, lists);
	if (b)
		put_u(w, 1, h->mvd_l1_zero);
	put_u(w, 1, h->cabac_init);
	if (h->temporal_mvp) {
		if (b)
			put_u(w, 1, h->collocated_from_l0);
		if (h->active[!h->collocated_from_l0] > 1)
			put_ue(w, h->collocated_ref_idx);
	}
	if (pps_has(job->pps, b ? V4L2_HEVC_PPS_FLAG_WEIGHTED_BIPRED : V4L2_HEVC_PPS_FLAG_WEIGHTED_PRED))
		write_weights(w, h);
	put_ue(w, h->five_minus_max_num_merge_cand);
}

static void write_slice(struct bit_writer *w, const struct slice_header *h, const struct hevc_job *job,
                        const struct slice_references *references, const uint8_t lists[2][HEVC_DPB])
{
	put_ue(w, h->slice_type);
	if (!references->idr) {
		put_u(w, POC_BITS, poc_lsb(references, references->poc));
		write_short_term(w, job, references);
		write_long_term(w, job, references);
		if (sps_has(job->sps, V4L2_HEVC_SPS_FLAG_SPS_TEMPORAL_MVP_ENABLED))
			put_u(w, 1, h->temporal_mvp);
	}
	if (sps_has(job->sps, V4L2_HEVC_SPS_FLAG_SAMPLE_ADAPTIVE_OFFSET)) {
		put_u(w, 1, h->sao_luma);
		put_u(w, 1, h->sao_chroma);
	}
	if (h->slice_type != V4L2_HEVC_SLICE_TYPE_I)
		write_prediction(w, h, job, references, lists);
	put_se(w, h->qp_delta);
	put_se(w, h->cb_qp_offset);
	put_se(w, h->cr_qp_offset);
	put_u(w, 1, 1); /* deblocking_filter_override_flag */
	put_u(w, 1, h->deblocking_disabled);
	if (!h->deblocking_disabled) {
		put_se(w, h->beta_offset_div2);
		put_se(w, h->tc_offset_div2);
	}
	if (pps_has(job->pps, V4L2_HEVC_PPS_FLAG_PPS_LOOP_FILTER_ACROSS_SLICES_ENABLED) &&
	    (h->sao_luma || h->sao_chroma || !h->deblocking_disabled))
		put_u(w, 1, h->loop_filter_across);
}

void hevc_slice_write(struct byte_buffer *out, const struct slice_header *h, const struct hevc_job *job,
                      const struct slice_references *references, const uint8_t lists[2][HEVC_DPB])
{
	struct bit_writer w = {.out = out};

	out->size = 0;
	put_u(&w, 7, references->idr ? NAL_IDR_W_RADL : NAL_TRAIL_R);
	put_u(&w, 9, 1); /* nuh_layer_id, nuh_temporal_id_plus1 */
	put_u(&w, 1, h->first_segment_in_pic);
	if (references->idr)
		put_u(&w, 1, 0); /* no_output_of_prior_pics_flag */
	put_ue(&w, 0);
	if (!h->first_segment_in_pic) {
		if (pps_has(job->pps, V4L2_HEVC_PPS_FLAG_DEPENDENT_SLICE_SEGMENT_ENABLED))
			put_u(&w, 1, h->dependent);
		put_u(&w, address_bits(job->sps), h->segment_address);
	}
	if (!h->dependent)
		write_slice(&w, h, job, references, lists);
	if (pps_has(job->pps, V4L2_HEVC_PPS_FLAG_TILES_ENABLED) ||
	    pps_has(job->pps, V4L2_HEVC_PPS_FLAG_ENTROPY_CODING_SYNC_ENABLED))
		put_ue(&w, 0); /* num_entry_point_offsets: one thread finds them by itself */
	put_trailing(&w);
}
