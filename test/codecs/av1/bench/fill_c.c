/* SPDX-License-Identifier: MIT
 *
 * What driver-src/codec/av1 does, in plain C with the system's own structs: same input, same checks, same output. It exists to
 * be measured against, and the outputs are compared byte by byte.
 */
#include <stddef.h>

#include "fill.h"
#include "fill_c_frame.h"
#include "surfaces.h"

static const int8_t DEFAULT_DELTAS[10] = {1, 0, 0, 0, -1, 0, -1, -1, 0, 0};

/* Of a picture in a surface. */
struct decoded {
	uint32_t width, height, bit_depth, order_hint; /* width 0: there is none */
	int16_t feature_data[8][8];
	uint8_t feature_mask[8];
	int8_t deltas[10];
};

struct controls {
	struct v4l2_ctrl_av1_sequence sequence;
	struct v4l2_ctrl_av1_frame frame;
	struct v4l2_ctrl_av1_tile_group_entry tiles[MAX_TILES];
	uint32_t tile_count;
};

struct av1 {
	uint32_t max_width, max_height;
	struct surfaces surfaces;
	struct decoded decoded[RECORDS];
	uint32_t held[SLOTS],
		found[SLOTS]; /* the surfaces of the decoder's slots, and as the picture at hand finds them */
	uint32_t unsettled;

	uint32_t surface, refresh, again_slot;
	bool has_picture, postponed;
	VADecPictureParameterBufferAV1 picture;
	struct controls own, kept;
	struct v4l2_ctrl_av1_film_grain grain;
	uint8_t slot_of[REFERENCES];
	uint32_t hints[REFERENCES];
	uint32_t skip[2];
};

/* A driver has one for each context. */
static struct av1 instance;

static void reset(uint32_t profile)
{
	(void)profile;
	memset(&instance, 0, sizeof(instance));
	forget_all(&instance.surfaces);
	memset(instance.held, 0xff, sizeof(instance.held));
	instance.unsettled = VA_INVALID_SURFACE;
}

static void begin(uint32_t surface, uint64_t timestamp)
{
	struct av1 *s = &instance;

	decode_to(&s->surfaces, surface, timestamp);
	s->surface = surface;
	s->has_picture = s->postponed = false;
	s->own.tile_count = s->refresh = 0;
	s->again_slot = SLOTS;
}

/* ---- checks ------------------------------------------------------------------------------------------------ */

static bool sequence_is_good(const va_picture *p)
{
	return !p->profile && p->bit_depth_idx < 2 && SEQ(p, subsampling_x) && SEQ(p, subsampling_y) &&
	       (!SEQ(p, enable_order_hint) || p->order_hint_bits_minus_1 < 8);
}

static bool frame_is_good(const struct av1 *s, const va_picture *p)
{
	const uint32_t denominator = p->superres_scale_denominator;

	if (p->current_frame != s->surface || p->primary_ref_frame > PRIMARY_REF_NONE ||
	    (is_intra(p) && p->primary_ref_frame != PRIMARY_REF_NONE) ||
	    (PIC(p, use_superres) && (denominator < 9 || denominator > 16)) || p->interp_filter > 4 ||
	    MODE(p, tx_mode) > V4L2_AV1_TX_MODE_SELECT)
		return false;
	for (int i = 0; !is_intra(p) && i < REFERENCES; i++)
		if (p->ref_frame_idx[i] >= SLOTS || p->wm[i].wmtype > V4L2_AV1_WARP_MODEL_AFFINE)
			return false;
	return true;
}

static inline bool is_delta(int value)
{
	return value >= -64 && value < 64;
}

static bool filters_are_good(const va_picture *p)
{
	if (p->filter_level[0] > 63 || p->filter_level[1] > 63 || p->filter_level_u > 63 ||
	    p->filter_level_v > 63)
		return false;
	for (int i = 0; i < 8; i++)
		if (!is_delta(p->ref_deltas[i]))
			return false;
	if (!is_delta(p->mode_deltas[0]) || !is_delta(p->mode_deltas[1]) || p->cdef_damping_minus_3 > 3 ||
	    p->cdef_bits > 3)
		return false;
	for (int i = 0; i < 1 << p->cdef_bits; i++)
		if (p->cdef_y_strengths[i] > 63 || p->cdef_uv_strengths[i] > 63)
			return false;
	return LR(p, lr_unit_shift) <= 2;
}

static bool quantization_is_good(const va_picture *p)
{
	return is_delta(p->y_dc_delta_q) && is_delta(p->u_dc_delta_q) && is_delta(p->u_ac_delta_q) &&
	       is_delta(p->v_dc_delta_q) && is_delta(p->v_ac_delta_q);
}

static bool segmentation_is_good(const va_picture *p)
{
	static const int16_t most[8] = {255, 63, 63, 63, 63, 7, 0, 0};
	const VASegmentationStructAV1 *seg = &p->seg_info;

	if (!seg->segment_info_fields.bits.enabled)
		return true;
	if (p->primary_ref_frame == PRIMARY_REF_NONE &&
	    (seg->segment_info_fields.bits.temporal_update || !seg->segment_info_fields.bits.update_map))
		return false;
	for (int i = 0; i < 8; i++)
		for (int j = 0; j < 8; j++) {
			const int data = seg->feature_data[i][j];

			if (seg->feature_mask[i] >> j & 1 && (data > most[j] || data < (j < 5 ? -most[j] : 0)))
				return false;
		}
	return true;
}

/* ---- slots ------------------------------------------------------------------------------------------------- */

static struct surface *record_of(struct av1 *s, uint32_t id)
{
	struct surface *record = find(&s->surfaces, id);

	return record && record->timestamp && s->decoded[record - s->surfaces.records].width ? record : NULL;
}

static const struct decoded *decoded_of(struct av1 *s, uint32_t id)
{
	const struct surface *record = record_of(s, id);

	return record ? &s->decoded[record - s->surfaces.records] : NULL;
}

static bool says_nothing(const va_picture *p)
{
	for (int i = 0; i < SLOTS; i++)
		if (p->ref_frame_map[i] != VA_INVALID_SURFACE)
			return false;
	return is_key(p);
}

static bool is_in_stream(struct av1 *s, uint32_t id)
{
	const va_picture *p = &s->picture;

	if (id == VA_INVALID_SURFACE || id == s->surface || is_shown_key(p) || !record_of(s, id))
		return false;
	for (int i = 0; i < SLOTS; i++)
		if (p->ref_frame_map[i] == id)
			return true;
	return says_nothing(p);
}

static uint32_t free_slot(const struct av1 *s)
{
	for (uint32_t i = 0; i < SLOTS; i++)
		if (s->found[i] == VA_INVALID_SURFACE)
			return i;
	for (uint32_t i = 0; i < SLOTS; i++)
		for (uint32_t j = i + 1; j < SLOTS; j++)
			if (s->found[j] == s->found[i])
				return i;
	return SLOTS;
}

static uint32_t slot_of(const struct av1 *s, uint32_t id)
{
	for (uint32_t i = 0; id != VA_INVALID_SURFACE && i < SLOTS; i++)
		if (s->found[i] == id)
			return i;
	return SLOTS;
}

static void settle_slots(struct av1 *s)
{
	uint32_t slot;

	for (int i = 0; i < SLOTS; i++)
		s->found[i] = is_in_stream(s, s->held[i]) ? s->held[i] : VA_INVALID_SURFACE;
	s->again_slot = is_in_stream(s, s->unsettled) ? free_slot(s) : SLOTS;
	if (s->again_slot < SLOTS)
		s->found[s->again_slot] = s->unsettled;
	slot = free_slot(s);
	s->refresh = replaces_all(&s->picture) ? 0xff : slot < SLOTS ? 1u << slot : 0;
	s->postponed = !s->refresh;
}

/* All of them: whether they exist, and whether they fit. Keeps what the controls want of them. */
static bool take_references(struct av1 *s)
{
	const va_picture *p = &s->picture;
	const uint32_t width = coded_width(p), height = p->frame_height_minus1 + 1u;
	bool scales = false;

	if (is_intra(p))
		return true;
	for (int i = 0; i < REFERENCES; i++) {
		const uint32_t id = p->ref_frame_map[p->ref_frame_idx[i]];
		const struct decoded *d = decoded_of(s, id);

		s->slot_of[i] = (uint8_t)slot_of(s, id);
		if (s->slot_of[i] == SLOTS || !d || d->bit_depth != (p->bit_depth_idx ? 10 : 8))
			return false;
		s->hints[i] = d->order_hint;
		scales = scales || (2 * width >= d->width && 2 * height >= d->height && width <= 16 * d->width &&
		                    height <= 16 * d->height);
	}
	return scales;
}

static int distance(const struct av1 *s, uint32_t a, uint32_t b)
{
	const int half = 1 << s->picture.order_hint_bits_minus_1, difference = (int)a - (int)b;

	return (difference & (half - 1)) - (difference & half);
}

static uint32_t nearest(const struct av1 *s, uint32_t hint, int side)
{
	uint32_t best = REFERENCES;
	int least = INT32_MAX;

	for (uint32_t i = 0; i < REFERENCES; i++) {
		const int away = distance(s, s->hints[i], hint) * side;

		if (away > 0 && away < least) {
			least = away;
			best = i;
		}
	}
	return best;
}

static void settle_skip_mode(struct av1 *s)
{
	const va_picture *p = &s->picture;
	uint32_t forward, other;

	s->skip[0] = s->skip[1] = 0;
	if (is_intra(p) || !MODE(p, reference_select) || !SEQ(p, enable_order_hint))
		return;
	forward = nearest(s, p->order_hint, -1);
	if (forward == REFERENCES)
		return;
	other = nearest(s, p->order_hint, 1);
	if (other == REFERENCES)
		other = nearest(s, s->hints[forward], -1);
	if (other == REFERENCES)
		return;
	s->skip[0] = 1 + (forward < other ? forward : other);
	s->skip[1] = 1 + (forward < other ? other : forward);
}

/* ---- what the picture does not update ------------------------------------------------------------------------ */

static bool is_lossless(const va_picture *p)
{
	if (p->y_dc_delta_q || p->u_dc_delta_q || p->u_ac_delta_q || p->v_dc_delta_q || p->v_ac_delta_q)
		return false;
	for (int i = 0; i < 8; i++)
		if (p->base_qindex + (p->seg_info.feature_mask[i] & 1 ? p->seg_info.feature_data[i][0] : 0) > 0)
			return false;
	return true;
}

static void load_previous(struct av1 *s)
{
	va_picture *p = &s->picture;
	VASegmentationStructAV1 *seg = &p->seg_info;
	const struct decoded *before =
		p->primary_ref_frame == PRIMARY_REF_NONE
			? NULL
			: decoded_of(s, p->ref_frame_map[p->ref_frame_idx[p->primary_ref_frame]]);
	const int8_t *deltas = before ? before->deltas : DEFAULT_DELTAS;

	if (!seg->segment_info_fields.bits.enabled) {
		memset(seg->feature_data, 0, sizeof(seg->feature_data));
		memset(seg->feature_mask, 0, sizeof(seg->feature_mask));
	} else if (before && !seg->segment_info_fields.bits.update_data) {
		memcpy(seg->feature_data, before->feature_data, sizeof(seg->feature_data));
		memcpy(seg->feature_mask, before->feature_mask, sizeof(seg->feature_mask));
	}
	if (is_lossless(p) || PIC(p, allow_intrabc))
		deltas = DEFAULT_DELTAS;
	else if (p->loop_filter_info_fields.bits.mode_ref_delta_enabled &&
	         p->loop_filter_info_fields.bits.mode_ref_delta_update)
		return;
	memcpy(p->ref_deltas, deltas, 8);
	memcpy(p->mode_deltas, deltas + 8, 2);
}

/* ---- parameters and tiles ------------------------------------------------------------------------------------- */

static int parameter(uint32_t type, const void *bytes, uint32_t size)
{
	struct av1 *s = &instance;
	va_picture *p = &s->picture;
	uint32_t width, height;

	if (type != VAPictureParameterBufferType || size < sizeof(*p))
		return 0;
	memcpy(p, bytes, sizeof(*p));
	s->has_picture = false;
	if (PIC(p, large_scale_tile) || !sequence_is_good(p) || !frame_is_good(s, p) || !filters_are_good(p) ||
	    !quantization_is_good(p) || !segmentation_is_good(p) || !tiles_are_good(p) || !grain_is_good(p))
		return 0;
	settle_slots(s);
	if (!take_references(s))
		return 0;
	settle_skip_mode(s);
	if (MODE(p, skip_mode_present) && !s->skip[1])
		return 0;
	load_previous(s);
	width = p->frame_width_minus1 + 1u;
	height = p->frame_height_minus1 + 1u;
	s->max_width = is_shown_key(p) || width > s->max_width ? width : s->max_width;
	s->max_height = is_shown_key(p) || height > s->max_height ? height : s->max_height;
	for (int i = 0; i < SLOTS; i++) {
		struct surface *record = find(&s->surfaces, s->found[i]);

		if (record)
			record->last_use = s->surfaces.picture_number;
	}
	s->has_picture = true;
	return 1;
}

static int slice(const void *parameters, uint32_t size, const void *data, uint32_t data_size)
{
	struct av1 *s = &instance;
	const va_picture *p = &s->picture;
	const VASliceParameterBufferAV1 *tile = parameters;
	const uint32_t tiles = p->tile_cols * (uint32_t)p->tile_rows;
	struct v4l2_ctrl_av1_tile_group_entry *entry;
	uint32_t number;

	(void)data;
	(void)data_size;
	if (size < sizeof(*tile) || !s->has_picture || tile->tile_row >= p->tile_rows ||
	    tile->tile_column >= p->tile_cols)
		return 0;
	number = tile->tile_row * (uint32_t)p->tile_cols + tile->tile_column;
	entry = &s->own.tiles[number];
	if (!s->own.tile_count)
		memset(s->own.tiles, 0, tiles * sizeof(*entry));
	else if (entry->tile_size)
		return 0;
	*entry = (struct v4l2_ctrl_av1_tile_group_entry){
		.tile_offset = number + 1 == tiles ? 0 : TILE_SIZE_BYTES,
		.tile_size = tile->slice_data_size,
		.tile_row = tile->tile_row,
		.tile_col = tile->tile_column,
	};
	s->own.tile_count++;
	return 1;
}

/* ---- the controls ------------------------------------------------------------------------------------------ */

static void fill_sequence(struct v4l2_ctrl_av1_sequence *to, const struct av1 *s)
{
	const va_picture *p = &s->picture;

	memset(to, 0, sizeof(*to));
#define SEQUENCE(field, name) FLAG(SEQ(p, field), V4L2_AV1_SEQUENCE_FLAG_##name)
	to->flags = SEQUENCE(still_picture, STILL_PICTURE) |
	            SEQUENCE(use_128x128_superblock, USE_128X128_SUPERBLOCK) |
	            SEQUENCE(enable_filter_intra, ENABLE_FILTER_INTRA) |
	            SEQUENCE(enable_intra_edge_filter, ENABLE_INTRA_EDGE_FILTER) |
	            SEQUENCE(enable_interintra_compound, ENABLE_INTERINTRA_COMPOUND) |
	            SEQUENCE(enable_masked_compound, ENABLE_MASKED_COMPOUND) |
	            FLAG(PIC(p, allow_warped_motion), V4L2_AV1_SEQUENCE_FLAG_ENABLE_WARPED_MOTION) |
	            SEQUENCE(enable_dual_filter, ENABLE_DUAL_FILTER) |
	            SEQUENCE(enable_order_hint, ENABLE_ORDER_HINT) | SEQUENCE(enable_jnt_comp, ENABLE_JNT_COMP) |
	            FLAG(PIC(p, use_ref_frame_mvs), V4L2_AV1_SEQUENCE_FLAG_ENABLE_REF_FRAME_MVS) |
	            FLAG(PIC(p, use_superres), V4L2_AV1_SEQUENCE_FLAG_ENABLE_SUPERRES) |
	            SEQUENCE(enable_cdef, ENABLE_CDEF) |
	            FLAG(uses_restoration(p), V4L2_AV1_SEQUENCE_FLAG_ENABLE_RESTORATION) |
	            SEQUENCE(mono_chrome, MONO_CHROME) | SEQUENCE(color_range, COLOR_RANGE) |
	            SEQUENCE(subsampling_x, SUBSAMPLING_X) | SEQUENCE(subsampling_y, SUBSAMPLING_Y) |
	            SEQUENCE(film_grain_params_present, FILM_GRAIN_PARAMS_PRESENT) |
	            FLAG(has_separate_deltas(p), V4L2_AV1_SEQUENCE_FLAG_SEPARATE_UV_DELTA_Q);
#undef SEQUENCE
	to->order_hint_bits = SEQ(p, enable_order_hint) ? p->order_hint_bits_minus_1 + 1 : 0;
	to->bit_depth = p->bit_depth_idx ? 10 : 8;
	to->max_frame_width_minus_1 = (uint16_t)(s->max_width - 1);
	to->max_frame_height_minus_1 = (uint16_t)(s->max_height - 1);
}

static uint32_t frame_flags(const struct av1 *s)
{
	const va_picture *p = &s->picture;
	const bool overrides =
		p->frame_width_minus1 + 1u != s->max_width || p->frame_height_minus1 + 1u != s->max_height;

#define FRAME(field, name) FLAG(PIC(p, field), V4L2_AV1_FRAME_FLAG_##name)
	return FRAME(show_frame, SHOW_FRAME) | FRAME(showable_frame, SHOWABLE_FRAME) |
	       FLAG(PIC(p, error_resilient_mode) || replaces_all(p), V4L2_AV1_FRAME_FLAG_ERROR_RESILIENT_MODE) |
	       FRAME(disable_cdf_update, DISABLE_CDF_UPDATE) |
	       FRAME(allow_screen_content_tools, ALLOW_SCREEN_CONTENT_TOOLS) |
	       FLAG(PIC(p, force_integer_mv) || is_intra(p), V4L2_AV1_FRAME_FLAG_FORCE_INTEGER_MV) |
	       FRAME(allow_intrabc, ALLOW_INTRABC) | FRAME(use_superres, USE_SUPERRES) |
	       FRAME(allow_high_precision_mv, ALLOW_HIGH_PRECISION_MV) |
	       FRAME(is_motion_mode_switchable, IS_MOTION_MODE_SWITCHABLE) |
	       FRAME(use_ref_frame_mvs, USE_REF_FRAME_MVS) |
	       FRAME(disable_frame_end_update_cdf, DISABLE_FRAME_END_UPDATE_CDF) |
	       FRAME(allow_warped_motion, ALLOW_WARPED_MOTION) |
	       FLAG(MODE(p, reference_select), V4L2_AV1_FRAME_FLAG_REFERENCE_SELECT) |
	       FLAG(MODE(p, reduced_tx_set_used), V4L2_AV1_FRAME_FLAG_REDUCED_TX_SET) |
	       FLAG(s->skip[0], V4L2_AV1_FRAME_FLAG_SKIP_MODE_ALLOWED) |
	       FLAG(MODE(p, skip_mode_present), V4L2_AV1_FRAME_FLAG_SKIP_MODE_PRESENT) |
	       FLAG(overrides, V4L2_AV1_FRAME_FLAG_FRAME_SIZE_OVERRIDE);
#undef FRAME
}

static void fill_frame(struct v4l2_ctrl_av1_frame *f, struct av1 *s)
{
	const va_picture *p = &s->picture;

	memset(f, 0, sizeof(*f));
	fill_tile_info(&f->tile_info, p);
	fill_quantization(&f->quantization, p);
	fill_segmentation(&f->segmentation, &p->seg_info);
	fill_loop_filter(&f->loop_filter, p);
	fill_cdef(&f->cdef, p);
	fill_restoration(&f->loop_restoration, p);
	fill_global_motion(&f->global_motion, p);
	f->superres_denom = PIC(p, use_superres) ? p->superres_scale_denominator : SUPERRES_NUM;
	f->primary_ref_frame = p->primary_ref_frame;
	f->flags = frame_flags(s);
	f->frame_type = PIC(p, frame_type);
	f->order_hint = p->order_hint;
	f->upscaled_width = p->frame_width_minus1 + 1u;
	f->interpolation_filter = p->interp_filter;
	f->tx_mode = MODE(p, tx_mode);
	f->frame_width_minus_1 = coded_width(p) - 1;
	f->frame_height_minus_1 = f->render_height_minus_1 = p->frame_height_minus1;
	f->render_width_minus_1 = p->frame_width_minus1;
	for (int i = 0; i < SLOTS; i++) {
		const struct surface *record = record_of(s, s->found[i]);

		f->reference_frame_ts[i] = record ? record->timestamp : 0;
	}
	f->refresh_frame_flags = (uint8_t)s->refresh;
	if (is_intra(p))
		return;
	for (int i = 0; i < REFERENCES; i++) {
		f->ref_frame_idx[i] = (int8_t)s->slot_of[i];
		f->order_hints[i + 1] = s->hints[i];
	}
	f->skip_mode_frame[0] = (uint8_t)s->skip[0];
	f->skip_mode_frame[1] = (uint8_t)s->skip[1];
}

static int give(struct fill_output *output, const struct controls *c,
                const struct v4l2_ctrl_av1_film_grain *g)
{
	if (output)
		*output = (struct fill_output){
			.count = 4,
			.controls = {{V4L2_CID_STATELESS_AV1_SEQUENCE, sizeof(c->sequence), &c->sequence},
		                 {V4L2_CID_STATELESS_AV1_FRAME, sizeof(c->frame), &c->frame},
		                 {V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY,
		                  c->tile_count * (uint32_t)sizeof(c->tiles[0]), c->tiles},
		                 {V4L2_CID_STATELESS_AV1_FILM_GRAIN, sizeof(*g), g}}};
	return 1;
}

static int again(void)
{
	return instance.again_slot < SLOTS;
}

static int fill_again(struct fill_output *output)
{
	struct av1 *s = &instance;

	s->kept.frame.refresh_frame_flags = (uint8_t)(1u << s->again_slot);
	memset(&s->grain, 0, sizeof(s->grain));
	s->held[s->again_slot] = s->unsettled;
	s->unsettled = VA_INVALID_SURFACE;
	s->again_slot = SLOTS;
	return give(output, &s->kept, &s->grain);
}

static int fill(struct fill_output *output)
{
	struct av1 *s = &instance;

	if (again())
		return fill_again(output);
	if (!s->has_picture || s->own.tile_count != s->picture.tile_cols * (uint32_t)s->picture.tile_rows)
		return 0;
	fill_sequence(&s->own.sequence, s);
	fill_frame(&s->own.frame, s);
	fill_grain(&s->grain, &s->picture.film_grain_info);
	return give(output, &s->own, &s->grain);
}

static void done(uint32_t surface)
{
	struct av1 *s = &instance;
	const va_picture *p = &s->picture;
	struct surface *record = find(&s->surfaces, surface);
	struct decoded *d;

	for (int i = 0; i < SLOTS; i++)
		s->held[i] = s->refresh >> i & 1 ? s->surface : s->found[i];
	s->unsettled = s->postponed ? s->surface : VA_INVALID_SURFACE;
	if (s->postponed) {
		s->kept.sequence = s->own.sequence;
		s->kept.frame = s->own.frame;
		s->kept.tile_count = s->own.tile_count;
		memcpy(s->kept.tiles, s->own.tiles, s->own.tile_count * sizeof(s->own.tiles[0]));
	}
	if (!record)
		return;
	d = &s->decoded[record - s->surfaces.records];
	d->width = p->frame_width_minus1 + 1u;
	d->height = p->frame_height_minus1 + 1u;
	d->bit_depth = p->bit_depth_idx ? 10 : 8;
	d->order_hint = p->order_hint;
	memcpy(d->feature_data, p->seg_info.feature_data, sizeof(d->feature_data));
	memcpy(d->feature_mask, p->seg_info.feature_mask, sizeof(d->feature_mask));
	memcpy(d->deltas, p->ref_deltas, 8);
	memcpy(d->deltas + 8, p->mode_deltas, 2);
}

const struct fill fill_c = {reset, begin, parameter, slice, fill, done, again};
