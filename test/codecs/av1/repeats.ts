// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";

/** The longest header that shows an existing frame (5.9.2), with its OBU header; a frame with tiles is longer. */
const LONGEST = 10;

/** How many frames of a file, in any container, show an existing one. */
export function repeats(path: string): number {
	const list = execFileSync("ffmpeg", [
		...["-v", "error", "-i", path, "-map", "0:v:0", "-c", "copy", "-copyinkf"],
		...["-bsf:v", "av1_frame_split", "-f", "framecrc", "-"],
	]).toString();
	// stream, dts, pts, duration, size, checksum
	const sizes = list.split("\n").map((line) => (line.startsWith("#") ? NaN : Number(line.split(",")[4])));
	return sizes.filter((size) => size <= LONGEST).length;
}
