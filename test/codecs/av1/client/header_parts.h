/* SPDX-License-Identifier: MIT
 *
 * The parts of the uncompressed header, 5.9.15 to 5.9.30. Each reads into the frame, whose fields before are read.
 */
#ifndef TEST_CODECS_AV1_CLIENT_HEADER_PARTS_H
#define TEST_CODECS_AV1_CLIENT_HEADER_PARTS_H

#include "frame.h"
#include "syntax.h"

/* tools.c. before: what primary_ref_frame leads to, or NULL. */
bool av1_read_tiles(const struct client_sequence *sequence, struct client_frame *frame,
                    struct av1_bits *bits);
void av1_read_quantizer(const struct client_sequence *sequence, struct client_frame *frame,
                        struct av1_bits *bits);
void av1_read_segmentation(const struct client_slot *before, struct client_frame *frame,
                           struct av1_bits *bits);
void av1_read_delta_q_lf(struct client_frame *frame, struct av1_bits *bits);
void av1_find_lossless(struct client_frame *frame);
void av1_read_loop_filter(const struct client_sequence *sequence, const struct client_slot *before,
                          struct client_frame *frame, struct av1_bits *bits);
void av1_read_cdef(const struct client_sequence *sequence, struct client_frame *frame, struct av1_bits *bits);
void av1_read_restoration(const struct client_sequence *sequence, struct client_frame *frame,
                          struct av1_bits *bits);

/* motion.c */
int av1_client_distance(const struct client_sequence *sequence, unsigned int a, unsigned int b);
void av1_set_frame_refs(const struct client_state *state, struct client_frame *frame, unsigned int last,
                        unsigned int golden);
void av1_find_skip_mode(const struct client_state *state, struct client_frame *frame);
void av1_read_motion(const struct client_slot *before, struct client_frame *frame, struct av1_bits *bits);

/* grain.c; false: it names a slot that is no reference */
bool av1_read_grain(const struct client_state *state, struct client_frame *frame, struct av1_bits *bits);

#endif
