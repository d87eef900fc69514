// SPDX-License-Identifier: MIT
// Where the names of HEVC's registers are in the kernel's drivers.
import type { FamilySource, StructSource } from "../../../kernel/hardware/registers/codec.ts";
import { cedrus, cedrusOthers, g2 } from "../../../kernel/hardware/registers/families.ts";

const RKVDEC = "media/platform/rockchip/rkvdec/rkvdec-";

export const hevcSources: (FamilySource | StructSource)[] = [
	g2("hevc"),
	{ ...cedrus("h265"), others: [...cedrusOthers, "VE_DEC_H265_SRAM_OFFSET"] },
	{
		name: "rkvdec",
		kernel: "7.3",
		sources: [`${RKVDEC}hevc.c`, `${RKVDEC}regs.h`],
		structs: { rkvdec_common_regs: 0x000, rkvdec_h26x_regs: 0x028 },
		addresses: /^RKVDEC_REG_/,
		packets: { name: "rkvdec_packet", elements: { COLUMN_WIDTH: 20, ROW_HEIGHT: 22 } },
	},
	{
		name: "vdpu381",
		kernel: "7.3",
		sources: [`${RKVDEC}vdpu381-hevc.c`, `${RKVDEC}vdpu381-regs.h`],
		structs: {
			rkvdec_vdpu381_regs_common: 0x020,
			rkvdec_vdpu381_regs_hevc_params: 0x100,
			rkvdec_vdpu381_regs_common_addr: 0x200,
			rkvdec_vdpu381_regs_h26x_addr: 0x280,
			rkvdec_vdpu381_regs_h26x_highpoc: 0x320,
		},
		addresses: /^VDPU381_REG_/,
		packets: { name: "vdpu381_packet", struct: "rkvdec_sps_pps_packet" },
	},
	{
		// The registers begin 0x100 behind those that start it (../../../kernel/hardware/fake/vdpu38x.c).
		name: "vdpu383",
		kernel: "7.3",
		sources: [`${RKVDEC}vdpu383-hevc.c`, `${RKVDEC}vdpu383-regs.h`],
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
