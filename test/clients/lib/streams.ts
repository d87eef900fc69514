// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A row of an index.tsv: that of the fixtures, or that of a folder of test vectors. */
export interface StreamEntry {
	file: string;
	path: string;
	codec: string;
	profile: string;
	width: number;
	height: number;
	pixelFormat: string;
	frames: number;
	/** Of all pictures; of AV1 without grain, where `grained` is told too. */
	md5: string;
	/** The MD5 of the pictures with film grain, where the index has both; "" where it has one. */
	grained: string;
	verified: string;
	features: string;
	/** damaged: the MD5 has a software decoder's concealment; what counts is how many pictures come, and that the player ends well. */
	set: StreamSet;
}

/** A name for tests and their files. Fixtures of two codecs may be called the same, as VP8's and VP9's altref.ivf are. */
export const nameOf = ({ codec, file }: StreamEntry): string => `${codec}-${file}`;

export const STREAM_SETS = ["decode", "refuse", "damaged"] as const;
export type StreamSet = (typeof STREAM_SETS)[number];

/** The rows of an index.tsv; paths of streams are relative to it. Throws if a column is missing that all need. */
export function readIndex(path: string): StreamEntry[] {
	const [head, ...lines] = readFileSync(path, "utf8").trimEnd().split("\n");
	const names = head.split("\t");
	for (const needed of ["file", "codec", "dim", "frames", "md5_raw_output", "set"]) {
		if (!names.includes(needed)) throw new Error(`${path}: there is no column ${needed}`);
	}
	return lines.map((line) => {
		const values = line.split("\t");
		const row = Object.fromEntries(names.map((name, i) => [name, values[i] ?? ""]));
		const [width, height] = row.dim.split("x").map(Number);
		return {
			file: row.file,
			path: join(dirname(path), row.file),
			codec: row.codec,
			profile: row.profile ?? "",
			width,
			height,
			pixelFormat: row.pix_fmt ?? "",
			frames: Number(row.frames),
			md5: row.md5_raw_output,
			grained: /\bgrain-ON md5 ([0-9a-f]{32})/.exec(row.verified ?? "")?.[1] ?? "",
			verified: row.verified ?? "",
			features: row.features ?? "",
			set: STREAM_SETS.find((set) => set === row.set) ?? "decode",
		};
	});
}
