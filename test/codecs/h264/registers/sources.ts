// SPDX-License-Identifier: MIT
// Where the names of H.264's registers are in the kernel's drivers.
import type { FamilySource } from "../../../kernel/hardware/registers/codec.ts";

export const h264Sources: FamilySource[] = [
	{
		name: "vdpu2",
		sources: ["media/platform/verisilicon/rockchip_vpu2_hw_h264_dec.c"],
		prefix: /^VDPU_(REG|SWREG)/,
		shorten: /^VDPU_REG_/,
		write: /vdpu_write(?:_relaxed)?\(/g,
		value: 1,
		register: 2,
		arrays: { VDPU_REG_REFER_BASE: 16 },
	},
	{
		name: "g1",
		sources: [
			"media/platform/verisilicon/hantro_g1_h264_dec.c",
			"media/platform/verisilicon/hantro_g1_regs.h",
		],
		prefix: /^G1_(REG|SWREG)/,
		shorten: /^G1_REG_/,
		write: /vdpu_write(?:_relaxed)?\(/g,
		value: 1,
		register: 2,
		arrays: { G1_REG_REF_PIC: 8, G1_REG_BD_REF_PIC: 5, G1_REG_FWD_PIC: 2, G1_REG_ADDR_REF: 16 },
	},
	{
		name: "rkvdec",
		sources: ["staging/media/rkvdec/rkvdec-h264.c", "staging/media/rkvdec/rkvdec-regs.h"],
		prefix: /^RKVDEC_/,
		shorten: /^RKVDEC_(REG_)?/,
		write: /writel(?:_relaxed)?\(/g,
		value: 0,
		register: 1,
		arrays: { RKVDEC_REG_H264_BASE_REFER: 15 },
		packets: "rkvdec_packet",
	},
	{
		name: "cedrus",
		sources: ["staging/media/sunxi/cedrus/cedrus_h264.c", "staging/media/sunxi/cedrus/cedrus_regs.h"],
		prefix: /^VE_/,
		shorten: /^VE_/,
		write: /cedrus_write\(/g,
		value: 2,
		register: 1,
		arrays: {},
	},
];
