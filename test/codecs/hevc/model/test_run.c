/* SPDX-License-Identifier: MIT */
#include "test_run.h"

#include "../uapi.h"
#include "client.h"
#include "test_captures.h"
#include "test_frames.h"
#include "test_plain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { START_CODE = 3 };

extern const struct model_codec model_hevc;

struct session {
	void *model;
	struct client_stream stream;
	struct client_dpb dpb;
	struct test_captures captures;
	struct test_capture *current;
	struct test_run *run;
	const struct test_options *options;
	uint32_t random;
	unsigned int pictures;
	bool begun;
	const struct test_controls *controls; /* of the job */
	uint8_t *output;
};

static bool find_reference(void *opaque, uint64_t timestamp, struct model_image *image)
{
	const struct session *s = opaque;

	return test_captures_find(&s->captures, timestamp, image);
}

static bool set_format(struct session *s, const struct v4l2_ctrl_hevc_sps *sps)
{
	const unsigned int width = sps->pic_width_in_luma_samples, height = sps->pic_height_in_luma_samples;
	const unsigned int depth = sps->bit_depth_luma_minus8 + 8u;

	return test_captures_have_format(&s->captures, width, height, depth) ||
	       test_captures_allocate(&s->captures, width, height, depth);
}

static bool is_reference(const void *opaque, unsigned int frame)
{
	const struct client_dpb *dpb = opaque;

	for (unsigned int i = 0; i < dpb->count; i++)
		if (dpb->frames[i].frame == frame)
			return true;
	return false;
}

/* ---- controls -------------------------------------------------------------------------------------------------------- */

static void fill_subset(const struct client_dpb *dpb, unsigned int set, uint8_t *indices, uint8_t *count)
{
	for (unsigned int i = 0; i < dpb->set_count[set]; i++)
		if (dpb->set[set][i] >= 0)
			indices[(*count)++] = (uint8_t)dpb->set[set][i];
}

static void fill_params(const struct client_dpb *dpb, const struct client_slice *first,
                        struct v4l2_ctrl_hevc_decode_params *out)
{
	const unsigned int type = first->nal.type;

	*out = (struct v4l2_ctrl_hevc_decode_params){
		.pic_order_cnt_val = dpb->poc,
		.short_term_ref_pic_set_size = first->v4l2.short_term_ref_pic_set_size,
		.long_term_ref_pic_set_size = first->v4l2.long_term_ref_pic_set_size,
		.num_active_dpb_entries = (uint8_t)dpb->count,
		.flags = (type >= 16 && type <= 23 ? V4L2_HEVC_DECODE_PARAM_FLAG_IRAP_PIC : 0) |
	             (type == 19 || type == 20 ? V4L2_HEVC_DECODE_PARAM_FLAG_IDR_PIC : 0) |
	             (first->no_output_of_prior_pics ? V4L2_HEVC_DECODE_PARAM_FLAG_NO_OUTPUT_OF_PRIOR : 0),
	};
	set_num_delta_pocs(out, (uint8_t)first->num_delta_pocs);
	fill_subset(dpb, 0, out->poc_st_curr_before, &out->num_poc_st_curr_before);
	fill_subset(dpb, 1, out->poc_st_curr_after, &out->num_poc_st_curr_after);
	fill_subset(dpb, 2, out->poc_lt_curr, &out->num_poc_lt_curr);
	for (unsigned int i = 0; i < dpb->count; i++)
		out->dpb[i] = (struct v4l2_hevc_dpb_entry){
			.timestamp = test_timestamp(dpb->frames[i].frame),
			.flags = dpb->frames[i].long_term ? V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE : 0,
			.pic_order_cnt_val = dpb->frames[i].poc,
		};
}

/* before: bytes in front of the NAL unit in OUTPUT. */
static void fill_slice(const struct session *s, const struct client_slice *slice, size_t before,
                       struct v4l2_ctrl_hevc_slice_params *out)
{
	int list[CLIENT_REFERENCES];

	*out = slice->v4l2;
	out->slice_pic_order_cnt = s->dpb.poc;
	out->bit_size = (uint32_t)(before + slice->nal.size) * 8;
	out->data_byte_offset = (uint32_t)before + slice->header_bytes;
	if (s->options->slice_based)
		out->data_byte_offset -= slice->header_emulation;
	hevc_client_list(&s->dpb, slice, 0, list);
	for (unsigned int i = 0; i < CLIENT_REFERENCES; i++)
		out->ref_idx_l0[i] = (uint8_t)(list[i] < 0 ? 0 : list[i]);
	hevc_client_list(&s->dpb, slice, 1, list);
	for (unsigned int i = 0; i < CLIENT_REFERENCES; i++)
		out->ref_idx_l1[i] = (uint8_t)(list[i] < 0 ? 0 : list[i]);
}

static struct model_value value_of(const void *opaque, uint32_t id)
{
	static const int32_t modes[2] = {V4L2_STATELESS_HEVC_DECODE_MODE_FRAME_BASED,
	                                 V4L2_STATELESS_HEVC_DECODE_MODE_SLICE_BASED};
	static const int32_t codes[2] = {V4L2_STATELESS_HEVC_START_CODE_ANNEX_B,
	                                 V4L2_STATELESS_HEVC_START_CODE_NONE};
	const struct session *s = opaque;
	const struct test_controls *c = s->controls;

#define VALUE(control, pointer, bytes)      \
	case V4L2_CID_STATELESS_HEVC_##control: \
		return (struct model_value){pointer, (uint32_t)(bytes), true, (bytes) != 0}
	switch (id) {
		VALUE(DECODE_MODE, &modes[s->options->slice_based], sizeof(modes[0]));
		VALUE(START_CODE, &codes[s->options->slice_based], sizeof(codes[0]));
		VALUE(SPS, &c->sps, sizeof(c->sps));
		VALUE(PPS, &c->pps, sizeof(c->pps));
		VALUE(SCALING_MATRIX, &c->matrix, sizeof(c->matrix));
		VALUE(DECODE_PARAMS, &c->params, sizeof(c->params));
		VALUE(SLICE_PARAMS, c->slices, c->slice_count * sizeof(*c->slices));
	case V4L2_CID_STATELESS_HEVC_ENTRY_POINT_OFFSETS:
		if (!s->options->slice_based)
			return (struct model_value){0};
		return (struct model_value){c->entry_points, (uint32_t)(c->entry_point_count * sizeof(uint32_t)),
		                            true, c->entry_point_count != 0};
	default:
		return (struct model_value){0};
	}
#undef VALUE
}

static bool are_valid(struct test_controls *c)
{
	bool valid = !model_hevc.validate(V4L2_CID_STATELESS_HEVC_SPS, &c->sps) &&
	             !model_hevc.validate(V4L2_CID_STATELESS_HEVC_PPS, &c->pps) &&
	             !model_hevc.validate(V4L2_CID_STATELESS_HEVC_DECODE_PARAMS, &c->params);

	for (unsigned int i = 0; i < c->slice_count; i++)
		valid &= !model_hevc.validate(V4L2_CID_STATELESS_HEVC_SLICE_PARAMS, &c->slices[i]);
	return valid;
}

/* ---- jobs ------------------------------------------------------------------------------------------------------------- */

/* Hostile input: broken slices, cut slices, and now and then rubbish in a control. */
static void damage(struct session *s, struct test_controls *controls, uint8_t *data, size_t *size)
{
	const size_t fixed = offsetof(struct test_controls, slices);

	test_damage(&s->random, data, size);
	if (test_random(&s->random) % 8 == 0)
		((uint8_t *)controls)[test_random(&s->random) % fixed] = (uint8_t)test_random(&s->random);
	if (test_random(&s->random) % 8 == 0)
		((uint8_t *)controls->slices)[test_random(&s->random) % sizeof(*controls->slices)] =
			(uint8_t)test_random(&s->random);
}

static void judge(struct session *s, const struct model_result *result)
{
	struct test_run *run = s->run;

	run->painted += result->verdict == MODEL_PAINTED;
	run->refused += result->verdict == MODEL_REFUSED;
	run->frames[run->count - 1].excused |= result->verdict == MODEL_REFUSED;
	if (result->verdict != MODEL_GOOD && !run->reason[0])
		snprintf(run->reason, sizeof(run->reason), "frame %u: %s", run->count - 1, result->reason);
}

static void submit(struct session *s, struct test_controls *controls, const uint8_t *data, size_t size,
                   bool hold)
{
	/* a copy: reads beyond it shall be seen by a sanitizer */
	uint8_t *copy = malloc(size);
	struct model_result result = {MODEL_REFUSED, "a control is not valid"};
	struct model_job job = {
		.value_of = value_of,
		.bitstream = copy,
		.size = size,
		.timestamp = test_timestamp(s->current->frame),
		.hold = hold,
		.destination = s->current->image,
		.find_reference = find_reference,
		.opaque = s,
	};

	if (!copy)
		return;
	memcpy(copy, data, size);
	s->controls = controls;
	if (s->options->alter)
		s->options->alter(s->options->opaque, controls);
	if (s->options->damage)
		damage(s, controls, copy, &job.size);
	if (are_valid(controls))
		model_hevc.decode(s->model, &job, &result);
	s->run->jobs++;
	judge(s, &result);
	free(copy);
}

/* The bytes of OUTPUT are s->output. */
static void submit_frame(struct session *s, struct test_controls *controls,
                         const struct client_picture *picture)
{
	size_t size = 0;

	for (unsigned int i = 0; i < picture->count; i++) {
		const struct client_nal *nal = &picture->slices[i].nal;

		memcpy(s->output + size, "\0\0\1", START_CODE);
		memcpy(s->output + size + START_CODE, nal->data, nal->size);
		fill_slice(s, &picture->slices[i], size + START_CODE, &controls->slices[i]);
		size += START_CODE + nal->size;
	}
	controls->slice_count = picture->count;
	submit(s, controls, s->output, size, false);
}

static void submit_slices(struct session *s, const struct test_controls *base,
                          const struct client_picture *picture)
{
	for (unsigned int i = 0; i < picture->count; i++) {
		const struct client_slice *slice = &picture->slices[i];
		struct test_controls controls = *base;
		const size_t bytes = slice->v4l2.num_entry_point_offsets * sizeof(uint32_t);

		fill_slice(s, slice, 0, controls.slices);
		controls.slice_count = 1;
		controls.entry_points = malloc(bytes + 1);
		if (!controls.entry_points)
			return;
		if (bytes)
			memcpy(controls.entry_points, slice->entry_points, bytes);
		controls.entry_point_count = slice->v4l2.num_entry_point_offsets;
		submit(s, &controls, slice->nal.data, slice->nal.size, i + 1 < picture->count);
		free(controls.entry_points);
	}
}

static bool new_frame(struct test_run *run, const struct client_picture *picture)
{
	struct test_frame *frames = realloc(run->frames, (run->count + 1) * sizeof(*frames));

	if (!frames)
		return false;
	run->frames = frames;
	run->frames[run->count++] = (struct test_frame){.start = picture->start, .end = picture->end};
	return true;
}

static bool take_picture(void *opaque, const struct client_picture *picture)
{
	struct session *s = opaque;
	const struct client_slice *first = &picture->slices[0];
	const struct client_pps *pps = &s->stream.pps[first->pps_id];
	const struct client_sps *sps = &s->stream.sps[pps->sps_id];
	struct test_controls controls = {.sps = sps->v4l2, .pps = pps->v4l2};
	const bool irap = first->nal.type >= 16;

	s->begun |= irap;
	if (!s->begun)
		return true;
	if (s->options->frames && s->run->count == s->options->frames)
		return false;
	if (s->options->drop && !irap && ++s->pictures % s->options->drop == 0)
		return true;
	hevc_client_begin(&s->dpb, picture, sps);
	if (s->dpb.skipped)
		return true;
	s->run->beyond |= sps->v4l2.chroma_format_idc != 1 || sps->v4l2.bit_depth_luma_minus8 > 2;
	if (!set_format(s, &sps->v4l2) || !new_frame(s->run, picture))
		return false;
	s->run->shown += first->output;
	s->current = test_captures_take(&s->captures, s->dpb.frame, is_reference, &s->dpb);
	controls.matrix = pps->lists_present ? pps->matrix : sps->matrix;
	controls.slices = calloc(picture->count, sizeof(*controls.slices));
	if (!s->current || !controls.slices)
		return false;
	fill_params(&s->dpb, first, &controls.params);
	if (s->options->scribble)
		test_captures_scribble(&s->captures, s->current);
	if (s->captures.width > 32 || s->captures.height > 32)
		s->run->predicted += s->dpb.set_count[0] + s->dpb.set_count[1] + s->dpb.set_count[2] > 0;
	if (s->options->slice_based)
		submit_slices(s, &controls, picture);
	else
		submit_frame(s, &controls, picture);
	s->run->frames[s->run->count - 1].hash = test_captures_hash(&s->captures, s->current, 0, 1);
	free(controls.slices);
	hevc_client_end(&s->dpb);
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
	s->random = options->damage;
	s->model = model_hevc.open();
	s->output = malloc(2 * size + START_CODE);
	if (s->model && s->output)
		good = hevc_client_pictures(&s->stream, data, size, take_picture, s, &run->unreadable) ||
		       (options->frames && run->count == options->frames);
	model_hevc.close(s->model);
	test_captures_free(&s->captures);
	free(s->output);
	free(s);
	return good;
}

void test_run_free(struct test_run *run)
{
	free(run->frames);
	run->frames = NULL;
}

/* ---- plain decoding ------------------------------------------------------------------------------------------------- */

struct comparison {
	const struct test_run *run;
	struct plain_decoder plain;
	unsigned int count;
	int different;
};

static void compare(void *opaque, const AVFrame *frame)
{
	struct comparison *c = opaque;
	const struct test_frame *ours =
		frame->pts >= 0 && frame->pts < c->run->count ? &c->run->frames[frame->pts] : NULL;
	const bool same = ours && (ours->excused || ours->hash == test_hash_frame(frame));

	if (!same && getenv("TEST_VERBOSE"))
		printf("  frame %d differs\n", (int)frame->pts);
	c->different += !same;
	c->count++;
}

int test_compare(const struct test_run *run, const uint8_t *data, unsigned int *frames)
{
	struct comparison c = {.run = run, .plain = {.take = compare, .opaque = &c}};
	bool good = plain_open(&c.plain, "hevc");

	if (!good)
		c.different = -1;
	for (unsigned int i = 0; good && i < run->count; i++)
		good =
			plain_decode(&c.plain, data + run->frames[i].start, run->frames[i].end - run->frames[i].start, i);
	if (good)
		plain_finish(&c.plain);
	*frames = c.count;
	plain_close(&c.plain);
	return c.different;
}
