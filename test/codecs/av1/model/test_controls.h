/* SPDX-License-Identifier: MIT
 *
 * The controls of a frame, as a client fills them that has read all of its headers.
 */
#ifndef TEST_CODECS_AV1_MODEL_TEST_CONTROLS_H
#define TEST_CODECS_AV1_MODEL_TEST_CONTROLS_H

#include "controls.h"
#include "frames.h"

void test_fill_sequence(struct v4l2_ctrl_av1_sequence *out, const struct client_sequence *sequence);
/* Without what depends on where the decoder has its references: timestamps, slots, film_grain_params_ref_idx. */
void test_fill_frame(struct v4l2_ctrl_av1_frame *out, const struct client_frame *frame);
void test_fill_grain(struct v4l2_ctrl_av1_film_grain *out, const struct client_grain *grain);

#endif
