/* SPDX-License-Identifier: MIT */
#include "test_run.h"

#include "container.h"
#include "test_captures.h"
#include "test_controls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct model_codec model_av1;

/*
 * The frames in the slots of the stream, by their numbers, and in which of the decoder's slots each is: a key frame that is shown later goes to
 * all slots of the stream then, and the decoder hears nothing of it.
 */
struct slots {
	unsigned int frame[CLIENT_SLOTS], place[CLIENT_SLOTS];
	uint64_t hash[CLIENT_SLOTS];
	bool filled[CLIENT_SLOTS], grained[CLIENT_SLOTS];
};

struct session {
	void *model;
	const uint8_t *data;
	unsigned int width, height, depth; /* of the largest frame */
	struct slots slots;
	struct test_captures captures;
	struct test_capture *current;
	struct test_run *run;
	const struct test_options *options;
	uint32_t random;
	unsigned int frames, inter;
	struct test_controls controls; /* of the job */
};

static bool find_reference(void *opaque, uint64_t timestamp, struct model_image *image)
{
	const struct session *s = opaque;

	return test_captures_find(&s->captures, timestamp, image);
}

static bool is_reference(const void *opaque, unsigned int frame)
{
	const struct slots *slots = opaque;

	for (unsigned int i = 0; i < CLIENT_SLOTS; i++)
		if (slots->filled[i] && slots->frame[i] == frame)
			return true;
	return false;
}

static struct model_value value_of(const void *opaque, uint32_t id)
{
	const struct session *s = opaque;
	const struct test_controls *c = &s->controls;

	switch (id) {
	case V4L2_CID_STATELESS_AV1_SEQUENCE:
		return (struct model_value){&c->sequence, sizeof(c->sequence), true, true};
	case V4L2_CID_STATELESS_AV1_FRAME:
		return (struct model_value){&c->frame, sizeof(c->frame), true, true};
	case V4L2_CID_STATELESS_AV1_FILM_GRAIN:
		return s->options->no_grain ? (struct model_value){0}
		                            : (struct model_value){&c->grain, sizeof(c->grain), true, true};
	case V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY:
		return (struct model_value){c->tiles, c->tile_count * (uint32_t)sizeof(c->tiles[0]), true, true};
	default:
		return (struct model_value){0};
	}
}

/* ---- jobs ------------------------------------------------------------------------------------------------------------- */

/* Hostile input: broken frames, cut frames, and now and then rubbish in a control. */
static void damage(struct session *s, uint8_t *data, size_t *size)
{
	uint8_t *controls = (uint8_t *)&s->controls;

	test_damage(&s->random, data, size);
	if (test_random(&s->random) % 4 == 0)
		controls[test_random(&s->random) % offsetof(struct test_controls, tile_count)] =
			(uint8_t)test_random(&s->random);
	if (test_random(&s->random) % 8 == 0)
		controls[test_random(&s->random) % offsetof(struct test_controls, tiles)] =
			(uint8_t)test_random(&s->random);
}

static void judge(struct test_run *run, const struct model_result *result)
{
	run->painted += result->verdict == MODEL_PAINTED;
	run->refused += result->verdict == MODEL_REFUSED;
	if (result->verdict != MODEL_GOOD && !run->reason[0])
		snprintf(run->reason, sizeof(run->reason), "job %u: %s", run->jobs, result->reason);
	run->jobs++;
}

static bool controls_are_valid(struct test_controls *c)
{
	return !model_av1.validate(V4L2_CID_STATELESS_AV1_SEQUENCE, &c->sequence) &&
	       !model_av1.validate(V4L2_CID_STATELESS_AV1_FRAME, &c->frame) &&
	       !model_av1.validate(V4L2_CID_STATELESS_AV1_FILM_GRAIN, &c->grain);
}

static bool submit(struct session *s, const uint8_t *data, size_t size)
{
	/* a copy: reads beyond it shall be seen by a sanitizer */
	uint8_t *copy = malloc(size);
	struct model_result result = {MODEL_REFUSED, "a control is not valid"};
	struct model_job job = {
		.value_of = value_of,
		.bitstream = copy,
		.size = size,
		.timestamp = test_timestamp(s->current->frame),
		.destination = s->current->image,
		.find_reference = find_reference,
		.opaque = s,
	};

	if (!copy)
		return false;
	memcpy(copy, data, size);
	if (s->options->alter)
		s->options->alter(s->options->opaque, &s->controls);
	if (s->options->damage)
		damage(s, copy, &job.size);
	if (controls_are_valid(&s->controls))
		model_av1.decode(s->model, &job, &result);
	judge(s->run, &result);
	free(copy);
	return true;
}

static void scribble(struct session *s)
{
	for (unsigned int i = 0; i < TEST_CAPTURES; i++) {
		const struct test_capture *capture = &s->captures.list[i];
		bool grained = false;

		for (unsigned int k = 0; k < CLIENT_SLOTS; k++)
			grained |= s->slots.filled[k] && s->slots.frame[k] == capture->frame && s->slots.grained[k];
		if (capture->used && capture != s->current && !grained)
			memset(capture->memory, 0x77, s->captures.size);
	}
}

/* The decoder's slots for a frame that goes to these of the stream. */
static unsigned int places_for(const struct slots *slots, unsigned int refreshed)
{
	unsigned int taken = 0;

	if (!refreshed || refreshed == 0xff)
		return refreshed;
	for (unsigned int i = 0; i < CLIENT_SLOTS; i++)
		if (!(refreshed >> i & 1) && slots->filled[i])
			taken |= 1u << slots->place[i];
	return ~taken & refreshed ? ~taken & refreshed : ~taken & (taken + 1);
}

static void refresh(struct slots *slots, unsigned int refreshed, const struct slots *from, unsigned int at)
{
	const struct slots now = *from;

	for (unsigned int i = 0; i < CLIENT_SLOTS; i++) {
		if (!(refreshed >> i & 1))
			continue;
		slots->frame[i] = now.frame[at];
		slots->place[i] = now.place[at];
		slots->hash[i] = now.hash[at];
		slots->filled[i] = true;
		slots->grained[i] = now.grained[at];
	}
}

/* Slots of the stream become slots of the decoder. */
static void place_references(struct session *s, const struct client_frame *f)
{
	struct v4l2_ctrl_av1_frame *control = &s->controls.frame;

	for (unsigned int i = 0; i < CLIENT_REFERENCES; i++)
		control->ref_frame_idx[i] = (int8_t)s->slots.place[f->slot[i]];
	for (unsigned int i = 0; i < CLIENT_SLOTS; i++)
		if (s->slots.filled[i])
			control->reference_frame_ts[s->slots.place[i]] = test_timestamp(s->slots.frame[i]);
	control->refresh_frame_flags = (uint8_t)places_for(&s->slots, f->refreshed);
	s->controls.grain.film_grain_params_ref_idx = (uint8_t)s->slots.place[f->grain.reference];
}

/* The tiles as they lie in the stream; the OUTPUT buffer begins with the first. False: too many. */
static bool fill_tiles(struct session *s, const struct client_picture *p)
{
	if (p->tile_count > TEST_TILES)
		return false;
	s->controls.tile_count = p->tile_count;
	for (unsigned int i = 0; i < p->tile_count; i++)
		s->controls.tiles[i] = (struct v4l2_ctrl_av1_tile_group_entry){
			.tile_offset = (uint32_t)(p->tiles[i].start - p->tiles[0].start),
			.tile_size = (uint32_t)p->tiles[i].size,
			.tile_row = p->tiles[i].row,
			.tile_col = p->tiles[i].column,
		};
	return true;
}

static bool submit_frame(struct session *s, const struct client_picture *p, bool without_slots)
{
	const size_t start = p->tiles[0].start,
				 end = p->tiles[p->tile_count - 1].start + p->tiles[p->tile_count - 1].size;

	s->current = test_captures_take(&s->captures, s->frames++, is_reference, &s->slots);
	if (!s->current || !fill_tiles(s, p))
		return false;
	test_fill_sequence(&s->controls.sequence, p->sequence);
	test_fill_frame(&s->controls.frame, &p->frame);
	test_fill_grain(&s->controls.grain, &p->frame.grain);
	place_references(s, &p->frame);
	if (without_slots)
		s->controls.frame.refresh_frame_flags = 0;
	return submit(s, s->data + start, end - start);
}

static bool decode_frame(struct session *s, const struct client_picture *p)
{
	const struct client_frame *f = &p->frame;
	const bool all_slots = f->refreshed == 0xff;
	struct slots now = {0};

	if (s->options->scribble)
		scribble(s);
	s->run->predicted += !f->intra;
	s->run->grained += f->grain.apply;
	if (s->options->twice && !all_slots && !submit_frame(s, p, true))
		return false;
	if (!submit_frame(s, p, false))
		return false;
	now.frame[0] = s->current->frame;
	for (unsigned int i = places_for(&s->slots, f->refreshed); i && !(i & 1); i >>= 1)
		now.place[0]++;
	now.hash[0] = test_hash_image(&s->current->image, f->size.upscaled_width, f->size.height);
	now.grained[0] = f->grain.apply;
	refresh(&s->slots, f->refreshed, &now, 0);
	return !f->shown || p->lower_layer || test_shown_add(&s->run->shown, now.hash[0]);
}

static bool take_frame(void *opaque, const struct client_picture *p)
{
	struct session *s = opaque;
	const struct client_frame *f = &p->frame;

	if (f->shows_existing) {
		refresh(&s->slots, f->refreshed, &s->slots, f->existing);
		return test_shown_add(&s->run->shown, s->slots.hash[f->existing]);
	}
	if (s->options->drop && f->type != CLIENT_KEY && ++s->inter % s->options->drop == 0)
		return true;
	return decode_frame(s, p);
}

/* CAPTURE buffers hold the largest frame: that they would have to be others for each size is not the model's affair. */
static bool measure_frame(void *opaque, const struct client_picture *p)
{
	struct session *s = opaque;
	const struct client_size *size = &p->frame.size;

	if (p->frame.shows_existing)
		return true;
	if (size->upscaled_width > s->width)
		s->width = size->upscaled_width;
	if (size->height > s->height)
		s->height = size->height;
	s->depth = p->sequence->depth;
	s->run->beyond |= p->sequence->profile || s->depth > 10;
	return true;
}

bool test_decode(struct test_run *run, const uint8_t *data, size_t size, const struct test_options *options)
{
	struct session *s = calloc(1, sizeof(*s));
	struct client_frames measuring = {measure_frame, s, 0}, decoding = {take_frame, s, 0};
	bool good = false;

	memset(run, 0, sizeof(*run));
	if (!s)
		return false;
	s->run = run;
	s->options = options;
	s->data = data;
	s->random = options->damage;
	av1_frames(data, size, &measuring);
	s->model = model_av1.open();
	if (s->model && !run->beyond && s->depth &&
	    test_captures_allocate(&s->captures, (s->width + 7) & ~7u, (s->height + 7) & ~7u, s->depth))
		good = av1_frames(data, size, &decoding);
	run->unreadable = decoding.unreadable;
	model_av1.close(s->model);
	test_captures_free(&s->captures);
	free(s);
	return good;
}

void test_run_free(struct test_run *run)
{
	test_shown_free(&run->shown);
}

/* ---- plain decoding ------------------------------------------------------------------------------------------------- */

struct plain_decoding {
	const uint8_t *data;
	size_t sent; /* up to there */
	struct test_comparison comparison;
};

/* The temporal unit of each OBU that is in none sent before. */
static bool decode_plainly(void *opaque, const struct client_obu *obu)
{
	struct plain_decoding *d = opaque;

	if (obu->begin < d->sent)
		return true;
	d->sent = obu->unit_end;
	return plain_decode(&d->comparison.plain, d->data + obu->begin, obu->unit_end - obu->begin,
	                    AV_NOPTS_VALUE);
}

int test_compare(const struct test_run *run, const uint8_t *data, size_t size, unsigned int *frames)
{
	struct plain_decoding d = {.data = data};

	if (test_comparison_begin(&d.comparison, &run->shown, "libaom-av1"))
		av1_obus(data, size, decode_plainly, &d);
	test_comparison_end(&d.comparison);
	*frames = d.comparison.count;
	return d.comparison.different;
}
