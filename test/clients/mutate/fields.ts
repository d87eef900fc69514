// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../tools/lib/run.ts";
import type { Codec, Control, Flips } from "../../codecs/codec.ts";

/** One place of one control, and how V4L2SIM_MUTATE is told to flip it. */
export interface Field {
	/** As in linux/v4l2-controls.h: decode_params.dpb[0].flags:LONG_TERM. */
	name: string;
	control: Control;
	offset: number;
	size: number;
	/** Values to exclusive-or, one after the other, until one of them shows. */
	flips: bigint[];
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

/** All fields of the controls of a codec that says how they are flipped. */
export function allFields({ name: codec, controls, flips }: Codec): Field[] {
	const layout: Layout = JSON.parse(readFileSync(join(root, "test", "support", "abi.json"), "utf8"));
	const { structs, constants } = layout.modules.v4l2;
	const found: Field[] = [];
	if (!flips) throw new Error(`it is not known how the fields of ${codec} are flipped`);

	function walk(struct: string, control: Control, prefix: string, base: number): void {
		for (const [key, field] of Object.entries(structs[struct].fields)) {
			if (key === "reserved") continue; // must be zero: the kernel's own check
			for (const index of (flips as Flips).elements(`${prefix}.${key}`, field.dims)) {
				const name = `${prefix}.${key}${index.map((i) => `[${i}]`).join("")}`;
				const offset =
					base + field.offset + index.reduce((sum, i, level) => sum + i * field.strides[level], 0);
				if (field.struct) {
					walk(field.struct, control, name, offset);
					continue;
				}
				const common = { control, offset, size: field.size };
				const flags = (flips as Flips).flagPrefixes[name];
				if (!flags) {
					found.push({ ...common, name, flips: (flips as Flips).special[name] ?? [1n] });
					continue;
				}
				for (const [constant, value] of Object.entries(constants)) {
					if (!constant.startsWith(flags)) continue;
					found.push({
						...common,
						name: `${name}:${constant.slice(flags.length)}`,
						flips: [BigInt(value)],
					});
				}
			}
		}
	}
	for (const control of controls) walk(control.struct, control, control.name, 0);
	return found;
}
