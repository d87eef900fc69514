// SPDX-License-Identifier: MIT
// Screenshots: binary portable pixmaps of 8 bits a sample, as grim writes them.
import { readFileSync } from "node:fs";

export interface Pixels {
	width: number;
	height: number;
	/** Three bytes a pixel. */
	rgb: Buffer;
}

/** The pixels of a binary PPM file with 255 levels. Throws if it is another, or cut short. */
export function readPixels(path: string): Pixels {
	const file = readFileSync(path);
	const header = /^P6\s(\d+)\s(\d+)\s255\s/.exec(file.subarray(0, 40).toString("latin1"));
	if (!header) throw new Error(`${path} is no binary portable pixmap`);
	const [width, height] = [Number(header[1]), Number(header[2])];
	const rgb = file.subarray(header[0].length);
	if (rgb.length !== 3 * width * height) throw new Error(`${path} is cut short`);
	return { width, height, rgb };
}

/** How many pixels differ; all of the larger one where sizes do. */
export function differingPixels(a: Pixels, b: Pixels): number {
	if (a.width !== b.width || a.height !== b.height) return Math.max(a.width * a.height, b.width * b.height);
	let count = 0;
	for (let i = 0; i < a.rgb.length; i += 3) {
		if (a.rgb.compare(b.rgb, i, i + 3, i, i + 3) !== 0) count++;
	}
	return count;
}
