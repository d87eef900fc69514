// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";

export interface DecodedFrame {
	/** In decoding order, from 1. */
	place: number;
	width: number;
	height: number;
}

/** The frames of a stream in order of output, as ffprobe tells them. */
export function decodedFrames(path: string): DecodedFrame[] {
	const entries = "frame=coded_picture_number,width,height";
	const words = ["-v", "error", "-select_streams", "v", "-show_entries", entries, "-of", "json", path];
	const { frames } = JSON.parse(execFileSync("ffprobe", words, { encoding: "utf8" }));
	return frames.map((each: { coded_picture_number: number; width: number; height: number }) => ({
		place: each.coded_picture_number + 1,
		width: each.width,
		height: each.height,
	}));
}

export const decodingOrder = (path: string): number[] => decodedFrames(path).map(({ place }) => place);
