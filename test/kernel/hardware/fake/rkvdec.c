// SPDX-License-Identifier: GPL-2.0
/*
 * Rockchip's rkvdec (drivers/staging/media/rkvdec; since 6.19 drivers/media/platform/rockchip/rkvdec). It parses the slice headers itself, so the registers do not say which field of
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
#define VP9_COUNTS 0x038
#define PPS 0x0a8
#define RPS 0x0ac
#define START BIT(0)

enum { MODE_HEVC = 0, MODE_H264 = 1, MODE_VP9 = 2 };

/* Sizes of the tables of a codec, in bytes; where in a parameter set the address of the scaling lists begins, in bits. */
struct tables {
	u32 cabac, scaling, pps, n_pps, rps, scaling_bit;
};

/* struct rkvdec_h264_priv_tbl, without the padding; one parameter set for each pic_parameter_set_id. */
static const struct tables h264 = {
	.cabac = 4 * 464 * 2,
	.scaling = 6 * 16 + 6 * 64,
	.pps = 32,
	.n_pps = 256,
	.rps = 256,
	.scaling_bit = 184,
};

/* struct rkvdec_hevc_priv_tbl; one packet of the reference pictures for each slice. */
static const struct tables hevc = {
	.cabac = 27456,
	.scaling = 1360,
	.pps = 80,
	.n_pps = 64,
	.rps = 600 * 32,
	.scaling_bit = 592,
};

/* Of HEVC the driver tells the length rounded up to 16, and 64 more: so many of its last bytes may be of another picture. */
#define HEVC_LENGTH_ADDED (64 + 15)
/* RKVDEC_VP9_PROBE_SIZE, and words of RKVDEC_VP9_COUNT_SIZE */
#define VP9_PROBABILITIES_SIZE 4864
#define N_VP9_COUNTS (13232 / 4)

static bool rkvdec_written(struct fake_block *block, struct fake_write *write, u32 before)
{
	return write->reg == INTERRUPT && (write->value & START);
}

static void rkvdec_done(struct fake_block *block, bool good)
{
	fake_set(block, INTERRUPT, BIT(8) | (good ? BIT(12) : BIT(14)));
}

/* All parameter sets that the driver has written name the same. */
static u32 scaling_address(struct fake_block *block, const struct tables *of)
{
	u32 i, address = 0;

	for (i = 0; i < of->n_pps && !address; i++)
		if (!fake_read(block, fake_reg(block, PPS) + i * of->pps + of->scaling_bit / 8, &address,
		               sizeof(address)))
			return 0;
	return address;
}

static u32 rkvdec_mode(struct fake_block *block)
{
	return FIELD_GET(GENMASK(21, 20), fake_reg(block, SYSTEM));
}

static void rkvdec_memory(struct fake_block *block)
{
	u32 length = FIELD_GET(GENMASK(26, 0), fake_reg(block, STREAM_LENGTH));
	const struct tables *of = rkvdec_mode(block) == MODE_HEVC ? &hevc : &h264;

	if (of == &hevc)
		length -= min_t(u32, length, HEVC_LENGTH_ADDED);
	fake_log_stream(block, "stream", fake_reg(block, STREAM), length);
	if (rkvdec_mode(block) == MODE_VP9) {
		fake_log_table(block, "probabilities", fake_reg(block, CABAC), VP9_PROBABILITIES_SIZE);
		return;
	}
	fake_log_table(block, "cabac", fake_reg(block, CABAC), of->cabac);
	fake_log_table(block, "pps", fake_reg(block, PPS), of->n_pps * of->pps);
	fake_log_table(block, "rps", fake_reg(block, RPS), of->rps);
	fake_log_table(block, "scaling", scaling_address(block, of), of->scaling);
}

static void rkvdec_results(struct fake_block *block)
{
	/* The lowest bit is a flag (RKVDEC_VP9COUNT_UPDATE_EN). */
	if (rkvdec_mode(block) == MODE_VP9)
		fake_count(block, fake_reg(block, VP9_COUNTS) & ~1, N_VP9_COUNTS);
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
	.results = rkvdec_results,
	.picture = rkvdec_picture,
};
