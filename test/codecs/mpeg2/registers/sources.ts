// SPDX-License-Identifier: MIT
// Where the names of MPEG-2's registers are in the kernel's drivers.
import type { FamilySource } from "../../../kernel/hardware/registers/codec.ts";
import { cedrus, cedrusOthers, g1, vdpu2 } from "../../../kernel/hardware/registers/families.ts";

export const mpeg2Sources: FamilySource[] = [
	vdpu2("mpeg2"),
	g1("mpeg2"),
	{
		...cedrus("mpeg2"),
		shorten: /^VE_(DEC_)?/,
		others: [
			...cedrusOthers,
			// cedrus_write_ref_buf_addr()
			...["VE_DEC_MPEG_FWD_REF_LUMA_ADDR", "VE_DEC_MPEG_FWD_REF_CHROMA_ADDR"],
			...["VE_DEC_MPEG_BWD_REF_LUMA_ADDR", "VE_DEC_MPEG_BWD_REF_CHROMA_ADDR"],
		],
	},
];
