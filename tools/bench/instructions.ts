// SPDX-License-Identifier: MIT
// Instructions of the driver per picture, by callgrind. The client is va-decode over a device that decodes nothing: valgrind runs
// them on every processor, which it does not do with all that libavcodec loads.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { vaDecodePath, withDevice } from "../../test/clients/lib/device.ts";
import { run } from "../../test/clients/lib/process.ts";
import { type Cost, callgrind, costs, difference, outsideOf, selfOf } from "./callgrind.ts";
import { clip, type Figure, folder, type Measured, slicesOf } from "./lib.ts";

/** Under valgrind everything is some fifty times slower. */
const PICTURES = { long: 40, short: 16 };
const DRIVER = /v4l2_request_drv_video/;
const ofCore = (name: string): boolean => /w2c_core|wasm2c_core/.test(name);

/** The first pictures of the clip, in decoding order. */
function beginOf(codec: Measured, slices: number, pictures: number): string {
	const path = join(folder, `begin-${slices}-${pictures}.${codec.extension}`);
	const words = ["-v", "error", "-y", "-i", clip(codec, slices), "-c", "copy"];
	if (!existsSync(path))
		execFileSync("ffmpeg", [...words, "-frames:v", String(pictures), "-f", codec.ffmpeg.muxer, path]);
	return path;
}

/** A run under callgrind; gives how many pictures the device had. */
async function play(codec: Measured, path: string, wrapper: string[]): Promise<number> {
	const { result, log } = await withDevice({ grey: true }, (env, node) => {
		const client = [
			vaDecodePath(),
			"--codec",
			codec.name,
			"--device",
			node,
			"--get-image",
			"--md5",
			path,
		];
		const [program, ...args] = [...wrapper, ...client];
		return run({ program, arguments: args, env, timeout: 900 });
	});
	if (result.status !== 0 || log.complaint() !== "")
		throw new Error(`the clip is not decoded: ${log.complaint() || result.stderr}`);
	return log.pictures;
}

async function measure(codec: Measured, slices: number): Promise<Cost> {
	const of: Cost[] = [];
	const pictures: number[] = [];
	for (const count of [PICTURES.long, PICTURES.short]) {
		const { wrapper, out } = callgrind(`driver.${codec.name}.${slices}.${count}`);
		pictures.push(await play(codec, beginOf(codec, slices, count), wrapper));
		of.push(costs(out, DRIVER));
	}
	return difference(of[0], of[1], pictures[0] - pictures[1]);
}

/** Instructions of the driver for a picture, by callgrind. */
export async function instructions(codec: Measured): Promise<Figure[]> {
	const figures: Figure[] = [];
	for (const slices of codec.bench.slices) {
		const cost = await measure(codec, slices);
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
			name: `${codec.title}: instructions, ${slicesOf(slices)}`,
			value: all,
			unit: "a picture",
			note: `of the driver itself, frame-based, read back by vaGetImage: core ${Math.round(core)}, glue ${Math.round(all - core)}. In libc for it: ${parts.join(", ")}`,
		});
	}
	return figures;
}
