/* SPDX-License-Identifier: MIT
 *
 * What driver-src/codec/vp9 does, in plain C with the system's own structs: same input, same checks, same output. It exists to
 * be measured against, and the outputs are compared byte by byte.
 */
#include <stddef.h>

#include "fill.h"
#include "fill_c_header.h"
#include "surfaces.h"

struct vp9 {
	uint32_t profile;
	struct stream stream;
	uint32_t contexts; /* a set of the frame contexts that the device has */
	struct surfaces surfaces;
	uint8_t depths[RECORDS]; /* of the pictures in surfaces; their sizes are the surfaces' words */

	uint32_t surface;
	bool has_picture, has_slice;
	VADecPictureParameterBufferVP9 picture;
	VASliceParameterBufferVP9 slice;
	struct rest rest;
	struct v4l2_ctrl_vp9_frame header, frame;
	struct v4l2_ctrl_vp9_compressed_hdr compressed;
};

/* A driver has one for each context. */
static struct vp9 instance;

static void reset(uint32_t profile)
{
	memset(&instance, 0, sizeof(instance));
	instance.profile = profile;
	forget_all(&instance.surfaces);
}

static void begin(uint32_t surface, uint64_t timestamp)
{
	struct vp9 *s = &instance;

	decode_to(&s->surfaces, surface, timestamp);
	s->surface = surface;
	s->has_picture = s->has_slice = false;
}

static int parameter(uint32_t type, const void *bytes, uint32_t size)
{
	struct vp9 *s = &instance;
	const VADecPictureParameterBufferVP9 *p = &s->picture;

	if (type != VAPictureParameterBufferType || size < sizeof(s->picture))
		return 0;
	memcpy(&s->picture, bytes, sizeof(s->picture));
	s->has_picture = p->frame_width && p->frame_height && p->bit_depth != 12 &&
	                 p->profile == (s->profile == VAProfileVP9Profile0 ? 0 : 2);
	return s->has_picture;
}

/* ---- agreement ------------------------------------------------------------------------------------------ */

static bool is(uint32_t flags, uint32_t flag, uint32_t bit)
{
	return !(flags & flag) == !bit;
}

static bool independent(const struct vp9 *s)
{
	return s->header.flags & (INTRA | V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT);
}

static bool non_key_agrees(const struct vp9 *s)
{
	const struct v4l2_ctrl_vp9_frame *h = &s->header;
	const VADecPictureParameterBufferVP9 *p = &s->picture;
	const uint32_t bias = h->ref_frame_sign_bias;

	if (!is(h->flags, V4L2_VP9_FRAME_FLAG_INTRA_ONLY, p->pic_fields.bits.intra_only) ||
	    p->pic_fields.bits.reset_frame_context != s->rest.reset_frame_context)
		return false;
	if (h->flags & INTRA)
		return true;
	return p->pic_fields.bits.last_ref_frame == s->rest.idx[0] &&
	       p->pic_fields.bits.golden_ref_frame == s->rest.idx[1] &&
	       p->pic_fields.bits.alt_ref_frame == s->rest.idx[2] &&
	       (h->flags & V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT ||
	        (is(bias, V4L2_VP9_SIGN_BIAS_LAST, p->pic_fields.bits.last_ref_frame_sign_bias) &&
	         is(bias, V4L2_VP9_SIGN_BIAS_GOLDEN, p->pic_fields.bits.golden_ref_frame_sign_bias) &&
	         is(bias, V4L2_VP9_SIGN_BIAS_ALT, p->pic_fields.bits.alt_ref_frame_sign_bias))) &&
	       is(h->flags, V4L2_VP9_FRAME_FLAG_ALLOW_HIGH_PREC_MV, p->pic_fields.bits.allow_high_precision_mv) &&
	       p->pic_fields.bits.mcomp_filter_type == h->interpolation_filter;
}

static bool segmentation_agrees(const struct vp9 *s)
{
	const struct v4l2_vp9_segmentation *seg = &s->header.seg;
	const VADecPictureParameterBufferVP9 *p = &s->picture;

	if (!is(seg->flags, V4L2_VP9_SEGMENTATION_FLAG_ENABLED, p->pic_fields.bits.segmentation_enabled))
		return false;
	if (!(seg->flags & V4L2_VP9_SEGMENTATION_FLAG_ENABLED))
		return true;
	if (!is(seg->flags, V4L2_VP9_SEGMENTATION_FLAG_UPDATE_MAP, p->pic_fields.bits.segmentation_update_map))
		return false;
	if (!(seg->flags & V4L2_VP9_SEGMENTATION_FLAG_UPDATE_MAP))
		return true;
	return is(seg->flags, V4L2_VP9_SEGMENTATION_FLAG_TEMPORAL_UPDATE,
	          p->pic_fields.bits.segmentation_temporal_update) &&
	       !memcmp(p->mb_segment_tree_probs, seg->tree_probs, 7) &&
	       (!p->pic_fields.bits.segmentation_temporal_update ||
	        !memcmp(p->segment_pred_probs, seg->pred_probs, 3));
}

static bool fields_agree(const struct vp9 *s)
{
	const struct v4l2_ctrl_vp9_frame *h = &s->header;
	const VADecPictureParameterBufferVP9 *p = &s->picture;
	const uint32_t context = p->pic_fields.bits.frame_context_idx;

	return p->profile == h->profile &&
	       !is(h->flags, V4L2_VP9_FRAME_FLAG_KEY_FRAME, p->pic_fields.bits.frame_type) &&
	       is(h->flags, V4L2_VP9_FRAME_FLAG_SHOW_FRAME, p->pic_fields.bits.show_frame) &&
	       is(h->flags, V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT, p->pic_fields.bits.error_resilient_mode) &&
	       p->frame_width == h->frame_width_minus_1 + 1 && p->frame_height == h->frame_height_minus_1 + 1 &&
	       p->bit_depth == h->bit_depth && p->pic_fields.bits.subsampling_x &&
	       p->pic_fields.bits.subsampling_y &&
	       is(h->flags, V4L2_VP9_FRAME_FLAG_REFRESH_FRAME_CTX, p->pic_fields.bits.refresh_frame_context) &&
	       is(h->flags, V4L2_VP9_FRAME_FLAG_PARALLEL_DEC_MODE,
	          p->pic_fields.bits.frame_parallel_decoding_mode) &&
	       (context == h->frame_context_idx || (independent(s) && !context)) &&
	       p->filter_level == h->lf.level && p->sharpness_level == h->lf.sharpness &&
	       p->pic_fields.bits.lossless_flag == s->rest.lossless && p->log2_tile_rows == h->tile_rows_log2 &&
	       p->log2_tile_columns == h->tile_cols_log2 &&
	       p->frame_header_length_in_bytes == h->uncompressed_header_size &&
	       p->first_partition_size == h->compressed_header_size &&
	       ((h->flags & V4L2_VP9_FRAME_FLAG_KEY_FRAME) || non_key_agrees(s)) && segmentation_agrees(s);
}

static int clamped(int level)
{
	return level < 0 ? 0 : level > 63 ? 63 : level;
}

static bool levels_agree(const struct vp9 *s, int i, bool enabled)
{
	const struct v4l2_vp9_loop_filter *lf = &s->header.lf;
	const struct v4l2_vp9_segmentation *seg = &s->header.seg;
	const uint8_t(*levels)[2] = s->slice.seg_param[i].filter_level;
	int level = lf->level;

	if (enabled && (seg->feature_enabled[i] & 1 << V4L2_VP9_SEG_LVL_ALT_L)) {
		const bool absolute = seg->flags & V4L2_VP9_SEGMENTATION_FLAG_ABS_OR_DELTA_UPDATE;

		level = clamped((absolute ? 0 : level) + seg->feature_data[i][V4L2_VP9_SEG_LVL_ALT_L]);
	}
	for (int ref = 0; ref < 4; ref++)
		for (int mode = 0; mode < (ref ? 2 : 1); mode++) {
			const int delta = lf->ref_deltas[ref] + (ref ? lf->mode_deltas[mode] : 0);
			const int expected = lf->flags & V4L2_VP9_LOOP_FILTER_FLAG_DELTA_ENABLED
			                         ? clamped(level + delta * (1 << (level >> 5)))
			                         : level;

			if (levels[ref][mode] != expected)
				return false;
		}
	return true;
}

static bool segments_agree(const struct vp9 *s)
{
	const struct v4l2_vp9_segmentation *seg = &s->header.seg;
	const bool enabled = seg->flags & V4L2_VP9_SEGMENTATION_FLAG_ENABLED;

	for (int i = 0; i < (enabled ? 8 : 1); i++) {
		const VASegmentParameterVP9 *given = &s->slice.seg_param[i];
		const bool referred = seg->feature_enabled[i] & 1 << V4L2_VP9_SEG_LVL_REF_FRAME;

		if (enabled && (referred != given->segment_flags.fields.segment_reference_enabled ||
		                (referred && given->segment_flags.fields.segment_reference !=
		                                 (uint16_t)seg->feature_data[i][V4L2_VP9_SEG_LVL_REF_FRAME]) ||
		                !is(seg->feature_enabled[i], 1 << V4L2_VP9_SEG_LVL_SKIP,
		                    given->segment_flags.fields.segment_reference_skipped)))
			return false;
		if (s->header.lf.level && !levels_agree(s, i, enabled))
			return false;
	}
	return true;
}

/* ---- references ------------------------------------------------------------------------------------------- */

static struct surface *in_slot(struct vp9 *s, uint32_t slot)
{
	const uint32_t id = s->picture.reference_frames[slot];
	struct surface *record = id == s->surface ? NULL : find(&s->surfaces, id);

	return record && record->timestamp && record->word ? record : NULL;
}

static bool can_scale(uint32_t size, uint32_t width, uint32_t height)
{
	const uint32_t w = size & 0xffff, h = size >> 16;

	return 2 * width >= w && 2 * height >= h && width <= 16 * w && height <= 16 * h;
}

static bool references_fit(struct vp9 *s)
{
	const uint32_t width = s->header.frame_width_minus_1 + 1u, height = s->header.frame_height_minus_1 + 1u;
	bool scales = false;

	if (s->header.flags & INTRA)
		return true;
	for (uint32_t i = 0; i < 3; i++) {
		const struct surface *record = in_slot(s, s->rest.idx[i]);

		if (!record || s->depths[record - s->surfaces.records] != s->header.bit_depth)
			return false;
		if (i == s->rest.sized_by && record->word != (width | height << 16))
			return false;
		scales = scales || can_scale(record->word, width, height);
	}
	return scales;
}

static uint32_t reset_contexts(const struct vp9 *s)
{
	if (s->header.flags & (V4L2_VP9_FRAME_FLAG_KEY_FRAME | V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT))
		return 15;
	if (!(s->header.flags & INTRA))
		return 0;
	if (s->header.reset_frame_context == V4L2_VP9_RESET_FRAME_CTX_ALL)
		return 15;
	return s->header.reset_frame_context == V4L2_VP9_RESET_FRAME_CTX_SPEC ? 1u << s->header.frame_context_idx
	                                                                      : 0;
}

static bool context_exists(const struct vp9 *s)
{
	const uint32_t loaded = independent(s) ? 1 : 1u << s->header.frame_context_idx;

	return (s->contexts | reset_contexts(s)) & loaded;
}

/* ---- the slice -------------------------------------------------------------------------------------------- */

static void keep(struct stream *stream, const struct v4l2_ctrl_vp9_frame *h)
{
	if (memcmp(&stream->seg, &h->seg, offsetof(struct v4l2_vp9_segmentation, tree_probs)) != 0)
		stream->features_unsent = true;
	stream->lf = h->lf;
	stream->seg = h->seg;
	stream->bit_depth = h->bit_depth;
	stream->color_range = h->flags & V4L2_VP9_FRAME_FLAG_COLOR_RANGE_FULL_SWING;
}

static int slice(const void *parameters, uint32_t size, const void *bytes, uint32_t data_size)
{
	struct vp9 *s = &instance;
	struct v4l2_ctrl_vp9_frame *h = &s->header;
	const uint8_t *data = bytes;
	uint32_t there;

	if (size < sizeof(s->slice) || !s->has_picture || s->has_slice)
		return 0;
	memcpy(&s->slice, parameters, sizeof(s->slice));
	if (!read_uncompressed(h, &s->stream, &s->rest, data, data_size, s->picture.frame_width,
	                       s->picture.frame_height) ||
	    !fields_agree(s))
		return 0;
	if (h->uncompressed_header_size + (uint32_t)h->compressed_header_size >= s->slice.slice_data_size)
		return 0;
	there = data_size - h->uncompressed_header_size;
	if (there > h->compressed_header_size)
		there = h->compressed_header_size;
	if (!read_compressed(&s->compressed, h, &s->rest, data + h->uncompressed_header_size, there))
		return 0;
	keep(&s->stream, h);
	if (!context_exists(s) || !references_fit(s) || !segments_agree(s))
		return 0;
	s->has_slice = true;
	return 1;
}

/* ---- the controls ------------------------------------------------------------------------------------------ */

static int fill(struct fill_output *output)
{
	struct vp9 *s = &instance;
	struct v4l2_ctrl_vp9_frame *f = &s->frame;

	if (!s->has_slice)
		return 0;
	*f = s->header;
	if (s->stream.features_unsent && (f->seg.flags & V4L2_VP9_SEGMENTATION_FLAG_ENABLED))
		f->seg.flags |= V4L2_VP9_SEGMENTATION_FLAG_UPDATE_DATA;
	if (!(f->flags & INTRA)) {
		const struct surface *last = in_slot(s, s->rest.idx[0]);
		const struct surface *golden = in_slot(s, s->rest.idx[1]);
		const struct surface *altref = in_slot(s, s->rest.idx[2]);

		f->last_frame_ts = last ? last->timestamp : 0;
		f->golden_frame_ts = golden ? golden->timestamp : 0;
		f->alt_frame_ts = altref ? altref->timestamp : 0;
	}
	if (output)
		*output = (struct fill_output){
			.count = 2,
			.controls = {{V4L2_CID_STATELESS_VP9_FRAME, sizeof(*f), f},
		                 {V4L2_CID_STATELESS_VP9_COMPRESSED_HDR, sizeof(s->compressed), &s->compressed}}};
	return 1;
}

static void done(uint32_t surface)
{
	struct vp9 *s = &instance;
	struct surface *record = find(&s->surfaces, surface);

	if (!s->has_slice)
		return;
	if (s->frame.seg.flags & V4L2_VP9_SEGMENTATION_FLAG_UPDATE_DATA)
		s->stream.features_unsent = false;
	s->contexts |= reset_contexts(s);
	if (!record)
		return;
	record->word = (s->header.frame_width_minus_1 + 1u) | (s->header.frame_height_minus_1 + 1u) << 16;
	s->depths[record - s->surfaces.records] = s->header.bit_depth;
}

const struct fill fill_c = {reset, begin, parameter, slice, fill, done};
