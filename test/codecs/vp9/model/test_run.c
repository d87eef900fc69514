/* SPDX-License-Identifier: MIT */
#include "test_run.h"

#include "container.h"
#include "test_captures.h"
#include "test_controls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct model_codec model_vp9;

/* The frames in the slots, by their numbers. */
struct slots {
	unsigned int frame[CLIENT_SLOTS];
	uint64_t hash[CLIENT_SLOTS];
	bool filled[CLIENT_SLOTS];
};

struct session {
	void *model;
	const uint8_t *data;
	struct client_persistent persistent;
	struct client_size largest;
	unsigned int depth;
	struct slots slots;
	struct test_captures captures;
	struct test_capture *current;
	struct test_run *run;
	const struct test_options *options;
	uint32_t random;
	unsigned int frames, inter;
	bool begun;
	const struct test_controls *controls; /* of the job */
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
	const struct test_controls *c = ((const struct session *)opaque)->controls;

	if (id == V4L2_CID_STATELESS_VP9_FRAME)
		return (struct model_value){&c->frame, sizeof(c->frame), true, true};
	if (id == V4L2_CID_STATELESS_VP9_COMPRESSED_HDR)
		return (struct model_value){&c->header, sizeof(c->header), true, true};
	return (struct model_value){0};
}

/* ---- jobs ------------------------------------------------------------------------------------------------------------- */

/* Hostile input: broken frames, cut frames, and now and then rubbish in a control. */
static void damage(struct session *s, struct test_controls *controls, uint8_t *data, size_t *size)
{
	test_damage(&s->random, data, size);
	if (test_random(&s->random) % 8 == 0)
		((uint8_t *)controls)[test_random(&s->random) % sizeof(controls->frame)] =
			(uint8_t)test_random(&s->random);
	if (test_random(&s->random) % 8 == 0)
		((uint8_t *)controls)[test_random(&s->random) % sizeof(*controls)] = (uint8_t)test_random(&s->random);
}

static void judge(struct test_run *run, const struct model_result *result)
{
	run->painted += result->verdict == MODEL_PAINTED;
	run->refused += result->verdict == MODEL_REFUSED;
	if (result->verdict != MODEL_GOOD && !run->reason[0])
		snprintf(run->reason, sizeof(run->reason), "job %u: %s", run->jobs, result->reason);
	run->jobs++;
}

static bool submit(struct session *s, struct test_controls *controls, const uint8_t *data, size_t size)
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
	s->controls = controls;
	if (s->options->alter)
		s->options->alter(s->options->opaque, controls);
	if (s->options->damage)
		damage(s, controls, copy, &job.size);
	if (!model_vp9.validate(V4L2_CID_STATELESS_VP9_FRAME, &controls->frame) &&
	    !model_vp9.validate(V4L2_CID_STATELESS_VP9_COMPRESSED_HDR, &controls->header))
		model_vp9.decode(s->model, &job, &result);
	judge(s->run, &result);
	free(copy);
	return true;
}

static void refresh(struct session *s, const struct client_frame *frame, uint64_t hash)
{
	for (unsigned int i = 0; i < CLIENT_SLOTS; i++) {
		if (!(frame->refreshed >> i & 1))
			continue;
		s->slots.frame[i] = s->current->frame;
		s->slots.hash[i] = hash;
		s->slots.filled[i] = true;
	}
}

static bool decode_frame(struct session *s, const struct client_frame *frame, const uint8_t *data,
                         size_t size)
{
	const bool inter = !frame->key && !frame->intra_only;
	struct test_controls controls;
	uint64_t timestamps[CLIENT_SLOTS], hash;

	for (unsigned int i = 0; i < CLIENT_SLOTS; i++)
		timestamps[i] = s->slots.filled[i] ? test_timestamp(s->slots.frame[i]) : 0;
	s->current = test_captures_take(&s->captures, s->frames++, is_reference, &s->slots);
	if (!s->current)
		return false;
	test_fill_frame(&controls.frame, frame, timestamps);
	if (!test_fill_compressed_header(&controls.header, &controls.frame, data + frame->header_size,
	                                 frame->compressed_size))
		return false;
	if (s->options->scribble)
		test_captures_scribble(&s->captures, s->current);
	s->run->inter += inter;
	s->run->predicted += inter && (frame->size.width > 64 || frame->size.height > 64);
	if (!submit(s, &controls, data, size))
		return false;
	hash = test_hash_image(&s->current->image, frame->size.width, frame->size.height);
	refresh(s, frame, hash);
	return !frame->shown || test_shown_add(&s->run->shown, hash);
}

static bool take_frame(void *opaque, size_t start, size_t end)
{
	struct session *s = opaque;
	struct client_frame frame;

	if (!vp9_read_frame(&s->persistent, s->data + start, end - start, &frame))
		return !s->begun;
	if (frame.shows_existing)
		return test_shown_add(&s->run->shown, s->slots.hash[frame.existing]);
	s->begun |= frame.key || frame.intra_only;
	if (!s->begun)
		return true;
	if (s->options->drop && !frame.key && ++s->inter % s->options->drop == 0)
		return true;
	return decode_frame(s, &frame, s->data + start, end - start);
}

/* CAPTURE buffers hold the largest frame: that they would have to be others for each size is not the model's affair. */
static bool measure_frame(void *opaque, size_t start, size_t end)
{
	struct session *s = opaque;
	struct client_frame frame;

	if (!vp9_read_frame(&s->persistent, s->data + start, end - start, &frame) || frame.shows_existing)
		return true;
	if (frame.size.width > s->largest.width)
		s->largest.width = frame.size.width;
	if (frame.size.height > s->largest.height)
		s->largest.height = frame.size.height;
	s->depth = frame.with.depth;
	s->run->beyond |= frame.profile % 2 || s->depth > 10;
	return true;
}

bool test_decode(struct test_run *run, const uint8_t *data, size_t size, const struct test_options *options)
{
	struct session *s = calloc(1, sizeof(*s));
	bool good = false;

	memset(run, 0, sizeof(*run));
	if (!s)
		return false;
	s->run = run;
	s->options = options;
	s->data = data;
	s->random = options->damage;
	vp9_frames(data, size, measure_frame, s);
	memset(&s->persistent, 0, sizeof(s->persistent));
	s->model = model_vp9.open();
	if (s->model && !run->beyond &&
	    test_captures_allocate(&s->captures, (s->largest.width + 7) & ~7u, (s->largest.height + 7) & ~7u,
	                           s->depth))
		good = vp9_frames(data, size, take_frame, s);
	model_vp9.close(s->model);
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
	struct test_comparison comparison;
};

static bool decode_plainly(void *opaque, size_t start, size_t end)
{
	struct plain_decoding *d = opaque;

	return plain_decode(&d->comparison.plain, d->data + start, end - start, AV_NOPTS_VALUE);
}

int test_compare(const struct test_run *run, const uint8_t *data, size_t size, unsigned int *frames)
{
	struct plain_decoding d = {.data = data};

	if (test_comparison_begin(&d.comparison, &run->shown, "vp9"))
		vp9_frames(data, size, decode_plainly, &d);
	test_comparison_end(&d.comparison);
	*frames = d.comparison.count;
	return d.comparison.different;
}
