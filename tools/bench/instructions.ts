// SPDX-License-Identifier: MIT
// Instructions of the driver per picture, by callgrind on stock ffmpeg.
import { type Cost, callgrind, costs, difference, outsideOf, selfOf } from "./callgrind.ts";
import { clip, type Figure, ffmpeg, SLICES } from "./lib.ts";

/** Under valgrind everything is some fifty times slower. */
const PICTURES = { long: 40, short: 16 };
const DRIVER = /v4l2_request_drv_video/;
const ofCore = (name: string): boolean => /w2c_core|wasm2c_core/.test(name);
async function measure(slices: 1 | typeof SLICES): Promise<Cost> {
	const of: Cost[] = [];
	const pictures: number[] = [];
	for (const count of [PICTURES.long, PICTURES.short]) {
		const { wrapper, out } = callgrind(`driver.${slices}.${count}`);
		const { log } = await ffmpeg(clip(slices), count, { wrapper, readback: true });
		of.push(costs(out, DRIVER));
		pictures.push(log.pictures);
	}
	return difference(of[0], of[1], pictures[0] - pictures[1]);
}

export async function instructions(): Promise<Figure[]> {
	const figures: Figure[] = [];
	for (const slices of [1, SLICES] as const) {
		const cost = await measure(slices);
		const all = selfOf(cost, () => true);
		const core = selfOf(cost, ofCore);
		const libc = (callee: RegExp) =>
			Math.round(
				outsideOf(
					cost,
					() => true,
					(name) => /^libc/.test(name) && callee.test(name),
				),
			);
		const parts = [
			`memcpy of bitstream, parameters and picture ${libc(/mem(cpy|move)/)}`,
			`malloc, calloc (which clears a VAImage) and free ${libc(/alloc|free/)}`,
			`locks ${libc(/pthread|setjmp/)}`,
		];
		figures.push({
			name: `instructions, ${slices} slice${slices > 1 ? "s" : ""}`,
			value: all,
			unit: "a picture",
			note: `of the driver itself, frame-based, read back: core ${Math.round(core)}, glue ${Math.round(all - core)}. In libc for it: ${parts.join(", ")}`,
		});
	}
	return figures;
}
