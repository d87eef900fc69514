// SPDX-License-Identifier: MIT
// The picture that the fake hardware writes (fake/memory.c): each sample tells the job and its own place.
import { createHash } from "node:crypto";

function lumaSample(job: number, x: number, y: number): number {
	return (7 * job + 3 * x + 5 * y) & 255;
}

/** x counts bytes: Cb is even, Cr odd. */
function chromaSample(job: number, x: number, y: number): number {
	return (x & 1 ? 13 * job + 5 * x + 3 * y + 128 : 11 * job + 3 * x + 7 * y + 64) & 255;
}

/** Lines `first`, `first + step`, ... of an NV12 frame: the number of the job, modulo 256, that painted them, or what is wrong. */
export function paintedBy(
	nv12: Uint8Array,
	width: number,
	height: number,
	first = 0,
	step = 1,
): number | string {
	// 183 is the inverse of 7 modulo 256.
	const job = ((nv12[first * width] - 5 * first) * 183) & 255;
	const planes = [
		{ name: "luma", at: 0, lines: height, sample: lumaSample },
		{ name: "chroma", at: width * height, lines: height / 2, sample: chromaSample },
	];
	for (const { name, at, lines, sample } of planes) {
		for (let y = first; y < lines; y += step) {
			for (let x = 0; x < width; x++) {
				const got = nv12[at + y * width + x];
				const wanted = sample(job, x, y);
				if (got !== wanted)
					return `${name} byte ${x} of line ${y} is ${got}, and job ${job} paints ${wanted}`;
			}
		}
	}
	return job;
}

type Line = (byte: number) => number;

/** Sample i of a line of bytes: of NV15, four are five bytes; of P010, each is the upper bits of a word. */
const DEEP: Record<"NV15" | "P010", (line: Line, i: number) => number> = {
	NV15: (line, i) => {
		const byte = (i >> 2) * 5 + (i & 3);
		return ((line(byte) | (line(byte + 1) << 8)) >> (2 * (i & 3))) & 1023;
	},
	P010: (line, i) => (line(2 * i) | (line(2 * i + 1) << 8)) >> 6,
};

/** The 10-bit picture that a job paints, as planar 4:2:0 in words of 16, line by line. */
export function* paintedLinesOfDeep(
	job: number,
	width: number,
	height: number,
	as: keyof typeof DEEP,
): Generator<Uint16Array> {
	const [columns, rows] = [Math.ceil(width / 2), Math.ceil(height / 2)];
	const planes = [
		{ sample: lumaSample, lines: height, samples: width, first: 0, step: 1 },
		{ sample: chromaSample, lines: rows, samples: columns, first: 0, step: 2 },
		{ sample: chromaSample, lines: rows, samples: columns, first: 1, step: 2 },
	];
	for (const { sample, lines, samples, first, step } of planes) {
		for (let y = 0; y < lines; y++) {
			const at = (byte: number) => sample(job, byte, y);
			yield Uint16Array.from({ length: samples }, (_, i) => DEEP[as](at, first + step * i));
		}
	}
}

/** MD5 of that picture. */
export function paintedMd5OfDeep(job: number, width: number, height: number, as: keyof typeof DEEP): string {
	const hash = createHash("md5");
	for (const line of paintedLinesOfDeep(job, width, height, as)) hash.update(line);
	return hash.digest("hex");
}

/** MD5 of the picture that a job paints, as planar 4:2:0; `bottom`: the job that paints the lines of the bottom field. */
export function paintedMd5(job: number, width: number, height: number, bottom = job): string {
	const [columns, rows] = [Math.ceil(width / 2), Math.ceil(height / 2)];
	const bytes = new Uint8Array(width * height + 2 * columns * rows);
	const painter = (y: number) => (y & 1 ? bottom : job);
	let at = 0;
	for (let y = 0; y < height; y++)
		for (let x = 0; x < width; x++) bytes[at++] = lumaSample(painter(y), x, y);
	for (const component of [0, 1]) {
		for (let y = 0; y < rows; y++)
			for (let x = component; x < 2 * columns; x += 2) bytes[at++] = chromaSample(painter(y), x, y);
	}
	return createHash("md5").update(bytes).digest("hex");
}
