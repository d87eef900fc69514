// SPDX-License-Identifier: MIT
// The clips by which npm run bench measures AV1.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { constants } from "../../support/abi.ts";
import type { Bench } from "../codec.ts";

/** Side of a superblock, and so of the least tile. */
const SUPERBLOCK = 64;
/** How many columns pictures of one superblock to a tile have, as a power of two; */
const COLUMNS = { 64: 3, 512: 5 } as const;

const oneThread = ["-c:v", "libaom-av1", "-threads", "1", "-row-mt", "0"];

/** Each superblock is a tile of its own, and no sample changes from picture to picture. */
function superblockTiles(tiles: number, pictures: number): Uint8Array {
	const columns = COLUMNS[tiles as keyof typeof COLUMNS];
	const rows = Math.log2(tiles) - columns;
	const size = `${SUPERBLOCK << columns}x${SUPERBLOCK << rows}`;
	const picture = `color=c=gray:size=${size}:rate=25,trim=end_frame=${pictures}`;
	return execFileSync(
		"ffmpeg",
		[
			...["-v", "error", "-f", "lavfi", "-i", picture, "-pix_fmt", "yuv420p", ...oneThread],
			...["-usage", "realtime", "-cpu-used", "8", "-lag-in-frames", "0", "-aom-params", "sb-size=64"],
			...["-tile-columns", String(columns), "-tile-rows", String(rows), "-f", "ivf", "-"],
		],
		{ maxBuffer: 1 << 28 },
	);
}

export const av1Bench: Bench = {
	part: "tile",
	slices: [1, 4],
	// As films have it: hidden frames, compound prediction, eight references.
	encoder: (tiles) => [
		...[
			...oneThread,
			"-usage",
			"good",
			"-cpu-used",
			"8",
			"-lag-in-frames",
			"16",
			"-b:v",
			"3M",
			"-g",
			"60",
		],
		...["-tiles", tiles > 1 ? "2x2" : "1x1"],
	],
	fill: {
		source: join(import.meta.dirname, "bench", "fill_c.c"),
		profile: constants.VAProfileAV1Profile0,
		most: 1.4,
	},
	mostIoctls: 9,
	// 512 is the most of TILE_GROUP_ENTRY.
	manySlices: { few: 64, many: 512, stream: superblockTiles, most: 1.1 },
};
