/* SPDX-License-Identifier: MIT
 *
 * fetch.c against the definitions of the formats, taken at their word: the place of each bit of each sample, from
 * Documentation/userspace-api/media/v4l/pixfmt-yuv-planar.rst ("Tiled NV12", "Tiled NV15"), include/uapi/drm/drm_fourcc.h
 * (NV15, P030) and, of the Raspberry Pi's kernel, pixfmt-nv12-col128.rst. The memory ends, or begins, at a page that cannot be
 * read.
 */
#include "memory/fetch.h"

#include <sys/mman.h>

#include "harness.h"
#include "memory/copy.h"

enum { CHROMA = 1, LONGEST = 130, CANARY = 0xa5, MARGIN = 64 };

/* A plane of `width` x `height` luma samples: how many components a row has, and how many rows. */
struct size {
	uint32_t components;
	uint32_t rows;
};

static struct size plane_size(uint32_t width, uint32_t height, int chroma)
{
	if (chroma)
		return (struct size){(width + 1) / 2 * 2, (height + 1) / 2};
	return (struct size){width, height};
}

static uint32_t aligned(uint32_t value, uint32_t to)
{
	return (value + to - 1) / to * to;
}

/* ---- the formats as they are documented */

enum layout { ROWS, TILES, COLUMNS };

struct format {
	const char *name;
	enum layout layout;
	uint32_t bits;       /* of one component in memory */
	uint32_t tile_width; /* in components, of a tile or a column */
	uint32_t
		tile_height[2]; /* in rows, of luma and of chroma; of a column it differs from picture to picture */
	/* what fetch.c is told */
	uint32_t tile_bytes;
	uint32_t packing;
};

static const struct format formats[] = {
	{"NV12_4L4", TILES, 8, 4, {4, 4}, 4, CORE_PACKING_NONE},
	{"P010_4L4", TILES, 16, 4, {4, 4}, 8, CORE_PACKING_NONE},
	{"NV15_4L4", TILES, 10, 4, {4, 4}, 5, CORE_PACKING_FOUR_IN_FIVE},
	{"NV12_32L32", TILES, 8, 32, {32, 32}, 32, CORE_PACKING_NONE},
	{"MM21", TILES, 8, 16, {32, 16}, 16, CORE_PACKING_NONE},
	{"NC12", COLUMNS, 8, 128, {0, 0}, 128, CORE_PACKING_NONE},
	{"NC30", COLUMNS, 10, 96, {0, 0}, 128, CORE_PACKING_THREE_IN_FOUR},
	{"NV15", ROWS, 10, 1, {1, 1}, 0, CORE_PACKING_FOUR_IN_FIVE},
	/* No format: how NV12 would pass through. */
	{"rows of bytes", ROWS, 8, 1, {1, 1}, 0, CORE_PACKING_NONE},
};

/* One plane in memory. */
struct picture {
	const struct format *format;
	int chroma;
	uint32_t stride;       /* components from one row to the next, padding included */
	uint32_t pitch;        /* the same in bytes */
	uint32_t column_lines; /* of COLUMNS: luma, chroma and padding */
	uint32_t column_first; /* the line of a column that is the plane's first */
};

/* With padding beside and below, more the larger the picture is. */
static struct picture picture_of(const struct format *format, uint32_t width, uint32_t height, int chroma)
{
	struct picture picture = {.format = format, .chroma = chroma};

	picture.stride = aligned(width, format->layout == ROWS ? 4 : format->tile_width);
	picture.stride += width % 3 ? 0 : format->layout == ROWS ? 4 : format->tile_width;
	picture.pitch = picture.stride * format->bits / 8;
	if (format->layout == ROWS)
		picture.pitch += width % 5; /* rows of NV15 need not end with a whole group */
	picture.column_lines = aligned(height, 8) * 3 / 2 + height % 7;
	picture.column_first = chroma ? aligned(height, 8) : 0;
	return picture;
}

/* Where the sample's lowest bit is, in bits from the plane's first byte (of COLUMNS: from the first column's). */
static uint64_t bit_of(const struct picture *picture, uint32_t x, uint32_t y)
{
	const struct format *format = picture->format;
	uint64_t width = format->tile_width, height = format->tile_height[picture->chroma];

	if (format->layout == ROWS)
		return (uint64_t)y * picture->pitch * 8 + x * format->bits;
	if (format->layout == TILES) {
		uint64_t tile = y / height * (picture->stride / width) + x / width;

		return (tile * width * height + y % height * width + x % width) * format->bits;
	}
	/* 128 bytes to a line of a column; of 10 bits, three samples in four bytes. */
	uint64_t line = x / width * picture->column_lines + picture->column_first + y;
	uint64_t within = x % width;

	return line * 128 * 8 + (format->bits == 8 ? within * 8 : within / 3 * 32 + within % 3 * 10);
}

/* Bytes of a component in the rows that come out. */
static uint32_t out_bytes(const struct format *format)
{
	return format->bits == 8 ? 1 : 2;
}

/* The plane as fetch.c has it, its first byte `offset` bytes into the memory. */
static struct fetch_plane plane_of(const struct picture *picture, uint32_t offset)
{
	const struct format *format = picture->format;

	if (format->layout == COLUMNS)
		return (struct fetch_plane){.offset = offset + 128 * picture->column_first,
		                            .tile_bytes = format->tile_bytes,
		                            .tile_rows = picture->column_lines,
		                            .packing = format->packing};
	return (struct fetch_plane){.offset = offset,
	                            .pitch = picture->pitch,
	                            .tile_bytes = format->tile_bytes,
	                            .tile_rows = format->tile_height[picture->chroma],
	                            .packing = format->packing};
}

/* Writes one component, bit by bit, and moves *end behind the last byte that has a bit of it. */
static void write_component(uint8_t *to, const uint8_t *memory, const struct picture *picture, uint32_t x,
                            uint32_t y, uint64_t *end)
{
	uint32_t bits = picture->format->bits, value = 0;
	uint64_t first = bit_of(picture, x, y);

	for (uint32_t bit = 0; bit < bits; bit++)
		value |= (memory[(first + bit) / 8] >> (first + bit) % 8 & 1u) << bit;
	if (bits == 10)
		value <<= 6;
	to[0] = (uint8_t)value;
	if (bits > 8)
		to[1] = (uint8_t)(value >> 8);
	if ((first + bits + 7) / 8 > *end)
		*end = (first + bits + 7) / 8;
}

/* ---- memory between pages that cannot be read */

enum { PAGE = 65536, ROOM = 64 * PAGE }; /* a multiple of any machine's pages */

static uint8_t *guarded_room(void)
{
	static uint8_t *room;

	if (room)
		return room;
	room = mmap(NULL, ROOM + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(room != MAP_FAILED);
	room += PAGE;
	CHECK(mprotect(room, ROOM, PROT_READ | PROT_WRITE) == 0);
	return room;
}

static uint8_t pattern[ROOM];

static void fill_pattern(void)
{
	uint32_t state = 2463534242u;

	for (size_t i = 0; i < sizeof(pattern); i++) {
		state ^= state << 13;
		state ^= state >> 17;
		state ^= state << 5;
		pattern[i] = (uint8_t)(state >> 11);
	}
}

/* ---- what is checked */

static uint8_t expected[1 << 20], got[1 << 20];

static void complain(const struct picture *picture, const struct fetch_area *area, const char *what)
{
	fprintf(stderr, "    %s, %s of stride %u and %u lines, at %u,%u %u bytes x %u: %s\n",
	        picture->format->name, picture->chroma ? "chroma" : "luma", picture->stride,
	        picture->column_lines, area->x, area->y, area->row_bytes, area->rows, what);
	exit(1);
}

/* An area of a plane, in components, fetched from memory that ends with its last byte and from memory that begins with its
 * plane's first. */
static void check_area(const struct picture *picture, uint32_t x, uint32_t y, uint32_t components,
                       uint32_t rows)
{
	const uint32_t bytes = out_bytes(picture->format), offset = 3;
	const struct fetch_area area = {x * bytes, y, components * bytes, rows};
	const uint32_t pitch = area.row_bytes + 5;
	const size_t written = MARGIN + (size_t)pitch * rows + MARGIN;
	uint8_t *room = guarded_room();
	uint64_t end = 0;

	CHECK(written <= sizeof(expected));
	memset(expected, CANARY, written);
	for (uint32_t row = 0; row < rows; row++)
		for (uint32_t i = 0; i < components; i++)
			write_component(expected + MARGIN + (size_t)row * pitch + i * bytes, pattern, picture, x + i,
			                y + row, &end);
	CHECK(end + offset <= ROOM);

	struct fetch_plane plane = plane_of(picture, offset);
	if (fetch_end(&plane, &area) != offset + end) {
		fprintf(stderr, "    %llu, not %llu\n", (unsigned long long)fetch_end(&plane, &area),
		        (unsigned long long)(offset + end));
		complain(picture, &area, "the end is elsewhere");
	}
	uint8_t *memory = room + ROOM - end;
	memcpy(memory, pattern, end);
	memset(got, CANARY, written);
	fetch_rows(&plane, &area, memory - offset, got + MARGIN, pitch);
	if (memcmp(got, expected, written) != 0)
		complain(picture, &area, "other bytes");

	/* Where the area is the plane from its beginning, nothing before it may be read either. */
	if (x == 0 && y == 0) {
		size_t first = picture->format->layout == COLUMNS ? 128 * (size_t)picture->column_first : 0;

		plane = plane_of(picture, 0);
		memcpy(room, pattern + first, end - first);
		memset(got, CANARY, written);
		fetch_rows(&plane, &area, room - first, got + MARGIN, pitch);
		if (memcmp(got, expected, written) != 0)
			complain(picture, &area, "other bytes, at the beginning of the memory");
	}
}

static void check_size(const struct format *format, uint32_t width, uint32_t height)
{
	for (int chroma = 0; chroma <= CHROMA; chroma++) {
		struct picture picture = picture_of(format, width, height, chroma);
		struct size size = plane_size(width, height, chroma);

		check_area(&picture, 0, 0, size.components, size.rows);
	}
}

/* All sizes would take minutes under emulation: each width with these heights, and each height with these widths. All
 * 130 x 130 where FETCH_ALL_SIZES is set. */
static bool is_sampled(uint32_t side)
{
	static const uint32_t sides[] = {1, 2, 3, 4, 5, 8, 31, 33, 66, 130};

	if (getenv("FETCH_ALL_SIZES"))
		return true;
	for (size_t i = 0; i < TEST_COUNT(sides); i++) {
		if (sides[i] == side)
			return true;
	}
	return false;
}

/* Wider than what fetch.c takes at once, by whole and broken groups. */
static const uint32_t wide[] = {511, 512, 513, 2047, 2048, 2049, 2053, 4096, 4101};

static void check_sizes(const struct format *format)
{
	for (size_t i = 0; i < TEST_COUNT(wide); i++) {
		check_size(format, wide[i], 4);
		check_size(format, wide[i], 7);
	}
	for (uint32_t width = 1; width <= LONGEST; width++) {
		for (uint32_t height = 1; height <= LONGEST; height++) {
			if (is_sampled(width) || is_sampled(height))
				check_size(format, width, height);
		}
	}
}

/* Areas of a plane with several tiles each way, at any corner. */
static void check_areas(const struct format *format)
{
	uint32_t state = 88172645u;

	for (int i = 0; i < 6000; i++) {
		int chroma = i & 1;
		struct picture picture = picture_of(format, 301, 70, chroma);
		struct size size = plane_size(301, 70, chroma);
		uint32_t place[4];

		for (int k = 0; k < 4; k++) {
			state = state * 1664525 + 1013904223;
			place[k] = state >> 16;
		}
		uint32_t x = place[0] % size.components, y = place[1] % size.rows;
		check_area(&picture, x, y, 1 + place[2] % (size.components - x), 1 + place[3] % (size.rows - y));
	}
}

static void check_format(const char *name)
{
	fill_pattern();
	for (size_t i = 0; i < TEST_COUNT(formats); i++) {
		if (strcmp(formats[i].name, name) != 0)
			continue;
		check_sizes(&formats[i]);
		check_areas(&formats[i]);
		return;
	}
	CHECK(!"a format of the table");
}

static void nv12_4l4(void)
{
	check_format("NV12_4L4");
}

static void p010_4l4(void)
{
	check_format("P010_4L4");
}

static void nv15_4l4(void)
{
	check_format("NV15_4L4");
}

static void nv12_32l32(void)
{
	check_format("NV12_32L32");
}

static void mm21(void)
{
	check_format("MM21");
}

static void nc12(void)
{
	check_format("NC12");
}

static void nc30(void)
{
	check_format("NC30");
}

static void nv15(void)
{
	check_format("NV15");
}

static void rows_of_bytes(void)
{
	check_format("rows of bytes");
}

static void nonsense_has_no_end(void)
{
	const struct fetch_plane good = {0, 60, 5, 4, CORE_PACKING_FOUR_IN_FIVE};
	const struct fetch_area all = {0, 0, 32, 8};
	struct fetch_plane plane = good;
	struct fetch_area area = all;

	CHECK_EQUAL(fetch_end(&plane, &area), 320);
#define HAS_NO_END(what)                               \
	do {                                               \
		plane = good;                                  \
		area = all;                                    \
		what;                                          \
		CHECK(fetch_end(&plane, &area) == UINT64_MAX); \
	} while (0)
	HAS_NO_END(area.row_bytes = 0);
	HAS_NO_END(area.rows = 0);
	HAS_NO_END(area.row_bytes = 33);
	HAS_NO_END(area.x = 1);
	HAS_NO_END(area.x = UINT32_MAX - 1);
	HAS_NO_END(area.y = UINT32_MAX);
	HAS_NO_END(area.rows = UINT32_MAX);
	HAS_NO_END(area.row_bytes = UINT32_MAX - 1);
	HAS_NO_END(plane.tile_rows = 0);
	HAS_NO_END(plane.tile_bytes = 6);
	HAS_NO_END(plane.tile_bytes = 0); /* rows are no tiles of four */
	HAS_NO_END(plane.packing = CORE_PACKING_THREE_IN_FOUR; plane.tile_bytes = 5);
	HAS_NO_END(plane.packing = 3);
	HAS_NO_END(plane.tile_bytes = 5u << 29); /* which would become 8 << 29 */
	HAS_NO_END(plane.pitch = 19);            /* tiles in each other */
	HAS_NO_END(plane.tile_bytes = 0; plane.tile_rows = 1; plane.pitch = 19);

	/* As long as nothing is below it, a row may be longer than the pitch. */
	plane = good;
	plane.pitch = 0;
	area.rows = 4;
	CHECK_EQUAL(fetch_end(&plane, &area), 80);
	/* The largest numbers do not wrap around. */
	plane = (struct fetch_plane){UINT32_MAX, UINT32_MAX, 1u << 20, UINT32_MAX, CORE_PACKING_NONE};
	area = (struct fetch_area){1 << 20, 65536, 1 << 20, 65536};
	CHECK(fetch_end(&plane, &area) > (uint64_t)UINT32_MAX << 20);
	CHECK(fetch_end(&plane, &area) < UINT64_MAX);
}

/* ---- through copy.c */

static bool copied(const struct core_copy *copy, size_t destination_size, size_t source_size)
{
	memset(got, CANARY, sizeof(got));
	return copies_run(copy, 1, got, destination_size, pattern, source_size);
}

/* Rows as they are, and taken apart; each refused where one byte is missing on either side. */
static void copies_of(const struct format *format, uint32_t x, uint32_t y, uint32_t components, uint32_t rows)
{
	const uint32_t bytes = out_bytes(format);
	const struct picture picture = picture_of(format, 4000, 40, CHROMA);
	const struct fetch_plane plane = plane_of(&picture, 0);
	const struct fetch_area area = {x * bytes, y, components * bytes, rows};
	struct core_copy copy = {.kind = CORE_COPY_ROWS,
	                         .source_offset = plane.offset,
	                         .source_pitch = plane.pitch,
	                         .source_packing = plane.packing,
	                         .source_tile_bytes = plane.tile_bytes,
	                         .source_tile_rows = plane.tile_rows,
	                         .source_x = area.x,
	                         .source_y = area.y,
	                         .destination_offset = 11,
	                         .destination_pitch = area.row_bytes + 7,
	                         .row_bytes = area.row_bytes,
	                         .rows = rows,
	                         .sample_size = bytes};
	uint64_t end = 0;

	memset(expected, CANARY, sizeof(expected));
	for (uint32_t row = 0; row < rows; row++)
		for (uint32_t i = 0; i < components; i++)
			write_component(expected + copy.destination_offset + (size_t)row * copy.destination_pitch +
			                    i * bytes,
			                pattern, &picture, x + i, y + row, &end);
	size_t size = copy.destination_offset + (size_t)(rows - 1) * copy.destination_pitch + area.row_bytes;
	CHECK(copied(&copy, size, end));
	CHECK(memcmp(got, expected, sizeof(got)) == 0);
	CHECK(!copied(&copy, size - 1, end));
	CHECK(!copied(&copy, size, end - 1));
	CHECK(got[copy.destination_offset] == CANARY);

	copy.kind = CORE_COPY_SPLIT;
	copy.destination_pitch = area.row_bytes / 2 + 3;
	copy.second_offset = 200001;
	copy.second_pitch = area.row_bytes / 2 + 9;
	memset(expected, CANARY, sizeof(expected));
	for (uint32_t row = 0; row < rows; row++) {
		for (uint32_t i = 0; i < components; i++) {
			uint8_t *first = expected + copy.destination_offset + (size_t)row * copy.destination_pitch;
			uint8_t *second = expected + copy.second_offset + (size_t)row * copy.second_pitch;

			write_component((i % 2 ? second : first) + i / 2 * bytes, pattern, &picture, x + i, y + row,
			                &end);
		}
	}
	size = copy.second_offset + (size_t)(rows - 1) * copy.second_pitch + area.row_bytes / 2;
	CHECK(copied(&copy, size, end));
	CHECK(memcmp(got, expected, sizeof(got)) == 0);
	CHECK(!copied(&copy, size - 1, end));
	CHECK(!copied(&copy, size, end - 1));
	CHECK(got[copy.destination_offset] == CANARY);

	/* Planar samples are not fetched. */
	copy.kind = CORE_COPY_MERGE;
	CHECK(!copied(&copy, sizeof(got), sizeof(pattern)));
}

static void copies(void)
{
	fill_pattern();
	/* The last is linear, and not fetched. */
	for (size_t i = 0; i + 1 < TEST_COUNT(formats); i++) {
		copies_of(&formats[i], 0, 0, 3840, 17);
		copies_of(&formats[i], 6, 3, 2000, 9);
		copies_of(&formats[i], 2, 2, 2, 2);
	}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"NV12_4L4", nv12_4l4, NULL},
		{"P010_4L4", p010_4l4, NULL},
		{"NV15_4L4", nv15_4l4, NULL},
		{"NV12_32L32", nv12_32l32, NULL},
		{"MM21", mm21, NULL},
		{"NC12", nc12, NULL},
		{"NC30", nc30, NULL},
		{"NV15", nv15, NULL},
		{"rows that are not tiled", rows_of_bytes, NULL},
		{"what makes no sense has no end", nonsense_has_no_end, NULL},
		{"copies of what is fetched", copies, NULL},
	};
	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
