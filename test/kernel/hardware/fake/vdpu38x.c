// SPDX-License-Identifier: GPL-2.0
/*
 * Rockchip's VDPU381 (RK3588) and VDPU383 (RK3576), which Linux's rkvdec drives, too (drivers/media/platform/rockchip/rkvdec).
 * Like RK3399's rkvdec they parse the slice headers themselves; pictures are always frames here.
 */
#include "fake.h"
#include <linux/bitfield.h>
#include <linux/bits.h>

#define SWREG(n) ((n) * 4)

enum { MODE_H264 = 1 };

/* Sizes of the tables of a codec, in bytes. */
struct tables {
	u32 cabac, rps, scaling, pps;
};

/* Where the registers say that the memory of a job is. */
struct memory_registers {
	u32 stream, stream_length, cabac, rps, scaling, pps;
};

static void log_memory(struct fake_block *block, const struct memory_registers *at, const struct tables *of)
{
	u32 scaling = fake_reg(block, at->scaling);

	fake_log_stream(block, "stream", fake_reg(block, at->stream), fake_reg(block, at->stream_length));
	fake_log_table(block, "cabac", fake_reg(block, at->cabac), of->cabac);
	fake_log_table(block, "pps", fake_reg(block, at->pps), of->pps);
	fake_log_table(block, "rps", fake_reg(block, at->rps), of->rps);
	/* VDPU383 is told of none where HEVC has no scaling lists. */
	if (scaling)
		fake_log_table(block, "scaling", scaling, of->scaling);
}

/* struct rkvdec_h264_priv_tbl; `pps`: the size of a struct rkvdec_sps_pps, of which there is one for each pic_parameter_set_id. */
#define H264_TABLES(pps) {4 * 464 * 2, 128, 6 * 16 + 6 * 64, 256 * (pps)}
/* struct rkvdec_hevc_priv_tbl; `pps`: the size of param_set. */
#define HEVC_TABLES(pps) {27456, 3216, 1360, pps}

/* Strides count units of 16 bytes. */
static bool linear_picture(struct fake_picture *picture, u32 address, u32 stride, u32 luma_size)
{
	if (!stride)
		return false;
	picture->stride = 16 * stride;
	picture->luma = address;
	picture->chroma = address + 16 * luma_size;
	picture->width = picture->stride;
	picture->height = luma_size / stride;
	return true;
}

/* VDPU381: rkvdec-vdpu381-regs.h; numbers count from the region "function", which is 0x100 behind the begin. */
#define VDPU381_MODE SWREG(9)
#define VDPU381_ENABLE SWREG(10)
#define VDPU381_STREAM_LENGTH SWREG(16)
#define VDPU381_STRIDE SWREG(18)
#define VDPU381_LUMA_SIZE SWREG(20)
#define VDPU381_STREAM SWREG(128)
#define VDPU381_OUT SWREG(130)
#define VDPU381_PPS SWREG(161)
#define VDPU381_RPS SWREG(163)
#define VDPU381_SCALING SWREG(180)
#define VDPU381_CABAC SWREG(197)
#define VDPU381_STATUS SWREG(224)
#define VDPU381_START BIT(0)
#define VDPU381_READY BIT(2)
#define VDPU381_ERROR BIT(4)

static const struct tables vdpu381_h264 = H264_TABLES(48), vdpu381_hevc = HEVC_TABLES(64 * 112);
static const struct memory_registers vdpu381_registers = {
	.stream = VDPU381_STREAM,
	.stream_length = VDPU381_STREAM_LENGTH,
	.cabac = VDPU381_CABAC,
	.rps = VDPU381_RPS,
	.scaling = VDPU381_SCALING,
	.pps = VDPU381_PPS,
};

static bool vdpu381_written(struct fake_block *block, struct fake_write *write, u32 before)
{
	return write->reg == VDPU381_ENABLE && (write->value & VDPU381_START);
}

static void vdpu381_done(struct fake_block *block, bool good)
{
	fake_set(block, VDPU381_STATUS, good ? VDPU381_READY : VDPU381_ERROR);
}

static void vdpu381_memory(struct fake_block *block)
{
	u32 mode = FIELD_GET(GENMASK(9, 0), fake_reg(block, VDPU381_MODE));

	log_memory(block, &vdpu381_registers, mode == MODE_H264 ? &vdpu381_h264 : &vdpu381_hevc);
}

static bool vdpu381_picture(struct fake_block *block, struct fake_picture *picture)
{
	return linear_picture(picture, fake_reg(block, VDPU381_OUT),
	                      FIELD_GET(GENMASK(15, 0), fake_reg(block, VDPU381_STRIDE)),
	                      FIELD_GET(GENMASK(27, 0), fake_reg(block, VDPU381_LUMA_SIZE)));
}

const struct fake_family fake_vdpu381 = {
	.name = "vdpu381",
	.one_block = true,
	.written = vdpu381_written,
	.done = vdpu381_done,
	.memory = vdpu381_memory,
	.picture = vdpu381_picture,
};

/* VDPU383: rkvdec-vdpu383-regs.h; the region "link", which starts jobs, comes before "function". */
#define VDPU383_ENABLE 0x040
#define VDPU383_INTERRUPTS 0x048
#define VDPU383_STATUS 0x04c
#define VDPU383_SWREG(n) (0x100 + SWREG(n))
#define VDPU383_MODE VDPU383_SWREG(8)
#define VDPU383_STREAM_LENGTH VDPU383_SWREG(66)
#define VDPU383_STRIDE VDPU383_SWREG(68)
#define VDPU383_LUMA_SIZE VDPU383_SWREG(70)
#define VDPU383_STREAM VDPU383_SWREG(128)
#define VDPU383_RPS VDPU383_SWREG(129)
#define VDPU383_CABAC VDPU383_SWREG(130)
#define VDPU383_PPS VDPU383_SWREG(131)
#define VDPU383_SCALING VDPU383_SWREG(132)
#define VDPU383_OUT VDPU383_SWREG(168)
#define VDPU383_START BIT(0)
#define VDPU383_READY BIT(0)
#define VDPU383_STREAM_ERROR BIT(1)

static const struct tables vdpu383_h264 = H264_TABLES(176), vdpu383_hevc = HEVC_TABLES(192);
static const struct memory_registers vdpu383_registers = {
	.stream = VDPU383_STREAM,
	.stream_length = VDPU383_STREAM_LENGTH,
	.cabac = VDPU383_CABAC,
	.rps = VDPU383_RPS,
	.scaling = VDPU383_SCALING,
	.pps = VDPU383_PPS,
};

static bool vdpu383_written(struct fake_block *block, struct fake_write *write, u32 before)
{
	/* The upper half says which bits of the lower one are meant. */
	if (write->reg == VDPU383_STATUS || write->reg == VDPU383_INTERRUPTS) {
		u32 meant = write->value >> 16;

		fake_set(block, write->reg, (before & ~meant) | (write->value & meant));
	}
	return write->reg == VDPU383_ENABLE && (write->value & VDPU383_START);
}

static void vdpu383_done(struct fake_block *block, bool good)
{
	fake_set(block, VDPU383_STATUS, good ? VDPU383_READY : VDPU383_STREAM_ERROR);
}

static void vdpu383_memory(struct fake_block *block)
{
	bool is_h264 = fake_reg(block, VDPU383_MODE) == MODE_H264;

	log_memory(block, &vdpu383_registers, is_h264 ? &vdpu383_h264 : &vdpu383_hevc);
}

static bool vdpu383_picture(struct fake_block *block, struct fake_picture *picture)
{
	return linear_picture(picture, fake_reg(block, VDPU383_OUT), fake_reg(block, VDPU383_STRIDE),
	                      fake_reg(block, VDPU383_LUMA_SIZE));
}

const struct fake_family fake_vdpu383 = {
	.name = "vdpu383",
	.one_block = true,
	.written = vdpu383_written,
	.done = vdpu383_done,
	.memory = vdpu383_memory,
	.picture = vdpu383_picture,
};
