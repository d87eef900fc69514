/* SPDX-License-Identifier: MIT */
#include "syntax.h"

#include <string.h>

/* ---- scaling lists (7.3.4, 7.4.5) ---------------------------------------------------------------------------------- */

static const uint8_t default_intra[64] = {
	16, 16, 16, 16, 17, 18, 21, 24, 16, 16, 16, 16, 17, 19, 22, 25, 16, 16, 17, 18,  20, 22,
	25, 29, 16, 16, 18, 21, 24, 27, 31, 36, 17, 17, 20, 24, 30, 35, 41, 47, 18, 19,  22, 27,
	35, 44, 54, 65, 21, 22, 25, 31, 41, 54, 70, 88, 24, 25, 29, 36, 47, 65, 88, 115,
};
static const uint8_t default_inter[64] = {
	16, 16, 16, 16, 17, 18, 20, 24, 16, 16, 16, 17, 18, 20, 24, 25, 16, 16, 17, 18, 20, 24,
	25, 28, 16, 17, 18, 20, 24, 25, 28, 33, 17, 18, 20, 24, 25, 28, 33, 41, 18, 20, 24, 25,
	28, 33, 41, 54, 20, 24, 25, 28, 33, 41, 54, 71, 24, 25, 28, 33, 41, 54, 71, 91,
};

/* A list in its matrix; dc is NULL below 16x16. */
struct list {
	uint8_t *values, *dc;
	unsigned int count;
};

/* matrix: of six; those of 32x32 are 0 and 3. */
static struct list list_of(struct v4l2_ctrl_hevc_scaling_matrix *m, unsigned int size, unsigned int matrix)
{
	switch (size) {
	case 0:
		return (struct list){m->scaling_list_4x4[matrix], NULL, 16};
	case 1:
		return (struct list){m->scaling_list_8x8[matrix], NULL, 64};
	case 2:
		return (struct list){m->scaling_list_16x16[matrix], &m->scaling_list_dc_coef_16x16[matrix], 64};
	default:
		return (struct list){m->scaling_list_32x32[matrix / 3], &m->scaling_list_dc_coef_32x32[matrix / 3],
		                     64};
	}
}

static void set_default(const struct list *list, unsigned int matrix)
{
	if (list->count == 16)
		memset(list->values, 16, 16);
	else
		memcpy(list->values, matrix < 3 ? default_intra : default_inter, 64);
	if (list->dc)
		*list->dc = 16;
}

static void set_defaults(struct v4l2_ctrl_hevc_scaling_matrix *m)
{
	for (unsigned int size = 0; size < 4; size++)
		for (unsigned int matrix = 0; matrix < 6; matrix += size == 3 ? 3 : 1) {
			const struct list list = list_of(m, size, matrix);

			set_default(&list, matrix);
		}
}

/* The coefficient at this place of the up-right diagonal scan, in raster order (6.5.3). */
static unsigned int raster_place(unsigned int size, unsigned int wanted)
{
	unsigned int x = 0, y = 0, n = 0;

	for (;;) {
		if (x < size && y < size && n++ == wanted)
			return y * size + x;
		if (!y) {
			y = x + 1;
			x = 0;
		} else {
			y--;
			x++;
		}
	}
}

static void read_coefficients(struct cursor *c, const struct list *list)
{
	int next = 8;

	if (list->dc) {
		next = hevc_cursor_se(c) + 8;
		*list->dc = (uint8_t)next;
	}
	for (unsigned int i = 0; i < list->count; i++) {
		next = (next + hevc_cursor_se(c)) & 255;
		list->values[raster_place(list->count == 16 ? 4 : 8, i)] = (uint8_t)next;
	}
}

static bool read_scaling_lists(struct cursor *c, struct v4l2_ctrl_hevc_scaling_matrix *m)
{
	for (unsigned int size = 0; size < 4; size++)
		for (unsigned int matrix = 0; matrix < 6; matrix += size == 3 ? 3 : 1) {
			const struct list list = list_of(m, size, matrix);
			unsigned int delta;

			if (hevc_cursor_u(c, 1)) {
				read_coefficients(c, &list);
				continue;
			}
			delta = hevc_cursor_ue(c) * (size == 3 ? 3 : 1);
			if (delta > matrix)
				return false;
			if (!delta) {
				set_default(&list, matrix);
			} else {
				const struct list from = list_of(m, size, matrix - delta);

				memcpy(list.values, from.values, list.count);
				if (list.dc)
					*list.dc = *from.dc;
			}
		}
	return !c->bad;
}

/* ---- the SPS (7.3.2.2) ------------------------------------------------------------------------------------------------ */

static void read_profile(struct cursor *c, struct client_sps *sps, unsigned int sub_layers)
{
	bool profile[8] = {false}, level[8] = {false};

	hevc_cursor_u(c, 3);
	sps->profile_idc = hevc_cursor_u(c, 5);
	sps->compatible = hevc_cursor_u(c, 32);
	hevc_cursor_u(c, 48);
	hevc_cursor_u(c, 8);
	for (unsigned int i = 0; i < sub_layers; i++) {
		profile[i] = hevc_cursor_u(c, 1);
		level[i] = hevc_cursor_u(c, 1);
	}
	if (sub_layers)
		hevc_cursor_u(c, 2 * (8 - sub_layers));
	for (unsigned int i = 0; i < sub_layers; i++)
		hevc_cursor_u(c, (profile[i] ? 88 : 0) + (level[i] ? 8 : 0));
}

static void set(__u64 *flags, uint64_t flag, bool value)
{
	*flags |= value ? flag : 0;
}
#define SPS(name, value) set(&v->flags, V4L2_HEVC_SPS_FLAG_##name, value)

static void read_pcm(struct cursor *c, struct v4l2_ctrl_hevc_sps *v)
{
	SPS(PCM_ENABLED, hevc_cursor_u(c, 1));
	if (!(v->flags & V4L2_HEVC_SPS_FLAG_PCM_ENABLED))
		return;
	v->pcm_sample_bit_depth_luma_minus1 = (uint8_t)hevc_cursor_u(c, 4);
	v->pcm_sample_bit_depth_chroma_minus1 = (uint8_t)hevc_cursor_u(c, 4);
	v->log2_min_pcm_luma_coding_block_size_minus3 = (uint8_t)hevc_cursor_ue(c);
	v->log2_diff_max_min_pcm_luma_coding_block_size = (uint8_t)hevc_cursor_ue(c);
	SPS(PCM_LOOP_FILTER_DISABLED, hevc_cursor_u(c, 1));
}

static bool read_reference_sets(struct cursor *c, struct client_sps *sps)
{
	struct v4l2_ctrl_hevc_sps *v = &sps->v4l2;
	const unsigned int sets = hevc_cursor_ue(c);

	if (sets > 64)
		return false;
	v->num_short_term_ref_pic_sets = (uint8_t)sets;
	for (unsigned int i = 0; i < sets; i++)
		if (!hevc_read_rps(c, sps->rps, i, sets, &sps->rps[i], NULL))
			return false;
	SPS(LONG_TERM_REF_PICS_PRESENT, hevc_cursor_u(c, 1));
	if (v->flags & V4L2_HEVC_SPS_FLAG_LONG_TERM_REF_PICS_PRESENT) {
		const unsigned int pictures = hevc_cursor_ue(c);

		if (pictures > 32)
			return false;
		v->num_long_term_ref_pics_sps = (uint8_t)pictures;
		for (unsigned int i = 0; i < pictures; i++) {
			sps->long_term_lsb[i] = hevc_cursor_u(c, v->log2_max_pic_order_cnt_lsb_minus4 + 4u);
			sps->long_term_used[i] = hevc_cursor_u(c, 1);
		}
	}
	return !c->bad;
}

/* conformance_window_flag and its offsets, for 4:2:0 */
static void read_window(struct cursor *c, struct client_sps *sps)
{
	const unsigned int columns = sps->v4l2.chroma_format_idc == 1 || sps->v4l2.chroma_format_idc == 2 ? 2 : 1;
	const unsigned int rows = sps->v4l2.chroma_format_idc == 1 ? 2 : 1;

	if (!hevc_cursor_u(c, 1))
		return;
	for (unsigned int i = 0; i < 4; i++)
		sps->crop[i] = hevc_cursor_ue(c) * (i < 2 ? columns : rows);
}

bool hevc_client_read_sps(struct client_stream *stream, const struct client_nal *nal)
{
	struct cursor cursor = hevc_cursor_open(nal), *c = &cursor;
	struct client_sps sps = {0};
	struct v4l2_ctrl_hevc_sps *v = &sps.v4l2;
	bool each;

	v->video_parameter_set_id = (uint8_t)hevc_cursor_u(c, 4);
	v->sps_max_sub_layers_minus1 = (uint8_t)hevc_cursor_u(c, 3);
	hevc_cursor_u(c, 1);
	read_profile(c, &sps, v->sps_max_sub_layers_minus1);
	v->seq_parameter_set_id = (uint8_t)hevc_cursor_ue(c);
	v->chroma_format_idc = (uint8_t)hevc_cursor_ue(c);
	if (v->chroma_format_idc == 3)
		SPS(SEPARATE_COLOUR_PLANE, hevc_cursor_u(c, 1));
	v->pic_width_in_luma_samples = (uint16_t)hevc_cursor_ue(c);
	v->pic_height_in_luma_samples = (uint16_t)hevc_cursor_ue(c);
	read_window(c, &sps);
	v->bit_depth_luma_minus8 = (uint8_t)hevc_cursor_ue(c);
	v->bit_depth_chroma_minus8 = (uint8_t)hevc_cursor_ue(c);
	v->log2_max_pic_order_cnt_lsb_minus4 = (uint8_t)hevc_cursor_ue(c);
	each = hevc_cursor_u(c, 1);
	for (unsigned int i = each ? 0 : v->sps_max_sub_layers_minus1; i <= v->sps_max_sub_layers_minus1; i++) {
		v->sps_max_dec_pic_buffering_minus1 = (uint8_t)hevc_cursor_ue(c);
		v->sps_max_num_reorder_pics = (uint8_t)hevc_cursor_ue(c);
		v->sps_max_latency_increase_plus1 = (uint8_t)hevc_cursor_ue(c);
	}
	v->log2_min_luma_coding_block_size_minus3 = (uint8_t)hevc_cursor_ue(c);
	v->log2_diff_max_min_luma_coding_block_size = (uint8_t)hevc_cursor_ue(c);
	v->log2_min_luma_transform_block_size_minus2 = (uint8_t)hevc_cursor_ue(c);
	v->log2_diff_max_min_luma_transform_block_size = (uint8_t)hevc_cursor_ue(c);
	v->max_transform_hierarchy_depth_inter = (uint8_t)hevc_cursor_ue(c);
	v->max_transform_hierarchy_depth_intra = (uint8_t)hevc_cursor_ue(c);
	SPS(SCALING_LIST_ENABLED, hevc_cursor_u(c, 1));
	set_defaults(&sps.matrix);
	if (v->flags & V4L2_HEVC_SPS_FLAG_SCALING_LIST_ENABLED) {
		sps.lists_present = hevc_cursor_u(c, 1);
		if (sps.lists_present && !read_scaling_lists(c, &sps.matrix))
			return false;
	}
	SPS(AMP_ENABLED, hevc_cursor_u(c, 1));
	SPS(SAMPLE_ADAPTIVE_OFFSET, hevc_cursor_u(c, 1));
	read_pcm(c, v);
	if (v->seq_parameter_set_id > 15 || v->log2_max_pic_order_cnt_lsb_minus4 > 12 ||
	    v->chroma_format_idc > 3 || v->log2_min_luma_coding_block_size_minus3 > 3 ||
	    v->log2_diff_max_min_luma_coding_block_size > 3 || !read_reference_sets(c, &sps))
		return false;
	SPS(SPS_TEMPORAL_MVP_ENABLED, hevc_cursor_u(c, 1));
	SPS(STRONG_INTRA_SMOOTHING_ENABLED, hevc_cursor_u(c, 1));
	sps.valid = !c->bad;
	stream->sps[v->seq_parameter_set_id] = sps;
	return sps.valid;
}

/* ---- the PPS (7.3.2.3) -------------------------------------------------------------------------------------------------- */

#define PPS(name, value) set(&v->flags, V4L2_HEVC_PPS_FLAG_##name, value)

static unsigned int ctbs(const struct v4l2_ctrl_hevc_sps *sps, unsigned int samples)
{
	const unsigned int log2 =
		sps->log2_min_luma_coding_block_size_minus3 + 3u + sps->log2_diff_max_min_luma_coding_block_size;

	return (samples + (1u << log2) - 1) >> log2;
}

/* Sizes of tiles: evenly spaced (6-3), or one by one and the last what is left (6-4). */
static bool read_sizes(struct cursor *c, bool uniform, unsigned int count, unsigned int all, uint8_t *minus1)
{
	unsigned int left = all;

	if (count > all)
		return false;
	for (unsigned int i = 0; i < count; i++) {
		unsigned int size = left;

		if (uniform)
			size = (i + 1) * all / count - i * all / count;
		else if (i + 1 < count)
			size = hevc_cursor_ue(c) + 1;
		if (!size || size > left)
			return false;
		minus1[i] = (uint8_t)(size - 1);
		left -= size;
	}
	return true;
}

static bool read_tiles(struct cursor *c, const struct v4l2_ctrl_hevc_sps *sps, struct v4l2_ctrl_hevc_pps *v)
{
	const unsigned int columns = hevc_cursor_ue(c) + 1, rows = hevc_cursor_ue(c) + 1;
	const bool uniform = hevc_cursor_u(c, 1);

	if (columns > 20 || rows > 22)
		return false;
	v->num_tile_columns_minus1 = (uint8_t)(columns - 1);
	v->num_tile_rows_minus1 = (uint8_t)(rows - 1);
	PPS(UNIFORM_SPACING, uniform);
	if (!read_sizes(c, uniform, columns, ctbs(sps, sps->pic_width_in_luma_samples), v->column_width_minus1) ||
	    !read_sizes(c, uniform, rows, ctbs(sps, sps->pic_height_in_luma_samples), v->row_height_minus1))
		return false;
	PPS(LOOP_FILTER_ACROSS_TILES_ENABLED, hevc_cursor_u(c, 1));
	return true;
}

static void read_deblocking(struct cursor *c, struct v4l2_ctrl_hevc_pps *v)
{
	PPS(DEBLOCKING_FILTER_CONTROL_PRESENT, hevc_cursor_u(c, 1));
	if (!(v->flags & V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT))
		return;
	PPS(DEBLOCKING_FILTER_OVERRIDE_ENABLED, hevc_cursor_u(c, 1));
	PPS(PPS_DISABLE_DEBLOCKING_FILTER, hevc_cursor_u(c, 1));
	if (v->flags & V4L2_HEVC_PPS_FLAG_PPS_DISABLE_DEBLOCKING_FILTER)
		return;
	v->pps_beta_offset_div2 = (int8_t)hevc_cursor_se(c);
	v->pps_tc_offset_div2 = (int8_t)hevc_cursor_se(c);
}

bool hevc_client_read_pps(struct client_stream *stream, const struct client_nal *nal)
{
	struct cursor cursor = hevc_cursor_open(nal), *c = &cursor;
	struct client_pps pps = {0};
	struct v4l2_ctrl_hevc_pps *v = &pps.v4l2;
	bool tiles;

	v->pic_parameter_set_id = (uint8_t)hevc_cursor_ue(c);
	pps.sps_id = hevc_cursor_ue(c);
	if (v->pic_parameter_set_id > 63 || pps.sps_id > 15 || !stream->sps[pps.sps_id].valid)
		return false;
	PPS(DEPENDENT_SLICE_SEGMENT_ENABLED, hevc_cursor_u(c, 1));
	PPS(OUTPUT_FLAG_PRESENT, hevc_cursor_u(c, 1));
	v->num_extra_slice_header_bits = (uint8_t)hevc_cursor_u(c, 3);
	PPS(SIGN_DATA_HIDING_ENABLED, hevc_cursor_u(c, 1));
	PPS(CABAC_INIT_PRESENT, hevc_cursor_u(c, 1));
	v->num_ref_idx_l0_default_active_minus1 = (uint8_t)hevc_cursor_ue(c);
	v->num_ref_idx_l1_default_active_minus1 = (uint8_t)hevc_cursor_ue(c);
	v->init_qp_minus26 = (int8_t)hevc_cursor_se(c);
	PPS(CONSTRAINED_INTRA_PRED, hevc_cursor_u(c, 1));
	PPS(TRANSFORM_SKIP_ENABLED, hevc_cursor_u(c, 1));
	PPS(CU_QP_DELTA_ENABLED, hevc_cursor_u(c, 1));
	if (v->flags & V4L2_HEVC_PPS_FLAG_CU_QP_DELTA_ENABLED)
		v->diff_cu_qp_delta_depth = (uint8_t)hevc_cursor_ue(c);
	v->pps_cb_qp_offset = (int8_t)hevc_cursor_se(c);
	v->pps_cr_qp_offset = (int8_t)hevc_cursor_se(c);
	PPS(PPS_SLICE_CHROMA_QP_OFFSETS_PRESENT, hevc_cursor_u(c, 1));
	PPS(WEIGHTED_PRED, hevc_cursor_u(c, 1));
	PPS(WEIGHTED_BIPRED, hevc_cursor_u(c, 1));
	PPS(TRANSQUANT_BYPASS_ENABLED, hevc_cursor_u(c, 1));
	tiles = hevc_cursor_u(c, 1);
	PPS(TILES_ENABLED, tiles);
	PPS(ENTROPY_CODING_SYNC_ENABLED, hevc_cursor_u(c, 1));
	if (tiles && !read_tiles(c, &stream->sps[pps.sps_id].v4l2, v))
		return false;
	PPS(PPS_LOOP_FILTER_ACROSS_SLICES_ENABLED, hevc_cursor_u(c, 1));
	read_deblocking(c, v);
	pps.lists_present = hevc_cursor_u(c, 1);
	set_defaults(&pps.matrix);
	if (pps.lists_present && !read_scaling_lists(c, &pps.matrix))
		return false;
	PPS(LISTS_MODIFICATION_PRESENT, hevc_cursor_u(c, 1));
	v->log2_parallel_merge_level_minus2 = (uint8_t)hevc_cursor_ue(c);
	PPS(SLICE_SEGMENT_HEADER_EXTENSION_PRESENT, hevc_cursor_u(c, 1));
	pps.valid = !c->bad;
	stream->pps[v->pic_parameter_set_id] = pps;
	return pps.valid;
}
