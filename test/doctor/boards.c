/* SPDX-License-Identifier: MIT
 *
 * Which kernel the doctor says brings a codec to a chip.
 */
#include "../../doctor/boards.h"

#include <linux/videodev2.h>

#include "../native/harness.h"

static void newer_kernels_bring_codecs(void)
{
	const struct board_decoder *row;

	row = board_brings("rockchip,rk3588", "Linux 6.12.3 aarch64", V4L2_PIX_FMT_HEVC_SLICE);
	CHECK(row != NULL);
	CHECK_STRING(row->since, "7.0");
	CHECK_STRING(row->driver, "rkvdec");
	CHECK(!board_brings("rockchip,rk3588", "Linux 7.0.0 aarch64", V4L2_PIX_FMT_HEVC_SLICE));
	/* Not as decimal fractions: 6.9 is before 6.12. */
	CHECK(board_brings("rockchip,rk3588", "Linux 6.9.0 aarch64", V4L2_PIX_FMT_VP8_FRAME) != NULL);
	CHECK(!board_brings("rockchip,rk3588", "Linux 6.12.0 aarch64", V4L2_PIX_FMT_VP8_FRAME));
	CHECK(!board_brings("rockchip,rk3566", "Linux 5.10.0 aarch64", V4L2_PIX_FMT_HEVC_SLICE));
	/* Of one family: the VP9 of H6 alone, and no HEVC on A33. */
	CHECK(board_brings("allwinner,sun50i-h6", "Linux 5.10.0 aarch64", V4L2_PIX_FMT_VP9_FRAME) != NULL);
	CHECK(!board_brings("allwinner,sun50i-a64", "Linux 5.10.0 aarch64", V4L2_PIX_FMT_VP9_FRAME));
	CHECK(!board_brings("allwinner,sun8i-a33", "Linux 5.10.0 armv7l", V4L2_PIX_FMT_HEVC_SLICE));
	CHECK(!board_brings("", "Linux 5.10.0 x86_64", V4L2_PIX_FMT_VP8_FRAME));
}

static void the_oldest_driver_is_named(void)
{
	CHECK_STRING(board_decoders("rockchip,rk3288")->driver, "hantro-vpu");
	CHECK_STRING(board_decoders("rockchip,rk3588")->since, "6.12");
	CHECK(!board_decoders("rockchip,rk9999"));
	CHECK(!board_decoders(""));
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"newer kernels bring codecs", newer_kernels_bring_codecs, NULL},
		{"of a chip's drivers the oldest is named", the_oldest_driver_is_named, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
