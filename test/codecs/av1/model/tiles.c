/* SPDX-License-Identifier: MIT */
#include "header.h"

enum { MOST_WIDE = 4096, MOST_AREA = 4096 * 2304, MOST_IN_A_LINE = 64 };

/* One direction of the tiles as the control has them, in superblocks. */
struct line {
	unsigned int superblocks, shift, units; /* of the frame: in superblocks, and in units of 4 samples */
	unsigned int tiles;
	const uint32_t *starts, *sizes; /* in units of 4 samples; in superblocks, less 1 */
	const char *starts_field, *sizes_field;
};

static unsigned int log2_of(unsigned int block, unsigned int target)
{
	unsigned int k = 0;

	while (block << k < target)
		k++;
	return k;
}

static unsigned int smaller(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

static struct line line_of(unsigned int samples, unsigned int shift)
{
	const unsigned int units = (samples + 7) / 8 * 2;

	return (struct line){.superblocks = (units + (1u << shift) - 1) >> shift, .shift = shift, .units = units};
}

/* Both ways to say where tiles are must be the same, and end with the frame. */
static void expect_whole(struct header_writer *w, const struct line *line)
{
	unsigned int at = 0;

	for (unsigned int i = 0; i < line->tiles && i < MOST_IN_A_LINE; i++) {
		expect(w, line->starts[i] == at << line->shift, line->starts_field);
		at += smaller(line->sizes[i], line->superblocks) + 1;
	}
	expect(w, at == line->superblocks, line->sizes_field);
	expect(w, line->starts[smaller(line->tiles, MOST_IN_A_LINE)] == line->units, line->starts_field);
}

static void put_uniform(struct header_writer *w, const struct line *line, unsigned int least)
{
	const unsigned int most = log2_of(1, smaller(line->superblocks, MOST_IN_A_LINE));
	const unsigned int log2 = log2_of(1, line->tiles);
	const unsigned int each = (line->superblocks + (1u << log2) - 1) >> log2;

	for (unsigned int i = least; i < most; i++) {
		put_u(&w->bits, 1, i < log2);
		if (i >= log2)
			break;
	}
	expect(w, log2 >= least && log2 <= most, line->sizes_field);
	for (unsigned int i = 0; i + 1 < line->tiles; i++)
		expect(w, line->sizes[i] + 1 == each, line->sizes_field);
}

static unsigned int put_sizes(struct header_writer *w, const struct line *line, unsigned int most)
{
	unsigned int at = 0, widest = 0;

	for (unsigned int i = 0; i < line->tiles && at < line->superblocks; i++) {
		const unsigned int limit = smaller(line->superblocks - at, most);
		const unsigned int size = smaller(line->sizes[i] + 1, limit);

		expect(w, size == line->sizes[i] + 1, line->sizes_field);
		av1_put_non_symmetric(&w->bits, limit, size - 1);
		widest = size > widest ? size : widest;
		at += size;
	}
	return widest;
}

void av1_put_tile_info(struct header_writer *w)
{
	const struct v4l2_av1_tile_info *t = &w->frame->tile_info;
	const unsigned int shift = w->sequence->flags & V4L2_AV1_SEQUENCE_FLAG_USE_128X128_SUPERBLOCK ? 5 : 4;
	struct line columns = line_of(w->frame->frame_width_minus_1 + 1, shift);
	struct line rows = line_of(w->frame->frame_height_minus_1 + 1, shift);
	const unsigned int most_wide = MOST_WIDE >> (shift + 2), area = columns.superblocks * rows.superblocks;
	const unsigned int least_columns = log2_of(most_wide, columns.superblocks);
	unsigned int least = log2_of((unsigned int)MOST_AREA >> 2 * (shift + 2), area), log2;
	const bool uniform = t->flags & V4L2_AV1_TILE_INFO_FLAG_UNIFORM_TILE_SPACING;

	least = least > least_columns ? least : least_columns;
	columns.tiles = t->tile_cols;
	columns.starts = t->mi_col_starts;
	columns.sizes = t->width_in_sbs_minus_1;
	columns.starts_field = "frame.tile_info.mi_col_starts";
	columns.sizes_field = "frame.tile_info.width_in_sbs_minus_1";
	rows.tiles = t->tile_rows;
	rows.starts = t->mi_row_starts;
	rows.sizes = t->height_in_sbs_minus_1;
	rows.starts_field = "frame.tile_info.mi_row_starts";
	rows.sizes_field = "frame.tile_info.height_in_sbs_minus_1";
	expect_whole(w, &columns);
	expect_whole(w, &rows);
	put_u(&w->bits, 1, uniform);
	log2 = log2_of(1, t->tile_cols);
	if (uniform) {
		put_uniform(w, &columns, least_columns);
		put_uniform(w, &rows, least > log2 ? least - log2 : 0);
	} else {
		const unsigned int widest = put_sizes(w, &columns, most_wide);
		const unsigned int tallest = widest ? (area >> (least ? least + 1 : 0)) / widest : 0;

		put_sizes(w, &rows, tallest > 1 ? tallest : 1);
	}
	log2 += log2_of(1, t->tile_rows);
	expect(w, t->context_update_tile_id < t->tile_cols * t->tile_rows,
	       "frame.tile_info.context_update_tile_id");
	if (!log2)
		return;
	put_u(&w->bits, log2, t->context_update_tile_id);
	put_u(&w->bits, 2, AV1_TILE_SIZE_BYTES - 1);
	expect(w, t->tile_size_bytes >= 1 && t->tile_size_bytes <= 4, "frame.tile_info.tile_size_bytes");
}
