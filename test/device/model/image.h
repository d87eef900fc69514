/* SPDX-License-Identifier: MIT
 *
 * Samples: between libavcodec's three planes and the NV12 or P010 of CAPTURE buffers, and paint.
 */
#ifndef TEST_DEVICE_MODEL_IMAGE_H
#define TEST_DEVICE_MODEL_IMAGE_H

#include "model.h"

/* 4:2:0 in three planes; samples of more than 8 bits are 16 bit, right aligned. */
struct planes {
	uint8_t *data[3];
	size_t stride[3]; /* bytes */
	uint32_t width;
	uint32_t height;
	uint32_t depth;
};

/* The formats of the Raspberry Pi's Linux: V4L2_PIX_FMT_NV12_COL128, V4L2_PIX_FMT_NV12_10_COL128. */
#define IMAGE_COLUMNS_8 v4l2_fourcc('N', 'C', '1', '2')
#define IMAGE_COLUMNS_10 v4l2_fourcc('N', 'C', '3', '0')
enum { IMAGE_COLUMN_BYTES = 128 };

/* A CAPTURE format, as Documentation/userspace-api/media/v4l/pixfmt-yuv-planar.rst has it. */
struct image_format {
	uint32_t fourcc;
	const char *name;  /* as V4L2SIM_FORMAT has it */
	const char *title; /* as v4l_fill_fmtdesc() has it */
	uint32_t depth;
	uint32_t bits;           /* of a sample in memory */
	uint32_t tile_width;     /* samples; 0: not tiled */
	uint32_t tile_height[2]; /* rows, of luma and of chroma; 0: those of columns */
	unsigned memory_planes;
};

/* NULL: there is no such. */
const struct image_format *image_format_of(uint32_t fourcc);
const struct image_format *image_format_named(const char *name, size_t length);
/* Columns of luma, and behind it chroma of the same; `bytesperline` is the lines of a column. */
bool image_format_has_columns(const struct image_format *format);

/* Whether a picture of this size has room. */
bool image_holds(const struct model_image *image, uint32_t width, uint32_t height);

/* A picture. fourcc: one of the formats. chroma: where the second memory plane is; NULL: it follows luma. */
struct model_image image_of(uint32_t fourcc, uint32_t width, uint32_t height, uint32_t bytesperline,
                            uint8_t *bytes, uint8_t *chroma);

/* Which rows of a frame. */
enum { IMAGE_TOP_FIELD = 1, IMAGE_BOTTOM_FIELD = 2, IMAGE_FRAME = 3 };

/* fields: one of these. */
void image_store(const struct model_image *image, const struct planes *planes, unsigned int fields);
void image_load(const struct planes *planes, const struct model_image *image, unsigned int fields);
/* Every `step`-th row from `first` on. */
bool image_equals(const struct planes *planes, const struct model_image *image, uint32_t first,
                  uint32_t step);
/* Unmistakable, and different from row to row: stripes over the middle of the picture. */
void image_paint(const struct model_image *image, uint32_t width, uint32_t height);
void planes_fill(const struct planes *planes, unsigned int value); /* of 8 bit; scaled to the depth */
/* Rows as no picture has them, and whether a block of 16x16 of luma still is of such. */
void planes_blank(const struct planes *planes);
bool planes_have_blank(const struct planes *planes, unsigned int fields);

#endif
