// SPDX-License-Identifier: MIT
// How the source of each family's driver writes its registers. A codec adds its files, and names of its own.
import type { FamilySource } from "./codec.ts";

const hantro = { write: /vdpu_write(?:_relaxed)?\(/g, value: 1, register: 2, arrays: {} };

/** codec: as the names of the driver's files have it. */
export const vdpu2 = (codec: string): FamilySource => ({
	name: "vdpu2",
	sources: [`media/platform/verisilicon/rockchip_vpu2_hw_${codec}_dec.c`],
	prefix: /^VDPU_(REG|SWREG)/,
	shorten: /^VDPU_REG_/,
	...hantro,
});

/** Where the kernel has the names of G1's registers. */
export const g1 = (codec: string): FamilySource => ({
	name: "g1",
	sources: [
		`media/platform/verisilicon/hantro_g1_${codec}_dec.c`,
		"media/platform/verisilicon/hantro_g1_regs.h",
	],
	prefix: /^G1_(REG|SWREG)/,
	shorten: /^G1_REG_/,
	...hantro,
});

/** Where the kernel has the names of cedrus's registers for the codec. */
export const cedrus = (codec: string): FamilySource => ({
	name: "cedrus",
	sources: [`staging/media/sunxi/cedrus/cedrus_${codec}.c`, "staging/media/sunxi/cedrus/cedrus_regs.h"],
	prefix: /^VE_/,
	shorten: /^VE_/,
	write: /cedrus_write\(/g,
	value: 2,
	register: 1,
	arrays: {},
});

/** Registers that cedrus writes for any codec: cedrus_engine_enable(), cedrus_dst_format_set(). */
export const cedrusOthers = [
	...["VE_MODE", "VE_PRIMARY_OUT_FMT", "VE_CHROMA_BUF_LEN"],
	...["VE_PRIMARY_CHROMA_BUF_LEN", "VE_PRIMARY_FB_LINE_STRIDE"],
];
