// SPDX-License-Identifier: MIT
// What may happen to a stream on its way, for tests of what players then show.
import { Random } from "../../fixtures/bits.ts";
import { ivfFrames, ivfOf } from "./vp8/ivf.ts";

export interface Damage {
	/** What became of the stream: "without its first picture". */
	name: string;
	/** A fixture, without extension. */
	stream: string;
	/** Of an elementary stream the damaged one. */
	apply(stream: Buffer): Buffer;
	/** So many pictures, the first that are shown, depend on nothing that is damaged. */
	untouched: number;
	/** How many pictures do not come out; "some": nobody says how many. Missing: as many come out as in software. */
	lost?: number | "some";
}

export interface Damages {
	list: Damage[];
	/** One stream of several, each of which begins as if there were none before. */
	join(streams: Buffer[]): Buffer;
}

/** Changes the pictures of a stream, which are in decoding order. */
export type Change = (pictures: Buffer[]) => void;

/** How a codec's elementary streams consist of pictures. */
export interface Cutting {
	/** The pictures, each with all that belongs to it. */
	split(stream: Buffer): Buffer[];
	/** A stream like the one given, of these pictures. */
	join(pictures: Buffer[], like: Buffer): Buffer;
}

/** Of IVF files. */
export const ivfCutting: Cutting = {
	split: (stream) => ivfFrames(stream).map((frame) => Buffer.from(frame)),
	join: (pictures, like) => ivfOf(like, pictures),
};

/** The damage that a change of pictures does. */
export const damage =
	({ split, join }: Cutting, change: Change) =>
	(stream: Buffer): Buffer => {
		const pictures = split(stream);
		change(pictures);
		return join(pictures, stream);
	};

export const without =
	(at: number, count = 1) =>
	(pictures: unknown[]): void => {
		pictures.splice(at, count);
	};

/** Without every so many, from the last one on; the first one stays. */
export const withoutEvery =
	(count: number) =>
	(pictures: unknown[]): void => {
		for (let i = pictures.length - 1; i > 0; i -= count) pictures.splice(i, 1);
	};

/** Other bytes in the second half of what is told, or from there on. */
export function spoil(bytes: Uint8Array, begin = bytes.length >> 1): Buffer {
	return Buffer.from(bytes.map((byte, i) => (i >= begin ? byte ^ 0x55 : byte)));
}

export const spoilt =
	(...places: number[]): Change =>
	(pictures) => {
		for (const i of places) pictures[i] = spoil(pictures[i]);
	};

/** These pictures end there, in parts of their length. */
export const cutAt =
	(part: number, ...places: number[]): Change =>
	(pictures) => {
		for (const i of places) pictures[i] = pictures[i].subarray(0, Math.ceil(pictures[i].length * part));
	};

/** About one of so many bytes is another one, in all pictures but the first. */
export const noise =
	(every: number, seed: number): Change =>
	(pictures) => {
		const random = new Random(seed);
		for (const picture of pictures.slice(1))
			for (let i = 0; i < picture.length; i++)
				if (random.below(every) === 0) picture[i] = random.below(256);
	};

/** How many seeds noise is tried with. */
const NOISES = 3;

/**
 * What can be done to the pictures of any codec. stream: a fixture that shows all of its pictures in the order in which they are decoded,
 * and whose first one alone is a key picture. cutLoses: how many do not come out where one ends in the middle, while each that is there with
 * other bytes does; missing: as many come out as in software.
 */
export function usualDamages(cutting: Cutting, stream: string, cutLoses?: number): Damage[] {
	const of = (name: string, change: Change, untouched: number, lost: number): Damage => ({
		...{ name, stream, apply: damage(cutting, change), untouched },
		...(cutLoses !== undefined && { lost }),
	});
	const some = (name: string, change: Change, untouched: number): Damage => ({
		...{ name, stream, apply: damage(cutting, change), untouched, lost: "some" },
	});
	return [
		of("without pictures that others refer to", without(4, 3), 4, 3),
		of("with other bytes in a picture", spoilt(5), 5, 0),
		of("with other bytes in several pictures", spoilt(3, 4, 7), 3, 0),
		of("with a picture that ends in the middle", cutAt(0.5, 5), 5, cutLoses ?? 0),
		some("without its first picture", without(0), 0),
		...Array.from({ length: NOISES }, (_, i) => some(`with noise ${i + 1}`, noise(60, i + 1), 1)),
	];
}
