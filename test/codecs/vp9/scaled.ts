// SPDX-License-Identifier: MIT
// The streams of fixtures/vp9/writer/scaling.ts as files, and what software makes of them.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ScaledClip, scaledClips } from "../../../fixtures/vp9/writer/scaling.ts";
import { expectEqual } from "../../clients/lib/suite.ts";

export interface ScaledStream extends ScaledClip {
	path: string;
	/** The MD5 of each frame that is shown, in its own size. */
	md5s: string[];
}

/** The MD5 of each frame in the output of FFmpeg's muxer framemd5. */
export const frameMd5s = (text: string): string[] =>
	text
		.split("\n")
		.filter((line) => line !== "" && !line.startsWith("#"))
		.map((line) => line.split(",").at(-1)?.trim() ?? "");

/** The MD5s of a stream's frames, each in its own size, by a decoder of FFmpeg: "vp9" or "libvpx-vp9". */
export function softwareMd5s(decoder: string, path: string): string[] {
	const words = ["-v", "error", "-c:v", decoder, "-i", path, "-fps_mode", "passthrough", "-noautoscale"];
	return frameMd5s(execFileSync("ffmpeg", [...words, "-f", "framemd5", "-"]).toString());
}

/** Writes them to the folder. FFmpeg's own decoder and libvpx, which scale as 8.5.2.3 says, must agree on each frame. */
export function writeScaledStreams(folder: string): Record<keyof typeof scaledClips, ScaledStream> {
	const write = (clip: ScaledClip): ScaledStream => {
		const path = join(folder, `${clip.name}.ivf`);
		writeFileSync(path, clip.bytes);
		const md5s = softwareMd5s("vp9", path);
		expectEqual(softwareMd5s("libvpx-vp9", path).join(" "), md5s.join(" "), `${clip.name}, by libvpx`);
		expectEqual(md5s.length, clip.scaled.length, `${clip.name}: frames`);
		return { ...clip, path, md5s };
	};
	return {
		withinBlocks: write(scaledClips.withinBlocks),
		acrossBlocks: write(scaledClips.acrossBlocks),
	};
}
