/* SPDX-License-Identifier: MIT
 *
 * The headers of ISO/IEC 13818-2 as the controls have them, and pictures of the model's own.
 */
#ifndef TEST_CODECS_MPEG2_HEADERS_H
#define TEST_CODECS_MPEG2_HEADERS_H

#include "bits.h"

#include <linux/v4l2-controls.h>

/* The size of the frame in whole macroblocks, in luma samples (6.3.3). */
unsigned int sequence_width(const struct v4l2_ctrl_mpeg2_sequence *sequence);
unsigned int sequence_height(const struct v4l2_ctrl_mpeg2_sequence *sequence);

/* sequence_header() and sequence_extension(), 6.2.2 */
void put_sequence(struct byte_buffer *out, const struct v4l2_ctrl_mpeg2_sequence *sequence);
/* picture_header() and picture_coding_extension(), 6.2.3 */
void put_picture(struct byte_buffer *out, const struct v4l2_ctrl_mpeg2_picture *picture);
/* quant_matrix_extension() with all four matrices, 6.2.3.2 */
void put_matrices(struct byte_buffer *out, const struct v4l2_ctrl_mpeg2_quantisation *matrices);
/* A picture of this structure and coding type (I or B), its headers and slices: all of it is intra, and grey. */
void put_grey_picture(struct byte_buffer *out, const struct v4l2_ctrl_mpeg2_sequence *sequence,
                      unsigned int picture_structure, unsigned int picture_coding_type);

#endif
