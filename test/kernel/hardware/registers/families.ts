// SPDX-License-Identifier: MIT
// How the source of each family's driver writes its registers. A codec adds its files, and names of its own.
import type { FamilySource, StructSource } from "./codec.ts";

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

const G2_ADDRESSES = [
	...["G2_REF_LUMA_ADDR", "G2_REF_CHROMA_ADDR", "G2_REF_MV_ADDR"],
	...["G2_REF_COMP_LUMA_ADDR", "G2_REF_COMP_CHROMA_ADDR"],
];

/** Those of G2, where addresses are written as registers, all else as named fields of registers that have no names. */
export const g2 = (codec: string): FamilySource => ({
	name: "g2",
	sources: [
		`media/platform/verisilicon/hantro_g2_${codec}_dec.c`,
		"media/platform/verisilicon/hantro_g2_regs.h",
		"media/platform/verisilicon/hantro_postproc.c",
	],
	prefix: /^G2_/,
	shorten: /^(G2_(REG_)?|g2_|hevc_)/,
	write: /hantro_write_addr\(/g,
	value: 2,
	register: 1,
	arrays: Object.fromEntries(G2_ADDRESSES.map((name) => [name, 16])),
	others: ["G2_REG_INTERRUPT", "G2_REG_CONFIG", "G2_RS_OUT_LUMA_ADDR", "G2_RS_OUT_CHROMA_ADDR"],
	fields: "G2_DEC_REG",
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

/** Folder and beginning of Rockchip's own decoders' sources. */
export const RKVDEC = "media/platform/rockchip/rkvdec/rkvdec-";

/** VDPU381 (RK3588) and VDPU383 (RK3576). packet: the struct of VDPU381's parameter sets. */
export function vdpu38x(codec: "h264" | "hevc", packet: string): StructSource[] {
	return [
		{
			name: "vdpu381",
			kernel: "7.3",
			sources: [`${RKVDEC}vdpu381-${codec}.c`, `${RKVDEC}vdpu381-regs.h`],
			structs: {
				rkvdec_vdpu381_regs_common: 0x020,
				[`rkvdec_vdpu381_regs_${codec}_params`]: 0x100,
				rkvdec_vdpu381_regs_common_addr: 0x200,
				rkvdec_vdpu381_regs_h26x_addr: 0x280,
				rkvdec_vdpu381_regs_h26x_highpoc: 0x320,
			},
			addresses: /^VDPU381_REG_/,
			packets: { name: "vdpu381_packet", struct: packet },
		},
		{
			// The registers begin 0x100 behind those that start it (../fake/vdpu38x.c).
			name: "vdpu383",
			kernel: "7.3",
			sources: [`${RKVDEC}vdpu383-${codec}.c`, `${RKVDEC}vdpu383-regs.h`],
			structs: {
				vdpu383_regs_common: 0x120,
				vdpu383_regs_h26x_params: 0x200,
				vdpu383_regs_common_addr: 0x300,
				vdpu383_regs_h26x_addr: 0x3a0,
			},
			addresses: /^VDPU383_LINK_/,
			packets: { name: "vdpu383_packet" },
		},
	];
}
