// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../tools/lib/run.ts";

/** One place of one control, and how V4L2SIM_MUTATE is told to flip it. */
export interface Field {
	/** As in linux/v4l2-controls.h: decode_params.dpb[0].flags:LONG_TERM. */
	name: string;
	control: string;
	offset: number;
	size: number;
	/** Values to exclusive-or, one after the other, until one of them shows. */
	flips: bigint[];
	sliceOnly: boolean;
}

interface LayoutField {
	offset: number;
	size: number;
	dims: number[];
	strides: number[];
	struct?: string;
}

interface Layout {
	modules: {
		v4l2: {
			structs: Record<string, { size: number; fields: Record<string, LayoutField> }>;
			constants: Record<string, number>;
		};
	};
}

const controls = ["sps", "pps", "scaling_matrix", "decode_params", "slice_params", "pred_weights"];

/** Which constants are the bits of a flags field. */
const flagPrefixes: Record<string, string> = {
	"sps.flags": "V4L2_H264_SPS_FLAG_",
	"pps.flags": "V4L2_H264_PPS_FLAG_",
	"decode_params.flags": "V4L2_H264_DECODE_PARAM_FLAG_",
	"decode_params.dpb[0].flags": "V4L2_H264_DPB_ENTRY_FLAG_",
	"slice_params.flags": "V4L2_H264_SLICE_FLAG_",
};

/**
 * Flips that mean something where the lowest bit does not: profile_idc Main <-> Baseline, nal_ref_idc between zero and
 * not, a reference's parity, the sign of a picture order count.
 */
const specialFlips: Record<string, bigint[]> = {
	"sps.profile_idc": [0x0fn, 0x29n, 0x26n],
	"sps.level_idc": [0x01n, 0x08n],
	"decode_params.nal_ref_idc": [2n, 1n, 3n],
	"decode_params.dpb[0].fields": [3n, 1n, 2n],
	"slice_params.ref_pic_list0[0].fields": [3n, 1n, 2n],
	"slice_params.ref_pic_list1[0].fields": [3n, 1n, 2n],
	"slice_params.slice_type": [1n, 2n, 3n],
	"decode_params.dpb[0].reference_ts": [0x400n, 1n],
};

/** The elements of an array that are tried: each scaling list once, the first of everything else. */
function elements(name: string, dims: number[]): number[][] {
	if (dims.length === 0) return [[]];
	if (name.startsWith("scaling_matrix.")) return Array.from({ length: dims[0] }, (_, i) => [i, 0]);
	if (name === "pred_weights.weight_factors") return [[0], [1]];
	if (/_weight$|_offset$/.test(name) && dims.length === 2)
		return [
			[0, 0],
			[0, 1],
		];
	return [dims.map(() => 0)];
}

export function allFields(): Field[] {
	const layout: Layout = JSON.parse(readFileSync(join(root, "test", "support", "abi.json"), "utf8"));
	const { structs, constants } = layout.modules.v4l2;
	const found: Field[] = [];

	function walk(struct: string, control: string, prefix: string, base: number): void {
		for (const [key, field] of Object.entries(structs[struct].fields)) {
			if (key === "reserved") continue; // must be zero: the kernel's own check
			for (const index of elements(`${prefix}.${key}`, field.dims)) {
				const name = `${prefix}.${key}${index.map((i) => `[${i}]`).join("")}`;
				const offset =
					base + field.offset + index.reduce((sum, i, level) => sum + i * field.strides[level], 0);
				if (field.struct) {
					walk(field.struct, control, name, offset);
					continue;
				}
				const sliceOnly = control === "slice_params" || control === "pred_weights";
				const flags = flagPrefixes[name];
				if (!flags) {
					found.push({
						name,
						control,
						offset,
						size: field.size,
						flips: specialFlips[name] ?? [1n],
						sliceOnly,
					});
					continue;
				}
				for (const [constant, value] of Object.entries(constants)) {
					if (!constant.startsWith(flags)) continue;
					const flip = [BigInt(value)];
					found.push({
						name: `${name}:${constant.slice(flags.length)}`,
						control,
						offset,
						size: field.size,
						flips: flip,
						sliceOnly,
					});
				}
			}
		}
	}
	for (const control of controls) walk(`v4l2_ctrl_h264_${control}`, control, control, 0);
	return found;
}
