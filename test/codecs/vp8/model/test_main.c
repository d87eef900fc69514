/* SPDX-License-Identifier: MIT
 *
 * usage: vp8_model_test FILE...
 *
 * Each FILE (IVF) is decoded on the model by a client that fills the control from the frame header, and every frame is
 * compared with libavcodec's plain decoding. Then the references are scribbled over in CAPTURE memory, fields of the control
 * are altered, and timestamps are mixed up: each must show in the pictures. At the end there must be no bit of the control
 * that was never held to the stream.
 */
#include "checks.h"
#include "header.h"
#include "image.h"
#include "test_files.h"

#include <libavcodec/avcodec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CAPTURES = 4, IVF_HEADER = 32, FRAME_HEADER = 12 };

struct capture {
	uint8_t *memory;
	struct model_image image;
	uint64_t timestamp;
};

enum trouble { NONE, SCRIBBLE, WRONG_QUANT, WRONG_TIMESTAMP };

struct session {
	void *model;
	AVCodecContext *plain;
	AVPacket *packet;
	AVFrame *output;
	struct vp8_stream stream;
	struct v4l2_ctrl_vp8_frame frame;
	uint64_t references[VP8_REFERENCES];
	struct capture captures[CAPTURES];
	size_t capture_size;
	enum trouble trouble;
	unsigned int frames, inter, compared, different, painted, refused;
	char reason[256];
};

extern const struct model_codec model_vp8;

/* Which bits of the control check_frame() has ever noticed. */
static uint8_t noticed[sizeof(struct v4l2_ctrl_vp8_frame)];

/* ---- the client ------------------------------------------------------------------------------------------------ */

static void fill_frame(struct v4l2_ctrl_vp8_frame *f, const struct vp8_header *h,
                       const uint64_t references[VP8_REFERENCES])
{
	const struct vp8_segments *s = &h->now.segments;

	memset(f, 0, sizeof(*f));
	for (int i = 0; i < 4; i++) {
		f->segment.quant_update[i] = (int8_t)s->quant[i];
		f->segment.lf_update[i] = (int8_t)s->level[i];
		f->lf.ref_frm_delta[i] = (int8_t)h->now.ref_delta[i];
		f->lf.mb_mode_delta[i] = (int8_t)h->now.mode_delta[i];
	}
	memcpy(f->segment.segment_probs, h->tree_probs, 3);
	f->segment.flags = (h->segmentation ? V4L2_VP8_SEGMENT_FLAG_ENABLED : 0) |
	                   (h->update_map ? V4L2_VP8_SEGMENT_FLAG_UPDATE_MAP : 0) |
	                   (h->update_data ? V4L2_VP8_SEGMENT_FLAG_UPDATE_FEATURE_DATA : 0) |
	                   (s->absolute ? 0 : V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE);
	f->lf.sharpness_level = h->sharpness;
	f->lf.level = h->level;
	f->lf.flags = (h->adjust ? V4L2_VP8_LF_ADJ_ENABLE : 0) |
	              (h->delta_update ? V4L2_VP8_LF_DELTA_UPDATE : 0) |
	              (h->simple_filter ? V4L2_VP8_LF_FILTER_TYPE_SIMPLE : 0);
	f->quant.y_ac_qi = (uint8_t)h->y_ac_qi;
	f->quant.y_dc_delta = (int8_t)h->quant_delta[0];
	f->quant.y2_dc_delta = (int8_t)h->quant_delta[1];
	f->quant.y2_ac_delta = (int8_t)h->quant_delta[2];
	f->quant.uv_dc_delta = (int8_t)h->quant_delta[3];
	f->quant.uv_ac_delta = (int8_t)h->quant_delta[4];
	memcpy(f->entropy.coeff_probs, h->now.probs.coeff, sizeof(f->entropy.coeff_probs));
	memcpy(f->entropy.mv_probs, h->now.probs.mv, sizeof(f->entropy.mv_probs));
	memcpy(f->entropy.y_mode_probs, h->key ? vp8_key_y_mode_probs : h->now.probs.y_mode, 4);
	memcpy(f->entropy.uv_mode_probs, h->key ? vp8_key_uv_mode_probs : h->now.probs.uv_mode, 3);
	f->coder_state.range = h->range;
	f->coder_state.value = h->value;
	f->coder_state.bit_count = (uint8_t)(-h->bits & 7);
	f->width = h->now.width;
	f->height = h->now.height;
	f->horizontal_scale = h->now.horizontal_scale;
	f->vertical_scale = h->now.vertical_scale;
	f->version = h->version;
	f->prob_skip_false = h->prob_skip_false;
	f->prob_intra = h->prob_intra;
	f->prob_last = h->prob_last;
	f->prob_gf = h->prob_golden;
	f->num_dct_parts = (uint8_t)h->partitions;
	f->first_part_size = h->first_part_size;
	f->first_part_header_bits = h->bits;
	memcpy(f->dct_part_sizes, h->part_sizes, sizeof(f->dct_part_sizes));
	f->last_frame_ts = references[VP8_LAST];
	f->golden_frame_ts = references[VP8_GOLDEN];
	f->alt_frame_ts = references[VP8_ALTREF];
	f->flags = (h->key ? V4L2_VP8_FRAME_FLAG_KEY_FRAME : 0) |
	           (h->shown ? V4L2_VP8_FRAME_FLAG_SHOW_FRAME : 0) |
	           (h->skip ? V4L2_VP8_FRAME_FLAG_MB_NO_SKIP_COEFF : 0) |
	           (h->sign_bias[VP8_GOLDEN] ? V4L2_VP8_FRAME_FLAG_SIGN_BIAS_GOLDEN : 0) |
	           (h->sign_bias[VP8_ALTREF] ? V4L2_VP8_FRAME_FLAG_SIGN_BIAS_ALT : 0);
}

static void refresh(struct session *s, const struct vp8_header *h, uint64_t timestamp)
{
	const uint64_t last = s->references[VP8_LAST], golden = s->references[VP8_GOLDEN];
	const uint64_t altref = s->references[VP8_ALTREF];

	if (h->copy_to_golden)
		s->references[VP8_GOLDEN] = h->copy_to_golden == 1 ? last : altref;
	if (h->copy_to_altref)
		s->references[VP8_ALTREF] = h->copy_to_altref == 1 ? last : golden;
	for (int i = 0; i < VP8_REFERENCES; i++)
		if (h->refresh[i])
			s->references[i] = timestamp;
}

static struct model_value value_of(const void *opaque, uint32_t id)
{
	const struct session *s = opaque;

	if (id == V4L2_CID_STATELESS_VP8_FRAME)
		return (struct model_value){&s->frame, sizeof(s->frame), true, true};
	return (struct model_value){0};
}

static struct capture *capture_of(struct session *s, uint64_t timestamp)
{
	for (int i = 0; i < CAPTURES; i++)
		if (s->captures[i].timestamp == timestamp)
			return &s->captures[i];
	return NULL;
}

static bool find_reference(void *opaque, uint64_t timestamp, struct model_image *image)
{
	const struct capture *capture = timestamp ? capture_of(opaque, timestamp) : NULL;

	if (capture)
		*image = capture->image;
	return capture != NULL;
}

static struct capture *take_capture(struct session *s, uint64_t timestamp)
{
	for (int i = 0; i < CAPTURES; i++) {
		struct capture *c = &s->captures[i];
		bool used = false;

		for (int k = 0; k < VP8_REFERENCES; k++)
			used |= c->timestamp && c->timestamp == s->references[k];
		if (used)
			continue;
		memset(c->memory, 0x33, s->capture_size);
		c->timestamp = timestamp;
		return c;
	}
	return NULL;
}

/* Larger than the stream's pictures, as decoders pad theirs. */
static bool make_captures(struct session *s, unsigned int width, unsigned int height)
{
	const uint32_t stride = (width + 15) / 16 * 16 + 48;
	const uint32_t rows = (height + 15) / 16 * 16 + 16;

	s->capture_size = (size_t)stride * rows * 3 / 2;
	for (int i = 0; i < CAPTURES; i++) {
		struct capture *c = &s->captures[i];

		free(c->memory);
		c->memory = malloc(s->capture_size);
		c->timestamp = 0;
		if (!c->memory)
			return false;
		c->image = image_of(V4L2_PIX_FMT_NV12, stride, rows, stride, c->memory, NULL);
	}
	return true;
}

/* ---- plain decoding ------------------------------------------------------------------------------------------ */

static bool same_picture(const struct model_image *image, const AVFrame *plain)
{
	for (int y = 0; y < plain->height; y++)
		if (memcmp(image->luma + (size_t)y * image->luma_stride, plain->data[0] + y * plain->linesize[0],
		           (size_t)plain->width) != 0)
			return false;
	for (int y = 0; y < (plain->height + 1) / 2; y++) {
		const uint8_t *row = image->chroma + (size_t)y * image->chroma_stride;

		for (int x = 0; x < (plain->width + 1) / 2; x++)
			if (row[2 * x] != plain->data[1][y * plain->linesize[1] + x] ||
			    row[2 * x + 1] != plain->data[2][y * plain->linesize[2] + x])
				return false;
	}
	return true;
}

/* A frame that is not shown does not come out, and is seen in those that refer to it. */
static void compare(struct session *s, const struct capture *capture, const uint8_t *data, size_t size)
{
	if (av_new_packet(s->packet, (int)size) < 0)
		return;
	memcpy(s->packet->data, data, size);
	avcodec_send_packet(s->plain, s->packet);
	av_packet_unref(s->packet);
	while (avcodec_receive_frame(s->plain, s->output) >= 0) {
		s->compared++;
		s->different += !same_picture(&capture->image, s->output);
		av_frame_unref(s->output);
	}
}

/* ---- one stream ------------------------------------------------------------------------------------------------ */

static void notice(const struct v4l2_ctrl_vp8_frame *frame, const struct vp8_header *h,
                   const uint64_t references[VP8_REFERENCES])
{
	struct v4l2_ctrl_vp8_frame altered = *frame;
	uint8_t *bytes = (uint8_t *)&altered;

	for (size_t i = 0; i < sizeof(altered); i++) {
		for (int bit = 0; bit < 8; bit++) {
			bytes[i] ^= (uint8_t)(1 << bit);
			if (check_frame(&altered, h, references))
				noticed[i] |= (uint8_t)(1 << bit);
			bytes[i] ^= (uint8_t)(1 << bit);
		}
	}
}

static void make_trouble(struct session *s, const struct vp8_header *h)
{
	const struct capture *last;

	if (h->key)
		return;
	switch (s->trouble) {
	case SCRIBBLE:
		last = capture_of(s, s->references[VP8_LAST]);
		if (last)
			memset(last->memory, (int)(0x10 + s->frames), s->capture_size);
		break;
	case WRONG_QUANT:
		s->frame.quant.y_ac_qi ^= 1;
		break;
	case WRONG_TIMESTAMP:
		s->frame.last_frame_ts++;
		break;
	case NONE:
		notice(&s->frame, h, s->references);
		break;
	}
}

static bool decode_frame(struct session *s, const uint8_t *data, size_t size)
{
	const unsigned int width = s->stream.width, height = s->stream.height;
	struct vp8_header header;
	struct model_result result;
	struct capture *capture;
	struct model_job job;

	if (header_read(&header, &s->stream, data, size))
		return false;
	if ((s->stream.width != width || s->stream.height != height) &&
	    !make_captures(s, s->stream.width, s->stream.height))
		return false;
	capture = take_capture(s, (s->frames + 1) * 1000ull);
	if (!capture)
		return false;
	fill_frame(&s->frame, &header, s->references);
	make_trouble(s, &header);
	job = (struct model_job){.value_of = value_of,
	                         .bitstream = data,
	                         .size = size,
	                         .timestamp = capture->timestamp,
	                         .destination = capture->image,
	                         .find_reference = find_reference,
	                         .opaque = s};
	model_vp8.decode(s->model, &job, &result);
	s->painted += result.verdict == MODEL_PAINTED;
	s->refused += result.verdict == MODEL_REFUSED;
	if (result.verdict != MODEL_GOOD && !s->reason[0])
		snprintf(s->reason, sizeof(s->reason), "%s", result.reason);
	refresh(s, &header, capture->timestamp);
	s->frames++;
	s->inter += !header.key;
	compare(s, capture, data, size);
	return true;
}

static uint32_t load32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static bool decode_stream(struct session *s, const uint8_t *file, size_t size)
{
	for (size_t at = IVF_HEADER; at + FRAME_HEADER <= size;) {
		size_t length = load32(file + at);

		at += FRAME_HEADER;
		if (length > size - at)
			return false;
		/* Frames of no bytes repeat the one before. */
		if (length && !decode_frame(s, file + at, length))
			return false;
		at += length;
	}
	return true;
}

static bool run(struct session *s, enum trouble trouble, const uint8_t *file, size_t size)
{
	const AVCodec *plain = avcodec_find_decoder_by_name("vp8");
	bool good;

	memset(s, 0, sizeof(*s));
	s->trouble = trouble;
	s->model = model_vp8.open();
	s->plain = plain ? avcodec_alloc_context3(plain) : NULL;
	s->packet = av_packet_alloc();
	s->output = av_frame_alloc();
	good = s->model && s->plain && s->packet && s->output;
	if (good) {
		s->plain->thread_count = 1;
		s->plain->log_level_offset = 64; /* it says that it does not scale pictures */
		good = avcodec_open2(s->plain, plain, NULL) >= 0 && decode_stream(s, file, size);
	}
	model_vp8.close(s->model);
	avcodec_free_context(&s->plain);
	av_packet_free(&s->packet);
	av_frame_free(&s->output);
	for (int i = 0; i < CAPTURES; i++)
		free(s->captures[i].memory);
	return good;
}

/* ---- what must come of it --------------------------------------------------------------------------------------- */

static unsigned int passed, failed;

static void expect(bool condition, const char *path, const char *what, const struct session *s)
{
	if (!condition)
		printf("FAIL %s, %s: %u frames, %u compared, %u different, %u painted, %u refused; %s\n", path, what,
		       s->frames, s->compared, s->different, s->painted, s->refused, s->reason);
	passed += condition;
	failed += !condition;
}

static void test_file(const char *path, const uint8_t *file, size_t size)
{
	struct session s;
	bool good = run(&s, NONE, file, size), one;

	expect(good && s.compared && !s.different && !s.painted && !s.refused, path, "as it is", &s);
	if (!good || !s.inter)
		return;
	good = run(&s, SCRIBBLE, file, size);
	/* A picture of one macroblock may well refer to nothing. */
	one = s.stream.width <= 16 && s.stream.height <= 16;
	expect(good && (s.different || one) && !s.painted && !s.refused, path, "references scribbled over", &s);
	good = run(&s, WRONG_QUANT, file, size);
	expect(good && s.painted && s.different && strstr(s.reason, "quant.y_ac_qi"), path, "a wrong quantiser",
	       &s);
	good = run(&s, WRONG_TIMESTAMP, file, size);
	expect(good && s.painted && s.different && strstr(s.reason, "last_frame_ts"), path, "a wrong timestamp",
	       &s);
}

static bool is_padding(size_t at)
{
#define INSIDE(field)                                     \
	(at >= offsetof(struct v4l2_ctrl_vp8_frame, field) && \
	 at < offsetof(struct v4l2_ctrl_vp8_frame, field) + sizeof(((struct v4l2_ctrl_vp8_frame *)0)->field))
	return INSIDE(segment.padding) || INSIDE(lf.padding) || INSIDE(quant.padding) ||
	       INSIDE(entropy.padding) || INSIDE(coder_state.padding);
#undef INSIDE
}

static void test_noticed(void)
{
	for (size_t i = 0; i < sizeof(noticed); i++) {
		bool good = is_padding(i) ? noticed[i] == 0 : noticed[i] == 0xff;

		if (!good)
			printf("FAIL byte %zu of the control: bits 0x%02x are held to the stream\n", i, noticed[i]);
		passed += good;
		failed += !good;
	}
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		size_t size;
		uint8_t *data = test_read_file(argv[i], &size);

		if (data && size > IVF_HEADER) {
			test_file(argv[i], data, size);
		} else {
			printf("FAIL %s: no frames\n", argv[i]);
			failed++;
		}
		free(data);
	}
	test_noticed();
	printf("%u passed, %u failed, 0 skipped\n", passed, failed);
	return failed ? 1 : 0;
}
