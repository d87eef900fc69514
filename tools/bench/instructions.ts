// SPDX-License-Identifier: MIT
// Instructions of the driver per picture, by callgrind. The client is va-decode over a device that decodes nothing: valgrind runs
// them on every processor, which it does not do with all that libavcodec loads.
import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { vaDecodePath, withDevice } from "../../test/clients/lib/device.ts";
import { run } from "../../test/clients/lib/process.ts";
import type { ManySlices } from "../../test/codecs/codec.ts";
import { type Cost, callgrind, costs, difference, outsideOf, selfOf } from "./callgrind.ts";
import { clip, type Figure, folder, type Measured, measured, partOf, slicesOf } from "./lib.ts";

/** Under valgrind everything is some fifty times slower. */
const PICTURES = { long: 40, short: 16 };
const DRIVER = /v4l2_request_drv_video/;
const ofCore = (name: string): boolean => /w2c_core|wasm2c_core/.test(name);

/** The first pictures of a clip, in decoding order. */
function beginOf(codec: Measured, slices: number, pictures: number): string {
	const path = join(folder, `begin-${codec.name}-${slices}-${pictures}.${codec.extension}`);
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

/** begin: gives the path of a stream of so many pictures. */
async function measure(codec: Measured, slices: number, begin: (pictures: number) => string): Promise<Cost> {
	const of: Cost[] = [];
	const pictures: number[] = [];
	for (const count of [PICTURES.long, PICTURES.short]) {
		const { wrapper, out } = callgrind(`driver.${codec.name}.${slices}.${count}`);
		pictures.push(await play(codec, begin(count), wrapper));
		of.push(costs(out, DRIVER));
	}
	return difference(of[0], of[1], pictures[0] - pictures[1]);
}

const instructionsOf = (codec: Measured, slices: number): string =>
	`${codec.title}: instructions, ${slicesOf(codec, slices)}`;

/** Instructions of the driver for a picture, by callgrind. */
export async function instructions(codec: Measured): Promise<Figure[]> {
	const figures: Figure[] = [];
	for (const slices of codec.bench.slices) {
		const cost = await measure(codec, slices, (pictures) => beginOf(codec, slices, pictures));
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
			name: instructionsOf(codec, slices),
			value: all,
			unit: "a picture",
			note: `of the driver itself, frame-based, read back by vaGetImage: core ${Math.round(core)}, glue ${Math.round(all - core)}. In libc for it: ${parts.join(", ")}`,
		});
	}
	if (codec.bench.manySlices) figures.push(await growth(codec, codec.bench.manySlices));
	return figures;
}

/** How the cost of a slice grows with the number of slices that a picture has. */
async function growth(codec: Measured, { few, many, stream, most }: ManySlices): Promise<Figure> {
	const [less, more] = await Promise.all(
		[few, many].map(async (slices) => {
			const begin = (pictures: number) => {
				const path = join(folder, `slices-${codec.name}-${slices}-${pictures}.${codec.extension}`);
				writeFileSync(path, stream(slices, pictures));
				return path;
			};
			return selfOf(await measure(codec, slices, begin), () => true) / slices;
		}),
	);
	return {
		name: `${codec.title}: a ${partOf(codec)} of ${many} / of ${few}`,
		value: more / less,
		unit: "ratio",
		aim: { most },
		note: `instructions of the driver itself for a ${partOf(codec)}: ${Math.round(more)} where a picture has ${many}, ${Math.round(less)} where it has ${few}`,
	};
}

/** Figures of codecs that are held to H.264's. */
export function comparedInstructions(figures: Figure[]): Figure[] {
	const of = (codec: Measured) => figures.find(({ name }) => name === instructionsOf(codec, 1))?.value;
	const h264 = measured.find(({ name }) => name === "h264");
	return measured.flatMap((codec) => {
		const [own, other] = [of(codec), h264 && of(h264)];
		if (codec.bench.mostOfH264 === undefined || !own || !other) return [];
		return {
			name: `${codec.title}: instructions / H.264's`,
			value: own / other,
			unit: "ratio",
			aim: { most: codec.bench.mostOfH264 },
			note: `pictures of one slice: ${Math.round(own)} against ${Math.round(other)}`,
		};
	});
}
