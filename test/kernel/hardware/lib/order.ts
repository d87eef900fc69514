// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";

/** In order of output, the place of each picture in decoding order, from 1. */
export function decodingOrder(path: string): number[] {
	const words = ["-v", "error", "-select_streams", "v", "-show_entries", "frame=coded_picture_number"];
	const text = execFileSync("ffprobe", [...words, "-of", "csv=p=0", path], { encoding: "utf8" });
	return [...text.matchAll(/\d+/g)].map(([number]) => Number(number) + 1);
}
