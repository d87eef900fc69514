// SPDX-License-Identifier: MIT
// Where the names of H.264's registers are in the kernel's drivers.
import type { FamilySource, StructSource } from "../../../kernel/hardware/registers/codec.ts";
import { cedrus, g1, vdpu2, vdpu38x } from "../../../kernel/hardware/registers/families.ts";

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
	...vdpu38x("h264", "rkvdec_sps_pps"),
];
