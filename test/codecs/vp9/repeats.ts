// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";

/** How many frames of a file, in any container, show an existing one: their header ends within the first byte (6.2). */
export function repeats(path: string): number {
	const list = execFileSync("ffmpeg", [
		...["-v", "error", "-i", path, "-map", "0:v:0", "-c", "copy", "-copyinkf"],
		...["-bsf:v", "vp9_superframe_split", "-f", "framecrc", "-"],
	]).toString();
	// stream, dts, pts, duration, size, checksum
	return list.split("\n").filter((line) => !line.startsWith("#") && Number(line.split(",")[4]) === 1)
		.length;
}
