// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";

export interface DecodedFrame {
	/** In decoding order, from 1. */
	place: number;
	width: number;
	height: number;
}

/**
 * The frames of a stream in order of output, as ffprobe tells them. The order of decoding is that of their packets in the file: the
 * number of the coded picture is no longer told since ffmpeg 7.
 */
export function decodedFrames(path: string): DecodedFrame[] {
	const entries = "frame=pkt_pos,width,height";
	const words = ["-v", "error", "-select_streams", "v", "-show_entries", entries, "-of", "json", path];
	const { frames } = JSON.parse(execFileSync("ffprobe", words, { encoding: "utf8" })) as {
		frames: { pkt_pos: string; width: number; height: number }[];
	};
	const positions = frames.map((each) => Number(each.pkt_pos));
	const inOrder = [...new Set(positions)].sort((a, b) => a - b);
	if (inOrder.length !== frames.length || positions.some(Number.isNaN))
		throw new Error(`ffprobe does not tell where each frame of ${path} begins`);
	return frames.map(({ width, height }, i) => ({
		place: inOrder.indexOf(positions[i]) + 1,
		width,
		height,
	}));
}

/** For each picture in decoding order its place in the order of output. */
export const decodingOrder = (path: string): number[] => decodedFrames(path).map(({ place }) => place);
