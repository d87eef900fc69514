// SPDX-License-Identifier: MIT
// Where the names of AV1's registers are in the kernel's driver.
import type { FamilySource } from "../../../kernel/hardware/registers/codec.ts";

const REFERENCES = 7;

export const av1Sources: FamilySource[] = [
	{
		name: "vpu981",
		kernel: "7.3",
		sources: [
			"media/platform/verisilicon/rockchip_vpu981_hw_av1_dec.c",
			"media/platform/verisilicon/rockchip_vpu981_regs.h",
		],
		prefix: /^AV1_/,
		shorten: /^(AV1_(REG_)?|av1_)/,
		write: /hantro_write_addr\(/g,
		value: 2,
		register: 1,
		arrays: {
			AV1_REFERENCE_Y: REFERENCES,
			AV1_REFERENCE_CB: REFERENCES,
			AV1_REFERENCE_MV: REFERENCES,
		},
		// rockchip_vpu981_irq() writes them.
		others: ["AV1_REG_INTERRUPT", "AV1_REG_CONFIG"],
		fields: "AV1_DEC_REG",
	},
];
