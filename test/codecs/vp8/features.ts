// SPDX-License-Identifier: MIT
// What index.tsv says of a clip, and what its headers have where that is so: as the tests' own reader of headers reads them, for FFmpeg tells of
// none of VP8.
import { readFileSync } from "node:fs";
import { type Features, featuresOf } from "../features.ts";
import { ivfFrames } from "./ivf.ts";
import { type Frame, Stream } from "./unit/support/stream.ts";
import { defaultMvProbs, defaultUvModeProbs, defaultYModeProbs } from "./unit/support/tables.ts";

function framesOf(path: string): Frame[] {
	const stream = new Stream();
	return ivfFrames(readFileSync(path))
		.filter(({ length }) => length > 0)
		.map((frame) => stream.read(frame));
}

/** Whether the size of every frame will do. */
const sized = (frames: Frame[], will: (size: number) => boolean): boolean =>
	frames.every(({ width, height }) => will(width) && will(height));

/** Whether each of these values is some frame's. */
const each = (frames: Frame[], values: number[], of: (frame: Frame) => number): boolean =>
	values.every((value) => frames.some((frame) => of(frame) === value));

/** Whether each number of a list is another than this one of the same place, in some frame. */
const differs = (frames: Frame[], from: number[], list: (frame: Frame) => number[]): boolean =>
	from.every((value, i) => frames.some((frame) => list(frame)[i] !== value));

const words: Record<string, (frames: Frame[]) => boolean> = {
	"absolute-values": (frames) =>
		frames.some(({ segmentation: s }) => s.updateData && s.absolute && s.quant.some((q) => q > 0)),
	"all-partitions": (frames) => each(frames, [1, 2, 4, 8], ({ partSizes }) => partSizes.length),
	"all-sharpness": (frames) => each(frames, [0, 1, 2, 3, 4, 5, 6, 7], ({ sharpness }) => sharpness),
	altref: (frames) => frames.some(({ key, refreshAlternate }) => !key && refreshAlternate),
	"both-filters": (frames) => each(frames, [0, 1], ({ simpleFilter }) => Number(simpleFilter)),
	copies: (frames) =>
		each(frames, [1, 2], ({ copyToGolden }) => copyToGolden) &&
		each(frames, [1, 2], ({ copyToAlternate }) => copyToAlternate),
	"delta-values": (frames) => frames.some(({ segmentation: s }) => s.updateData && !s.absolute),
	"error-resilient": (frames) => frames.every(({ key, refreshEntropy }) => key || !refreshEntropy),
	"filter-values": (frames) =>
		frames.some(({ segmentation: s }) => s.updateData && s.lf.some((level) => level !== 0)),
	golden: (frames) =>
		frames.some(({ key, refreshGolden, copyToGolden }) => !key && (refreshGolden || copyToGolden > 0)),
	"hidden-frames": (frames) => frames.some(({ shown }) => !shown),
	// Deltas of each reference and of each mode, and a frame between others that has none.
	"loop-filter-deltas": (frames) =>
		differs(frames, [0, 0, 0, 0], ({ refDeltas }) => refDeltas) &&
		differs(frames, [0, 0, 0, 0], ({ modeDeltas }) => modeDeltas) &&
		frames.some(({ adjust }, i) => !adjust && frames[i - 1]?.adjust && frames[i + 1]?.adjust),
	map: (frames) => frames.some(({ segmentation }) => segmentation.updateMap),
	"mode-probabilities": (frames) =>
		differs(frames, defaultYModeProbs, ({ entropy }) => entropy.yMode) &&
		differs(frames, defaultUvModeProbs, ({ entropy }) => entropy.uvMode),
	"odd-size": (frames) => sized(frames, (size) => size % 2 === 1),
	partitions2: (frames) => frames.every(({ partSizes }) => partSizes.length === 2),
	partitions4: (frames) => frames.every(({ partSizes }) => partSizes.length === 4),
	partitions8: (frames) => frames.every(({ partSizes }) => partSizes.length === 8),
	persistent: (frames) => frames.some(({ segmentation: s }) => s.enabled && !s.updateMap),
	"quantiser-deltas": (frames) => differs(frames, [0, 0, 0, 0, 0], ({ quant }) => quant.slice(1)),
	"refresh-none": (frames) =>
		frames.some(
			({ refreshLast, refreshGolden, refreshAlternate, copyToGolden, copyToAlternate }) =>
				!(refreshLast || refreshGolden || refreshAlternate) && copyToGolden + copyToAlternate === 0,
		),
	segmentation: (frames) => frames.some(({ segmentation }) => segmentation.enabled),
	"sign-bias": (frames) =>
		frames.some(({ signBiasGolden }) => signBiasGolden) &&
		frames.some(({ signBiasAlternate }) => signBiasAlternate),
	"skip-off": (frames) => frames.some(({ probSkipFalse }) => probSkipFalse === null),
	"smaller-on-key-frame": (frames) =>
		frames.some(
			({ width, height }, i) => i > 0 && width * height < frames[i - 1].width * frames[i - 1].height,
		),
	"smaller-than-a-macroblock": (frames) => sized(frames, (size) => size < 16),
	// Frames whose probabilities are theirs alone, among others.
	"temporary-probabilities": (frames) =>
		each(frames, [0, 1], ({ key, refreshEntropy }) => (key ? -1 : Number(refreshEntropy))),
	"vector-probabilities": (frames) => differs(frames, defaultMvProbs, ({ entropy }) => entropy.mv),
	version0: (frames) => frames.every(({ version }) => version === 0),
	version1: (frames) => frames.every(({ version }) => version === 1),
	version2: (frames) => frames.every(({ version }) => version === 2),
	version3: (frames) => frames.every(({ version }) => version === 3),
};

/** Words of what headers do not tell: what the encoder did before. */
const elsewhere = ["noise-sensitivity"];

export const vp8Features: Features = featuresOf(framesOf, words, elsewhere);
