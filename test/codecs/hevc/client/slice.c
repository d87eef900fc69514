/* SPDX-License-Identifier: MIT */
#include "syntax.h"

#include <stdlib.h>
#include <string.h>

/* 7.3.6.1 and 7.3.6.3 */

#define FLAG(name, value)                                             \
	do {                                                              \
		v->flags &= ~(uint64_t)V4L2_HEVC_SLICE_PARAMS_FLAG_##name;    \
		v->flags |= (value) ? V4L2_HEVC_SLICE_PARAMS_FLAG_##name : 0; \
	} while (0)
#define SPS(name) ((sps->v4l2.flags & V4L2_HEVC_SPS_FLAG_##name) != 0)
#define PPS(name) ((pps->v4l2.flags & V4L2_HEVC_PPS_FLAG_##name) != 0)

enum { IDR_W_RADL = 19, IDR_N_LP = 20, FIRST_IRAP = 16, LAST_IRAP = 23 };

static bool is_idr(const struct client_slice *slice)
{
	return slice->nal.type == IDR_W_RADL || slice->nal.type == IDR_N_LP;
}

static bool read_long_terms(struct cursor *c, const struct client_sps *sps, struct client_slice *slice)
{
	const unsigned int candidates = sps->v4l2.num_long_term_ref_pics_sps;
	const unsigned int start = c->count;
	const unsigned int by_sps = candidates ? hevc_cursor_ue(c) : 0, own = hevc_cursor_ue(c);

	slice->long_terms = by_sps + own;
	if (by_sps > CLIENT_REFERENCES || slice->long_terms > CLIENT_REFERENCES)
		return false;
	for (unsigned int i = 0; i < slice->long_terms; i++) {
		if (i < by_sps) {
			const unsigned int index = hevc_cursor_u(c, hevc_ceil_log2(candidates));

			slice->long_term[i].lsb = sps->long_term_lsb[index % 32];
			slice->long_term[i].used = sps->long_term_used[index % 32];
		} else {
			slice->long_term[i].lsb = hevc_cursor_u(c, sps->v4l2.log2_max_pic_order_cnt_lsb_minus4 + 4u);
			slice->long_term[i].used = hevc_cursor_u(c, 1);
		}
		slice->long_term[i].has_msb = hevc_cursor_u(c, 1);
		if (slice->long_term[i].has_msb)
			slice->long_term[i].msb_cycle = hevc_cursor_ue(c);
		if (i && i != by_sps)
			slice->long_term[i].msb_cycle += slice->long_term[i - 1].msb_cycle;
	}
	slice->v4l2.long_term_ref_pic_set_size = (uint16_t)(c->count - start);
	return true;
}

static bool read_reference_sets(struct cursor *c, const struct client_sps *sps, struct client_slice *slice)
{
	const unsigned int sets = sps->v4l2.num_short_term_ref_pic_sets;

	slice->rps_of_sps = hevc_cursor_u(c, 1);
	if (slice->rps_of_sps) {
		slice->rps_index = hevc_cursor_u(c, hevc_ceil_log2(sets));
		if (slice->rps_index >= sets)
			return false;
		slice->rps = sps->rps[slice->rps_index];
	} else {
		const unsigned int start = c->count;

		if (!hevc_read_rps(c, sps->rps, sets, sets, &slice->rps, &slice->num_delta_pocs))
			return false;
		slice->v4l2.short_term_ref_pic_set_size = (uint16_t)(c->count - start);
	}
	return !SPS(LONG_TERM_REF_PICS_PRESENT) || read_long_terms(c, sps, slice);
}

/* NumPicTotalCurr */
static unsigned int pictures_used(const struct client_slice *slice)
{
	unsigned int used = 0;

	for (unsigned int list = 0; list < 2; list++)
		for (unsigned int i = 0; i < slice->rps.count[list]; i++)
			used += slice->rps.used[list][i];
	for (unsigned int i = 0; i < slice->long_terms; i++)
		used += slice->long_term[i].used;
	return used;
}

static int clip(int value)
{
	return value < -128 ? -128 : value > 127 ? 127 : value;
}

static void read_weights(struct cursor *c, struct v4l2_ctrl_hevc_slice_params *v, unsigned int lists,
                         const unsigned int *active)
{
	struct v4l2_hevc_pred_weight_table *t = &v->pred_weight_table;
	int denom;

	t->luma_log2_weight_denom = (uint8_t)hevc_cursor_ue(c);
	t->delta_chroma_log2_weight_denom = (int8_t)hevc_cursor_se(c);
	denom = (t->luma_log2_weight_denom + t->delta_chroma_log2_weight_denom) & 7;
	for (unsigned int list = 0; list < lists; list++) {
		int8_t *luma_weight = list ? t->delta_luma_weight_l1 : t->delta_luma_weight_l0;
		int8_t *luma_offset = list ? t->luma_offset_l1 : t->luma_offset_l0;
		int8_t(*chroma_weight)[2] = list ? t->delta_chroma_weight_l1 : t->delta_chroma_weight_l0;
		int8_t(*chroma_offset)[2] = list ? t->chroma_offset_l1 : t->chroma_offset_l0;
		unsigned int luma = 0, chroma = 0;

		for (unsigned int i = 0; i < active[list]; i++)
			luma |= hevc_cursor_u(c, 1) << i;
		for (unsigned int i = 0; i < active[list]; i++)
			chroma |= hevc_cursor_u(c, 1) << i;
		for (unsigned int i = 0; i < active[list]; i++) {
			if (luma >> i & 1) {
				luma_weight[i] = (int8_t)hevc_cursor_se(c);
				luma_offset[i] = (int8_t)hevc_cursor_se(c);
			}
			for (unsigned int j = 0; j < 2 && chroma >> i & 1; j++) {
				const int delta = hevc_cursor_se(c);
				const int weight = (1 << denom) + delta;

				chroma_weight[i][j] = (int8_t)delta;
				chroma_offset[i][j] = (int8_t)clip(128 + hevc_cursor_se(c) - ((128 * weight) >> denom));
			}
		}
	}
}

static bool read_inter(struct cursor *c, const struct client_pps *pps, struct client_slice *slice)
{
	struct v4l2_ctrl_hevc_slice_params *v = &slice->v4l2;
	const bool b = v->slice_type == V4L2_HEVC_SLICE_TYPE_B;
	const unsigned int total = pictures_used(slice);
	unsigned int active[2] = {pps->v4l2.num_ref_idx_l0_default_active_minus1 + 1u,
	                          pps->v4l2.num_ref_idx_l1_default_active_minus1 + 1u};
	bool from_l0 = true;

	if (hevc_cursor_u(c, 1)) {
		active[0] = hevc_cursor_ue(c) + 1;
		if (b)
			active[1] = hevc_cursor_ue(c) + 1;
	}
	if (active[0] > CLIENT_REFERENCES || active[1] > CLIENT_REFERENCES)
		return false;
	v->num_ref_idx_l0_active_minus1 = (uint8_t)(active[0] - 1);
	v->num_ref_idx_l1_active_minus1 = (uint8_t)(b ? active[1] - 1 : 0);
	for (unsigned int list = 0; PPS(LISTS_MODIFICATION_PRESENT) && total > 1 && list < (b ? 2u : 1u);
	     list++) {
		slice->modified[list] = hevc_cursor_u(c, 1);
		for (unsigned int i = 0; slice->modified[list] && i < active[list]; i++)
			slice->list_entry[list][i] = hevc_cursor_u(c, hevc_ceil_log2(total));
	}
	FLAG(MVD_L1_ZERO, b && hevc_cursor_u(c, 1));
	FLAG(CABAC_INIT, PPS(CABAC_INIT_PRESENT) && hevc_cursor_u(c, 1));
	if (v->flags & V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_TEMPORAL_MVP_ENABLED) {
		from_l0 = !b || hevc_cursor_u(c, 1);
		if (active[!from_l0] > 1)
			v->collocated_ref_idx = (uint8_t)hevc_cursor_ue(c);
	}
	FLAG(COLLOCATED_FROM_L0, from_l0);
	if (b ? PPS(WEIGHTED_BIPRED) : PPS(WEIGHTED_PRED))
		read_weights(c, v, b ? 2 : 1, active);
	v->five_minus_max_num_merge_cand = (uint8_t)hevc_cursor_ue(c);
	return true;
}

static void read_filters(struct cursor *c, const struct client_pps *pps, struct client_slice *slice)
{
	struct v4l2_ctrl_hevc_slice_params *v = &slice->v4l2;
	bool disabled = PPS(PPS_DISABLE_DEBLOCKING_FILTER), across = PPS(PPS_LOOP_FILTER_ACROSS_SLICES_ENABLED);
	const uint64_t sao =
		V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_SAO_LUMA | V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_SAO_CHROMA;

	v->slice_qp_delta = (int8_t)hevc_cursor_se(c);
	if (PPS(PPS_SLICE_CHROMA_QP_OFFSETS_PRESENT)) {
		v->slice_cb_qp_offset = (int8_t)hevc_cursor_se(c);
		v->slice_cr_qp_offset = (int8_t)hevc_cursor_se(c);
	}
	v->slice_beta_offset_div2 = pps->v4l2.pps_beta_offset_div2;
	v->slice_tc_offset_div2 = pps->v4l2.pps_tc_offset_div2;
	if (PPS(DEBLOCKING_FILTER_OVERRIDE_ENABLED) && hevc_cursor_u(c, 1)) {
		disabled = hevc_cursor_u(c, 1);
		if (!disabled) {
			v->slice_beta_offset_div2 = (int8_t)hevc_cursor_se(c);
			v->slice_tc_offset_div2 = (int8_t)hevc_cursor_se(c);
		}
	}
	FLAG(SLICE_DEBLOCKING_FILTER_DISABLED, disabled);
	if (across && (v->flags & sao || !disabled))
		across = hevc_cursor_u(c, 1);
	FLAG(SLICE_LOOP_FILTER_ACROSS_SLICES_ENABLED, across);
}

static bool read_independent(struct cursor *c, const struct client_sps *sps, const struct client_pps *pps,
                             struct client_slice *slice)
{
	struct v4l2_ctrl_hevc_slice_params *v = &slice->v4l2;

	hevc_cursor_u(c, pps->v4l2.num_extra_slice_header_bits);
	v->slice_type = (uint8_t)hevc_cursor_ue(c);
	if (v->slice_type > V4L2_HEVC_SLICE_TYPE_I)
		return false;
	slice->output = PPS(OUTPUT_FLAG_PRESENT) ? hevc_cursor_u(c, 1) : true;
	if (SPS(SEPARATE_COLOUR_PLANE))
		v->colour_plane_id = (uint8_t)hevc_cursor_u(c, 2);
	if (!is_idr(slice)) {
		slice->poc_lsb = hevc_cursor_u(c, sps->v4l2.log2_max_pic_order_cnt_lsb_minus4 + 4u);
		if (!read_reference_sets(c, sps, slice))
			return false;
		FLAG(SLICE_TEMPORAL_MVP_ENABLED, SPS(SPS_TEMPORAL_MVP_ENABLED) && hevc_cursor_u(c, 1));
	}
	if (SPS(SAMPLE_ADAPTIVE_OFFSET)) {
		FLAG(SLICE_SAO_LUMA, hevc_cursor_u(c, 1));
		FLAG(SLICE_SAO_CHROMA, sps->v4l2.chroma_format_idc && hevc_cursor_u(c, 1));
	}
	if (v->slice_type != V4L2_HEVC_SLICE_TYPE_I && !read_inter(c, pps, slice))
		return false;
	read_filters(c, pps, slice);
	return true;
}

static bool read_entry_points(struct cursor *c, struct client_slice *slice)
{
	const unsigned int count = hevc_cursor_ue(c);
	unsigned int length;

	slice->v4l2.num_entry_point_offsets = 0;
	slice->entry_points = NULL;
	if (!count)
		return true;
	length = hevc_cursor_ue(c) + 1;
	if (length > 32 || count > 8 * slice->nal.size)
		return false;
	slice->entry_points = malloc(count * sizeof(*slice->entry_points));
	if (!slice->entry_points)
		return false;
	slice->v4l2.num_entry_point_offsets = count;
	for (unsigned int i = 0; i < count; i++)
		slice->entry_points[i] = hevc_cursor_u(c, length) + 1;
	return true;
}

void hevc_client_free_slice(struct client_slice *slice)
{
	free(slice->entry_points);
	slice->entry_points = NULL;
}

static unsigned int ctbs(const struct v4l2_ctrl_hevc_sps *sps)
{
	const unsigned int log2 =
		sps->log2_min_luma_coding_block_size_minus3 + 3u + sps->log2_diff_max_min_luma_coding_block_size;
	const unsigned int round = (1u << log2) - 1;

	return ((sps->pic_width_in_luma_samples + round) >> log2) *
	       ((sps->pic_height_in_luma_samples + round) >> log2);
}

bool hevc_client_read_slice(const struct client_stream *stream, const struct client_nal *nal,
                            const struct client_slice *before, struct client_slice *slice)
{
	struct cursor cursor = hevc_cursor_open(nal), *c = &cursor;
	const bool irap = nal->type >= FIRST_IRAP && nal->type <= LAST_IRAP;
	const bool first = hevc_cursor_u(c, 1), no_output = irap && hevc_cursor_u(c, 1);
	const unsigned int pps_id = hevc_cursor_ue(c);
	const struct client_pps *pps = &stream->pps[pps_id & 63];
	const struct client_sps *sps = &stream->sps[pps->sps_id];
	struct v4l2_ctrl_hevc_slice_params *v = &slice->v4l2;
	bool dependent = false;
	uint32_t address = 0;

	if (pps_id > 63 || !pps->valid || !sps->valid)
		return false;
	if (!first) {
		dependent = PPS(DEPENDENT_SLICE_SEGMENT_ENABLED) && hevc_cursor_u(c, 1);
		address = hevc_cursor_u(c, hevc_ceil_log2(ctbs(&sps->v4l2)));
	}
	if (dependent && !before)
		return false;
	if (dependent)
		*slice = *before;
	else
		memset(slice, 0, sizeof(*slice));
	slice->entry_points = NULL;
	slice->nal = *nal;
	slice->first_in_picture = first;
	slice->no_output_of_prior_pics = no_output;
	slice->dependent = dependent;
	slice->pps_id = pps_id;
	v->slice_segment_addr = address;
	v->nal_unit_type = (uint8_t)nal->type;
	v->nuh_temporal_id_plus1 = (uint8_t)nal->temporal_id_plus1;
	v->num_entry_point_offsets = 0;
	FLAG(DEPENDENT_SLICE_SEGMENT, dependent);
	if (!dependent && !read_independent(c, sps, pps, slice))
		return false;
	if ((PPS(TILES_ENABLED) || PPS(ENTROPY_CODING_SYNC_ENABLED)) && !read_entry_points(c, slice))
		return false;
	if (PPS(SLICE_SEGMENT_HEADER_EXTENSION_PRESENT))
		for (unsigned int bytes = hevc_cursor_ue(c); bytes && !c->bad; bytes--)
			hevc_cursor_u(c, 8);
	hevc_cursor_u(c, 1);
	while (c->bit)
		hevc_cursor_u(c, 1);
	if (c->bad) {
		hevc_client_free_slice(slice);
		return false;
	}
	slice->header_bytes = (unsigned int)c->byte;
	slice->header_emulation = c->emulation;
	return true;
}
