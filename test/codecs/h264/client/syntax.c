/* SPDX-License-Identifier: MIT */
#include "client.h"

#include <stdlib.h>
#include <string.h>

/* Bits straight from the NAL unit; emulation prevention bytes are stepped over where they come. */
struct cursor {
	const uint8_t *data;
	size_t size, byte;
	unsigned int bit, zeros, count;
	bool bad;
};

static struct cursor open_nal(const struct client_nal *nal)
{
	return (struct cursor){.data = nal->data, .size = nal->size};
}

static unsigned int bit(struct cursor *c)
{
	unsigned int value;

	if (!c->bit && c->zeros >= 2 && c->byte < c->size && c->data[c->byte] == 3) {
		c->byte++;
		c->zeros = 0;
	}
	if (c->byte >= c->size) {
		c->bad = true;
		return 0;
	}
	value = c->data[c->byte] >> (7 - c->bit) & 1;
	c->count++;
	if (++c->bit == 8) {
		c->zeros = c->data[c->byte] ? 0 : c->zeros + 1;
		c->byte++;
		c->bit = 0;
	}
	return value;
}

static unsigned int bits(struct cursor *c, unsigned int count)
{
	unsigned int value = 0;

	while (count--)
		value = value << 1 | bit(c);
	return value;
}

static unsigned int ue(struct cursor *c)
{
	unsigned int length = 0;

	while (!c->bad && !bit(c) && length < 31)
		length++;
	return (1u << length) - 1 + bits(c, length);
}

static int se(struct cursor *c)
{
	unsigned int k = ue(c);

	return k % 2 ? (int)((k + 1) / 2) : -(int)(k / 2);
}

bool client_next_nal(const uint8_t *data, size_t size, size_t *position, struct client_nal *nal)
{
	size_t from = *position;
	size_t to;

	while (from + 3 <= size && (data[from] || data[from + 1] || data[from + 2] != 1))
		from++;
	if (from + 3 > size)
		return false;
	from += 3;
	for (to = from; to + 3 <= size && (data[to] || data[to + 1] || data[to + 2] > 1);)
		to++;
	if (to + 3 > size)
		to = size;
	*position = to;
	while (to > from && !data[to - 1])
		to--;
	*nal = (struct client_nal){data + from, to - from};
	return true;
}

static const uint8_t default_4x4[2][16] = {
	{6, 13, 13, 20, 20, 20, 28, 28, 28, 28, 32, 32, 32, 37, 37, 42},
	{10, 14, 14, 20, 20, 20, 24, 24, 24, 24, 27, 27, 27, 30, 30, 34},
};
static const uint8_t default_8x8[2][64] = {
	{6,  10, 10, 13, 11, 13, 16, 16, 16, 16, 18, 18, 18, 18, 18, 23, 23, 23, 23, 23, 23, 25,
     25, 25, 25, 25, 25, 25, 27, 27, 27, 27, 27, 27, 27, 27, 29, 29, 29, 29, 29, 29, 29, 31,
     31, 31, 31, 31, 31, 33, 33, 33, 33, 33, 36, 36, 36, 36, 38, 38, 38, 40, 40, 42},
	{9,  13, 13, 15, 13, 15, 17, 17, 17, 17, 19, 19, 19, 19, 19, 21, 21, 21, 21, 21, 21, 22,
     22, 22, 22, 22, 22, 22, 24, 24, 24, 24, 24, 24, 24, 24, 25, 25, 25, 25, 25, 25, 25, 27,
     27, 27, 27, 27, 27, 28, 28, 28, 28, 28, 30, 30, 30, 30, 32, 32, 32, 33, 33, 35},
};

/* Table 7-2: list i without values takes those of `fallback` (rule A defaults or rule B the SPS), or of list before. */
static void read_lists(struct cursor *c, uint8_t lists[8][64], bool present[8], unsigned int count,
                       const uint8_t fallback[8][64])
{
	for (unsigned int i = 0; i < 8; i++) {
		unsigned int size = i < 6 ? 16 : 64;
		const uint8_t *standard = i < 6 ? default_4x4[i / 3] : default_8x8[i - 6];
		int last = 8, next = 8;

		present[i] = i < count && bit(c);
		if (!present[i]) {
			memcpy(lists[i], i == 0 || i == 3 || i >= 6 ? fallback[i] : lists[i - 1], 64);
			continue;
		}
		for (unsigned int j = 0; j < size; j++) {
			if (next)
				next = (last + se(c) + 256) % 256;
			if (!next && !j) {
				memcpy(lists[i], standard, size);
				break;
			}
			last = next ? next : last;
			lists[i][j] = (uint8_t)last;
		}
	}
}

bool client_read_sps(struct client_stream *stream, const struct client_nal *nal)
{
	struct cursor cursor = open_nal(nal);
	struct cursor *c = &cursor;
	struct client_sps sps = {0};
	struct v4l2_ctrl_h264_sps *v = &sps.v4l2;
	uint8_t standard[8][64] = {{0}};
	unsigned int unit_y;

	bits(c, 8);
	v->profile_idc = (__u8)bits(c, 8);
	for (unsigned int i = 0; i < 6; i++)
		v->constraint_set_flags |= (__u8)(bit(c) << i);
	bits(c, 2);
	v->level_idc = (__u8)bits(c, 8);
	v->seq_parameter_set_id = (__u8)ue(c);
	v->chroma_format_idc = 1;
	if (V4L2_H264_SPS_HAS_CHROMA_FORMAT(v)) {
		v->chroma_format_idc = (__u8)ue(c);
		if (v->chroma_format_idc == 3)
			v->flags |= bit(c) ? V4L2_H264_SPS_FLAG_SEPARATE_COLOUR_PLANE : 0;
		v->bit_depth_luma_minus8 = (__u8)ue(c);
		v->bit_depth_chroma_minus8 = (__u8)ue(c);
		v->flags |= bit(c) ? V4L2_H264_SPS_FLAG_QPPRIME_Y_ZERO_TRANSFORM_BYPASS : 0;
		sps.scaling_present = bit(c);
		if (sps.scaling_present) {
			for (unsigned int i = 0; i < 6; i++)
				memcpy(standard[i], default_4x4[i / 3], 16);
			memcpy(standard[6], default_8x8[0], 64);
			memcpy(standard[7], default_8x8[1], 64);
			read_lists(c, sps.lists, sps.list_present, 8, (const uint8_t(*)[64])standard);
		}
	}
	v->log2_max_frame_num_minus4 = (__u8)ue(c);
	v->pic_order_cnt_type = (__u8)ue(c);
	if (v->pic_order_cnt_type == 0) {
		v->log2_max_pic_order_cnt_lsb_minus4 = (__u8)ue(c);
	} else if (v->pic_order_cnt_type == 1) {
		v->flags |= bit(c) ? V4L2_H264_SPS_FLAG_DELTA_PIC_ORDER_ALWAYS_ZERO : 0;
		v->offset_for_non_ref_pic = se(c);
		v->offset_for_top_to_bottom_field = se(c);
		v->num_ref_frames_in_pic_order_cnt_cycle = (__u8)ue(c);
		for (unsigned int i = 0; i < v->num_ref_frames_in_pic_order_cnt_cycle; i++)
			v->offset_for_ref_frame[i] = se(c);
	}
	v->max_num_ref_frames = (__u8)ue(c);
	v->flags |= bit(c) ? V4L2_H264_SPS_FLAG_GAPS_IN_FRAME_NUM_VALUE_ALLOWED : 0;
	v->pic_width_in_mbs_minus1 = (__u16)ue(c);
	v->pic_height_in_map_units_minus1 = (__u16)ue(c);
	v->flags |= bit(c) ? V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY : 0;
	if (!(v->flags & V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY))
		v->flags |= bit(c) ? V4L2_H264_SPS_FLAG_MB_ADAPTIVE_FRAME_FIELD : 0;
	v->flags |= bit(c) ? V4L2_H264_SPS_FLAG_DIRECT_8X8_INFERENCE : 0;
	unit_y = v->flags & V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY ? 1 : 2;
	if (bit(c))
		for (unsigned int i = 0; i < 4; i++)
			sps.crop[i] =
				ue(c) * (i < 2 ? (v->chroma_format_idc ? 2 : 1) : unit_y * (v->chroma_format_idc ? 2 : 1));
	if (c->bad || v->seq_parameter_set_id > 31)
		return false;
	sps.valid = true;
	stream->sps[v->seq_parameter_set_id] = sps;
	return true;
}

/* More than rbsp_trailing_bits() left? */
static bool more_data(const struct cursor *c)
{
	struct cursor end = *c;
	unsigned int ones = 0;

	while (!end.bad) {
		unsigned int b = bit(&end);

		if (!end.bad)
			ones += b;
	}
	return ones > 1;
}

static void to_raster(uint8_t *raster, const uint8_t *coded, int size)
{
	int x = 0, y = 0;

	/* the zig-zag scan, walked */
	for (int i = 0; i < size * size; i++) {
		raster[y * size + x] = coded[i];
		if ((x + y) % 2 == 0) {
			if (x == size - 1)
				y++;
			else if (y == 0)
				x++;
			else
				x++, y--;
		} else {
			if (y == size - 1)
				x++;
			else if (x == 0)
				y++;
			else
				x--, y++;
		}
	}
}

bool client_read_pps(struct client_stream *stream, const struct client_nal *nal)
{
	struct cursor cursor = open_nal(nal);
	struct cursor *c = &cursor;
	struct client_pps pps = {0};
	struct v4l2_ctrl_h264_pps *v = &pps.v4l2;
	uint8_t lists[8][64];
	bool present[8];
	const struct client_sps *sps;
	uint8_t standard[8][64] = {{0}};
	unsigned int id, sps_id;

	bits(c, 8);
	id = ue(c);
	sps_id = ue(c);
	if (id > 255 || sps_id > 31 || !stream->sps[sps_id].valid)
		return false;
	sps = &stream->sps[sps_id];
	v->pic_parameter_set_id = (__u8)id;
	v->seq_parameter_set_id = (__u8)sps_id;
	v->flags |= bit(c) ? V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE : 0;
	v->flags |= bit(c) ? V4L2_H264_PPS_FLAG_BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT : 0;
	v->num_slice_groups_minus1 = (__u8)ue(c);
	v->num_ref_idx_l0_default_active_minus1 = (__u8)ue(c);
	v->num_ref_idx_l1_default_active_minus1 = (__u8)ue(c);
	v->flags |= bit(c) ? V4L2_H264_PPS_FLAG_WEIGHTED_PRED : 0;
	v->weighted_bipred_idc = (__u8)bits(c, 2);
	v->pic_init_qp_minus26 = (__s8)se(c);
	v->pic_init_qs_minus26 = (__s8)se(c);
	v->chroma_qp_index_offset = (__s8)se(c);
	v->flags |= bit(c) ? V4L2_H264_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT : 0;
	v->flags |= bit(c) ? V4L2_H264_PPS_FLAG_CONSTRAINED_INTRA_PRED : 0;
	v->flags |= bit(c) ? V4L2_H264_PPS_FLAG_REDUNDANT_PIC_CNT_PRESENT : 0;
	v->second_chroma_qp_index_offset = v->chroma_qp_index_offset;
	memset(lists, 16, sizeof(lists));
	if (sps->scaling_present) {
		memcpy(lists, sps->lists, sizeof(lists));
		v->flags |= V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT;
	}
	if (more_data(c)) {
		v->flags |= bit(c) ? V4L2_H264_PPS_FLAG_TRANSFORM_8X8_MODE : 0;
		if (bit(c)) {
			for (unsigned int i = 0; i < 6; i++)
				memcpy(standard[i], default_4x4[i / 3], 16);
			memcpy(standard[6], default_8x8[0], 64);
			memcpy(standard[7], default_8x8[1], 64);
			read_lists(c, lists, present, v->flags & V4L2_H264_PPS_FLAG_TRANSFORM_8X8_MODE ? 8 : 6,
			           (const uint8_t(*)[64])(sps->scaling_present ? sps->lists : standard));
			v->flags |= V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT;
		}
		v->second_chroma_qp_index_offset = (__s8)se(c);
	}
	for (unsigned int i = 0; i < 6; i++)
		to_raster(pps.matrix.scaling_list_4x4[i], lists[i], 4);
	for (unsigned int i = 0; i < 6; i++)
		to_raster(pps.matrix.scaling_list_8x8[i], lists[6 + i % 2], 8);
	if (c->bad || v->num_slice_groups_minus1)
		return false;
	pps.valid = true;
	stream->pps[id] = pps;
	return true;
}

static void read_weights(struct cursor *c, struct client_slice *s, bool chroma)
{
	struct v4l2_ctrl_h264_pred_weights *w = &s->weights;

	s->weighted = true;
	w->luma_log2_weight_denom = (__u16)ue(c);
	w->chroma_log2_weight_denom = chroma ? (__u16)ue(c) : 0;
	for (unsigned int l = 0; l < 2; l++) {
		for (unsigned int i = 0; i < s->active[l] && i < 32; i++) {
			struct v4l2_h264_weight_factors *f = &w->weight_factors[l];

			f->luma_weight[i] = (__s16)(1 << (w->luma_log2_weight_denom & 7));
			f->chroma_weight[i][0] = f->chroma_weight[i][1] = (__s16)(1 << (w->chroma_log2_weight_denom & 7));
			if (bit(c)) {
				f->luma_weight[i] = (__s16)se(c);
				f->luma_offset[i] = (__s16)se(c);
			}
			if (chroma && bit(c)) {
				for (unsigned int j = 0; j < 2; j++) {
					f->chroma_weight[i][j] = (__s16)se(c);
					f->chroma_offset[i][j] = (__s16)se(c);
				}
			}
		}
	}
}

static void read_marking(struct cursor *c, struct client_slice *s)
{
	if (s->nal_unit_type == 5) {
		bit(c);
		s->long_term_idr = bit(c);
		return;
	}
	s->adaptive = bit(c);
	while (s->adaptive && s->operations < 70 && !c->bad) {
		unsigned int op = ue(c);

		if (!op)
			return;
		s->operation[s->operations].op = op;
		if (op == 1 || op == 3)
			s->operation[s->operations].difference = ue(c) + 1;
		if (op == 2 || op == 3 || op == 4 || op == 6)
			s->operation[s->operations].index = ue(c);
		s->operations++;
	}
}

bool client_read_slice(const struct client_stream *stream, const struct client_nal *nal,
                       struct client_slice *s)
{
	struct cursor cursor = open_nal(nal);
	struct cursor *c = &cursor;
	const struct v4l2_ctrl_h264_sps *sps;
	const struct v4l2_ctrl_h264_pps *pps;
	unsigned int mark;

	memset(s, 0, sizeof(*s));
	bit(c);
	s->nal_ref_idc = (int)bits(c, 2);
	s->nal_unit_type = (int)bits(c, 5);
	s->first_mb = ue(c);
	s->type = ue(c) % 5;
	s->pps_id = ue(c);
	if (s->pps_id > 255 || !stream->pps[s->pps_id].valid || s->type > 2)
		return false;
	pps = &stream->pps[s->pps_id].v4l2;
	sps = &stream->sps[pps->seq_parameter_set_id].v4l2;
	s->frame_num = bits(c, sps->log2_max_frame_num_minus4 + 4u);
	if (!(sps->flags & V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY)) {
		s->field = bit(c);
		s->bottom = s->field && bit(c);
	}
	if (s->nal_unit_type == 5)
		s->idr_pic_id = ue(c);
	mark = c->count;
	if (sps->pic_order_cnt_type == 0) {
		s->poc_lsb = bits(c, sps->log2_max_pic_order_cnt_lsb_minus4 + 4u);
		if (pps->flags & V4L2_H264_PPS_FLAG_BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT && !s->field)
			s->delta_bottom = se(c);
	}
	if (sps->pic_order_cnt_type == 1 && !(sps->flags & V4L2_H264_SPS_FLAG_DELTA_PIC_ORDER_ALWAYS_ZERO)) {
		s->delta[0] = se(c);
		if (pps->flags & V4L2_H264_PPS_FLAG_BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT && !s->field)
			s->delta[1] = se(c);
	}
	s->poc_bits = c->count - mark;
	if (pps->flags & V4L2_H264_PPS_FLAG_REDUNDANT_PIC_CNT_PRESENT)
		s->redundant = ue(c);
	if (s->type == 1)
		s->direct_spatial = bit(c);
	if (s->type != 2) {
		s->active[0] = pps->num_ref_idx_l0_default_active_minus1 + 1u;
		s->active[1] = s->type == 1 ? pps->num_ref_idx_l1_default_active_minus1 + 1u : 0;
		if (bit(c))
			for (unsigned int l = 0; l < (s->type == 1 ? 2u : 1u); l++)
				s->active[l] = ue(c) + 1;
		for (unsigned int l = 0; l < (s->type == 1 ? 2u : 1u); l++) {
			if (!bit(c))
				continue;
			for (unsigned int op = ue(c); op < 3 && !c->bad; op = ue(c)) {
				if (s->reorderings[l] == 40)
					return false;
				s->reordering[l][s->reorderings[l]].op = op;
				s->reordering[l][s->reorderings[l]++].value = ue(c);
			}
		}
	}
	if ((s->type == 0 && pps->flags & V4L2_H264_PPS_FLAG_WEIGHTED_PRED) ||
	    (s->type == 1 && pps->weighted_bipred_idc == 1))
		read_weights(c, s, sps->chroma_format_idc);
	mark = c->count;
	if (s->nal_ref_idc)
		read_marking(c, s);
	s->marking_bits = c->count - mark;
	if (pps->flags & V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE && s->type != 2)
		s->cabac_init_idc = ue(c);
	s->qp_delta = se(c);
	if (pps->flags & V4L2_H264_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT) {
		s->deblocking_idc = ue(c);
		if (s->deblocking_idc != 1) {
			s->alpha = se(c);
			s->beta = se(c);
		}
	}
	s->header_bits = c->count;
	return !c->bad && s->active[0] <= 32 && s->active[1] <= 32;
}
