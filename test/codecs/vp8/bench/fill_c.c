/* SPDX-License-Identifier: MIT
 *
 * What driver-src/codec/vp8 does, in plain C with the system's own structs: same input, same checks, same output. It exists to
 * be measured against, and the outputs are compared byte by byte.
 */
#include <stddef.h>

#include "../tables.c"
#include "fill.h"
#include "fill_c_header.h"
#include "surfaces.h"

enum { INTER_TAG = 3, KEY_TAG = 10, START_CODE = 0x2a019d, SHOW_FRAME = 1 << 4 };
enum { MAX_SIDE = 0x3fff, MAX_VERSION = 3, MAX_FIRST_PART_SIZE = 0x7ffff, MAX_INDEX = 127, MAX_LEVEL = 63 };

struct vp8 {
	bool segment_known;
	uint32_t horizontal_scale, vertical_scale;
	struct v4l2_vp8_segment remembered;
	struct surfaces surfaces;

	uint32_t surface;
	bool has_picture, has_probabilities, has_matrix, has_slice, shown;
	uint32_t first_part_size;
	uint8_t tag[KEY_TAG];
	VAPictureParameterBufferVP8 picture;
	VAProbabilityDataBufferVP8 probabilities;
	VAIQMatrixBufferVP8 matrix;
	VASliceParameterBufferVP8 slice;
	struct v4l2_ctrl_vp8_frame header, frame;
};

/* A driver has one for each context. */
static struct vp8 instance;

static void reset(uint32_t profile)
{
	(void)profile;
	memset(&instance, 0, sizeof(instance));
	forget_all(&instance.surfaces);
}

static void begin(uint32_t surface, uint64_t timestamp)
{
	struct vp8 *s = &instance;

	decode_to(&s->surfaces, surface, timestamp);
	s->surface = surface;
	s->has_picture = s->has_probabilities = s->has_matrix = s->has_slice = false;
	s->shown = true;
}

static bool is_key(const struct vp8 *s)
{
	return !s->picture.pic_fields.bits.key_frame;
}

/* ---- parameters ----------------------------------------------------------------------------------------- */

static bool take_picture(struct vp8 *s, const void *bytes)
{
	const VAPictureParameterBufferVP8 *p = &s->picture;

	memcpy(&s->picture, bytes, sizeof(s->picture));
	s->has_picture = p->frame_width && p->frame_width <= MAX_SIDE && p->frame_height &&
	                 p->frame_height <= MAX_SIDE && p->pic_fields.bits.version <= MAX_VERSION;
	return s->has_picture;
}

static int parameter(uint32_t type, const void *bytes, uint32_t size)
{
	struct vp8 *s = &instance;

	if (type == VAPictureParameterBufferType)
		return size >= sizeof(s->picture) && take_picture(s, bytes);
	if (type == VAProbabilityBufferType && size >= sizeof(s->probabilities)) {
		memcpy(&s->probabilities, bytes, sizeof(s->probabilities));
		s->has_probabilities = true;
		return 1;
	}
	if (type == VAIQMatrixBufferType && size >= sizeof(s->matrix)) {
		memcpy(&s->matrix, bytes, sizeof(s->matrix));
		s->has_matrix = true;
		return 1;
	}
	return 0;
}

/* ---- the tag ---------------------------------------------------------------------------------------------- */

static uint32_t load24(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16;
}

static uint32_t load16(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8;
}

static uint32_t tag_bits(const struct vp8 *s)
{
	return !is_key(s) | s->picture.pic_fields.bits.version << 1 | s->first_part_size << 5;
}

static bool tag_is_there(const struct vp8 *s, const uint8_t *data, uint32_t size)
{
	if (size < (is_key(s) ? KEY_TAG : INTER_TAG))
		return false;
	if ((load24(data) & ~(uint32_t)SHOW_FRAME) != tag_bits(s))
		return false;
	return !is_key(s) ||
	       (load24(data + 3) == START_CODE && (load16(data + 6) & MAX_SIDE) == s->picture.frame_width &&
	        (load16(data + 8) & MAX_SIDE) == s->picture.frame_height);
}

static void make_tag(struct vp8 *s)
{
	const uint32_t bits = tag_bits(s) | SHOW_FRAME;
	const uint8_t tag[KEY_TAG] = {
		(uint8_t)bits,
		(uint8_t)(bits >> 8),
		(uint8_t)(bits >> 16),
		0x9d,
		0x01,
		0x2a,
		(uint8_t)s->picture.frame_width,
		(uint8_t)(s->picture.frame_width >> 8),
		(uint8_t)s->picture.frame_height,
		(uint8_t)(s->picture.frame_height >> 8),
	};

	memcpy(s->tag, tag, sizeof(tag));
}

/* ---- whether VA and the header say the same ------------------------------------------------------------------ */

static bool same(uint64_t flags, uint64_t flag, uint32_t bit)
{
	return !!(flags & flag) == !!bit;
}

static bool fields_agree(const struct vp8 *s)
{
	const struct v4l2_ctrl_vp8_frame *h = &s->header;
	const uint32_t segment = h->segment.flags, lf = h->lf.flags;
#define VA(name) s->picture.pic_fields.bits.name
	if (!same(segment, V4L2_VP8_SEGMENT_FLAG_ENABLED, VA(segmentation_enabled)))
		return false;
	if (segment & V4L2_VP8_SEGMENT_FLAG_ENABLED &&
	    (!same(segment, V4L2_VP8_SEGMENT_FLAG_UPDATE_MAP, VA(update_mb_segmentation_map)) ||
	     !same(segment, V4L2_VP8_SEGMENT_FLAG_UPDATE_FEATURE_DATA, VA(update_segment_feature_data))))
		return false;
	if (!same(lf, V4L2_VP8_LF_FILTER_TYPE_SIMPLE, VA(filter_type)) ||
	    h->lf.sharpness_level != VA(sharpness_level) || !h->lf.level != !!VA(loop_filter_disable) ||
	    !same(lf, V4L2_VP8_LF_ADJ_ENABLE, VA(loop_filter_adj_enable)))
		return false;
	if (lf & V4L2_VP8_LF_ADJ_ENABLE && !same(lf, V4L2_VP8_LF_DELTA_UPDATE, VA(mode_ref_lf_delta_update)))
		return false;
	if (!same(h->flags, V4L2_VP8_FRAME_FLAG_MB_NO_SKIP_COEFF, VA(mb_no_coeff_skip)))
		return false;
	return is_key(s) || (same(h->flags, V4L2_VP8_FRAME_FLAG_SIGN_BIAS_GOLDEN, VA(sign_bias_golden)) &&
	                     same(h->flags, V4L2_VP8_FRAME_FLAG_SIGN_BIAS_ALT, VA(sign_bias_alternate)));
#undef VA
}

static bool probabilities_agree(const struct vp8 *s)
{
	const VAPictureParameterBufferVP8 *p = &s->picture;
	const struct v4l2_ctrl_vp8_frame *h = &s->header;

	if (memcmp(h->segment.segment_probs, p->mb_segment_tree_probs, 3) != 0 ||
	    memcmp(h->lf.ref_frm_delta, p->loop_filter_deltas_ref_frame, 4) != 0 ||
	    memcmp(h->lf.mb_mode_delta, p->loop_filter_deltas_mode, 4) != 0 ||
	    memcmp(h->entropy.coeff_probs, s->probabilities.dct_coeff_probs, VP8_COEFF_PROBS) != 0)
		return false;
	if (h->flags & V4L2_VP8_FRAME_FLAG_MB_NO_SKIP_COEFF && h->prob_skip_false != p->prob_skip_false)
		return false;
	return is_key(s) || (h->prob_intra == p->prob_intra && h->prob_last == p->prob_last &&
	                     h->prob_gf == p->prob_gf && !memcmp(h->entropy.y_mode_probs, p->y_mode_probs, 4) &&
	                     !memcmp(h->entropy.uv_mode_probs, p->uv_mode_probs, 3) &&
	                     !memcmp(h->entropy.mv_probs, p->mv_probs, VP8_MV_PROBS));
}

static int clamped(int value, int most)
{
	return value < 0 ? 0 : value > most ? most : value;
}

static bool segment_agrees(const struct vp8 *s, int i)
{
	const struct v4l2_ctrl_vp8_frame *h = &s->header;
	const bool delta = h->segment.flags & V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE;
	const int index = (delta ? h->quant.y_ac_qi : 0) + h->segment.quant_update[i];
	const int level = (delta ? h->lf.level : 0) + h->segment.lf_update[i];
	const int given = s->picture.loop_filter_level[i];

	if (s->matrix.quantization_index[i][0] != clamped(index, MAX_INDEX))
		return false;
	return given == clamped(level, MAX_LEVEL) || (level < 0 && given == MAX_LEVEL);
}

static bool deltas_agree(const struct vp8 *s, int i)
{
	const struct v4l2_vp8_quantization *q = &s->header.quant;
	const int deltas[5] = {q->y_dc_delta, q->y2_dc_delta, q->y2_ac_delta, q->uv_dc_delta, q->uv_ac_delta};
	const int index = s->matrix.quantization_index[i][0];

	if (index == 0 || index >= MAX_INDEX)
		return index <= MAX_INDEX;
	for (int j = 0; j < 5; j++)
		if (s->matrix.quantization_index[i][1 + j] != clamped(index + deltas[j], MAX_INDEX))
			return false;
	return true;
}

static bool settle_segments(struct vp8 *s)
{
	const struct v4l2_vp8_segment *segment = &s->header.segment;
	const bool updates = segment->flags & V4L2_VP8_SEGMENT_FLAG_UPDATE_FEATURE_DATA;
	bool known = is_key(s) || updates || s->segment_known;

	if (segment->flags & V4L2_VP8_SEGMENT_FLAG_ENABLED) {
		for (int i = 0; i < 4; i++) {
			if (!deltas_agree(s, i))
				return false;
			known = known && segment_agrees(s, i);
		}
		if (updates && !known)
			return false;
	}
	s->segment_known = known;
	s->remembered = *segment;
	return true;
}

/* ---- the slice -------------------------------------------------------------------------------------------------- */

static bool slice_agrees(const struct vp8 *s)
{
	const struct v4l2_ctrl_vp8_frame *h = &s->header;

	return s->slice.macroblock_offset == h->first_part_header_bits &&
	       s->slice.num_of_partitions == h->num_dct_parts + 1 &&
	       s->picture.bool_coder_ctx.range == h->coder_state.range &&
	       s->picture.bool_coder_ctx.value == h->coder_state.value;
}

static uint64_t partitions_size(const struct vp8 *s)
{
	uint64_t size = s->first_part_size + 3 * ((uint64_t)s->header.num_dct_parts - 1);

	for (unsigned i = 0; i < s->header.num_dct_parts; i++)
		size += s->slice.partition_size[1 + i];
	return size;
}

static int slice(const void *parameters, uint32_t size, const void *bytes, uint32_t data_size)
{
	struct vp8 *s = &instance;
	const uint8_t *data = bytes;
	uint32_t skipped = 0;
	uint64_t first;
	bool tagged;

	if (size < sizeof(s->slice) || !s->has_picture || !s->has_probabilities || !s->has_matrix || s->has_slice)
		return 0;
	memcpy(&s->slice, parameters, sizeof(s->slice));
	first = (uint64_t)s->slice.partition_size[0] + ((uint64_t)s->slice.macroblock_offset + 7) / 8;
	if (first > MAX_FIRST_PART_SIZE)
		return 0;
	s->first_part_size = (uint32_t)first;
	tagged = tag_is_there(s, data, data_size);
	if (tagged)
		skipped = is_key(s) ? KEY_TAG : INTER_TAG;
	begin_with_parameters(&s->header, &s->picture, &s->probabilities);
	read_header(&s->header, &s->remembered, data + skipped, data_size - skipped, is_key(s));
	if (!slice_agrees(s) || !fields_agree(s) || !probabilities_agree(s) || !settle_segments(s))
		return 0;
	if (skipped + partitions_size(s) > s->slice.slice_data_size)
		return 0;
	if (tagged)
		s->shown = data[0] & SHOW_FRAME;
	else
		make_tag(s);
	if (is_key(s)) {
		s->horizontal_scale = tagged ? load16(data + 6) >> 14 : 0;
		s->vertical_scale = tagged ? load16(data + 8) >> 14 : 0;
	}
	s->has_slice = true;
	return 1;
}

/* ---- the control ----------------------------------------------------------------------------------------------- */

static void fill_segment(const struct vp8 *s, struct v4l2_vp8_segment *segment)
{
	const struct v4l2_vp8_segment *said = &s->header.segment;

	*segment = *said;
	if (!(said->flags & V4L2_VP8_SEGMENT_FLAG_ENABLED) || s->segment_known)
		return;
	for (int i = 0; i < 4; i++) {
		segment->quant_update[i] = (int8_t)s->matrix.quantization_index[i][0];
		segment->lf_update[i] = (int8_t)s->picture.loop_filter_level[i];
	}
	segment->flags &= ~(uint32_t)V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE;
}

static uint64_t timestamp_of(struct vp8 *s, uint32_t surface)
{
	const struct surface *record = surface == s->surface ? NULL : find(&s->surfaces, surface);

	return record ? record->timestamp : 0;
}

static int fill(struct fill_output *output)
{
	struct vp8 *s = &instance;
	struct v4l2_ctrl_vp8_frame *f = &s->frame;

	if (!s->has_slice)
		return 0;
	*f = s->header;
	fill_segment(s, &f->segment);
	f->width = (uint16_t)s->picture.frame_width;
	f->height = (uint16_t)s->picture.frame_height;
	f->horizontal_scale = (uint8_t)s->horizontal_scale;
	f->vertical_scale = (uint8_t)s->vertical_scale;
	f->version = (uint8_t)s->picture.pic_fields.bits.version;
	f->first_part_size = s->first_part_size;
	for (unsigned i = 0; i < f->num_dct_parts; i++)
		f->dct_part_sizes[i] = s->slice.partition_size[1 + i];
	if (is_key(s)) {
		memcpy(f->entropy.y_mode_probs, vp8_key_y_mode_probs, 4);
		memcpy(f->entropy.uv_mode_probs, vp8_key_uv_mode_probs, 3);
		f->flags |= V4L2_VP8_FRAME_FLAG_KEY_FRAME;
	} else {
		f->last_frame_ts = timestamp_of(s, s->picture.last_ref_frame);
		f->golden_frame_ts = timestamp_of(s, s->picture.golden_ref_frame);
		f->alt_frame_ts = timestamp_of(s, s->picture.alt_ref_frame);
	}
	if (s->shown)
		f->flags |= V4L2_VP8_FRAME_FLAG_SHOW_FRAME;
	if (output)
		*output =
			(struct fill_output){.count = 1, .controls = {{V4L2_CID_STATELESS_VP8_FRAME, sizeof(*f), f}}};
	return 1;
}

static void done(uint32_t surface)
{
	(void)surface;
}

const struct fill fill_c = {reset, begin, parameter, slice, fill, done};
