/* SPDX-License-Identifier: MIT */
#include "test_run.h"

#include "client.h"
#include "image.h"
#include "model_state.h"
#include "test_captures.h"

#include <libavcodec/avcodec.h>
#include <libavutil/md5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	bool seeking;
	bool slice_based;
	const struct test_controls *controls; /* of the job, */
	bool weights_set;                     /* and whether its request had the weights */
	const struct client_picture_slice *slices;
	unsigned int slice_count;
	bool failed;
	uint8_t *output;
};

static bool find_reference(void *opaque, uint64_t timestamp, struct model_image *image)
{
	const struct session *s = opaque;

	return test_captures_find(&s->captures, timestamp, image);
}

static bool set_format(struct session *s, const struct v4l2_ctrl_h264_sps *sps)
{
	const unsigned int width = (sps->pic_width_in_mbs_minus1 + 1u) * 16;
	const unsigned int height = (sps->pic_height_in_map_units_minus1 + 1u) *
	                            (sps->flags & V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY ? 16 : 32);
	const unsigned int depth = sps->bit_depth_luma_minus8 + 8u;

	return test_captures_have_format(&s->captures, width, height, depth) ||
	       test_captures_allocate(&s->captures, width, height, depth);
}

static bool is_reference(const void *dpb, unsigned int frame)
{
	return client_is_reference(dpb, frame);
}

static void judge(struct session *s, const struct model_result *result)
{
	struct test_run *run = s->run;

	if (result->verdict == MODEL_GOOD)
		return;
	if (result->verdict == MODEL_PAINTED) {
		run->painted++;
	} else {
		run->refused++;
		run->damaged += !strncmp(result->reason, "slice data is damaged", 21);
		if (run->count)
			run->frames[run->count - 1].excused = true;
	}
	if (!run->reason[0])
		snprintf(run->reason, sizeof(run->reason), "frame %u: %s", run->count - 1, result->reason);
}

/* The last frame is complete: take its hashes. */
static void close_frame(struct session *s)
{
	struct model_result result;
	struct test_frame *frame;

	if (!s->current)
		return;
	model_h264.flush(s->model, &result);
	judge(s, &result);
	frame = &s->run->frames[s->run->count - 1];
	for (unsigned int parity = 0; parity < 2; parity++)
		frame->hash[parity] = test_captures_hash(&s->captures, s->current, parity, 2);
	s->current = NULL;
}

static struct model_value value_of(const void *opaque, uint32_t id)
{
	static const int32_t modes[2] = {V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED,
	                                 V4L2_STATELESS_H264_DECODE_MODE_SLICE_BASED};
	static const int32_t codes[2] = {V4L2_STATELESS_H264_START_CODE_ANNEX_B,
	                                 V4L2_STATELESS_H264_START_CODE_NONE};
	const struct session *s = opaque;
	const struct test_controls *c = s->controls;

#define VALUE(control, member)                    \
	case V4L2_CID_STATELESS_H264_##control:       \
		return (struct model_value)               \
		{                                         \
			&(member), sizeof(member), true, true \
		}
	switch (id) {
		VALUE(DECODE_MODE, modes[s->slice_based]);
		VALUE(START_CODE, codes[s->slice_based]);
		VALUE(SPS, c->sps);
		VALUE(PPS, c->pps);
		VALUE(SCALING_MATRIX, c->matrix);
		VALUE(DECODE_PARAMS, c->params);
		VALUE(SLICE_PARAMS, c->slice);
	case V4L2_CID_STATELESS_H264_PRED_WEIGHTS:
		return (struct model_value){&c->weights, sizeof(c->weights), true, s->weights_set};
	default:
		return (struct model_value){0};
	}
#undef VALUE
}

/* Hostile input: broken slice data, cut slices, and now and then rubbish in a control. */
static void damage(struct session *s, struct test_controls *controls, uint8_t *data, size_t *size)
{
	test_damage(&s->random, data, size);
	if (test_random(&s->random) % 16 == 0) {
		unsigned int bytes = 1 + test_random(&s->random) % 8;

		for (unsigned int i = 0; i < bytes; i++)
			((uint8_t *)controls)[test_random(&s->random) % sizeof(*controls)] =
				(uint8_t)test_random(&s->random);
	}
}

static void submit(struct session *s, struct test_controls *controls, uint8_t *data, size_t size, bool hold)
{
	struct model_result result;
	struct model_job job = {
		.value_of = value_of,
		.bitstream = data,
		.size = size,
		.timestamp = test_timestamp(s->current->frame),
		.hold = hold,
		.destination = s->current->image,
		.find_reference = find_reference,
		.opaque = s,
	};
	const struct test_flip *flip = s->options->flip;

	s->controls = controls;
	s->weights_set = V4L2_H264_CTRL_PRED_WEIGHTS_REQUIRED(&controls->pps, &controls->slice);
	if (flip && (s->slice_based || !flip->slice_based) && (!flip->concerns || flip->concerns(controls))) {
		flip->apply(controls);
		s->run->concerned++;
	}
	if (s->options->damage && size)
		damage(s, controls, data, &job.size);
	model_h264.decode(s->model, &job, &result);
	s->run->jobs++;
	s->run->lenient += h264_model_is_lenient(s->model);
	judge(s, &result);
}

static bool new_frame(struct session *s, size_t start)
{
	struct test_run *run = s->run;

	if (!(run->count & (run->count + 1))) {
		struct test_frame *frames = realloc(run->frames, (run->count + 1) * 2 * sizeof(*frames));

		if (!frames)
			return false;
		run->frames = frames;
	}
	run->frames[run->count++] = (struct test_frame){.start = start, .end = start};
	return true;
}

/* Somebody else writes into a reference. */
static void scribble(struct session *s, const struct v4l2_ctrl_h264_decode_params *params)
{
	struct model_image image;

	for (unsigned int i = 0; i < V4L2_H264_NUM_DPB_ENTRIES; i++) {
		const struct v4l2_h264_dpb_entry *entry = &params->dpb[i];

		if (entry->flags && entry->reference_ts != test_timestamp(s->current->frame) &&
		    find_reference(s, entry->reference_ts, &image))
			memset(image.luma, 0x77, image.luma_stride * image.height);
	}
}

/* All slices of one picture, with the stream's bytes from `start` to `end`. */
static bool decode_picture(struct session *s, size_t start, size_t end)
{
	const struct client_slice *first = &s->slices[0].slice;
	const struct client_pps *pps = &s->stream.pps[first->pps_id];
	const unsigned int drop = s->options->drop;
	const struct client_sps *sps = &s->stream.sps[pps->v4l2.seq_parameter_set_id];
	struct test_controls *controls;
	struct test_controls base = {.sps = sps->v4l2, .pps = pps->v4l2, .matrix = pps->matrix};
	bool p = false, b = false, open;
	size_t size = 0;

	if (sps->v4l2.chroma_format_idc > 1 || sps->v4l2.bit_depth_luma_minus8 > 2) {
		s->run->unreadable += s->slice_count;
		return true;
	}
	if (drop && first->nal_unit_type != 5 && ++s->pictures % drop == 0)
		return true;
	if (s->options->seek && !s->dpb.pair_open && ++s->pictures % s->options->seek == 0)
		s->seeking = true;
	if (s->seeking) {
		unsigned int frames = s->dpb.frames;

		for (unsigned int i = 0; i < s->slice_count; i++)
			if (s->slices[i].slice.type != 2)
				return true;
		/* As a player does: it knows no earlier picture any more. */
		close_frame(s);
		memset(&s->dpb, 0, sizeof(s->dpb));
		s->dpb.frames = frames;
	}
	if (!s->dpb.pair_open)
		close_frame(s);
	client_begin(&s->dpb, first, &sps->v4l2);
	if (!s->dpb.second) {
		close_frame(s);
		if (!set_format(s, &sps->v4l2) || !new_frame(s, start))
			return false;
		s->current = test_captures_take(&s->captures, s->dpb.frame, is_reference, &s->dpb);
		s->run->frames[s->run->count - 1].sought = s->seeking;
		s->seeking = false;
	}
	controls = malloc(sizeof(*controls));
	if (!s->current || !controls) {
		free(controls);
		return false;
	}
	s->run->frames[s->run->count - 1].end = end;
	s->run->frames[s->run->count - 1].fields |= first->field ? 1u << first->bottom : 3;
	client_fill(&s->dpb, first, &sps->v4l2, &base.params);
	for (unsigned int i = 0; i < s->slice_count; i++) {
		p |= s->slices[i].slice.type == 0;
		b |= s->slices[i].slice.type == 1;
	}
	base.params.flags |=
		(p ? V4L2_H264_DECODE_PARAM_FLAG_PFRAME : 0) | (b ? V4L2_H264_DECODE_PARAM_FLAG_BFRAME : 0);
	open = first->field && !s->dpb.second;
	if (s->options->scribble)
		scribble(s, &base.params);
	for (unsigned int i = 0; i < s->slice_count; i++) {
		const struct client_picture_slice *slice = &s->slices[i];

		if (!s->slice_based) {
			memcpy(s->output + size, "\0\0\1", 3);
			memcpy(s->output + size + 3, slice->nal.data, slice->nal.size);
			size += 3 + slice->nal.size;
			continue;
		}
		*controls = base;
		controls->pps = s->stream.pps[slice->slice.pps_id].v4l2;
		controls->matrix = s->stream.pps[slice->slice.pps_id].matrix;
		controls->weights = slice->slice.weights;
		client_fill_slice(&s->dpb, &slice->slice, &sps->v4l2, &base.params, &controls->slice);
		/* a fresh copy: reads beyond the slice shall be seen by a sanitizer */
		uint8_t *copy = malloc(slice->nal.size ? slice->nal.size : 1);
		if (copy) {
			memcpy(copy, slice->nal.data, slice->nal.size);
			submit(s, controls, copy, slice->nal.size, open || i + 1 < s->slice_count);
		}
		free(copy);
	}
	if (!s->slice_based) {
		*controls = base;
		submit(s, controls, s->output, size, open);
	}
	free(controls);
	client_end(&s->dpb, first, &sps->v4l2);
	return true;
}

static bool take_picture(void *opaque, const struct client_picture *picture)
{
	struct session *s = opaque;

	if (s->options->frames && s->run->count > s->options->frames)
		return false;
	s->slices = picture->slices;
	s->slice_count = picture->count;
	s->failed = !decode_picture(s, picture->start, picture->end);
	return !s->failed;
}

static bool decode_stream(struct session *s, const uint8_t *data, size_t size)
{
	bool whole = client_pictures(&s->stream, data, size, take_picture, s, &s->run->unreadable);

	close_frame(s);
	return whole || (!s->failed && s->options->frames);
}

bool test_decode(struct test_run *run, const uint8_t *data, size_t size, bool slice_based,
                 const struct test_options *options)
{
	struct session *s = calloc(1, sizeof(*s));
	bool good = false;

	memset(run, 0, sizeof(*run));
	if (!s)
		return false;
	s->run = run;
	s->options = options;
	s->random = options->damage;
	s->slice_based = slice_based;
	s->model = model_h264.open();
	s->output = malloc(size + 3);
	if (s->model && s->output)
		good = decode_stream(s, data, size);
	model_h264.close(s->model);
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

static void hash_row(uint64_t *hash, uint8_t *row, const AVFrame *f, int plane, int y, int width, int depth)
{
	const uint8_t *a = f->data[plane] + y * f->linesize[plane];
	const uint8_t *b = plane ? f->data[2] + y * f->linesize[2] : NULL;
	int n = 0;

	/* as the row lies in NV12 or P010 */
	for (int x = 0; x < (b ? width / 2 : width); x++) {
		for (int c = 0; c < (b ? 2 : 1); c++) {
			const uint8_t *from = c ? b : a;

			if (depth > 8) {
				unsigned int sample = (from[2 * x] | from[2 * x + 1] << 8) << (16 - depth);

				row[n++] = (uint8_t)sample;
				row[n++] = (uint8_t)(sample >> 8);
			} else {
				row[n++] = from[x];
			}
		}
	}
	hash[y & 1] = test_hash(hash[y & 1], row, (size_t)n);
}

static void compare(struct test_plain *plain, const struct test_run *run, const AVFrame *f, struct AVMD5 *md5)
{
	int depth = f->format == AV_PIX_FMT_YUV420P10LE ? 10 : 8;
	int width = f->width, height = f->height;
	uint64_t hash[2] = {0, 0};
	uint8_t *row = malloc((size_t)width * 2);
	const struct test_frame *frame = f->pts >= 0 && f->pts < run->count ? &run->frames[f->pts] : NULL;

	if (!row || !frame) {
		free(row);
		plain->missing++;
		return;
	}
	for (int y = 0; y < height; y++)
		hash_row(hash, row, f, 0, y, width, depth);
	for (int y = 0; y < height / 2; y++)
		hash_row(hash, row, f, 1, y, width, depth);
	free(row);
	plain->frames++;
	for (unsigned int parity = 0; parity < 2; parity++) {
		if (frame->fields & 1u << parity && frame->hash[parity] != hash[parity] && !frame->excused) {
			plain->different++;
			if (getenv("TEST_VERBOSE"))
				printf("  frame %d differs\n", (int)f->pts);
			break;
		}
	}
	for (int plane = 0; plane < 3; plane++) {
		int shift = plane ? 1 : 0;
		int left = (int)f->crop_left >> shift, top = (int)f->crop_top >> shift;
		int columns = -((-(width - (int)(f->crop_left + f->crop_right))) >> shift);
		int rows = -((-(height - (int)(f->crop_top + f->crop_bottom))) >> shift);

		for (int y = 0; y < rows; y++)
			av_md5_update(md5, f->data[plane] + (top + y) * f->linesize[plane] + left * (depth > 8 ? 2 : 1),
			              (size_t)columns * (depth > 8 ? 2 : 1));
	}
}

/* What was decoded before the seek is shown, unlike in a player: it is to be compared. */
static void flush(AVCodecContext *context, AVFrame *frame, struct test_plain *plain,
                  const struct test_run *run, struct AVMD5 *md5)
{
	avcodec_send_packet(context, NULL);
	while (avcodec_receive_frame(context, frame) >= 0) {
		compare(plain, run, frame, md5);
		av_frame_unref(frame);
	}
	avcodec_flush_buffers(context);
}

bool test_plain_decode(struct test_plain *plain, const struct test_run *run, const uint8_t *data)
{
	const AVCodec *decoder = avcodec_find_decoder_by_name("h264");
	AVCodecContext *context = decoder ? avcodec_alloc_context3(decoder) : NULL;
	AVPacket *packet = av_packet_alloc();
	AVFrame *frame = av_frame_alloc();
	struct AVMD5 *md5 = av_md5_alloc();
	uint8_t digest[16];
	bool good = context && packet && frame && md5;

	memset(plain, 0, sizeof(*plain));
	if (good) {
		context->thread_count = 1;
		context->apply_cropping = 0;
		context->has_b_frames = 16; /* no frame shall come too late to be put out */
		context->flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT;
		context->log_level_offset = 100;
		av_md5_init(md5);
		good = avcodec_open2(context, decoder, NULL) >= 0;
	}
	for (unsigned int i = 0; good && i <= run->count; i++) {
		if (i < run->count) {
			size_t size = run->frames[i].end - run->frames[i].start;

			good = av_new_packet(packet, (int)size) >= 0;
			if (!good)
				break;
			memcpy(packet->data, data + run->frames[i].start, size);
			packet->pts = i;
			if (run->frames[i].sought)
				flush(context, frame, plain, run, md5);
		}
		avcodec_send_packet(context, i < run->count ? packet : NULL);
		av_packet_unref(packet);
		while (avcodec_receive_frame(context, frame) >= 0) {
			compare(plain, run, frame, md5);
			av_frame_unref(frame);
		}
	}
	if (good) {
		av_md5_final(md5, digest);
		for (unsigned int i = 0; i < 16; i++)
			snprintf(plain->md5 + 2 * i, 3, "%02x", digest[i]);
	}
	av_free(md5);
	av_frame_free(&frame);
	av_packet_free(&packet);
	avcodec_free_context(&context);
	return good;
}
