// SPDX-License-Identifier: MIT
// Where the names of H.264's registers are in the kernel's drivers.
import type { FamilySource, StructSource } from "../../../kernel/hardware/registers/codec.ts";
import { cedrus, g1, vdpu2 } from "../../../kernel/hardware/registers/families.ts";

const VDPU38X = "media/platform/rockchip/rkvdec/rkvdec-";

export const h264Sources: (FamilySource | StructSource)[] = [
	{ ...vdpu2("h264"), arrays: { VDPU_REG_REFER_BASE: 16 } },
	{
		...g1("h264"),
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
	cedrus("h264"),
	{
		name: "vdpu381",
		kernel: "7.3",
		sources: [`${VDPU38X}vdpu381-h264.c`, `${VDPU38X}vdpu381-regs.h`],
		structs: {
			rkvdec_vdpu381_regs_common: 0x020,
			rkvdec_vdpu381_regs_h264_params: 0x100,
			rkvdec_vdpu381_regs_common_addr: 0x200,
			rkvdec_vdpu381_regs_h26x_addr: 0x280,
			rkvdec_vdpu381_regs_h26x_highpoc: 0x320,
		},
		addresses: /^VDPU381_REG_/,
		packets: { name: "vdpu381_packet", struct: "rkvdec_sps_pps" },
	},
	{
		// The registers begin 0x100 behind those that start it (../../../kernel/hardware/fake/vdpu38x.c).
		name: "vdpu383",
		kernel: "7.3",
		sources: [`${VDPU38X}vdpu383-h264.c`, `${VDPU38X}vdpu383-regs.h`],
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
