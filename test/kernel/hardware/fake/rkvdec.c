// SPDX-License-Identifier: GPL-2.0
/*
 * Rockchip's rkvdec (drivers/staging/media/rkvdec). It parses the slice headers itself, so the registers do not say which field of
 * a frame a job decodes: pictures are always frames here.
 */
#include "fake.h"
#include <linux/bitfield.h>
#include <linux/bits.h>

#define INTERRUPT 0x004
#define SYSTEM 0x008
#define PICTURE 0x00c
#define STREAM 0x010
#define STREAM_LENGTH 0x014
#define CABAC 0x018
#define OUT 0x01c
#define LUMA_SIZE 0x020
#define PPS 0x0a8
#define RPS 0x0ac
#define START BIT(0)

enum { MODE_H264 = 1, MODE_VP9 = 2 };

/* struct rkvdec_h264_priv_tbl, without the padding; one parameter set for each pic_parameter_set_id. */
#define CABAC_SIZE (4 * 464 * 2)
#define SCALING_SIZE (6 * 16 + 6 * 64)
#define PPS_SIZE 32
#define N_PPS 256
#define RPS_SIZE 256
/* SCALING_LIST_ADDRESS is bits 184..215 of the parameter set. */
#define PPS_SCALING_BYTE (184 / 8)
/* RKVDEC_VP9_PROBE_SIZE */
#define VP9_PROBABILITIES_SIZE 4864

static bool rkvdec_written(struct fake_block *block, struct fake_write *write, u32 before)
{
	return write->reg == INTERRUPT && (write->value & START);
}

static void rkvdec_done(struct fake_block *block, bool good)
{
	fake_set(block, INTERRUPT, BIT(8) | (good ? BIT(12) : BIT(14)));
}

/* All parameter sets that the driver has written name the same. */
static u32 scaling_address(struct fake_block *block)
{
	u32 i, address = 0;

	for (i = 0; i < N_PPS && !address; i++)
		if (!fake_read(block, fake_reg(block, PPS) + i * PPS_SIZE + PPS_SCALING_BYTE, &address,
		               sizeof(address)))
			return 0;
	return address;
}

static void rkvdec_memory(struct fake_block *block)
{
	u32 mode = FIELD_GET(GENMASK(21, 20), fake_reg(block, SYSTEM));

	fake_log_stream(block, "stream", fake_reg(block, STREAM),
	                FIELD_GET(GENMASK(26, 0), fake_reg(block, STREAM_LENGTH)));
	if (mode == MODE_VP9) {
		fake_log_table(block, "probabilities", fake_reg(block, CABAC), VP9_PROBABILITIES_SIZE);
		return;
	}
	fake_log_table(block, "cabac", fake_reg(block, CABAC), CABAC_SIZE);
	fake_log_table(block, "pps", fake_reg(block, PPS), N_PPS * PPS_SIZE);
	fake_log_table(block, "rps", fake_reg(block, RPS), RPS_SIZE);
	fake_log_table(block, "scaling", scaling_address(block), SCALING_SIZE);
}

static bool rkvdec_picture(struct fake_block *block, struct fake_picture *picture)
{
	u32 luma_size = 16 * FIELD_GET(GENMASK(19, 0), fake_reg(block, LUMA_SIZE));

	picture->luma = fake_reg(block, OUT);
	picture->chroma = picture->luma + luma_size;
	picture->stride = 16 * FIELD_GET(GENMASK(8, 0), fake_reg(block, PICTURE));
	if (!picture->stride)
		return false;
	picture->width = picture->stride;
	picture->height = luma_size / picture->stride;
	return true;
}

const struct fake_family fake_rkvdec = {
	.name = "rkvdec",
	.written = rkvdec_written,
	.done = rkvdec_done,
	.memory = rkvdec_memory,
	.picture = rkvdec_picture,
};
