/* SPDX-License-Identifier: MIT
 *
 * The sequence header (5.5 of the AV1 specification), as far as frames depend on it.
 */
#ifndef TEST_CODECS_AV1_CLIENT_SEQUENCE_H
#define TEST_CODECS_AV1_CLIENT_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CLIENT_POINTS = 32 };
/* seq_force_screen_content_tools, seq_force_integer_mv: the frame says */
enum { CLIENT_SELECT = 2 };

struct client_point {
	unsigned int idc;
	bool decoder_model;
};

struct client_sequence {
	unsigned int profile;
	bool still_picture, reduced;
	struct client_point points[CLIENT_POINTS]; /* operating points */
	unsigned int point_count;
	bool decoder_model, equal_interval;
	unsigned int removal_time_bits, presentation_time_bits;
	unsigned int width_bits, height_bits, width, height; /* the largest frame */
	unsigned int id_bits, delta_id_bits;                 /* 0: frames have no numbers */
	bool superblock_128, filter_intra, intra_edge_filter;
	bool interintra, masked, warped, dual_filter, joint, reference_mvs;
	unsigned int order_hint_bits; /* 0: frames have none */
	unsigned int force_screen_content, force_integer_mv;
	bool superres, cdef, restoration;
	unsigned int depth;
	bool monochrome, full_range, half_width, half_height; /* the latter two of chroma */
	unsigned int matrix_coefficients, chroma_position;
	bool separate_uv_delta_q, film_grain;
};

/* False: it breaks off. */
bool av1_read_sequence(const uint8_t *data, size_t size, struct client_sequence *sequence);

#endif
