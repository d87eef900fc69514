// SPDX-License-Identifier: MIT
// Where the names of MPEG-2's registers are in the kernel's drivers.
import type { FamilySource } from "../../../kernel/hardware/registers/codec.ts";

export const mpeg2Sources: FamilySource[] = [
	{
		name: "vdpu2",
		sources: ["media/platform/verisilicon/rockchip_vpu2_hw_mpeg2_dec.c"],
		prefix: /^VDPU_(REG|SWREG)/,
		shorten: /^VDPU_REG_/,
		write: /vdpu_write(?:_relaxed)?\(/g,
		value: 1,
		register: 2,
		arrays: {},
	},
	{
		name: "g1",
		sources: [
			"media/platform/verisilicon/hantro_g1_mpeg2_dec.c",
			"media/platform/verisilicon/hantro_g1_regs.h",
		],
		prefix: /^G1_(REG|SWREG)/,
		shorten: /^G1_REG_/,
		write: /vdpu_write(?:_relaxed)?\(/g,
		value: 1,
		register: 2,
		arrays: {},
	},
	{
		name: "cedrus",
		sources: ["staging/media/sunxi/cedrus/cedrus_mpeg2.c", "staging/media/sunxi/cedrus/cedrus_regs.h"],
		prefix: /^VE_/,
		shorten: /^VE_(DEC_)?/,
		write: /cedrus_write\(/g,
		value: 2,
		register: 1,
		arrays: {},
		// cedrus_engine_enable(), cedrus_dst_format_set(), cedrus_write_ref_buf_addr()
		others: [
			...["VE_MODE", "VE_PRIMARY_OUT_FMT", "VE_CHROMA_BUF_LEN"],
			...["VE_PRIMARY_CHROMA_BUF_LEN", "VE_PRIMARY_FB_LINE_STRIDE"],
			...["VE_DEC_MPEG_FWD_REF_LUMA_ADDR", "VE_DEC_MPEG_FWD_REF_CHROMA_ADDR"],
			...["VE_DEC_MPEG_BWD_REF_LUMA_ADDR", "VE_DEC_MPEG_BWD_REF_CHROMA_ADDR"],
		],
	},
];
