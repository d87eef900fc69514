// SPDX-License-Identifier: MIT
// Where the names of HEVC's registers are in the kernel's drivers.
import type { FamilySource, StructSource } from "../../../kernel/hardware/registers/codec.ts";
import { cedrus, cedrusOthers, g2, RKVDEC, vdpu38x } from "../../../kernel/hardware/registers/families.ts";

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
	...vdpu38x("hevc", "rkvdec_sps_pps_packet"),
];
