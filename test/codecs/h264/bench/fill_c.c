/* SPDX-License-Identifier: MIT
 *
 * What driver-src/codec does for a frame-based decoder, in plain C with the system's own structs: same input, same checks,
 * same output. It exists to be measured against, and the outputs are compared byte by byte.
 */
#include "fill_c_state.h"

static void reset(uint32_t profile)
{
	struct h264 *s = &instance;

	memset(s, 0, sizeof(*s));
	forget_all(&s->surfaces);
	memset(s->defaults, 0xff, sizeof(s->defaults));
	s->profile = profile == VAProfileH264ConstrainedBaseline ? 66 : profile == VAProfileH264Main ? 77 : 100;
}

static void begin(uint32_t surface, uint64_t timestamp)
{
	struct h264 *s = &instance;

	decode_to(&s->surfaces, surface, timestamp);
	s->surface = surface;
	s->has_picture = s->has_matrix = s->has_p = s->has_b = s->second_field = false;
	s->structure = FRAME_STRUCTURE;
	s->slices = 0;
	s->skip = 0;
	s->extra_count = 0;
}

/* ---- parameters ------------------------------------------------------------------------------------ */

/* num_slice_groups_minus1, which va.h calls deprecated. */
static unsigned slice_groups_of(const VAPictureParameterBufferH264 *p)
{
	return ((const uint8_t *)p)[offsetof(VAPictureParameterBufferH264, seq_fields) + sizeof(p->seq_fields)];
}

static bool check_picture(const VAPictureParameterBufferH264 *p)
{
	const unsigned width = p->picture_width_in_mbs_minus1 + 1u;
	const unsigned height = p->picture_height_in_mbs_minus1 + 1u;
	const int offset = 6 * p->bit_depth_luma_minus8;

	if (slice_groups_of(p))
		return false;
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
	if (p->pic_fields.bits.weighted_bipred_idc > 2 ||
	    p->frame_num >> (p->seq_fields.bits.log2_max_frame_num_minus4 + 4))
		return false;
	if (p->pic_fields.bits.field_pic_flag) {
		const uint32_t parity = p->CurrPic.flags & (VA_PICTURE_H264_TOP_FIELD | VA_PICTURE_H264_BOTTOM_FIELD);

		if (p->seq_fields.bits.frame_mbs_only_flag)
			return false;
		return parity == VA_PICTURE_H264_TOP_FIELD || parity == VA_PICTURE_H264_BOTTOM_FIELD;
	}
	return true;
}

static bool take_picture(struct h264 *s, const void *bytes)
{
	VAPictureParameterBufferH264 *p = &s->picture;

	memcpy(p, bytes, sizeof(*p));
	s->has_picture = false;
	if (!check_picture(p))
		return false;
	if (p->pic_fields.bits.field_pic_flag)
		s->structure = p->CurrPic.flags & VA_PICTURE_H264_TOP_FIELD ? TOP : BOTTOM;
	s->second_field = s->previous && !s->previous_second && s->previous_structure != FRAME_STRUCTURE &&
	                  s->structure != FRAME_STRUCTURE && s->structure != s->previous_structure &&
	                  s->surface == s->previous_surface && p->frame_num == s->previous_frame_num;
	s->sequence[0] = (p->picture_width_in_mbs_minus1 + 1u) * 16;
	s->sequence[1] = (p->picture_height_in_mbs_minus1 + 1u) * 16;
	s->sequence[2] = p->bit_depth_luma_minus8 + 8u;
	s->sequence[3] = p->seq_fields.bits.chroma_format_idc;
	s->sequence[4] = 1;
	s->has_picture = true;
	return true;
}

static const uint64_t ones = 0x0101010101010101;

static uint64_t zeroes(uint64_t values)
{
	return (values - ones) & ~values & ones << 7;
}

static bool copy_list(uint8_t *to, const uint8_t *from, size_t size)
{
	uint64_t left_out = 0;
	uint64_t differs = 0;

	for (size_t i = 0; i < size; i += 8) {
		uint64_t values;

		memcpy(&values, from + i, sizeof(values));
		left_out |= zeroes(values);
		differs |= values ^ 16 * ones;
	}
	if (left_out)
		return false;
	memcpy(to, from, size);
	return differs != 0;
}

static void take_matrix(struct h264 *s, const VAIQMatrixBufferH264 *given)
{
	bool differs = false;

	memset(&s->matrix, 16, sizeof(s->matrix));
	for (int i = 0; i < 6; i++)
		differs |= copy_list(s->matrix.scaling_list_4x4[i], given->ScalingList4x4[i], 16);
	for (int i = 0; i < 2; i++)
		differs |= copy_list(s->matrix.scaling_list_8x8[i], given->ScalingList8x8[i], 64);
	s->has_matrix = differs;
}

static int parameter(uint32_t type, const void *bytes, uint32_t size)
{
	struct h264 *s = &instance;

	if (type == VAPictureParameterBufferType)
		return size >= sizeof(s->picture) && take_picture(s, bytes);
	if (type != VAIQMatrixBufferType || size < sizeof(VAIQMatrixBufferH264))
		return 0;
	take_matrix(s, bytes);
	return 1;
}

static bool agrees(struct h264 *s, const struct header *h, const VASliceParameterBufferH264 *slice)
{
	const VAPictureParameterBufferH264 *p = &s->picture;
	const bool mbaff = p->seq_fields.bits.mb_adaptive_frame_field_flag && s->structure == FRAME_STRUCTURE;
	unsigned macroblocks = (p->picture_width_in_mbs_minus1 + 1u) * (p->picture_height_in_mbs_minus1 + 1u);

	if (s->structure != FRAME_STRUCTURE || (mbaff && !p->seq_fields.bits.frame_mbs_only_flag))
		macroblocks >>= 1;
	return h->type == slice->slice_type % 5u && h->frame_num == p->frame_num &&
	       h->field == p->pic_fields.bits.field_pic_flag && h->bottom == (s->structure == BOTTOM) &&
	       h->first_mb < macroblocks;
}

static bool exists(const VAPictureH264 *picture)
{
	if (picture->flags & VA_PICTURE_H264_INVALID)
		return false;
	return picture->picture_id != VA_INVALID_SURFACE || picture->flags & NON_EXISTING;
}

static bool is_long_term(const VAPictureH264 *picture)
{
	return picture->flags & VA_PICTURE_H264_LONG_TERM_REFERENCE;
}

static void note_reference(struct h264 *s, const VAPictureH264 *reference)
{
	const bool long_term = is_long_term(reference);
	VAPictureH264 *shares = NULL;

	if (reference->flags & VA_PICTURE_H264_INVALID || reference->picture_id == VA_INVALID_SURFACE)
		return;
	if (!long_term && !(reference->flags & VA_PICTURE_H264_SHORT_TERM_REFERENCE))
		return;
	for (int i = 0; i < 16; i++) {
		VAPictureH264 *known = &s->picture.ReferenceFrames[i];

		if (known->picture_id != reference->picture_id || !exists(known) || is_long_term(known) != long_term)
			continue;
		if (known->frame_idx == reference->frame_idx)
			return;
		shares = known;
	}
	if (!shares)
		return;
	if (long_term) {
		shares->frame_idx = reference->frame_idx;
		return;
	}
	for (unsigned i = 0; i < s->extra_count; i++) {
		if (s->extra[i].picture_id == reference->picture_id &&
		    s->extra[i].frame_idx == reference->frame_idx) {
			s->extra[i].flags |= reference->flags;
			return;
		}
	}
	if (s->extra_count < MAX_EXTRA)
		s->extra[s->extra_count++] = *reference;
}

/* restore_long_term_indices() is left out: it is for fields. */
static void note_references(struct h264 *s, const VASliceParameterBufferH264 *p, unsigned type)
{
	if (type == V4L2_H264_SLICE_TYPE_I || type == V4L2_H264_SLICE_TYPE_SI)
		return;
	for (unsigned i = 0; i <= p->num_ref_idx_l0_active_minus1; i++)
		note_reference(s, &p->RefPicList0[i]);
	for (unsigned i = 0; type == V4L2_H264_SLICE_TYPE_B && i <= p->num_ref_idx_l1_active_minus1; i++)
		note_reference(s, &p->RefPicList1[i]);
}

static int clamp(int least, int value, int most)
{
	return value < least ? least : value > most ? most : value;
}

static void complete_from_parameters(struct header *h, const VASliceParameterBufferH264 *p)
{
	h->spatial = p->direct_spatial_mv_pred_flag;
	h->l0 = p->num_ref_idx_l0_active_minus1;
	h->l1 = p->num_ref_idx_l1_active_minus1;
	h->cabac_init = (uint32_t)clamp(0, p->cabac_init_idc, 2);
	h->qp_delta = p->slice_qp_delta;
	h->deblocking = (uint32_t)clamp(0, p->disable_deblocking_filter_idc, 2);
	h->alpha = clamp(-6, p->slice_alpha_c0_offset_div2, 6);
	h->beta = clamp(-6, p->slice_beta_offset_div2, 6);
	h->bits = p->slice_data_bit_offset;
}

static void learn_default_counts(struct h264 *s, const struct header *h)
{
	if (h->type == V4L2_H264_SLICE_TYPE_I || h->type == V4L2_H264_SLICE_TYPE_SI || h->override)
		return;
	s->defaults[h->pps][0] = (uint8_t)h->l0;
	if (h->type == V4L2_H264_SLICE_TYPE_B)
		s->defaults[h->pps][1] = (uint8_t)h->l1;
}

static void learn_init_qp(struct h264 *s, const struct header *h)
{
	const int offset = 6 * s->picture.bit_depth_luma_minus8;
	const int qp = s->picture.pic_init_qp_minus26;
	const int qs = s->picture.pic_init_qs_minus26;
	const int slice_qp = qp + h->qp_delta + 26;

	if (!offset || s->init_qp != INIT_QP_UNKNOWN)
		return;
	if (qp > 25 || qs > 25 || slice_qp > 51)
		s->init_qp = INIT_QP_WITH_OFFSET;
	else if (qp < -26 || qs < offset - 26 || slice_qp < 0)
		s->init_qp = INIT_QP_PLAIN;
}

static bool take_slice(struct h264 *s, const VASliceParameterBufferH264 *p, const uint8_t *data,
                       uint32_t size)
{
	struct header *h = &s->header;
	const unsigned type = p->slice_type % 5;
	int reached;

	if (p->num_ref_idx_l0_active_minus1 >= 32 || p->num_ref_idx_l1_active_minus1 >= 32 || p->slice_type > 9 ||
	    p->luma_log2_weight_denom > 7 || p->chroma_log2_weight_denom > 7)
		return false;
	reached = parse_header(h, s->commands, data, size, &s->picture, s->slices ? (int)s->first.pps : -1,
	                       p->num_ref_idx_l0_active_minus1, p->num_ref_idx_l1_active_minus1);
	if (reached == HEADER_BAD || !agrees(s, h, p))
		return false;
	if (reached != HEADER_COMPLETE)
		complete_from_parameters(h, p);
	if (!s->slices)
		s->first = *h;
	s->has_p |= type == V4L2_H264_SLICE_TYPE_P || type == V4L2_H264_SLICE_TYPE_SP;
	s->has_b |= type == V4L2_H264_SLICE_TYPE_B;
	if (reached == HEADER_COMPLETE) {
		learn_default_counts(s, h);
		learn_init_qp(s, h);
	}
	note_references(s, p, type);
	return true;
}

static uint32_t start_code_size(const uint8_t *data, uint32_t size)
{
	if (size < 4 || data[0] || data[1])
		return 0;
	if (data[2] == 1)
		return 3;
	return !data[2] && data[3] == 1 ? 4 : 0;
}

static int slice(const void *parameters, uint32_t size, const void *data, uint32_t data_size)
{
	struct h264 *s = &instance;
	uint32_t skip;

	s->skip = 0;
	if (size < sizeof(VASliceParameterBufferH264) || !s->has_picture)
		return 0;
	skip = start_code_size(data, data_size);
	if (!take_slice(s, parameters, (const uint8_t *)data + skip, data_size - skip))
		return 0;
	s->skip = skip;
	s->slices++;
	return 1;
}

/* ---- controls -------------------------------------------------------------------------------------- */

static uint32_t raised_profile(struct h264 *s)
{
	const VAPictureParameterBufferH264 *p = &s->picture;

	if ((s->has_b || p->pic_fields.bits.entropy_coding_mode_flag || p->pic_fields.bits.weighted_pred_flag ||
	     p->pic_fields.bits.weighted_bipred_idc || !p->seq_fields.bits.frame_mbs_only_flag) &&
	    s->profile < 77)
		s->profile = 77;
	if ((p->pic_fields.bits.transform_8x8_mode_flag || !p->seq_fields.bits.chroma_format_idc ||
	     p->chroma_qp_index_offset != p->second_chroma_qp_index_offset || s->has_matrix) &&
	    s->profile < 100)
		s->profile = 100;
	if (p->bit_depth_luma_minus8 && s->profile < 110)
		s->profile = 110;
	return s->profile;
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

static void fill_sps(struct h264 *s, struct v4l2_ctrl_h264_sps *sps)
{
	const VAPictureParameterBufferH264 *p = &s->picture;
	const uint32_t profile = raised_profile(s);
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

static int init_qp_offset(const struct h264 *s)
{
	const int offset = 6 * s->picture.bit_depth_luma_minus8;

	switch (s->init_qp) {
	case INIT_QP_PLAIN:
		return 0;
	case INIT_QP_WITH_OFFSET:
		return offset;
	default:
		return s->picture.pic_init_qs_minus26 >= offset ? offset : 0;
	}
}

static void fill_pps(struct h264 *s, struct v4l2_ctrl_h264_pps *pps)
{
	const VAPictureParameterBufferH264 *p = &s->picture;
	const uint8_t *defaults = s->defaults[s->first.pps];
	const int offset = init_qp_offset(s);

	memset(pps, 0, sizeof(*pps));
	pps->pic_parameter_set_id = (uint8_t)s->first.pps;
	pps->num_ref_idx_l0_default_active_minus1 = defaults[0] < 32 ? defaults[0] : (uint8_t)s->first.l0;
	pps->num_ref_idx_l1_default_active_minus1 = defaults[1] < 32 ? defaults[1] : (uint8_t)s->first.l1;
	pps->weighted_bipred_idc = (uint8_t)p->pic_fields.bits.weighted_bipred_idc;
	pps->pic_init_qp_minus26 = (int8_t)(p->pic_init_qp_minus26 - offset);
	pps->pic_init_qs_minus26 = (int8_t)clamp(-26, p->pic_init_qs_minus26 - offset, 127);
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
	if (s->has_matrix)
		pps->flags |= V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT;
}

static int32_t frame_num_wrap(struct h264 *s, uint32_t frame_num)
{
	if (frame_num <= s->picture.frame_num)
		return (int32_t)frame_num;
	return (int32_t)frame_num - (1 << (s->picture.seq_fields.bits.log2_max_frame_num_minus4 + 4));
}

static int32_t picture_number(struct h264 *s, int32_t number, unsigned fields)
{
	const unsigned same = s->structure == TOP ? V4L2_H264_TOP_FIELD_REF : V4L2_H264_BOTTOM_FIELD_REF;

	if (s->structure == FRAME_STRUCTURE)
		return number;
	return fields & same ? 2 * number + 1 : 2 * number;
}

static bool fill_timestamp(struct v4l2_h264_dpb_entry *entry, const VAPictureH264 *reference,
                           const struct surface *record)
{
	if (!record || !record->timestamp || !(record->word & DECODED))
		return false;
	if (!is_long_term(reference) && record->word >> 16 != reference->frame_idx)
		return false;
	entry->reference_ts = record->timestamp;
	return true;
}

static void fill_entry(struct h264 *s, struct v4l2_h264_dpb_entry *entry, const VAPictureH264 *reference,
                       const struct surface *record)
{
	const bool long_term = reference->flags & VA_PICTURE_H264_LONG_TERM_REFERENCE;
	const int32_t number =
		long_term ? (int32_t)reference->frame_idx : frame_num_wrap(s, reference->frame_idx & 0xffff);
	unsigned fields = 0;

	if (reference->flags & VA_PICTURE_H264_TOP_FIELD)
		fields |= V4L2_H264_TOP_FIELD_REF;
	if (reference->flags & VA_PICTURE_H264_BOTTOM_FIELD)
		fields |= V4L2_H264_BOTTOM_FIELD_REF;
	if (!fields)
		fields = V4L2_H264_FRAME_REF;
	entry->flags = V4L2_H264_DPB_ENTRY_FLAG_VALID;
	if (reference->flags & (VA_PICTURE_H264_SHORT_TERM_REFERENCE | VA_PICTURE_H264_LONG_TERM_REFERENCE) &&
	    (fields == V4L2_H264_FRAME_REF || s->structure != FRAME_STRUCTURE))
		entry->flags |= V4L2_H264_DPB_ENTRY_FLAG_ACTIVE;
	if (long_term)
		entry->flags |= V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM;
	if (record && record->word & FIELD)
		entry->flags |= V4L2_H264_DPB_ENTRY_FLAG_FIELD;
	entry->reference_ts = 0;
	entry->pic_num = (uint32_t)picture_number(s, number, fields);
	entry->frame_num = (uint16_t)reference->frame_idx;
	entry->fields = (uint8_t)fields;
	entry->top_field_order_cnt = reference->TopFieldOrderCnt;
	entry->bottom_field_order_cnt = reference->BottomFieldOrderCnt;
	s->entry_surface[s->entries] = reference->picture_id;
	s->entry_index[s->entries] = reference->frame_idx;
	s->entry_wrap[s->entries] = number;
}

static void fill_first_field(struct h264 *s, struct v4l2_h264_dpb_entry *entry)
{
	const unsigned fields =
		s->previous_structure == TOP ? V4L2_H264_TOP_FIELD_REF : V4L2_H264_BOTTOM_FIELD_REF;
	const struct surface *record = find(&s->surfaces, s->surface);

	entry->reference_ts = record ? record->timestamp : 0;
	entry->fields = (uint8_t)fields;
	entry->flags |= V4L2_H264_DPB_ENTRY_FLAG_FIELD;
	entry->pic_num = (uint32_t)picture_number(s, s->entry_wrap[s->entries], fields);
}

static void add_first_field(struct h264 *s, struct v4l2_ctrl_h264_decode_params *params)
{
	const struct surface *record = find(&s->surfaces, s->surface);
	struct v4l2_h264_dpb_entry *entry = &params->dpb[s->entries];

	if (!record || !(record->word & REFERENCE) || s->entries == 16)
		return;
	s->entry_surface[s->entries] = s->surface;
	s->entry_index[s->entries] = record->word >> 16;
	s->entry_wrap[s->entries] = frame_num_wrap(s, record->word >> 16);
	entry->frame_num = (uint16_t)(record->word >> 16);
	entry->top_field_order_cnt = s->previous_top;
	entry->bottom_field_order_cnt = s->previous_bottom;
	entry->flags = V4L2_H264_DPB_ENTRY_FLAG_VALID | V4L2_H264_DPB_ENTRY_FLAG_ACTIVE;
	fill_first_field(s, entry);
	s->entries++;
}

static uint64_t concealment(struct h264 *s, const struct v4l2_ctrl_h264_decode_params *params, unsigned i,
                            uint32_t concealed)
{
	const uint32_t merged = DECODED | REFERENCE;
	const struct surface *record;
	uint64_t best = 0;

	if (params->dpb[i].flags & V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM)
		return 0;
	for (unsigned j = 0; j < s->entries; j++) {
		const struct v4l2_h264_dpb_entry *other = &params->dpb[j];

		if (concealed >> j & 1 || other->flags & V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM)
			continue;
		if (s->entry_wrap[j] < s->entry_wrap[i] && other->reference_ts > best)
			best = other->reference_ts;
	}
	record = find(&s->surfaces, s->entry_surface[i]);
	if (record && (record->word & merged) == merged &&
	    frame_num_wrap(s, record->word >> 16) < s->entry_wrap[i] && record->timestamp > best)
		best = record->timestamp;
	return best;
}

static void fill_dpb(struct h264 *s, struct v4l2_ctrl_h264_decode_params *params)
{
	uint32_t concealed = 0;
	bool names_first_field = false;

	s->entries = 0;
	for (unsigned i = 0; i < 16 + s->extra_count && s->entries < 16; i++) {
		const VAPictureH264 *reference = i < 16 ? &s->picture.ReferenceFrames[i] : &s->extra[i - 16];
		const bool own = reference->picture_id == s->surface;
		const struct surface *record;

		if (!exists(reference) || (own && !s->second_field))
			continue;
		record = find(&s->surfaces, reference->picture_id);
		fill_entry(s, &params->dpb[s->entries], reference, record);
		if (own) {
			names_first_field = true;
			fill_first_field(s, &params->dpb[s->entries]);
		} else if (!fill_timestamp(&params->dpb[s->entries], reference, record)) {
			concealed |= 1u << s->entries;
		}
		s->entries++;
	}
	if (s->second_field && !names_first_field)
		add_first_field(s, params);
	for (unsigned i = 0; i < s->entries; i++) {
		if (concealed >> i & 1)
			params->dpb[i].reference_ts = concealment(s, params, i, concealed);
	}
}

static void fill_params(struct h264 *s, struct v4l2_ctrl_h264_decode_params *params)
{
	const VAPictureParameterBufferH264 *p = &s->picture;
	const struct header *h = &s->first;

	memset(params, 0, sizeof(*params));
	fill_dpb(s, params);
	params->nal_ref_idc = (uint16_t)h->nal_ref_idc;
	params->frame_num = p->frame_num;
	params->top_field_order_cnt = p->CurrPic.TopFieldOrderCnt;
	params->bottom_field_order_cnt = p->CurrPic.BottomFieldOrderCnt;
	if (s->second_field && s->structure == BOTTOM)
		params->top_field_order_cnt = s->previous_top;
	else if (s->second_field)
		params->bottom_field_order_cnt = s->previous_bottom;
	params->idr_pic_id = (uint16_t)h->idr_pic_id;
	params->pic_order_cnt_lsb = (uint16_t)h->lsb;
	params->delta_pic_order_cnt_bottom = h->delta_bottom;
	params->delta_pic_order_cnt0 = h->delta0;
	params->delta_pic_order_cnt1 = h->delta1;
	params->dec_ref_pic_marking_bit_size = h->marking_bits;
	params->pic_order_cnt_bit_size = h->order_bits;
	if (h->idr)
		params->flags |= V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC;
	if (s->structure != FRAME_STRUCTURE)
		params->flags |= V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC;
	if (s->structure == BOTTOM)
		params->flags |= V4L2_H264_DECODE_PARAM_FLAG_BOTTOM_FIELD;
	if (s->has_b)
		params->flags |= V4L2_H264_DECODE_PARAM_FLAG_BFRAME;
	else if (s->has_p)
		params->flags |= V4L2_H264_DECODE_PARAM_FLAG_PFRAME;
}

static void add_control(struct h264 *s, uint32_t id, const void *bytes, uint32_t size)
{
	s->controls.controls[s->controls.count++] = (struct fill_control){id, size, bytes};
}

static int fill(struct fill_output *output)
{
	struct h264 *s = &instance;

	s->controls.count = 0;
	if (!s->has_picture || !s->slices)
		return 0;
	fill_sps(s, &s->sps);
	fill_pps(s, &s->pps);
	fill_params(s, &s->params);
	add_control(s, V4L2_CID_STATELESS_H264_SPS, &s->sps, sizeof(s->sps));
	add_control(s, V4L2_CID_STATELESS_H264_PPS, &s->pps, sizeof(s->pps));
	if (s->has_matrix)
		add_control(s, V4L2_CID_STATELESS_H264_SCALING_MATRIX, &s->matrix, sizeof(s->matrix));
	add_control(s, V4L2_CID_STATELESS_H264_DECODE_PARAMS, &s->params, sizeof(s->params));
	if (output)
		*output = s->controls;
	return 1;
}

static void done(uint32_t surface)
{
	struct h264 *s = &instance;
	const uint32_t frame_num = s->first.forgets ? 0 : s->picture.frame_num;
	struct surface *record = find(&s->surfaces, surface);

	if (record) {
		uint32_t word = DECODED | frame_num << 16;

		if (s->structure != FRAME_STRUCTURE)
			word |= FIELD;
		if (s->first.nal_ref_idc)
			word |= REFERENCE;
		if (s->second_field)
			word |= record->word & REFERENCE;
		record->word = word;
	}
	s->previous = true;
	s->previous_surface = surface;
	s->previous_structure = s->structure;
	s->previous_second = s->second_field;
	s->previous_frame_num = frame_num;
	s->previous_top = s->picture.CurrPic.TopFieldOrderCnt;
	s->previous_bottom = s->picture.CurrPic.BottomFieldOrderCnt;
}

const struct fill fill_c = {reset, begin, parameter, slice, fill, done};
