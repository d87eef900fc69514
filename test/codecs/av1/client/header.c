/* SPDX-License-Identifier: MIT */
#include "frame.h"

#include "header_parts.h"

#include <string.h>

enum { ALL_SLOTS = 0xff, NARROWEST = 16 };

/* ---- sizes, 5.9.5 to 5.9.8 ---------------------------------------------------------------------------------------------- */

static void read_superres(const struct client_sequence *s, struct client_frame *f, struct av1_bits *b)
{
	f->superres = s->superres && av1_flag(b);
	f->denominator = f->superres ? av1_number(b, 3) + 9 : 8;
	f->size.width = (f->size.upscaled_width * 8 + f->denominator / 2) / f->denominator;
	/* not in the specification, but in all decoders */
	if (f->size.width < NARROWEST)
		f->size.width = f->size.upscaled_width < NARROWEST ? f->size.upscaled_width : NARROWEST;
}

static void read_frame_size(const struct client_sequence *s, struct client_frame *f, struct av1_bits *b)
{
	f->size.upscaled_width = s->width;
	f->size.height = s->height;
	if (f->size_override) {
		f->size.upscaled_width = av1_number(b, s->width_bits) + 1;
		f->size.height = av1_number(b, s->height_bits) + 1;
	}
	read_superres(s, f, b);
}

static void read_render_size(struct client_frame *f, struct av1_bits *b)
{
	f->size.render_width = f->size.upscaled_width;
	f->size.render_height = f->size.height;
	if (av1_flag(b)) {
		f->size.render_width = av1_number(b, 16) + 1;
		f->size.render_height = av1_number(b, 16) + 1;
	}
}

static void read_sizes(const struct client_state *state, struct client_frame *f, struct av1_bits *b)
{
	if (f->size_override && !f->resilient && !f->intra) {
		for (unsigned int i = 0; i < CLIENT_REFERENCES; i++) {
			if (!av1_flag(b))
				continue;
			f->size = state->slots[f->slot[i]].size;
			read_superres(&state->sequence, f, b);
			return;
		}
	}
	read_frame_size(&state->sequence, f, b);
	read_render_size(f, b);
}

/* ---- what kind of frame -------------------------------------------------------------------------------------------------- */

static void skip_presentation_time(const struct client_sequence *s, struct av1_bits *b)
{
	if (s->decoder_model && !s->equal_interval)
		av1_number(b, s->presentation_time_bits);
}

static void read_kind(const struct client_state *state, struct client_frame *f, struct av1_bits *b)
{
	const struct client_sequence *s = &state->sequence;

	if (s->reduced) {
		f->type = CLIENT_KEY;
		f->shown = f->resilient = true;
		return;
	}
	f->shows_existing = av1_flag(b);
	if (f->shows_existing) {
		f->existing = av1_number(b, 3);
		skip_presentation_time(s, b);
		av1_number(b, s->id_bits);
		f->type = state->slots[f->existing].type;
		f->refreshed = f->type == CLIENT_KEY ? ALL_SLOTS : 0;
		return;
	}
	f->type = av1_number(b, 2);
	f->shown = av1_flag(b);
	if (f->shown)
		skip_presentation_time(s, b);
	f->showable = f->shown ? f->type != CLIENT_KEY : av1_flag(b);
	f->resilient = f->type == CLIENT_SWITCH || (f->type == CLIENT_KEY && f->shown) || av1_flag(b);
}

static void read_removal_times(const struct client_sequence *s, struct client_frame *f, unsigned int temporal,
                               unsigned int spatial, struct av1_bits *b)
{
	f->removal_times = s->decoder_model && av1_flag(b);
	for (unsigned int i = 0; i < s->point_count && f->removal_times; i++) {
		const unsigned int idc = s->points[i].idc;

		if (s->points[i].decoder_model && (!idc || (idc >> temporal & 1 && idc >> (spatial + 8) & 1)))
			f->removal_time[i] = av1_number(b, s->removal_time_bits);
	}
}

static void read_general(const struct client_sequence *s, struct client_frame *f, struct av1_bits *b)
{
	f->disable_cdf_update = av1_flag(b);
	f->screen_content = s->force_screen_content == CLIENT_SELECT ? av1_flag(b) : s->force_screen_content != 0;
	if (f->screen_content)
		f->integer_mv = s->force_integer_mv == CLIENT_SELECT ? av1_flag(b) : s->force_integer_mv != 0;
	f->id = av1_number(b, s->id_bits);
	f->size_override = f->type == CLIENT_SWITCH || (!s->reduced && av1_flag(b));
	f->order_hint = av1_number(b, s->order_hint_bits);
	f->primary = f->intra || f->resilient ? CLIENT_NO_PRIMARY : av1_number(b, 3);
}

/* ---- references ------------------------------------------------------------------------------------------------------------ */

static void read_refreshed(struct client_state *state, struct client_frame *f, struct av1_bits *b)
{
	const struct client_sequence *s = &state->sequence;

	f->refreshed =
		f->type == CLIENT_SWITCH || (f->type == CLIENT_KEY && f->shown) ? ALL_SLOTS : av1_number(b, 8);
	if ((f->intra && f->refreshed == ALL_SLOTS) || !f->resilient || !s->order_hint_bits)
		return;
	for (unsigned int i = 0; i < CLIENT_SLOTS; i++) {
		struct client_slot *slot = &state->slots[i];
		const unsigned int hint = av1_number(b, s->order_hint_bits);

		if (hint != slot->order_hint || !slot->valid) {
			memset(slot, 0, sizeof(*slot));
			slot->order_hint = hint;
		}
	}
}

static bool read_references(const struct client_state *state, struct client_frame *f, struct av1_bits *b)
{
	const struct client_sequence *s = &state->sequence;

	f->short_signaling = s->order_hint_bits && av1_flag(b);
	if (f->short_signaling) {
		const unsigned int last = av1_number(b, 3), golden = av1_number(b, 3);

		av1_set_frame_refs(state, f, last, golden);
	}
	for (unsigned int i = 0; i < CLIENT_REFERENCES; i++) {
		if (!f->short_signaling)
			f->slot[i] = av1_number(b, 3);
		av1_number(b, s->delta_id_bits);
	}
	for (unsigned int i = 0; i < CLIENT_REFERENCES; i++) {
		f->order_hints[CLIENT_LAST + i] = state->slots[f->slot[i]].order_hint;
		if (!state->slots[f->slot[i]].valid)
			return false;
	}
	return true;
}

static bool read_inter(const struct client_state *state, struct client_frame *f, struct av1_bits *b)
{
	const bool complete = read_references(state, f, b);

	read_sizes(state, f, b);
	f->high_precision = !f->integer_mv && av1_flag(b);
	f->filter = av1_flag(b) ? CLIENT_SWITCHABLE : av1_number(b, 2);
	f->motion_switchable = av1_flag(b);
	f->reference_mvs = !f->resilient && state->sequence.reference_mvs && av1_flag(b);
	return complete;
}

/* ---- the whole -------------------------------------------------------------------------------------------------------------- */

static bool read_rest(const struct client_state *state, struct client_frame *f, struct av1_bits *b)
{
	const struct client_sequence *s = &state->sequence;
	const struct client_slot *before = NULL;

	if (f->primary != CLIENT_NO_PRIMARY)
		before = &state->slots[f->slot[f->primary]];
	f->disable_frame_end_update = s->reduced || f->disable_cdf_update || av1_flag(b);
	if (!av1_read_tiles(s, f, b))
		return false;
	av1_read_quantizer(s, f, b);
	av1_read_segmentation(before, f, b);
	av1_read_delta_q_lf(f, b);
	av1_find_lossless(f);
	av1_read_loop_filter(s, before, f, b);
	av1_read_cdef(s, f, b);
	av1_read_restoration(s, f, b);
	f->transform_mode = f->lossless ? CLIENT_ONLY_4X4 : av1_flag(b) ? CLIENT_TX_SELECT : CLIENT_LARGEST;
	f->reference_select = !f->intra && av1_flag(b);
	av1_find_skip_mode(state, f);
	f->skip_mode = f->skip_mode_allowed && av1_flag(b);
	f->warped = !f->intra && !f->resilient && s->warped && av1_flag(b);
	f->reduced_transforms = av1_flag(b);
	av1_read_motion(before, f, b);
	return av1_read_grain(state, f, b);
}

bool av1_read_frame(struct client_state *state, const uint8_t *data, size_t size, unsigned int temporal,
                    unsigned int spatial, struct client_frame *f, size_t *bits)
{
	struct av1_bits reader = {.data = data, .size = 8 * size}, *const b = &reader;
	bool good = true;

	memset(f, 0, sizeof(*f));
	read_kind(state, f, b);
	if (f->shows_existing) {
		*bits = b->position;
		return !b->beyond && state->slots[f->existing].valid;
	}
	f->intra = f->type == CLIENT_KEY || f->type == CLIENT_INTRA_ONLY;
	if (f->type == CLIENT_KEY && f->shown)
		for (unsigned int i = 0; i < CLIENT_SLOTS; i++)
			memset(&state->slots[i], 0, sizeof(state->slots[i]));
	read_general(&state->sequence, f, b);
	read_removal_times(&state->sequence, f, temporal, spatial, b);
	read_refreshed(state, f, b);
	if (f->intra) {
		read_sizes(state, f, b);
		f->intrabc = f->screen_content && f->size.upscaled_width == f->size.width && av1_flag(b);
	} else {
		good = read_inter(state, f, b);
	}
	good = good && read_rest(state, f, b);
	*bits = b->position;
	return good && !b->beyond;
}

void av1_keep_frame(struct client_state *state, const struct client_frame *f)
{
	struct client_slot slot = {
		.valid = true,
		.type = f->type,
		.id = f->id,
		.order_hint = f->order_hint,
		.depth = state->sequence.depth,
		.showable = f->showable,
		.size = f->size,
		.segmentation = f->segmentation,
		.deltas = f->loop_filter.delta,
		.motion = f->motion,
		.grain = f->grain,
	};

	if (f->shows_existing)
		slot = state->slots[f->existing];
	else
		memcpy(slot.order_hints, f->order_hints, sizeof(slot.order_hints));
	for (unsigned int i = 0; i < CLIENT_SLOTS; i++)
		if (f->refreshed >> i & 1)
			state->slots[i] = slot;
}
