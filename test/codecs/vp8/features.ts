// SPDX-License-Identifier: MIT
// What index.tsv says of a clip, and what its headers have where that is so: as the tests' own reader of headers reads them, for FFmpeg tells of
// none of VP8.
import { readFileSync } from "node:fs";
import { type Features, featuresOf } from "../features.ts";
import { ivfFrames } from "./ivf.ts";
import { type Frame, Stream } from "./unit/support/stream.ts";

function framesOf(path: string): Frame[] {
	const stream = new Stream();
	return ivfFrames(readFileSync(path))
		.filter(({ length }) => length > 0)
		.map((frame) => stream.read(frame));
}

/** Whether the size of every frame will do. */
const sized = (frames: Frame[], will: (size: number) => boolean): boolean =>
	frames.every(({ width, height }) => will(width) && will(height));

const words: Record<string, (frames: Frame[]) => boolean> = {
	altref: (frames) => frames.some(({ key, refreshAlternate }) => !key && refreshAlternate),
	"delta-values": (frames) => frames.some(({ segmentation: s }) => s.updateData && !s.absolute),
	"error-resilient": (frames) => frames.every(({ key, refreshEntropy }) => key || !refreshEntropy),
	golden: (frames) =>
		frames.some(({ key, refreshGolden, copyToGolden }) => !key && (refreshGolden || copyToGolden > 0)),
	"hidden-frames": (frames) => frames.some(({ shown }) => !shown),
	map: (frames) => frames.some(({ segmentation }) => segmentation.updateMap),
	"odd-size": (frames) => sized(frames, (size) => size % 2 === 1),
	partitions2: (frames) => frames.every(({ partSizes }) => partSizes.length === 2),
	partitions4: (frames) => frames.every(({ partSizes }) => partSizes.length === 4),
	partitions8: (frames) => frames.every(({ partSizes }) => partSizes.length === 8),
	segmentation: (frames) => frames.some(({ segmentation }) => segmentation.enabled),
	"smaller-on-key-frame": (frames) =>
		frames.some(
			({ width, height }, i) => i > 0 && width * height < frames[i - 1].width * frames[i - 1].height,
		),
	"smaller-than-a-macroblock": (frames) => sized(frames, (size) => size < 16),
	version0: (frames) => frames.every(({ version }) => version === 0),
	version1: (frames) => frames.every(({ version }) => version === 1),
	version2: (frames) => frames.every(({ version }) => version === 2),
	version3: (frames) => frames.every(({ version }) => version === 3),
};

/** Words of what headers do not tell: what the encoder did before. */
const elsewhere = ["noise-sensitivity"];

export const vp8Features: Features = featuresOf(framesOf, words, elsewhere);
