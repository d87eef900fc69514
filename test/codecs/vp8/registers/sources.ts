// SPDX-License-Identifier: MIT
// Where the names of VP8's registers are in the kernel's drivers.
import type { FamilySource } from "../../../kernel/hardware/registers/codec.ts";

export const vp8Sources: FamilySource[] = [
	{
		name: "vdpu2",
		sources: ["media/platform/verisilicon/rockchip_vpu2_hw_vp8_dec.c"],
		prefix: /^VDPU_REG/,
		shorten: /^(VDPU_REG|vp8_dec)_/,
		write: /vdpu_write(?:_relaxed)?\(/g,
		value: 1,
		register: 2,
		arrays: {},
	},
	{
		name: "g1",
		sources: [
			"media/platform/verisilicon/hantro_g1_vp8_dec.c",
			"media/platform/verisilicon/hantro_g1_regs.h",
		],
		prefix: /^G1_REG/,
		shorten: /^(G1_REG|vp8_dec)_/,
		write: /vdpu_write(?:_relaxed)?\(/g,
		value: 1,
		register: 2,
		arrays: {},
	},
	{
		name: "cedrus",
		sources: ["staging/media/sunxi/cedrus/cedrus_vp8.c", "staging/media/sunxi/cedrus/cedrus_regs.h"],
		prefix: /^VE_/,
		shorten: /^VE_/,
		write: /cedrus_write\(/g,
		value: 2,
		register: 1,
		arrays: {},
		// cedrus_engine_enable(), cedrus_dst_format_set(), cedrus_write_ref_buf_addr()
		others: [
			...["VE_MODE", "VE_PRIMARY_OUT_FMT", "VE_CHROMA_BUF_LEN"],
			...["VE_PRIMARY_CHROMA_BUF_LEN", "VE_PRIMARY_FB_LINE_STRIDE"],
			...["VE_VP8_FWD_LUMA", "VE_VP8_FWD_CHROMA"],
			...["VE_VP8_BWD_LUMA", "VE_VP8_BWD_CHROMA"],
			...["VE_VP8_ALT_LUMA", "VE_VP8_ALT_CHROMA"],
		],
	},
];
