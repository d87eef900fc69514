/* SPDX-License-Identifier: MIT
 *
 * The headers of an MPEG-2 video elementary stream (ISO/IEC 13818-2, 6.2), and what of them is in force for a picture.
 */
#ifndef TEST_CODECS_MPEG2_HEADERS_H
#define TEST_CODECS_MPEG2_HEADERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Start codes, table 6-1. */
enum {
	CODE_PICTURE = 0x00,
	CODE_FIRST_SLICE = 0x01,
	CODE_LAST_SLICE = 0xaf,
	CODE_SEQUENCE = 0xb3,
	CODE_EXTENSION = 0xb5,
	CODE_SEQUENCE_END = 0xb7,
	CODE_GROUP = 0xb8,
};

enum { TYPE_I = 1, TYPE_P, TYPE_B };                           /* table 6-12 */
enum { STRUCTURE_TOP = 1, STRUCTURE_BOTTOM, STRUCTURE_FRAME }; /* table 6-14 */
enum {
	INTRA,
	NON_INTRA,
	CHROMA_INTRA,
	CHROMA_NON_INTRA,
	MATRICES
}; /* in the order of quant_matrix_extension() */
enum { CHROMA_420 = 1, PROFILE_HIGH = 1, PROFILE_MAIN = 4, PROFILE_SIMPLE }; /* tables 6-5, 8-2 */

struct headers {
	/* the sequence */
	bool has_sequence, has_sequence_extension;
	unsigned int width, height;
	unsigned int profile_and_level, chroma_format;
	bool progressive_sequence;
	uint8_t matrix[MATRICES][64]; /* in zigzag order */
	/* the group */
	bool closed_gop;
	/* the picture */
	bool has_picture, has_picture_extension;
	unsigned int type;
	unsigned int f_code[2][2];
	unsigned int intra_dc_precision, structure;
	bool top_field_first, frame_pred_frame_dct, concealment_motion_vectors, q_scale_type, intra_vlc_format;
	bool alternate_scan, repeat_first_field, progressive_frame;
};

struct slice_header {
	unsigned int row;    /* of macroblocks, from 0 */
	unsigned int column; /* of its first macroblock */
	unsigned int quantiser_scale_code;
	bool intra_slice;
	unsigned int bits; /* up to macroblock(), from the start code on */
};

/* Where the next start code prefix is, from `at` on; size: nowhere. */
size_t headers_find(const uint8_t *data, size_t size, size_t at);

/* Takes in the header whose start code begins at `unit`. A sequence header or an extension that breaks off is none. */
void headers_read(struct headers *headers, const uint8_t *unit, size_t size);

/* False: it breaks off, or has a value that is none. */
bool headers_read_slice(const struct headers *headers, const uint8_t *unit, size_t size,
                        struct slice_header *slice);

#endif
