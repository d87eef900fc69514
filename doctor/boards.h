/* SPDX-License-Identifier: MIT
 *
 * Which decoders chips have, and since when Linux has drivers for them. boards.c is made of docs/boards/boards.json.
 */
#ifndef DOCTOR_BOARDS_H
#define DOCTOR_BOARDS_H

#include <stdint.h>

struct board_decoder {
	const char *chip;   /* of the device tree: "rockchip,rk3566" */
	const char *driver; /* "hantro" */
	const char *option; /* of the kernel's configuration */
	const char *codec;  /* as codec_name() has it */
	const char *since;  /* the first version of Linux that decodes it there: "6.12" */
};

/* The row of a chip whose driver is the oldest; NULL when nothing is known of the chip. */
const struct board_decoder *board_decoders(const char *chip);
/* The row that brings a codec (its OUTPUT format) to a chip, if the running kernel ("Linux 6.12.0 aarch64") is older; else NULL. */
const struct board_decoder *board_brings(const char *chip, const char *kernel, uint32_t coded_fourcc);

#endif
