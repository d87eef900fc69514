// SPDX-License-Identifier: MIT
// Where the names of VP9's registers are in the kernel's drivers.
import type { FamilySource } from "../../../kernel/hardware/registers/codec.ts";
import { g2 } from "../../../kernel/hardware/registers/families.ts";

const places = (register: string, indices: number[]): string[] => indices.map((i) => `${register}(${i})`);

export const vp9Sources: FamilySource[] = [
	{
		name: "rkvdec",
		sources: ["staging/media/rkvdec/rkvdec-vp9.c", "staging/media/rkvdec/rkvdec-regs.h"],
		prefix: /^RKVDEC_/,
		shorten: /^RKVDEC_(REG_)?(VP9_)?/,
		write: /writel(?:_relaxed)?\(/g,
		value: 0,
		register: 1,
		variables: /^(val|last_frame_info)$/,
		arrays: {
			RKVDEC_VP9_SEGID_GRP: 8,
			RKVDEC_VP9_REF_SCALE: 3,
			RKVDEC_REF_DELTAS_LASTFRAME: 4,
			RKVDEC_MODE_DELTAS_LASTFRAME: 2,
		},
		// config_ref_registers() has them from a table.
		others: [
			...["LAST", "GOLDEN", "ALTREF"].map((name) => `RKVDEC_REG_VP9_${name}_FRAME_BASE`),
			...["LAST", "GOLDEN", "ALTREF"].map((name) => `RKVDEC_VP9_${name}_FRAME_YSTRIDE`),
			"RKVDEC_VP9_LAST_FRAME_YUVSTRIDE",
			...places("RKVDEC_REG_VP9_FRAME_SIZE", [0, 1, 2]),
			...places("RKVDEC_VP9_HOR_VIRSTRIDE", [0, 1, 2]),
		],
	},
	{
		...g2("vp9"),
		shorten: /^(G2_(REG_)?|g2_|vp9_)/,
		others: [
			...(g2("vp9").others ?? []),
			// config_ref() has them from a table.
			...places("G2_REF_LUMA_ADDR", [0, 4, 5]),
			...places("G2_REF_CHROMA_ADDR", [0, 4, 5]),
		],
	},
];
