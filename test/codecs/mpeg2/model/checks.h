/* SPDX-License-Identifier: MIT
 *
 * What controls must not say, whatever the slices are.
 */
#ifndef TEST_CODECS_MPEG2_CHECKS_H
#define TEST_CODECS_MPEG2_CHECKS_H

#include <linux/v4l2-controls.h>

/* The controls of a job; a pointer is NULL where the control was never set. */
struct mpeg2_controls {
	const struct v4l2_ctrl_mpeg2_sequence *sequence;
	const struct v4l2_ctrl_mpeg2_picture *picture;
	const struct v4l2_ctrl_mpeg2_quantisation *quantisation;
};

/* Why nothing can be decoded, as a sentence, or NULL. */
const char *controls_refusal(const struct mpeg2_controls *controls);
/* What contradicts the specification or itself, in a way that no decoder reports, as a sentence; or NULL. */
const char *controls_contradiction(const struct mpeg2_controls *controls);

#endif
