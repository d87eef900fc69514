// SPDX-License-Identifier: MIT
// Where the names of VP8's registers are in the kernel's drivers.
import type { FamilySource } from "../../../kernel/hardware/registers/codec.ts";
import { cedrus, cedrusOthers, g1, vdpu2 } from "../../../kernel/hardware/registers/families.ts";

export const vp8Sources: FamilySource[] = [
	{ ...vdpu2("vp8"), prefix: /^VDPU_REG/, shorten: /^(VDPU_REG|vp8_dec)_/ },
	{ ...g1("vp8"), prefix: /^G1_REG/, shorten: /^(G1_REG|vp8_dec)_/ },
	{
		...cedrus("vp8"),
		others: [
			...cedrusOthers,
			// cedrus_write_ref_buf_addr()
			...["VE_VP8_FWD_LUMA", "VE_VP8_FWD_CHROMA"],
			...["VE_VP8_BWD_LUMA", "VE_VP8_BWD_CHROMA"],
			...["VE_VP8_ALT_LUMA", "VE_VP8_ALT_CHROMA"],
		],
	},
];
