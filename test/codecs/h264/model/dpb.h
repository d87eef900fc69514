/* SPDX-License-Identifier: MIT
 *
 * The decoding process of ITU-T H.264 that a stateless decoder leaves to its client, run again from the slice headers
 * in the bitstream: picture order count (8.2.1), gaps in frame_num (8.2.5.2), reference marking (8.2.5). What the
 * client submitted is then held to it (checks.c).
 *
 * Written from the specification; it shares nothing with a driver or with libavcodec.
 */
#ifndef TEST_CODECS_H264_DPB_H
#define TEST_CODECS_H264_DPB_H

#include "slice_header.h"

#define TOP_FIELD V4L2_H264_TOP_FIELD_REF
#define BOTTOM_FIELD V4L2_H264_BOTTOM_FIELD_REF
#define BOTH_FIELDS V4L2_H264_FRAME_REF

/* A frame, complementary field pair or lone field. */
struct dpb_frame {
	uint64_t timestamp;
	int32_t frame_num;
	int32_t frame_num_wrap; /* 8.2.4.1, for the picture being decoded */
	uint32_t long_term_frame_idx;
	uint8_t fields;     /* decoded */
	uint8_t short_term; /* fields marked as "used for short-term reference" */
	uint8_t long_term;  /* fields marked as "used for long-term reference" */
	bool non_existing;  /* inferred by 8.2.5.2 */
	bool unknown;       /* submitted by the client before the tracker knew the stream */
	bool field_coded;
	int32_t poc[2]; /* TopFieldOrderCnt, BottomFieldOrderCnt as submitted when it was decoded */
	bool reset_poc; /* memory_management_control_operation 5: 8.2.1 then made them relative */
	int32_t poc_after_reset[2];
};

#define DPB_FRAMES 36 /* 16, the current one, and room for streams that break the rules */
#define DPB_LEDGER 64

struct dpb {
	struct dpb_frame frames[DPB_FRAMES]; /* with at least one field marked */
	unsigned int count;
	struct dpb_frame current;
	bool started;
	bool second_field;  /* current is completed by this picture */
	bool first_pending; /* current is a first field whose second one may follow */
	bool keep_in_dpb;   /* current is already in frames: its first field is a reference */

	/* 8.2.1 and 8.2.5.2: what is remembered of the previous (reference) picture */
	int64_t previous_poc_msb;
	int32_t previous_poc_lsb;
	int32_t previous_frame_num;
	int64_t previous_frame_num_offset;
	int32_t previous_reference_frame_num;

	/* what 8.2.1 gives for the picture, and how far the client's numbers are from it since the last reset */
	int32_t computed_poc[2];
	int64_t frame_num_offset;
	int64_t poc_msb;
	bool poc_offset_known;
	int64_t poc_offset;

	/*
	 * What is added to the client's numbers for the rebuilt stream. It changes where a client renumbers a picture
	 * after memory_management_control_operation 5, which libavcodec does not.
	 */
	int64_t codec_poc_offset;

	/*
	 * The stream is not whole: it started at a picture that is not IDR, or lost pictures. Then the client's DPB
	 * is taken over where it can be, until an IDR picture or `DPB_RECOVERY` pictures in agreement.
	 */
	bool damaged;
	unsigned int agreed;

	struct dpb_frame ledger[DPB_LEDGER]; /* the last pictures that were decoded, references or not */
	unsigned int ledger_next;
};

#define DPB_RECOVERY 32

void dpb_init(struct dpb *dpb);
/* Something of the stream is missing or broken. */
void dpb_damage(struct dpb *dpb);
/* The client went elsewhere in the stream: no picture before this one is known. */
void dpb_forget(struct dpb *dpb);

/* Is this slice of the second field of the frame whose first field came last? */
bool dpb_is_second_field(const struct dpb *dpb, const struct slice_header *slice);

/*
 * The first slice of a picture is known: 8.2.1, 8.2.5.2 and 8.2.4.1. The picture order count is computed for types 0
 * and 2, and `poc` taken as it is for type 1, whose cycle VA-API does not carry and no decoder reads.
 */
void dpb_begin(struct dpb *dpb, const struct slice_header *slice, const struct v4l2_ctrl_h264_sps *sps,
               const int32_t poc[2], uint64_t timestamp);
/* The picture is decoded: 8.2.5. */
void dpb_end(struct dpb *dpb, const struct slice_header *slice, const struct v4l2_ctrl_h264_sps *sps);

/*
 * The frame, or field of a frame, among `frames` whose PicNum or LongTermPicNum (8.2.4.1) this is, seen from the
 * picture of the slice: returns its fields, or 0.
 */
uint8_t dpb_short_term_picture(struct dpb_frame *frames, unsigned int count, const struct slice_header *slice,
                               int64_t pic_num, struct dpb_frame **found);
uint8_t dpb_long_term_picture(struct dpb_frame *frames, unsigned int count, const struct slice_header *slice,
                              int64_t long_term_pic_num, struct dpb_frame **found);

struct dpb_frame *dpb_find(struct dpb *dpb, uint64_t timestamp); /* among the frames in use for reference */
const struct dpb_frame *dpb_recall(const struct dpb *dpb, uint64_t timestamp);
struct dpb_frame *dpb_insert(struct dpb *dpb); /* zeroed; drops the oldest when full */
void dpb_remove(struct dpb *dpb, unsigned int index);
void dpb_number(struct dpb *dpb, int32_t frame_num, const struct v4l2_ctrl_h264_sps *sps);

/* What v4l2_h264_dpb_entry.frame_num is for it. */
static inline int32_t dpb_number_of(const struct dpb_frame *frame)
{
	return frame->long_term ? (int32_t)frame->long_term_frame_idx : frame->frame_num;
}

static inline uint8_t dpb_marked(const struct dpb_frame *frame)
{
	return frame->short_term | frame->long_term;
}

/* A picture that the client can be held to. */
static inline bool dpb_known(const struct dpb_frame *frame)
{
	return !frame->non_existing && !frame->unknown;
}

#endif
