/* SPDX-License-Identifier: MIT
 *
 * The sequence header and the frame header (5.5, 5.9 of the AV1 specification), written anew from the controls.
 */
#ifndef TEST_CODECS_AV1_MODEL_HEADER_H
#define TEST_CODECS_AV1_MODEL_HEADER_H

#include "bits.h"
#include "controls.h"

enum { AV1_SLOTS = 8, AV1_REFERENCES = 7, AV1_NAMES = 8, AV1_SEGMENTS = 8, AV1_FEATURES = 8 };
enum { AV1_NO_PRIMARY = 7, AV1_ALL_SLOTS = 0xff, AV1_TILE_SIZE_BYTES = 4 };

/* What a slot keeps of the frame in it, beside what libdav1d keeps. */
struct slot {
	bool filled;
	uint64_t timestamp;
	uint64_t identity; /* equal for frames that are decoded alike */
	uint32_t order_hint;
	struct v4l2_av1_global_motion motion;
	struct v4l2_av1_loop_filter filter;
	struct v4l2_av1_segmentation segmentation;
	struct v4l2_ctrl_av1_film_grain grain;
};

struct header_writer {
	struct bit_writer bits;
	const struct v4l2_ctrl_av1_sequence *sequence;
	const struct v4l2_ctrl_av1_frame *frame;
	const struct v4l2_ctrl_av1_film_grain *grain; /* NULL: the device has no such control */
	const struct slot *slots;
	const struct slot *before; /* the one of primary_ref_frame, or NULL */
	const char *wrong;         /* the first field that contradicts others, or that no header can say */
};

static inline bool frame_has(const struct v4l2_ctrl_av1_frame *frame, uint32_t flag)
{
	return frame->flags & flag;
}

static inline bool is_intra(const struct v4l2_ctrl_av1_frame *frame)
{
	return frame->frame_type == V4L2_AV1_KEY_FRAME || frame->frame_type == V4L2_AV1_INTRA_ONLY_FRAME;
}

/* CodedLossless */
bool av1_is_lossless(const struct v4l2_ctrl_av1_frame *frame);
/* Whether the frame gets film grain. */
bool av1_has_grain(const struct v4l2_ctrl_av1_film_grain *grain);

/* Unless one was found before. */
void av1_complain(struct header_writer *writer, const char *field);
static inline void expect(struct header_writer *writer, bool condition, const char *field)
{
	if (!condition)
		av1_complain(writer, field);
}

/* All appended without their OBU headers; a frame header ends where tile_info() or byte_alignment() may follow. */
void av1_put_sequence_header(struct header_writer *writer);
void av1_put_frame_header(struct header_writer *writer);

/* The parts of a frame header: tiles.c, tools.c, motion.c, grain.c */
void av1_put_tile_info(struct header_writer *writer);
void av1_put_quantization(struct header_writer *writer);
void av1_put_segmentation(struct header_writer *writer);
void av1_put_delta_q_lf(struct header_writer *writer);
void av1_put_loop_filter(struct header_writer *writer);
void av1_put_cdef(struct header_writer *writer);
void av1_put_loop_restoration(struct header_writer *writer);
void av1_put_skip_mode(struct header_writer *writer);
void av1_put_global_motion(struct header_writer *writer);
void av1_put_film_grain(struct header_writer *writer);

/* ns(n), su(n) */
void av1_put_non_symmetric(struct bit_writer *bits, uint32_t values, uint32_t value);
void av1_put_signed(struct bit_writer *bits, unsigned int count, int value);
/* get_relative_dist(), 7.9.3 */
int av1_relative_distance(const struct v4l2_ctrl_av1_sequence *sequence, uint32_t a, uint32_t b);

#endif
