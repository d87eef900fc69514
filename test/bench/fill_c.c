/* SPDX-License-Identifier: MIT
 *
 * What driver-src/codec does for a frame-based decoder, in plain C with the system's own structs: same input, same checks,
 * same output. It exists to be measured against, and the outputs are compared byte by byte.
 */
#include <linux/v4l2-controls.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <va/va.h>

#include "fill.h"

enum {
	RECORDS = 128,
	MAX_COMMANDS = 66,
	DECODED = 1,
	FIELD = 2,
	REFERENCE = 4,
	FRAME_STRUCTURE = 0,
	TOP = 1,
	BOTTOM = 2
};

struct reader {
	const uint8_t *at;
	const uint8_t *end;
	uint64_t cache;
	unsigned cached;
	unsigned zeros;
	uint32_t position;
	bool failed;
};

struct header {
	uint32_t nal_ref_idc, idr, first_mb, type, pps, frame_num, field, bottom, idr_pic_id, lsb;
	int32_t delta_bottom, delta0, delta1;
	uint32_t order_bits, redundant, spatial, override, l0, l1, marking_bits, forgets, cabac_init;
	int32_t qp_delta;
	uint32_t deblocking;
	int32_t alpha, beta;
	uint32_t bits;
};

struct surface {
	uint64_t timestamp;
	uint32_t id;
	uint32_t word;
};

static struct {
	uint32_t profile;
	uint32_t surface;
	bool has_picture, has_matrix, has_p, has_b;
	unsigned structure;
	bool second_field;
	unsigned slices;
	bool previous;
	uint32_t previous_surface;
	unsigned previous_structure;
	bool previous_second;
	uint32_t previous_frame_num;
	int32_t previous_top, previous_bottom;
	VAPictureParameterBufferH264 picture;
	struct header first, header;
	uint8_t defaults[256][2];
	struct surface surfaces[RECORDS];
	unsigned surface_count;
	uint32_t entry_surface[16];
	uint32_t entry_index[16];
	int32_t entry_wrap[16];
	unsigned entries;
	struct v4l2_ctrl_h264_sps sps;
	struct v4l2_ctrl_h264_pps pps;
	struct v4l2_ctrl_h264_scaling_matrix matrix;
	struct v4l2_ctrl_h264_decode_params params;
} s;

/* ---- bits ---------------------------------------------------------------------------------------- */

static void refill(struct reader *r)
{
	while (r->cached <= 56 && r->at < r->end) {
		uint8_t byte = *r->at++;

		if (r->zeros >= 2 && byte == 3) {
			r->zeros = 0;
			continue;
		}
		r->zeros = byte ? 0 : r->zeros + 1;
		r->cache |= (uint64_t)byte << (56 - r->cached);
		r->cached += 8;
	}
}

static uint32_t fail(struct reader *r)
{
	r->failed = true;
	r->at = r->end;
	r->cache = 0;
	r->cached = 0;
	return 0;
}

static uint32_t bits(struct reader *r, unsigned count)
{
	uint32_t value;

	if (!count)
		return 0;
	if (r->cached < count) {
		refill(r);
		if (r->cached < count)
			return fail(r);
	}
	value = (uint32_t)(r->cache >> (64 - count));
	r->cache <<= count;
	r->cached -= count;
	r->position += count;
	return value;
}

static uint32_t ue(struct reader *r)
{
	unsigned leading;
	uint32_t value;

	if (r->cached < 32)
		refill(r);
	leading = r->cache ? (unsigned)__builtin_clzll(r->cache) : 64;
	if (leading > 31)
		return fail(r);
	bits(r, leading);
	value = bits(r, leading + 1);
	return r->failed ? 0 : value - 1;
}

static int32_t se(struct reader *r)
{
	uint32_t code = ue(r);

	return code & 1 ? (int32_t)((code >> 1) + 1) : -(int32_t)(code >> 1);
}

/* ---- slice header ---------------------------------------------------------------------------------- */

static bool skip_modification(struct reader *r)
{
	if (!bits(r, 1))
		return true;
	for (unsigned i = 0; i < MAX_COMMANDS; i++) {
		uint32_t idc = ue(r);

		if (idc == 3)
			return true;
		if (idc > 2 || r->failed)
			return false;
		ue(r);
	}
	return false;
}

static void skip_weights(struct reader *r, uint32_t last, bool chroma)
{
	for (uint32_t i = 0; i <= last; i++) {
		if (bits(r, 1)) {
			se(r);
			se(r);
		}
		if (chroma && bits(r, 1)) {
			for (int j = 0; j < 4; j++)
				se(r);
		}
	}
}

static bool parse_marking(struct reader *r, struct header *h)
{
	if (h->idr) {
		bits(r, 2);
		return true;
	}
	if (!bits(r, 1))
		return true;
	for (unsigned i = 0; i < MAX_COMMANDS; i++) {
		uint32_t operation = ue(r);

		if (operation == 0)
			return true;
		if (operation > 6)
			return false;
		if (operation == 5)
			h->forgets = 1;
		if (operation == 1 || operation == 3)
			ue(r);
		if (operation == 2)
			ue(r);
		if (operation == 3 || operation == 6)
			ue(r);
		if (operation == 4)
			ue(r);
	}
	return false;
}

static bool parse_references(struct reader *r, struct header *h, uint32_t l0, uint32_t l1)
{
	const bool b = h->type == V4L2_H264_SLICE_TYPE_B;

	if (b)
		h->spatial = bits(r, 1);
	h->override = bits(r, 1);
	if (h->override) {
		h->l0 = ue(r);
		if (b)
			h->l1 = ue(r);
	} else {
		h->l0 = l0;
		if (b)
			h->l1 = l1;
	}
	return h->l0 < 32 && h->l1 < 32 && skip_modification(r) && (!b || skip_modification(r));
}

static bool parse_header(struct header *h, const uint8_t *data, uint32_t size, int pps, uint32_t l0,
                         uint32_t l1)
{
	const VAPictureParameterBufferH264 *p = &s.picture;
	struct reader r = {.at = data, .end = data + size};
	const bool chroma = p->seq_fields.bits.chroma_format_idc != 0;
	uint32_t start;
	uint32_t type;

	memset(h, 0, sizeof(*h));
	if (bits(&r, 1))
		return false;
	h->nal_ref_idc = bits(&r, 2);
	type = bits(&r, 5);
	if (type != 1 && type != 5)
		return false;
	h->idr = type == 5;
	h->first_mb = ue(&r);
	type = ue(&r);
	if (type > 9)
		return false;
	h->type = type % 5;
	h->pps = ue(&r);
	if (h->pps > 255 || (pps >= 0 && h->pps != (uint32_t)pps))
		return false;
	h->frame_num = bits(&r, p->seq_fields.bits.log2_max_frame_num_minus4 + 4);
	if (!p->seq_fields.bits.frame_mbs_only_flag) {
		h->field = bits(&r, 1);
		if (h->field)
			h->bottom = bits(&r, 1);
	}
	if (h->idr)
		h->idr_pic_id = ue(&r);
	start = r.position;
	if (p->seq_fields.bits.pic_order_cnt_type == 0) {
		h->lsb = bits(&r, p->seq_fields.bits.log2_max_pic_order_cnt_lsb_minus4 + 4);
		if (p->pic_fields.bits.pic_order_present_flag && !h->field)
			h->delta_bottom = se(&r);
	} else if (p->seq_fields.bits.pic_order_cnt_type == 1 &&
	           !p->seq_fields.bits.delta_pic_order_always_zero_flag) {
		h->delta0 = se(&r);
		if (p->pic_fields.bits.pic_order_present_flag && !h->field)
			h->delta1 = se(&r);
	}
	h->order_bits = r.position - start;
	if (p->pic_fields.bits.redundant_pic_cnt_present_flag) {
		h->redundant = ue(&r);
		if (h->redundant > 127)
			return false;
	}
	if (h->type != V4L2_H264_SLICE_TYPE_I && !parse_references(&r, h, l0, l1))
		return false;
	if ((h->type == V4L2_H264_SLICE_TYPE_P && p->pic_fields.bits.weighted_pred_flag) ||
	    (h->type == V4L2_H264_SLICE_TYPE_B && p->pic_fields.bits.weighted_bipred_idc == 1)) {
		if (ue(&r) > 7 || (chroma && ue(&r) > 7))
			return false;
		skip_weights(&r, h->l0, chroma);
		if (h->type == V4L2_H264_SLICE_TYPE_B)
			skip_weights(&r, h->l1, chroma);
	}
	if (h->nal_ref_idc) {
		start = r.position;
		if (!parse_marking(&r, h))
			return false;
		h->marking_bits = r.position - start;
	}
	if (p->pic_fields.bits.entropy_coding_mode_flag && h->type != V4L2_H264_SLICE_TYPE_I) {
		h->cabac_init = ue(&r);
		if (h->cabac_init > 2)
			return false;
	}
	h->qp_delta = se(&r);
	if (h->qp_delta < -128 || h->qp_delta > 127)
		return false;
	if (p->pic_fields.bits.deblocking_filter_control_present_flag) {
		h->deblocking = ue(&r);
		if (h->deblocking > 2)
			return false;
		if (h->deblocking != 1) {
			h->alpha = se(&r);
			h->beta = se(&r);
			if (h->alpha < -6 || h->alpha > 6 || h->beta < -6 || h->beta > 6)
				return false;
		}
	}
	h->bits = r.position;
	return !r.failed;
}

/* ---- surfaces -------------------------------------------------------------------------------------- */

static struct surface *find(uint32_t id)
{
	for (unsigned i = 0; i < s.surface_count; i++) {
		if (s.surfaces[i].id == id)
			return &s.surfaces[i];
	}
	return NULL;
}

static void reset(uint32_t profile)
{
	memset(&s, 0, sizeof(s));
	memset(s.defaults, 0xff, sizeof(s.defaults));
	s.profile = profile == VAProfileH264ConstrainedBaseline ? 66 : profile == VAProfileH264Main ? 77 : 100;
}

static void begin(uint32_t surface, uint64_t timestamp)
{
	struct surface *record = find(surface);

	if (!record) {
		record = &s.surfaces[s.surface_count++ % RECORDS];
		*record = (struct surface){.id = surface};
	}
	record->timestamp = timestamp;
	s.surface = surface;
	s.has_picture = s.has_matrix = s.has_p = s.has_b = s.second_field = false;
	s.structure = FRAME_STRUCTURE;
	s.slices = 0;
}

/* ---- parameters ------------------------------------------------------------------------------------ */

static bool check_picture(const VAPictureParameterBufferH264 *p)
{
	const unsigned width = p->picture_width_in_mbs_minus1 + 1u;
	const unsigned height = p->picture_height_in_mbs_minus1 + 1u;
	const int offset = 6 * p->bit_depth_luma_minus8;

	if ((p->bit_depth_luma_minus8 != 0 && p->bit_depth_luma_minus8 != 2) ||
	    p->bit_depth_luma_minus8 != p->bit_depth_chroma_minus8 || p->seq_fields.bits.chroma_format_idc > 1 ||
	    p->seq_fields.bits.residual_colour_transform_flag)
		return false;
	if (width > 1055 || height > 1055 || width * height > 139264)
		return false;
	if ((!p->seq_fields.bits.frame_mbs_only_flag && height & 1) || p->num_ref_frames > 16 ||
	    p->seq_fields.bits.log2_max_frame_num_minus4 > 12 || p->seq_fields.bits.pic_order_cnt_type > 2 ||
	    p->seq_fields.bits.log2_max_pic_order_cnt_lsb_minus4 > 12)
		return false;
	if (p->pic_init_qp_minus26 < -26 - offset || p->pic_init_qp_minus26 > 25 + offset ||
	    p->pic_init_qs_minus26 < -26 || p->pic_init_qs_minus26 > 25 + offset)
		return false;
	if (p->chroma_qp_index_offset < -12 || p->chroma_qp_index_offset > 12 ||
	    p->second_chroma_qp_index_offset < -12 || p->second_chroma_qp_index_offset > 12)
		return false;
	return p->pic_fields.bits.weighted_bipred_idc <= 2 &&
	       !(p->frame_num >> (p->seq_fields.bits.log2_max_frame_num_minus4 + 4));
}

static bool take_picture(const void *bytes)
{
	VAPictureParameterBufferH264 *p = &s.picture;

	memcpy(p, bytes, sizeof(*p));
	if (!check_picture(p))
		return false;
	if (p->pic_fields.bits.field_pic_flag)
		s.structure = p->CurrPic.flags & VA_PICTURE_H264_TOP_FIELD ? TOP : BOTTOM;
	s.second_field = s.previous && !s.previous_second && s.previous_structure != FRAME_STRUCTURE &&
	                 s.structure != FRAME_STRUCTURE && s.structure != s.previous_structure &&
	                 s.surface == s.previous_surface && p->frame_num == s.previous_frame_num;
	s.has_picture = true;
	return true;
}

static bool copy_list(uint8_t *to, const uint8_t *from, size_t size)
{
	bool differs = false;

	for (size_t i = 0; i < size; i++) {
		if (!from[i])
			return false;
		if (from[i] != 16)
			differs = true;
	}
	memcpy(to, from, size);
	return differs;
}

static void take_matrix(const VAIQMatrixBufferH264 *given)
{
	bool differs = false;

	memset(&s.matrix, 16, sizeof(s.matrix));
	for (int i = 0; i < 6; i++)
		differs |= copy_list(s.matrix.scaling_list_4x4[i], given->ScalingList4x4[i], 16);
	for (int i = 0; i < 2; i++)
		differs |= copy_list(s.matrix.scaling_list_8x8[i], given->ScalingList8x8[i], 64);
	s.has_matrix = differs;
}

static int parameter(uint32_t type, const void *bytes, uint32_t size)
{
	if (type == VAPictureParameterBufferType)
		return size >= sizeof(s.picture) && take_picture(bytes);
	if (type != VAIQMatrixBufferType || size < sizeof(VAIQMatrixBufferH264))
		return 0;
	take_matrix(bytes);
	return 1;
}

static bool agrees(const struct header *h, const VASliceParameterBufferH264 *slice)
{
	const VAPictureParameterBufferH264 *p = &s.picture;
	const bool mbaff = p->seq_fields.bits.mb_adaptive_frame_field_flag && s.structure == FRAME_STRUCTURE;
	unsigned macroblocks = (p->picture_width_in_mbs_minus1 + 1u) * (p->picture_height_in_mbs_minus1 + 1u);

	if (s.structure != FRAME_STRUCTURE || (mbaff && !p->seq_fields.bits.frame_mbs_only_flag))
		macroblocks >>= 1;
	return h->type == slice->slice_type % 5u && h->frame_num == p->frame_num &&
	       h->field == p->pic_fields.bits.field_pic_flag && h->bottom == (s.structure == BOTTOM) &&
	       h->first_mb < macroblocks;
}

/* Nothing but what ReferenceFrames has: the clip has no gaps in frame_num. */
static void note_references(const VAPictureH264 *list, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (list[i].flags & VA_PICTURE_H264_INVALID || list[i].picture_id == VA_INVALID_SURFACE)
			continue;
		for (int j = 0; j < 16; j++) {
			const VAPictureH264 *known = &s.picture.ReferenceFrames[j];

			if (known->picture_id == list[i].picture_id && known->frame_idx == list[i].frame_idx)
				break;
		}
	}
}

static int slice(const void *parameters, uint32_t size, const void *data, uint32_t data_size)
{
	const VASliceParameterBufferH264 *p = parameters;
	struct header *h = &s.header;
	const uint8_t *bytes = data;
	uint32_t skip = 0;

	if (size < sizeof(*p) || !s.has_picture)
		return 0;
	if (data_size >= 4 && !bytes[0] && !bytes[1])
		skip = bytes[2] == 1 ? 3 : !bytes[2] && bytes[3] == 1 ? 4 : 0;
	if (p->slice_data_flag != VA_SLICE_DATA_FLAG_ALL || data_size == skip ||
	    p->num_ref_idx_l0_active_minus1 >= 32 || p->num_ref_idx_l1_active_minus1 >= 32 || p->slice_type > 9 ||
	    p->luma_log2_weight_denom > 7 || p->chroma_log2_weight_denom > 7)
		return 0;
	if (!parse_header(h, bytes + skip, data_size - skip, s.slices ? (int)s.first.pps : -1,
	                  p->num_ref_idx_l0_active_minus1, p->num_ref_idx_l1_active_minus1) ||
	    !agrees(h, p))
		return 0;
	if (!s.slices)
		s.first = *h;
	s.slices++;
	s.has_p |= h->type == V4L2_H264_SLICE_TYPE_P;
	s.has_b |= h->type == V4L2_H264_SLICE_TYPE_B;
	if (h->type != V4L2_H264_SLICE_TYPE_I && !h->override) {
		s.defaults[h->pps][0] = (uint8_t)h->l0;
		if (h->type == V4L2_H264_SLICE_TYPE_B)
			s.defaults[h->pps][1] = (uint8_t)h->l1;
	}
	if (h->type != V4L2_H264_SLICE_TYPE_I)
		note_references(p->RefPicList0, p->num_ref_idx_l0_active_minus1 + 1u);
	if (h->type == V4L2_H264_SLICE_TYPE_B)
		note_references(p->RefPicList1, p->num_ref_idx_l1_active_minus1 + 1u);
	return 1;
}

/* ---- controls -------------------------------------------------------------------------------------- */

static uint32_t raised_profile(void)
{
	const VAPictureParameterBufferH264 *p = &s.picture;

	if ((s.has_b || p->pic_fields.bits.entropy_coding_mode_flag || p->pic_fields.bits.weighted_pred_flag ||
	     p->pic_fields.bits.weighted_bipred_idc || !p->seq_fields.bits.frame_mbs_only_flag) &&
	    s.profile < 77)
		s.profile = 77;
	if ((p->pic_fields.bits.transform_8x8_mode_flag || !p->seq_fields.bits.chroma_format_idc ||
	     p->chroma_qp_index_offset != p->second_chroma_qp_index_offset || s.has_matrix) &&
	    s.profile < 100)
		s.profile = 100;
	if (p->bit_depth_luma_minus8 && s.profile < 110)
		s.profile = 110;
	return s.profile;
}

static uint32_t level_of(const VAPictureParameterBufferH264 *p)
{
	static const uint32_t levels[][3] = {
		{10, 99, 396},     {11, 396, 900},      {20, 396, 2376},     {21, 792, 4752},
		{30, 1620, 8100},  {31, 3600, 18000},   {32, 5120, 20480},   {41, 8192, 32768},
		{42, 8704, 34816}, {50, 22080, 110400}, {51, 36864, 184320}, {62, 139264, 696320},
	};
	const uint32_t width = p->picture_width_in_mbs_minus1 + 1u;
	const uint32_t height = p->picture_height_in_mbs_minus1 + 1u;
	const uint32_t longest = width > height ? width : height;
	uint32_t least = p->seq_fields.bits.frame_mbs_only_flag ? 10 : 21;

	if (p->seq_fields.bits.MinLumaBiPredSize8x8)
		least = 31;
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (levels[i][0] < least || width * height > levels[i][1] || longest * longest > 8 * levels[i][1])
			continue;
		if (width * height * p->num_ref_frames <= levels[i][2])
			return levels[i][0];
	}
	return 62;
}

static void fill_sps(struct v4l2_ctrl_h264_sps *sps)
{
	const VAPictureParameterBufferH264 *p = &s.picture;
	const uint32_t profile = raised_profile();
	const bool frames = p->seq_fields.bits.frame_mbs_only_flag;
	const unsigned height = p->picture_height_in_mbs_minus1 + 1u;

	memset(sps, 0, sizeof(*sps));
	sps->profile_idc = (uint8_t)profile;
	sps->constraint_set_flags = profile == 66 ? 3 : profile == 77 ? 2 : 0;
	sps->level_idc = (uint8_t)level_of(p);
	sps->chroma_format_idc = (uint8_t)p->seq_fields.bits.chroma_format_idc;
	sps->bit_depth_luma_minus8 = p->bit_depth_luma_minus8;
	sps->bit_depth_chroma_minus8 = p->bit_depth_chroma_minus8;
	sps->log2_max_frame_num_minus4 = (uint8_t)p->seq_fields.bits.log2_max_frame_num_minus4;
	sps->pic_order_cnt_type = (uint8_t)p->seq_fields.bits.pic_order_cnt_type;
	if (sps->pic_order_cnt_type == 0)
		sps->log2_max_pic_order_cnt_lsb_minus4 =
			(uint8_t)p->seq_fields.bits.log2_max_pic_order_cnt_lsb_minus4;
	sps->max_num_ref_frames = p->num_ref_frames;
	sps->pic_width_in_mbs_minus1 = p->picture_width_in_mbs_minus1;
	sps->pic_height_in_map_units_minus1 = (uint16_t)((frames ? height : height / 2) - 1);
	if (sps->pic_order_cnt_type == 1 && p->seq_fields.bits.delta_pic_order_always_zero_flag)
		sps->flags |= V4L2_H264_SPS_FLAG_DELTA_PIC_ORDER_ALWAYS_ZERO;
	if (p->seq_fields.bits.gaps_in_frame_num_value_allowed_flag)
		sps->flags |= V4L2_H264_SPS_FLAG_GAPS_IN_FRAME_NUM_VALUE_ALLOWED;
	if (frames)
		sps->flags |= V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY;
	if (!frames && p->seq_fields.bits.mb_adaptive_frame_field_flag)
		sps->flags |= V4L2_H264_SPS_FLAG_MB_ADAPTIVE_FRAME_FIELD;
	if (p->seq_fields.bits.direct_8x8_inference_flag)
		sps->flags |= V4L2_H264_SPS_FLAG_DIRECT_8X8_INFERENCE;
}

static void fill_pps(struct v4l2_ctrl_h264_pps *pps)
{
	const VAPictureParameterBufferH264 *p = &s.picture;
	const uint8_t *defaults = s.defaults[s.first.pps];

	memset(pps, 0, sizeof(*pps));
	pps->pic_parameter_set_id = (uint8_t)s.first.pps;
	pps->num_ref_idx_l0_default_active_minus1 = defaults[0] < 32 ? defaults[0] : (uint8_t)s.first.l0;
	pps->num_ref_idx_l1_default_active_minus1 = defaults[1] < 32 ? defaults[1] : (uint8_t)s.first.l1;
	pps->weighted_bipred_idc = (uint8_t)p->pic_fields.bits.weighted_bipred_idc;
	pps->pic_init_qp_minus26 = (int8_t)p->pic_init_qp_minus26;
	pps->pic_init_qs_minus26 = (int8_t)p->pic_init_qs_minus26;
	pps->chroma_qp_index_offset = p->chroma_qp_index_offset;
	pps->second_chroma_qp_index_offset = p->second_chroma_qp_index_offset;
	if (p->pic_fields.bits.entropy_coding_mode_flag)
		pps->flags |= V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE;
	if (p->pic_fields.bits.pic_order_present_flag)
		pps->flags |= V4L2_H264_PPS_FLAG_BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT;
	if (p->pic_fields.bits.weighted_pred_flag)
		pps->flags |= V4L2_H264_PPS_FLAG_WEIGHTED_PRED;
	if (p->pic_fields.bits.deblocking_filter_control_present_flag)
		pps->flags |= V4L2_H264_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT;
	if (p->pic_fields.bits.constrained_intra_pred_flag)
		pps->flags |= V4L2_H264_PPS_FLAG_CONSTRAINED_INTRA_PRED;
	if (p->pic_fields.bits.redundant_pic_cnt_present_flag)
		pps->flags |= V4L2_H264_PPS_FLAG_REDUNDANT_PIC_CNT_PRESENT;
	if (p->pic_fields.bits.transform_8x8_mode_flag)
		pps->flags |= V4L2_H264_PPS_FLAG_TRANSFORM_8X8_MODE;
	if (s.has_matrix)
		pps->flags |= V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT;
}

static int32_t frame_num_wrap(uint32_t frame_num)
{
	if (frame_num <= s.picture.frame_num)
		return (int32_t)frame_num;
	return (int32_t)frame_num - (1 << (s.picture.seq_fields.bits.log2_max_frame_num_minus4 + 4));
}

static int32_t picture_number(int32_t number, unsigned fields)
{
	const unsigned same = s.structure == TOP ? V4L2_H264_TOP_FIELD_REF : V4L2_H264_BOTTOM_FIELD_REF;

	if (s.structure == FRAME_STRUCTURE)
		return number;
	return fields & same ? 2 * number + 1 : 2 * number;
}

static void fill_entry(struct v4l2_h264_dpb_entry *entry, const VAPictureH264 *reference)
{
	const struct surface *record = find(reference->picture_id);
	const bool long_term = reference->flags & VA_PICTURE_H264_LONG_TERM_REFERENCE;
	const int32_t number =
		long_term ? (int32_t)reference->frame_idx : frame_num_wrap(reference->frame_idx & 0xffff);
	unsigned fields = 0;

	if (reference->flags & VA_PICTURE_H264_TOP_FIELD)
		fields |= V4L2_H264_TOP_FIELD_REF;
	if (reference->flags & VA_PICTURE_H264_BOTTOM_FIELD)
		fields |= V4L2_H264_BOTTOM_FIELD_REF;
	if (!fields)
		fields = V4L2_H264_FRAME_REF;
	entry->flags = V4L2_H264_DPB_ENTRY_FLAG_VALID;
	if (reference->flags & (VA_PICTURE_H264_SHORT_TERM_REFERENCE | VA_PICTURE_H264_LONG_TERM_REFERENCE) &&
	    (fields == V4L2_H264_FRAME_REF || s.structure != FRAME_STRUCTURE))
		entry->flags |= V4L2_H264_DPB_ENTRY_FLAG_ACTIVE;
	if (long_term)
		entry->flags |= V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM;
	if (record && record->word & FIELD)
		entry->flags |= V4L2_H264_DPB_ENTRY_FLAG_FIELD;
	if (record && record->timestamp && record->word & DECODED &&
	    (long_term || record->word >> 16 == reference->frame_idx))
		entry->reference_ts = record->timestamp;
	entry->pic_num = (uint32_t)picture_number(number, fields);
	entry->frame_num = (uint16_t)reference->frame_idx;
	entry->fields = (uint8_t)fields;
	entry->top_field_order_cnt = reference->TopFieldOrderCnt;
	entry->bottom_field_order_cnt = reference->BottomFieldOrderCnt;
	s.entry_surface[s.entries] = reference->picture_id;
	s.entry_index[s.entries] = reference->frame_idx;
	s.entry_wrap[s.entries] = number;
}

static void fill_first_field(struct v4l2_h264_dpb_entry *entry)
{
	const unsigned fields =
		s.previous_structure == TOP ? V4L2_H264_TOP_FIELD_REF : V4L2_H264_BOTTOM_FIELD_REF;
	const struct surface *record = find(s.surface);

	entry->reference_ts = record ? record->timestamp : 0;
	entry->fields = (uint8_t)fields;
	entry->flags |= V4L2_H264_DPB_ENTRY_FLAG_FIELD;
	entry->pic_num = (uint32_t)picture_number(s.entry_wrap[s.entries], fields);
}

static void fill_dpb(struct v4l2_ctrl_h264_decode_params *params)
{
	s.entries = 0;
	for (int i = 0; i < 16; i++) {
		const VAPictureH264 *reference = &s.picture.ReferenceFrames[i];
		const bool own = reference->picture_id == s.surface;

		if (reference->flags & VA_PICTURE_H264_INVALID || reference->picture_id == VA_INVALID_SURFACE)
			continue;
		if (own && !s.second_field)
			continue;
		fill_entry(&params->dpb[s.entries], reference);
		if (own)
			fill_first_field(&params->dpb[s.entries]);
		s.entries++;
	}
}

static void fill_params(struct v4l2_ctrl_h264_decode_params *params)
{
	const VAPictureParameterBufferH264 *p = &s.picture;
	const struct header *h = &s.first;

	memset(params, 0, sizeof(*params));
	fill_dpb(params);
	params->nal_ref_idc = (uint16_t)h->nal_ref_idc;
	params->frame_num = p->frame_num;
	params->top_field_order_cnt = p->CurrPic.TopFieldOrderCnt;
	params->bottom_field_order_cnt = p->CurrPic.BottomFieldOrderCnt;
	if (s.second_field && s.structure == BOTTOM)
		params->top_field_order_cnt = s.previous_top;
	else if (s.second_field)
		params->bottom_field_order_cnt = s.previous_bottom;
	params->idr_pic_id = (uint16_t)h->idr_pic_id;
	params->pic_order_cnt_lsb = (uint16_t)h->lsb;
	params->delta_pic_order_cnt_bottom = h->delta_bottom;
	params->delta_pic_order_cnt0 = h->delta0;
	params->delta_pic_order_cnt1 = h->delta1;
	params->dec_ref_pic_marking_bit_size = h->marking_bits;
	params->pic_order_cnt_bit_size = h->order_bits;
	if (h->idr)
		params->flags |= V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC;
	if (s.structure != FRAME_STRUCTURE)
		params->flags |= V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC;
	if (s.structure == BOTTOM)
		params->flags |= V4L2_H264_DECODE_PARAM_FLAG_BOTTOM_FIELD;
	if (s.has_b)
		params->flags |= V4L2_H264_DECODE_PARAM_FLAG_BFRAME;
	else if (s.has_p)
		params->flags |= V4L2_H264_DECODE_PARAM_FLAG_PFRAME;
}

static int fill(struct fill_output *output)
{
	struct fill_control *control = output->controls;

	if (!s.has_picture || !s.slices)
		return 0;
	fill_sps(&s.sps);
	fill_pps(&s.pps);
	fill_params(&s.params);
	*control++ = (struct fill_control){V4L2_CID_STATELESS_H264_SPS, sizeof(s.sps), &s.sps};
	*control++ = (struct fill_control){V4L2_CID_STATELESS_H264_PPS, sizeof(s.pps), &s.pps};
	if (s.has_matrix)
		*control++ =
			(struct fill_control){V4L2_CID_STATELESS_H264_SCALING_MATRIX, sizeof(s.matrix), &s.matrix};
	*control++ = (struct fill_control){V4L2_CID_STATELESS_H264_DECODE_PARAMS, sizeof(s.params), &s.params};
	output->count = (uint32_t)(control - output->controls);
	return 1;
}

static void done(uint32_t surface)
{
	const uint32_t frame_num = s.first.forgets ? 0 : s.picture.frame_num;
	struct surface *record = find(surface);

	if (record) {
		uint32_t word = DECODED | frame_num << 16;

		if (s.structure != FRAME_STRUCTURE)
			word |= FIELD;
		if (s.first.nal_ref_idc)
			word |= REFERENCE;
		if (s.second_field)
			word |= record->word & REFERENCE;
		record->word = word;
	}
	s.previous = true;
	s.previous_surface = surface;
	s.previous_structure = s.structure;
	s.previous_second = s.second_field;
	s.previous_frame_num = frame_num;
	s.previous_top = s.picture.CurrPic.TopFieldOrderCnt;
	s.previous_bottom = s.picture.CurrPic.BottomFieldOrderCnt;
}

const struct fill fill_c = {reset, begin, parameter, slice, fill, done};
