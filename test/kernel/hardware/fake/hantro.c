// SPDX-License-Identifier: GPL-2.0
/*
 * Hantro's decoders (drivers/media/platform/verisilicon): VDPU2 (rockchip_vpu2_*), G1 (hantro_g1_*), G2 (hantro_g2_*) and
 * VPU981 (rockchip_vpu981_*).
 * VDPU2 is a G1 with its registers in another order.
 */
#include "fake.h"
#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/kernel.h>

#define SWREG(n) ((n) * 4)

/* struct hantro_h264_dec_priv_tbl */
#define H264_CABAC_SIZE (460 * 2 * 4)
#define H264_POC_SIZE (34 * 4)
#define H264_SCALING_SIZE (6 * 16 + 2 * 64)
/* hantro_mpeg2_dec_init */
#define MPEG2_QUANTISATION_SIZE (64 * 4)
/* struct vp8_prob_tbl_packed */
#define VP8_PROBABILITIES_SIZE 1208
/* hantro_hevc.c: SCALING_LIST_SIZE; the DC coefficients come first */
#define HEVC_SCALING_SIZE (16 * 64)
/* struct hantro_g2_all_probs */
#define VP9_PROBABILITIES_SIZE 3744
/* struct symbol_counts, in words */
#define VP9_COUNTS 3316

enum { MODE_H264 = 0, MODE_MPEG2 = 5, MODE_VP8 = 10, MODE_HEVC = 12, MODE_VP9 = 13 };

static void log_tables(struct fake_block *block, u32 mode, u32 address)
{
	switch (mode) {
	case MODE_H264:
		fake_log_table(block, "cabac", address, H264_CABAC_SIZE);
		fake_log_table(block, "poc", address + H264_CABAC_SIZE, H264_POC_SIZE);
		fake_log_table(block, "scaling", address + H264_CABAC_SIZE + H264_POC_SIZE, H264_SCALING_SIZE);
		break;
	case MODE_MPEG2:
		fake_log_table(block, "quantisation", address, MPEG2_QUANTISATION_SIZE);
		break;
	case MODE_VP8:
		fake_log_table(block, "probabilities", address, VP8_PROBABILITIES_SIZE);
		break;
	}
}

/*
 * VP8 has two addresses, of 8 bytes each: where the macroblock data begin in the first partition, and the first of the
 * partitions with coefficients, which begins some bits further. The length of the latter includes the list of the other
 * `partitions`' sizes, which lies before that address, and what lies before the list in 8 bytes (cfg_parts).
 */
static void log_vp8_stream(struct fake_block *block, u32 control, u32 control_size, u32 address, u32 bits,
                           u32 size, u32 partitions)
{
	u32 before = (bits / 8 - 3 * partitions) & 7;

	fake_log_stream(block, "control", control, control_size);
	fake_log_stream(block, "coefficients", address, size - 3 * partitions - before + bits / 8);
}

/* Pictures have no stride of their own: lines are as long as the coded width; the second field starts one line down. */
static void frame_picture(struct fake_picture *picture, u32 address, u32 width_in_mbs, u32 height_in_mbs,
                          bool field, bool top)
{
	picture->width = 16 * width_in_mbs;
	picture->height = 16 * height_in_mbs;
	picture->stride = picture->width;
	picture->lines = !field ? FAKE_FRAME : top ? FAKE_TOP : FAKE_BOTTOM;
	picture->luma = picture->lines == FAKE_BOTTOM ? address - picture->stride : address;
	picture->chroma = picture->luma + picture->stride * picture->height;
}

/* VDPU2: rockchip_vpu2_regs.h */
#define VDPU2_STREAM_LENGTH SWREG(51)
#define VDPU2_MODE SWREG(53)
#define VDPU2_INTERRUPT SWREG(55)
#define VDPU2_ENABLE SWREG(57)
#define VDPU2_TABLES SWREG(61)
#define VDPU2_OUT SWREG(63)
#define VDPU2_STREAM SWREG(64)
#define VDPU2_H264_SIZE SWREG(110)
#define VDPU2_SIZE SWREG(120)
#define VDPU2_VP8_START SWREG(122)
#define VDPU2_VP8_DATA SWREG(124)
#define VDPU2_VP8_CONTROL SWREG(145)
#define VDPU2_START BIT(0)
#define VDPU2_FIELD BIT(16)
#define VDPU2_TOP BIT(13)

static bool vdpu2_written(struct fake_block *block, struct fake_write *write, u32 before)
{
	return write->reg == VDPU2_ENABLE && (write->value & VDPU2_START);
}

static void vdpu2_done(struct fake_block *block, bool good)
{
	fake_set(block, VDPU2_ENABLE, fake_reg(block, VDPU2_ENABLE) & ~VDPU2_START);
	fake_set(block, VDPU2_INTERRUPT, good ? BIT(0) | BIT(4) : BIT(12));
}

static void vdpu2_memory(struct fake_block *block)
{
	u32 mode = FIELD_GET(GENMASK(3, 0), fake_reg(block, VDPU2_MODE));
	u32 size = FIELD_GET(GENMASK(23, 0), fake_reg(block, VDPU2_STREAM_LENGTH));
	u32 data = fake_reg(block, VDPU2_VP8_DATA);

	if (mode == MODE_VP8)
		log_vp8_stream(block, fake_reg(block, VDPU2_VP8_CONTROL), FIELD_GET(GENMASK(21, 0), data),
		               fake_reg(block, VDPU2_STREAM),
		               FIELD_GET(GENMASK(31, 26), fake_reg(block, VDPU2_VP8_START)), size,
		               FIELD_GET(GENMASK(27, 24), data));
	else
		fake_log_stream(block, "stream", fake_reg(block, VDPU2_STREAM), size);
	log_tables(block, mode, fake_reg(block, VDPU2_TABLES));
}

static bool vdpu2_picture(struct fake_block *block, struct fake_picture *picture)
{
	u32 enable = fake_reg(block, VDPU2_ENABLE);
	u32 width, height;

	if (FIELD_GET(GENMASK(3, 0), fake_reg(block, VDPU2_MODE)) == MODE_H264) {
		width = FIELD_GET(GENMASK(8, 0), fake_reg(block, VDPU2_H264_SIZE));
		height = FIELD_GET(GENMASK(16, 9), fake_reg(block, VDPU2_H264_SIZE));
	} else {
		width = FIELD_GET(GENMASK(31, 23), fake_reg(block, VDPU2_SIZE));
		height = FIELD_GET(GENMASK(18, 11), fake_reg(block, VDPU2_SIZE));
	}
	frame_picture(picture, fake_reg(block, VDPU2_OUT), width, height, enable & VDPU2_FIELD,
	              enable & VDPU2_TOP);
	return true;
}

const struct fake_family fake_vdpu2 = {
	.name = "vdpu2",
	.written = vdpu2_written,
	.done = vdpu2_done,
	.memory = vdpu2_memory,
	.picture = vdpu2_picture,
};

/* G1: hantro_g1_regs.h */
#define G1_INTERRUPT SWREG(1)
#define G1_CONTROL SWREG(3)
#define G1_SIZE SWREG(4)
#define G1_VP8_START SWREG(5)
#define G1_STREAM_LENGTH SWREG(6)
#define G1_VP8_DATA SWREG(9)
#define G1_STREAM SWREG(12)
#define G1_OUT SWREG(13)
#define G1_VP8_CONTROL SWREG(27)
#define G1_TABLES SWREG(40)
#define G1_START BIT(0)
#define G1_FIELD BIT(22)
#define G1_TOP BIT(19)

static bool g1_written(struct fake_block *block, struct fake_write *write, u32 before)
{
	return write->reg == G1_INTERRUPT && (write->value & G1_START);
}

static void g1_done(struct fake_block *block, bool good)
{
	fake_set(block, G1_INTERRUPT, BIT(8) | (good ? BIT(12) : BIT(16)));
}

static u32 g1_mode(struct fake_block *block)
{
	return FIELD_GET(GENMASK(31, 28), fake_reg(block, G1_CONTROL));
}

static void g1_memory(struct fake_block *block)
{
	u32 size = FIELD_GET(GENMASK(23, 0), fake_reg(block, G1_STREAM_LENGTH));
	u32 data = fake_reg(block, G1_VP8_DATA);

	/* hantro_g1_vp8_dec.c gives one byte more than there is. */
	if (g1_mode(block) == MODE_VP8)
		log_vp8_stream(block, fake_reg(block, G1_VP8_CONTROL), FIELD_GET(GENMASK(21, 0), data) - 1,
		               fake_reg(block, G1_STREAM), FIELD_GET(GENMASK(31, 26), fake_reg(block, G1_VP8_START)),
		               size, FIELD_GET(GENMASK(27, 24), data));
	else
		fake_log_stream(block, "stream", fake_reg(block, G1_STREAM), size);
	log_tables(block, g1_mode(block), fake_reg(block, G1_TABLES));
}

static bool g1_picture(struct fake_block *block, struct fake_picture *picture)
{
	u32 control = fake_reg(block, G1_CONTROL);
	u32 size = fake_reg(block, G1_SIZE);

	frame_picture(picture, fake_reg(block, G1_OUT), FIELD_GET(GENMASK(31, 23), size),
	              FIELD_GET(GENMASK(18, 11), size), control & G1_FIELD, control & G1_TOP);
	return true;
}

const struct fake_family fake_g1 = {
	.name = "g1",
	.written = g1_written,
	.done = g1_done,
	.memory = g1_memory,
	.picture = g1_picture,
};

/* G2: hantro_g2_regs.h; addresses are pairs of registers, the higher half first, and that is 0 here. */
#define G2_INTERRUPT SWREG(1)
#define G2_MODE SWREG(3)
#define G2_SCALING SWREG(5)
#define G2_STREAM_LENGTH SWREG(6)
#define G2_OUTPUT SWREG(8)
#define G2_TILES SWREG(10)
#define G2_SIZE_4X4 SWREG(20)
#define G2_TILE_SIZES SWREG(167)
#define G2_STREAM SWREG(169)
#define G2_HEVC_SCALING SWREG(171)
#define G2_VP9_COUNTS SWREG(171)
#define G2_VP9_PROBABILITIES SWREG(173)
#define G2_RASTER_LUMA SWREG(175)
#define G2_RASTER_CHROMA SWREG(177)
#define G2_STREAM_OFFSET SWREG(259)
#define G2_START BIT(0)
#define G2_ABORT BIT(5)
#define G2_RASTER BIT(16)
#define G2_OUTPUT_8_BITS BIT(3)
#define G2_OUTPUT_DEPTH_OLD GENMASK(7, 4)
#define G2_SCALING_ENABLED BIT(24)

static bool g2_written(struct fake_block *block, struct fake_write *write, u32 before)
{
	if (write->reg != G2_INTERRUPT)
		return false;
	/* hantro_g2_reset waits for it. */
	if (write->value & G2_ABORT) {
		fake_set(block, G2_INTERRUPT, write->value & ~(G2_ABORT | G2_START));
		return false;
	}
	return (write->value & G2_START) && !(before & G2_START);
}

static void g2_done(struct fake_block *block, bool good)
{
	fake_set(block, G2_INTERRUPT, BIT(8) | (good ? BIT(12) : BIT(16)));
}

static u32 g2_mode(struct fake_block *block)
{
	return FIELD_GET(GENMASK(31, 27), fake_reg(block, G2_MODE));
}

/* H6 has an earlier G2 (struct hantro_variant: legacy_regs), of which some fields lie elsewhere. */
static bool g2_is_old(struct fake_block *block)
{
	return block->family == &fake_g2_old;
}

static u32 g2_n_tiles(struct fake_block *block)
{
	u32 tiles = fake_reg(block, G2_TILES);

	if (g2_is_old(block))
		tiles >>= 1;
	return FIELD_GET(GENMASK(23, 19), tiles) * FIELD_GET(GENMASK(18, 14), tiles);
}

/* Of a sample: it writes NV12 or P010. */
static u32 g2_bytes(struct fake_block *block)
{
	u32 output = fake_reg(block, G2_OUTPUT);

	if (g2_is_old(block))
		return FIELD_GET(G2_OUTPUT_DEPTH_OLD, output) > 8 ? 2 : 1;
	return output & G2_OUTPUT_8_BITS ? 1 : 2;
}

static void g2_memory(struct fake_block *block)
{

	fake_log_stream(block, "stream", fake_reg(block, G2_STREAM) + fake_reg(block, G2_STREAM_OFFSET),
	                fake_reg(block, G2_STREAM_LENGTH));
	fake_log_table(block, "tiles", fake_reg(block, G2_TILE_SIZES), 2 * sizeof(u16) * g2_n_tiles(block));
	if (g2_mode(block) == MODE_HEVC && (fake_reg(block, G2_SCALING) & G2_SCALING_ENABLED))
		fake_log_table(block, "scaling", fake_reg(block, G2_HEVC_SCALING), HEVC_SCALING_SIZE);
	if (g2_mode(block) == MODE_VP9)
		fake_log_table(block, "probabilities", fake_reg(block, G2_VP9_PROBABILITIES), VP9_PROBABILITIES_SIZE);
}

static void g2_results(struct fake_block *block)
{
	if (g2_mode(block) == MODE_VP9)
		fake_count(block, fake_reg(block, G2_VP9_COUNTS), VP9_COUNTS);
}

/* No register has the stride of the raster output: it is the distance of the planes, divided by the lines between them. */
static bool g2_picture(struct fake_block *block, struct fake_picture *picture)
{
	u32 size = fake_reg(block, G2_SIZE_4X4);
	u32 bytes = g2_bytes(block);
	/* Of rows and lines: sunxi_vpu_hw.c, imx8m_vpu_hw.c. */
	u32 step = g2_is_old(block) ? 32 : 16;
	u32 lines, distance;

	picture->luma = fake_reg(block, G2_RASTER_LUMA);
	picture->chroma = fake_reg(block, G2_RASTER_CHROMA);
	picture->words = bytes == 2;
	picture->width = 4 * FIELD_GET(GENMASK(27, 16), size) * bytes;
	picture->height = 4 * FIELD_GET(GENMASK(11, 0), size);
	distance = picture->chroma - picture->luma;
	if (!(fake_reg(block, G2_MODE) & G2_RASTER) || !picture->height)
		return false;
	for (lines = picture->height; lines < picture->height + step; lines += 4) {
		picture->stride = distance / lines;
		if (distance % lines == 0 && picture->stride >= picture->width &&
		    picture->stride < picture->width + step * bytes)
			return true;
	}
	return false;
}

const struct fake_family fake_g2 = {
	.name = "g2",
	.written = g2_written,
	.done = g2_done,
	.memory = g2_memory,
	.results = g2_results,
	.picture = g2_picture,
};

const struct fake_family fake_g2_old = {
	.name = "g2_old",
	.written = g2_written,
	.done = g2_done,
	.memory = g2_memory,
	.results = g2_results,
	.picture = g2_picture,
};

/* VPU981: rockchip_vpu981_regs.h; addresses as G2's. */
#define VPU981_INTERRUPT SWREG(1)
#define VPU981_STREAM_BEGIN SWREG(5)
#define VPU981_FILM_GRAIN_USE SWREG(7)
#define VPU981_TILE_COUNTS SWREG(10)
#define VPU981_GLOBAL_MODEL SWREG(83)
#define VPU981_FILM_GRAIN SWREG(95)
#define VPU981_TILES SWREG(167)
#define VPU981_STREAM SWREG(169)
#define VPU981_CONTEXTS_OUT SWREG(171)
#define VPU981_CONTEXTS SWREG(173)
#define VPU981_PP SWREG(320)
#define VPU981_PP_FORMAT SWREG(322)
#define VPU981_PP_LUMA SWREG(326)
#define VPU981_PP_CHROMA SWREG(328)
#define VPU981_PP_STRIDES SWREG(329)
#define VPU981_PP_SIZE SWREG(332)
#define VPU981_START BIT(0)
#define VPU981_GRAINED BIT(7)
#define VPU981_PP_ENABLED BIT(0)
/* rockchip_vpu981_av1_dec_set_tile_info(): width and height in superblocks, where the tile begins and ends behind the first one */
#define VPU981_TILE_SIZE 16
/* Six parameters and four of shear, for each of seven references. */
#define VPU981_GLOBAL_MODEL_SIZE (7 * (6 * 4 + 4 * 2))
/* struct av1cdfs */
#define VPU981_CONTEXTS_SIZE 12256
/* struct rockchip_av1_film_grain */
#define VPU981_FILM_GRAIN_SIZE (3 * 256 + 2 * (4096 + 2 * 1024))

enum { PP_P010 = 1, PP_NV12 = 3 };

static bool vpu981_written(struct fake_block *block, struct fake_write *write, u32 before)
{
	return write->reg == VPU981_INTERRUPT && (write->value & VPU981_START);
}

static void vpu981_done(struct fake_block *block, bool good)
{
	fake_set(block, VPU981_INTERRUPT, BIT(8) | (good ? BIT(12) : BIT(16)));
}

/* Of the bitstream what the tiles' table names. */
static void vpu981_memory(struct fake_block *block)
{
	u32 counts = fake_reg(block, VPU981_TILE_COUNTS);
	u32 n_tiles = FIELD_GET(GENMASK(23, 17), counts) * FIELD_GET(GENMASK(16, 10), counts);
	u32 tiles = fake_reg(block, VPU981_TILES);
	u32 first =
		fake_reg(block, VPU981_STREAM) + FIELD_GET(GENMASK(31, 25), fake_reg(block, VPU981_STREAM_BEGIN)) / 8;
	u32 i;

	for (i = 0; i < n_tiles; i++) {
		__le32 tile[VPU981_TILE_SIZE / sizeof(__le32)];
		u32 start;

		if (!fake_read(block, tiles + i * sizeof(tile), tile, sizeof(tile)))
			return;
		start = le32_to_cpu(tile[2]);
		fake_log_stream(block, "tile", first + start, le32_to_cpu(tile[3]) - start);
	}
	fake_log_table(block, "tiles", tiles, n_tiles * VPU981_TILE_SIZE);
	fake_log_table(block, "global", fake_reg(block, VPU981_GLOBAL_MODEL), VPU981_GLOBAL_MODEL_SIZE);
	fake_log_table(block, "contexts", fake_reg(block, VPU981_CONTEXTS), VPU981_CONTEXTS_SIZE);
	if (fake_reg(block, VPU981_FILM_GRAIN_USE) & VPU981_GRAINED)
		fake_log_table(block, "grain", fake_reg(block, VPU981_FILM_GRAIN), VPU981_FILM_GRAIN_SIZE);
}

/* The driver keeps the contexts that a frame leaves (rockchip_vpu981_av1_dec_update_prob). */
static void vpu981_results(struct fake_block *block)
{
	fake_count(block, fake_reg(block, VPU981_CONTEXTS_OUT), VPU981_CONTEXTS_SIZE / sizeof(u32));
}

/* What the post-processor writes; the decoder's own pictures are in tiles. */
static bool vpu981_picture(struct fake_block *block, struct fake_picture *picture)
{
	u32 format = FIELD_GET(GENMASK(22, 18), fake_reg(block, VPU981_PP_FORMAT));
	u32 size = fake_reg(block, VPU981_PP_SIZE);

	if (!(fake_reg(block, VPU981_PP) & VPU981_PP_ENABLED) || (format != PP_NV12 && format != PP_P010))
		return false;
	picture->luma = fake_reg(block, VPU981_PP_LUMA);
	picture->chroma = fake_reg(block, VPU981_PP_CHROMA);
	picture->words = format == PP_P010;
	picture->width = FIELD_GET(GENMASK(31, 16), size) * (picture->words ? 2 : 1);
	picture->height = FIELD_GET(GENMASK(15, 0), size);
	picture->stride = FIELD_GET(GENMASK(31, 16), fake_reg(block, VPU981_PP_STRIDES));
	/* A picture that is decoded to the same place once more has the same samples. */
	if (block->last.crc != block->stream_crc || block->last.luma != picture->luma)
		block->last.job = block->job;
	block->last.crc = block->stream_crc;
	block->last.luma = picture->luma;
	picture->job = block->last.job;
	return true;
}

const struct fake_family fake_vpu981 = {
	.name = "vpu981",
	.written = vpu981_written,
	.done = vpu981_done,
	.memory = vpu981_memory,
	.results = vpu981_results,
	.picture = vpu981_picture,
};
