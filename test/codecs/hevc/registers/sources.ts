// SPDX-License-Identifier: MIT
// Where the names of HEVC's registers are in the kernel's drivers.
import type { FamilySource } from "../../../kernel/hardware/registers/codec.ts";
import { cedrus, cedrusOthers, g2 } from "../../../kernel/hardware/registers/families.ts";

export const hevcSources: FamilySource[] = [
	g2("hevc"),
	{ ...cedrus("h265"), others: [...cedrusOthers, "VE_DEC_H265_SRAM_OFFSET"] },
];
