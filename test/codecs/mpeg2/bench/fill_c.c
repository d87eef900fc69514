/* SPDX-License-Identifier: MIT
 *
 * What driver-src/codec/mpeg2 does, in plain C with the system's own structs: same input, same checks, same output. It exists to
 * be measured against, and the outputs are compared byte by byte. Clauses are those of ISO/IEC 13818-2.
 */
#include <linux/v4l2-controls.h>
#include <stdbool.h>
#include <string.h>

#include "fill.h"
#include "surfaces.h"

enum { MAX_SIDE = 0x3fff, MAX_F_CODE = 9, F_CODE_NOT_USED = 15 };
enum { PREFIX_SIZE = 3, START_CODE_SIZE = 4, MAX_HEADER_SIZE = 6, MAX_POSITION = 0xaf };
enum { MAX_UNEXTENDED_HEIGHT = 2800, ROWS_UNEXTENDED = 128, VALUES = 64 };

/* What the session asks of the sequence. */
struct sequence {
	uint32_t width, height, visible_width, visible_height, bit_depth, chroma_format_idc, references;
	bool scales_references;
};

/* What the session does with the slice's data. */
struct placed {
	uint32_t skip, cut, prefix_size;
	uint8_t prefix[START_CODE_SIZE];
};

struct mpeg2 {
	uint32_t profile;
	struct surfaces surfaces;

	/* the sequence */
	uint32_t horizontal_size, vertical_size;
	bool interlaced, found_interlaced;
	struct sequence sequence;

	/* the picture */
	uint32_t surface, structure;
	bool has_picture, has_matrix, second_field;
	uint32_t slices, reference_count, references[2];
	struct placed placed;
	VAPictureParameterBufferMPEG2 picture;
	VAIQMatrixBufferMPEG2 matrix;

	/* the picture before it */
	bool previous_valid, previous_second;
	uint32_t previous_surface, previous_structure;

	struct v4l2_ctrl_mpeg2_sequence sequence_control;
	struct v4l2_ctrl_mpeg2_picture picture_control;
	struct v4l2_ctrl_mpeg2_quantisation quantisation_control;
};

/* A driver has one for each context. */
static struct mpeg2 instance;

static void reset(uint32_t profile)
{
	memset(&instance, 0, sizeof(instance));
	forget_all(&instance.surfaces);
	instance.profile = profile;
}

static void begin(uint32_t surface, uint64_t timestamp)
{
	struct mpeg2 *s = &instance;

	decode_to(&s->surfaces, surface, timestamp);
	s->surface = surface;
	s->structure = V4L2_MPEG2_PIC_FRAME;
	s->has_picture = s->has_matrix = s->second_field = false;
	s->slices = s->reference_count = 0;
}

/* ---- matrices ------------------------------------------------------------------------------------------- */

/* 6.3.11, in zigzag order. */
static const uint8_t default_intra[VALUES] = {
	8,  16, 16, 19, 16, 19, 22, 22, 22, 22, 22, 22, 26, 24, 26, 27, 27, 27, 26, 26, 26, 26,
	27, 27, 27, 29, 29, 29, 34, 34, 34, 29, 29, 29, 27, 27, 29, 29, 32, 32, 34, 34, 37, 38,
	37, 35, 35, 34, 35, 38, 38, 40, 40, 40, 48, 48, 46, 46, 56, 56, 58, 69, 69, 83,
};

static void reset_matrices(struct v4l2_ctrl_mpeg2_quantisation *to)
{
	memcpy(to->intra_quantiser_matrix, default_intra, VALUES);
	memcpy(to->chroma_intra_quantiser_matrix, default_intra, VALUES);
	memset(to->non_intra_quantiser_matrix, 16, VALUES);
	memset(to->chroma_non_intra_quantiser_matrix, 16, VALUES);
}

static void load_one(uint8_t *to, const uint8_t *from)
{
	for (unsigned i = 0; i < VALUES; i++)
		if (!from[i])
			return;
	memcpy(to, from, VALUES);
}

static void load_matrices(struct mpeg2 *s)
{
	struct v4l2_ctrl_mpeg2_quantisation *to = &s->quantisation_control;
	const VAIQMatrixBufferMPEG2 *from = &s->matrix;

	if (!s->has_matrix)
		return;
	s->has_matrix = false;
	if (from->load_intra_quantiser_matrix) {
		load_one(to->intra_quantiser_matrix, from->intra_quantiser_matrix);
		load_one(to->chroma_intra_quantiser_matrix, from->intra_quantiser_matrix);
	}
	if (from->load_non_intra_quantiser_matrix) {
		load_one(to->non_intra_quantiser_matrix, from->non_intra_quantiser_matrix);
		load_one(to->chroma_non_intra_quantiser_matrix, from->non_intra_quantiser_matrix);
	}
	if (from->load_chroma_intra_quantiser_matrix)
		load_one(to->chroma_intra_quantiser_matrix, from->chroma_intra_quantiser_matrix);
	if (from->load_chroma_non_intra_quantiser_matrix)
		load_one(to->chroma_non_intra_quantiser_matrix, from->chroma_non_intra_quantiser_matrix);
}

/* ---- parameters ----------------------------------------------------------------------------------------- */

static bool has_vectors(const VAPictureParameterBufferMPEG2 *p, unsigned direction)
{
	if (p->picture_coding_type == V4L2_MPEG2_PIC_CODING_TYPE_B)
		return true;
	if (direction)
		return false;
	return p->picture_coding_type == V4L2_MPEG2_PIC_CODING_TYPE_P ||
	       p->picture_coding_extension.bits.concealment_motion_vectors;
}

static uint32_t f_code_of(const VAPictureParameterBufferMPEG2 *p, unsigned direction, unsigned part)
{
	return ((uint32_t)p->f_code >> (12 - 8 * direction - 4 * part)) & 15;
}

static bool is_f_code(uint32_t f_code)
{
	return (f_code && f_code <= MAX_F_CODE) || f_code == F_CODE_NOT_USED;
}

static bool check(const VAPictureParameterBufferMPEG2 *p)
{
	if (!p->horizontal_size || p->horizontal_size > MAX_SIDE || !p->vertical_size ||
	    p->vertical_size > MAX_SIDE)
		return false;
	if (p->picture_coding_type < V4L2_MPEG2_PIC_CODING_TYPE_I ||
	    p->picture_coding_type > V4L2_MPEG2_PIC_CODING_TYPE_B ||
	    !p->picture_coding_extension.bits.picture_structure)
		return false;
	for (unsigned direction = 0; direction < 2; direction++)
		if (has_vectors(p, direction) &&
		    (!is_f_code(f_code_of(p, direction, 0)) || !is_f_code(f_code_of(p, direction, 1))))
			return false;
	return true;
}

static void begin_sequence(struct mpeg2 *s)
{
	s->horizontal_size = s->picture.horizontal_size;
	s->vertical_size = s->picture.vertical_size;
	s->interlaced = s->found_interlaced = false;
	reset_matrices(&s->quantisation_control);
}

static bool contradicts_progressive(const VAPictureParameterBufferMPEG2 *p)
{
#define VA(name) p->picture_coding_extension.bits.name
	return VA(picture_structure) != V4L2_MPEG2_PIC_FRAME || !VA(progressive_frame) ||
	       !VA(frame_pred_frame_dct) || (VA(top_field_first) && !VA(repeat_first_field));
#undef VA
}

static uint32_t frame_rows(const struct mpeg2 *s, bool interlaced)
{
	return interlaced ? (s->vertical_size + 31) / 32 * 2 : (s->vertical_size + 15) / 16;
}

static bool completes_previous(const struct mpeg2 *s)
{
	return !s->picture.picture_coding_extension.bits.is_first_field && s->previous_valid &&
	       !s->previous_second && s->previous_structure != V4L2_MPEG2_PIC_FRAME &&
	       s->structure != V4L2_MPEG2_PIC_FRAME && s->structure != s->previous_structure &&
	       s->surface == s->previous_surface;
}

static void note_reference(struct mpeg2 *s, uint32_t surface)
{
	if (surface != VA_INVALID_SURFACE && surface != s->surface)
		s->references[s->reference_count++] = surface;
}

static bool take_picture(struct mpeg2 *s, const void *bytes)
{
	const VAPictureParameterBufferMPEG2 *p = &s->picture;

	memcpy(&s->picture, bytes, sizeof(s->picture));
	s->has_picture = false;
	if (!check(p))
		return false;
	if (p->horizontal_size != s->horizontal_size || p->vertical_size != s->vertical_size)
		begin_sequence(s);
	if (s->found_interlaced || contradicts_progressive(p))
		s->interlaced = true;
	s->sequence = (struct sequence){
		.width = (s->horizontal_size + 15) & ~15u,
		.height = frame_rows(s, s->interlaced) * 16,
		.visible_width = s->horizontal_size,
		.visible_height = s->vertical_size,
		.bit_depth = 8,
		.chroma_format_idc = 1,
		.references = 2,
		.scales_references = true,
	};
	s->structure = p->picture_coding_extension.bits.picture_structure;
	s->second_field = completes_previous(s);
	s->reference_count = 0;
	if (p->picture_coding_type != V4L2_MPEG2_PIC_CODING_TYPE_I)
		note_reference(s, p->forward_reference_picture);
	if (p->picture_coding_type == V4L2_MPEG2_PIC_CODING_TYPE_B)
		note_reference(s, p->backward_reference_picture);
	s->has_picture = true;
	return true;
}

static int parameter(uint32_t type, const void *bytes, uint32_t size)
{
	struct mpeg2 *s = &instance;

	if (type == VAPictureParameterBufferType)
		return size >= sizeof(s->picture) && take_picture(s, bytes);
	if (type == VAIQMatrixBufferType && size >= sizeof(s->matrix)) {
		memcpy(&s->matrix, bytes, sizeof(s->matrix));
		s->has_matrix = true;
		return 1;
	}
	return 0;
}

/* ---- the slice -------------------------------------------------------------------------------------------- */

/* Bytes of a prefix at the front, with the stuffing before it: 0, 3 or 4. */
static uint32_t prefix_size(const uint8_t *data, uint32_t size)
{
	if (size < START_CODE_SIZE || data[0] || data[1])
		return 0;
	if (data[2] == 1)
		return 3;
	return !data[2] && data[3] == 1 ? 4 : 0;
}

static bool is_extended(const struct mpeg2 *s)
{
	return s->vertical_size > MAX_UNEXTENDED_HEIGHT;
}

/* A start code at the end that is none of a slice, as FFmpeg leaves it behind the last of a packet. */
static uint32_t foreign_end(const uint8_t *end, uint32_t size)
{
	uint32_t position;

	if (size <= 2 * START_CODE_SIZE || prefix_size(end - START_CODE_SIZE, START_CODE_SIZE) != PREFIX_SIZE)
		return 0;
	position = end[-1];
	return !position || position > MAX_POSITION ? START_CODE_SIZE : 0;
}

static void make_start_code(struct mpeg2 *s, uint32_t row)
{
	const uint8_t position = (uint8_t)((is_extended(s) ? row % ROWS_UNEXTENDED : row) + 1);

	memcpy(s->placed.prefix, (const uint8_t[]){0, 0, 1, position}, START_CODE_SIZE);
	s->placed.prefix_size = START_CODE_SIZE;
}

static int slice(const void *parameters, uint32_t size, const void *bytes, uint32_t data_size)
{
	struct mpeg2 *s = &instance;
	const VASliceParameterBufferMPEG2 *p = parameters;
	const uint8_t *data = bytes;
	const uint32_t header_size = data_size < MAX_HEADER_SIZE ? data_size : MAX_HEADER_SIZE;
	uint32_t start, row, rows;

	if (size < sizeof(*p) || !s->has_picture)
		return 0;
	s->placed = (struct placed){0};
	start = prefix_size(data, header_size);
	row = p->slice_vertical_position;
	if (start) {
		const uint32_t position = start < header_size ? data[start] : 0;

		if (!position || position > MAX_POSITION || start + 1 >= header_size)
			return 0;
		s->placed.skip = start - PREFIX_SIZE;
		row = position - 1;
		if (is_extended(s))
			row += (uint32_t)(data[start + 1] >> 5) * ROWS_UNEXTENDED;
	} else if (!data[0]) {
		return 0;
	}
	rows = frame_rows(s, s->interlaced);
	if (row >= (s->structure == V4L2_MPEG2_PIC_FRAME ? rows : rows / 2)) {
		if (s->interlaced || row >= frame_rows(s, true))
			return 0;
		s->found_interlaced = true;
		s->placed.skip = p->slice_data_size;
		return 1;
	}
	if (!start)
		make_start_code(s, row);
	s->placed.cut = foreign_end(data + data_size, p->slice_data_size - s->placed.skip);
	s->slices++;
	return 1;
}

/* ---- the controls ------------------------------------------------------------------------------------------ */

struct level {
	uint32_t indication, width, height, vbv_buffer_size;
};

static const struct level *level_of(uint32_t width, uint32_t height)
{
	/* Tables 8-3, 8-11 and 8-14. */
	static const struct level levels[] = {
		{10, 352, 288, 29},
		{8, 720, 576, 112},
		{6, 1440, 1152, 448},
		{4, 1920, 1152, 597},
	};

	for (unsigned i = 0; i < 3; i++)
		if (width <= levels[i].width && height <= levels[i].height)
			return &levels[i];
	return &levels[3];
}

static void fill_sequence(const struct mpeg2 *s, struct v4l2_ctrl_mpeg2_sequence *to)
{
	const uint32_t profile = s->profile == VAProfileMPEG2Simple ? 5 << 4 : 4 << 4;
	const struct level *level = level_of(s->horizontal_size, s->vertical_size);

	*to = (struct v4l2_ctrl_mpeg2_sequence){
		.horizontal_size = (uint16_t)s->horizontal_size,
		.vertical_size = (uint16_t)s->vertical_size,
		.vbv_buffer_size = level->vbv_buffer_size,
		.profile_and_level_indication = (uint16_t)(profile | level->indication),
		.chroma_format = 1,
		.flags = s->interlaced ? 0 : V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE,
	};
}

static uint64_t timestamp_of(struct mpeg2 *s, uint32_t surface)
{
	const struct surface *record =
		surface == s->surface && !s->second_field ? NULL : find(&s->surfaces, surface);

	return record ? record->timestamp : 0;
}

static void fill_references(struct mpeg2 *s, struct v4l2_ctrl_mpeg2_picture *to)
{
	uint64_t own, forward, backward;

	if (s->picture.picture_coding_type == V4L2_MPEG2_PIC_CODING_TYPE_I)
		return;
	own = s->second_field ? timestamp_of(s, s->surface) : 0;
	forward = timestamp_of(s, s->picture.forward_reference_picture);
	if (s->picture.picture_coding_type == V4L2_MPEG2_PIC_CODING_TYPE_P) {
		to->forward_ref_ts = forward ? forward : own;
		return;
	}
	backward = timestamp_of(s, s->picture.backward_reference_picture);
	to->forward_ref_ts = forward ? forward : backward;
	to->backward_ref_ts = backward ? backward : forward;
}

static bool is_top_field_first(const struct mpeg2 *s)
{
	if (s->structure == V4L2_MPEG2_PIC_FRAME)
		return s->picture.picture_coding_extension.bits.top_field_first;
	return (s->structure == V4L2_MPEG2_PIC_TOP_FIELD) != s->second_field;
}

static uint32_t flags_of(const struct mpeg2 *s)
{
	uint32_t flags = is_top_field_first(s) ? V4L2_MPEG2_PIC_FLAG_TOP_FIELD_FIRST : 0;

#define VA(name) s->picture.picture_coding_extension.bits.name
	if (VA(frame_pred_frame_dct))
		flags |= V4L2_MPEG2_PIC_FLAG_FRAME_PRED_DCT;
	if (VA(concealment_motion_vectors))
		flags |= V4L2_MPEG2_PIC_FLAG_CONCEALMENT_MV;
	if (VA(q_scale_type))
		flags |= V4L2_MPEG2_PIC_FLAG_Q_SCALE_TYPE;
	if (VA(intra_vlc_format))
		flags |= V4L2_MPEG2_PIC_FLAG_INTRA_VLC;
	if (VA(alternate_scan))
		flags |= V4L2_MPEG2_PIC_FLAG_ALT_SCAN;
	if (VA(repeat_first_field))
		flags |= V4L2_MPEG2_PIC_FLAG_REPEAT_FIRST;
	if (VA(progressive_frame))
		flags |= V4L2_MPEG2_PIC_FLAG_PROGRESSIVE;
#undef VA
	return flags;
}

static void fill_picture(struct mpeg2 *s, struct v4l2_ctrl_mpeg2_picture *to)
{
	const VAPictureParameterBufferMPEG2 *p = &s->picture;

	memset(to, 0, sizeof(*to));
	fill_references(s, to);
	to->flags = flags_of(s);
	for (unsigned direction = 0; direction < 2; direction++)
		for (unsigned part = 0; part < 2; part++)
			to->f_code[direction][part] =
				(uint8_t)(has_vectors(p, direction) ? f_code_of(p, direction, part) : F_CODE_NOT_USED);
	to->picture_coding_type = (uint8_t)p->picture_coding_type;
	to->picture_structure = (uint8_t)p->picture_coding_extension.bits.picture_structure;
	to->intra_dc_precision = (uint8_t)p->picture_coding_extension.bits.intra_dc_precision;
}

static int fill(struct fill_output *output)
{
	struct mpeg2 *s = &instance;

	if (!s->slices)
		return 0;
	load_matrices(s);
	fill_sequence(s, &s->sequence_control);
	fill_picture(s, &s->picture_control);
	if (output)
		*output = (struct fill_output){
			.count = 3,
			.controls =
				{
					{V4L2_CID_STATELESS_MPEG2_SEQUENCE, sizeof(s->sequence_control), &s->sequence_control},
					{V4L2_CID_STATELESS_MPEG2_PICTURE, sizeof(s->picture_control), &s->picture_control},
					{V4L2_CID_STATELESS_MPEG2_QUANTISATION, sizeof(s->quantisation_control),
		             &s->quantisation_control},
				},
		};
	return 1;
}

static void done(uint32_t surface)
{
	struct mpeg2 *s = &instance;

	load_matrices(s);
	s->previous_valid = true;
	s->previous_surface = surface;
	s->previous_structure = s->structure;
	s->previous_second = s->second_field;
}

const struct fill fill_c = {reset, begin, parameter, slice, fill, done};
