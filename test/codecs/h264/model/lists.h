/* SPDX-License-Identifier: MIT
 *
 * Reference picture lists, ITU-T H.264 8.2.4.2 and 8.2.4.3.
 */
#ifndef TEST_CODECS_H264_LISTS_H
#define TEST_CODECS_H264_LISTS_H

#include "dpb.h"

struct list_entry {
	const struct dpb_frame *frame; /* NULL: "no reference picture" */
	uint8_t fields;
};

/* [list][refIdx]; entries from num_ref_idx_active on are of no meaning. */
struct reference_lists {
	struct list_entry entry[2][SLICE_MAX_REFERENCES + 1];
};

/*
 * False when ref_pic_list_modification() names a picture that there is not: the stream has lost something.
 * `frames` with frame_num_wrap set for the picture of the slice, whose picture order count `poc` is (the lower one of
 * a frame).
 */
bool lists_build(struct reference_lists *lists, struct dpb_frame *frames, unsigned int count,
                 const struct slice_header *slice, const struct v4l2_ctrl_h264_sps *sps, int32_t poc);

#endif
