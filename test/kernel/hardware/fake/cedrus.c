// SPDX-License-Identifier: GPL-2.0
/*
 * Allwinner's video engine (drivers/staging/media/sunxi/cedrus): one register file with an engine each for MPEG-2 (0x100),
 * H.264 and VP8 (0x200) and HEVC (0x500). Tables are written through ports; each write is logged with its place in the table.
 */
#include "fake.h"
#include <linux/align.h>
#include <linux/bitfield.h>
#include <linux/bits.h>

#define MODE 0x000
#define STRIDE 0x0c8
#define OUT_FORMAT 0x0ec

#define MPEG_HEADER 0x100
#define MPEG_SIZE 0x10c
#define MPEG_TRIGGER 0x118
#define MPEG_STATUS 0x11c
#define MPEG_STREAM 0x128
#define MPEG_STREAM_BITS 0x130
#define MPEG_OUT_LUMA 0x148
#define MPEG_OUT_CHROMA 0x14c
#define MPEG_MATRIX_PORT 0x180

#define H264_SPS 0x200
#define H264_SHS 0x208
#define H264_TRIGGER 0x224
#define H264_STATUS 0x228
#define H264_STREAM 0x230
#define H264_STREAM_BITS 0x238
#define H264_STREAM_END 0x23c
#define H264_OUT_INDEX 0x24c
#define VP8_PROBABILITIES 0x250
#define VP8_SIZE 0x25c
#define VP8_OUT_LUMA 0x2ac
#define VP8_OUT_CHROMA 0x2d0
#define H264_PORT_INDEX 0x2e0
#define H264_PORT 0x2e4

#define HEVC_SIZE 0x508
#define HEVC_TRIGGER 0x534
#define HEVC_STATUS 0x538
#define HEVC_STREAM 0x540
#define HEVC_STREAM_BITS 0x548
#define HEVC_OUT_INDEX 0x55c
#define HEVC_BITS_READ 0x5dc
#define HEVC_PORT_INDEX 0x5e0
#define HEVC_PORT 0x5e4

/* Words of a picture in the list of pictures in SRAM: struct cedrus_h264_sram_ref_pic, struct cedrus_h265_sram_frame_info. */
#define H264_PICTURES 0x100
#define HEVC_PICTURES (0x400 / 4)
#define PICTURE_WORDS 8

#define VP8_PROBABILITIES_SIZE 0x2400
#define OUT_FORMAT_TILED_32_NV12 0
#define DECODE_H264 8
#define DECODE_VP8 10
#define DECODE_MPEG 15
#define DECODE_HEVC 8

enum engine { ENGINE_MPEG = 0, ENGINE_H264 = 1, ENGINE_HEVC = 4 };

static enum engine engine(struct fake_block *block)
{
	return FIELD_GET(GENMASK(2, 0), fake_reg(block, MODE));
}

static bool is_vp8(struct fake_block *block)
{
	return FIELD_GET(GENMASK(3, 0), fake_reg(block, H264_TRIGGER)) == DECODE_VP8;
}

/* Data go where the index says, which then moves on; both count bytes. */
static void port_written(struct fake_block *block, struct fake_write *write, u32 index_reg, u32 *sram)
{
	u32 at = fake_reg(block, index_reg);

	write->index = at / 4;
	sram[at / 4 % FAKE_SRAM_WORDS] = write->value;
	fake_set(block, index_reg, at + 4);
}

static bool cedrus_written(struct fake_block *block, struct fake_write *write, u32 before)
{
	u32 trigger = FIELD_GET(GENMASK(3, 0), write->value);

	switch (write->reg) {
	case MPEG_STATUS:
	case H264_STATUS:
	case HEVC_STATUS:
		/* Ones clear. */
		fake_set(block, write->reg, before & ~write->value);
		break;
	case H264_PORT_INDEX:
	case HEVC_PORT_INDEX:
		write->reg = 0xffff;
		break;
	case H264_PORT:
		port_written(block, write, H264_PORT_INDEX, block->sram[0]);
		break;
	case HEVC_PORT:
		port_written(block, write, HEVC_PORT_INDEX, block->sram[1]);
		break;
	case MPEG_MATRIX_PORT:
		/* Bit 14: the intra matrix; then the place in it. */
		write->index = FIELD_GET(GENMASK(14, 8), write->value);
		break;
	case MPEG_TRIGGER:
		return trigger == DECODE_MPEG;
	case H264_TRIGGER:
		return trigger == DECODE_H264 || trigger == DECODE_VP8;
	case HEVC_TRIGGER:
		return trigger == DECODE_HEVC;
	}
	return false;
}

static void cedrus_done(struct fake_block *block, bool good)
{
	u32 status = engine(block) == ENGINE_MPEG   ? MPEG_STATUS
	             : engine(block) == ENGINE_H264 ? H264_STATUS
	                                            : HEVC_STATUS;

	fake_set(block, status, fake_reg(block, status) | (good ? BIT(0) : BIT(1)));
}

/* Bits 27..4 are in their place, 31..28 in the lowest four; flags between. */
static u32 stream_address(u32 value)
{
	return (value & GENMASK(27, 4)) | value << 28;
}

static void cedrus_memory(struct fake_block *block)
{
	u32 address;

	switch (engine(block)) {
	case ENGINE_MPEG:
		fake_log_stream(block, "stream", stream_address(fake_reg(block, MPEG_STREAM)),
		                fake_reg(block, MPEG_STREAM_BITS) / 8);
		break;
	case ENGINE_H264:
		address = stream_address(fake_reg(block, H264_STREAM));
		/* For VP8 the length in bits is that of the buffer. */
		fake_log_stream(block, "stream", address, fake_reg(block, H264_STREAM_END) - address);
		if (is_vp8(block))
			fake_log_table(block, "probabilities", fake_reg(block, VP8_PROBABILITIES),
			               VP8_PROBABILITIES_SIZE);
		break;
	case ENGINE_HEVC:
		fake_log_stream(block, "stream", FIELD_GET(GENMASK(27, 0), fake_reg(block, HEVC_STREAM)) << 8,
		                fake_reg(block, HEVC_STREAM_BITS) / 8);
		break;
	}
}

static void h264_picture(struct fake_block *block, struct fake_picture *picture)
{
	u32 sps = fake_reg(block, H264_SPS), shs = fake_reg(block, H264_SHS);
	const u32 *entry =
		&block->sram[0][(H264_PICTURES + fake_reg(block, H264_OUT_INDEX) * PICTURE_WORDS) % FAKE_SRAM_WORDS];
	bool frame_mbs_only = sps & BIT(18), field = shs & BIT(4), bottom = shs & BIT(3);

	picture->luma = entry[3];
	picture->chroma = entry[4];
	picture->width = 16 * (FIELD_GET(GENMASK(15, 8), sps) + 1);
	picture->height = 16 * (FIELD_GET(GENMASK(7, 0), sps) + 1) * (frame_mbs_only ? 1 : 2);
	picture->lines = !field ? FAKE_FRAME : bottom ? FAKE_BOTTOM : FAKE_TOP;
}

/* picture_structure, ISO/IEC 13818-2, table 6-14. */
static void mpeg_picture(struct fake_block *block, struct fake_picture *picture)
{
	u32 structure = FIELD_GET(GENMASK(9, 8), fake_reg(block, MPEG_HEADER));

	picture->luma = fake_reg(block, MPEG_OUT_LUMA);
	picture->chroma = fake_reg(block, MPEG_OUT_CHROMA);
	picture->width = FIELD_GET(GENMASK(27, 16), fake_reg(block, MPEG_SIZE));
	picture->height = FIELD_GET(GENMASK(11, 0), fake_reg(block, MPEG_SIZE));
	picture->lines = structure == 1 ? FAKE_TOP : structure == 2 ? FAKE_BOTTOM : FAKE_FRAME;
}

static bool cedrus_picture(struct fake_block *block, struct fake_picture *picture)
{
	const u32 *entry;

	picture->stride = FIELD_GET(GENMASK(15, 0), fake_reg(block, STRIDE));
	switch (engine(block)) {
	case ENGINE_MPEG:
		mpeg_picture(block, picture);
		break;
	case ENGINE_H264:
		if (!is_vp8(block)) {
			h264_picture(block, picture);
			break;
		}
		picture->luma = fake_reg(block, VP8_OUT_LUMA);
		picture->chroma = fake_reg(block, VP8_OUT_CHROMA);
		/* Of the frame; whole macroblocks are decoded. */
		picture->width = ALIGN(FIELD_GET(GENMASK(27, 16), fake_reg(block, VP8_SIZE)), 16);
		picture->height = ALIGN(FIELD_GET(GENMASK(11, 0), fake_reg(block, VP8_SIZE)), 16);
		break;
	case ENGINE_HEVC:
		entry = &block->sram[1][(HEVC_PICTURES + fake_reg(block, HEVC_OUT_INDEX) * PICTURE_WORDS) %
		                        FAKE_SRAM_WORDS];
		picture->luma = entry[4] << 8;
		picture->chroma = entry[5] << 8;
		picture->width = FIELD_GET(GENMASK(13, 0), fake_reg(block, HEVC_SIZE));
		picture->height = FIELD_GET(GENMASK(29, 16), fake_reg(block, HEVC_SIZE));
		break;
	default:
		return false;
	}
	/* The stride is for rows; tiles have no padding but their own. */
	picture->tiled = FIELD_GET(GENMASK(6, 4), fake_reg(block, OUT_FORMAT)) == OUT_FORMAT_TILED_32_NV12;
	if (picture->tiled)
		picture->stride = ALIGN(picture->width, 32);
	return picture->stride >= picture->width;
}

/* The byte before the slice data, which has the padding's first bit (cedrus_h265_setup). */
static void cedrus_power_on(struct fake_block *block)
{
	fake_set(block, HEVC_BITS_READ, 0x80);
}

const struct fake_family fake_cedrus = {
	.name = "cedrus",
	.written = cedrus_written,
	.done = cedrus_done,
	.memory = cedrus_memory,
	.picture = cedrus_picture,
	.power_on = cedrus_power_on,
};
