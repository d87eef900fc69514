// SPDX-License-Identifier: MIT
// What may happen to HEVC's pictures and slices.
import { type Damage, type Damages, spoil, usualDamages, without, withoutEvery } from "../damage.ts";
import { nalCutting, nalStream, pictureUnits } from "../nal-pictures.ts";

const typeOf = (unit: Buffer): number => (unit[0] >> 1) & 63;
const isSlice = (unit: Buffer): boolean => typeOf(unit) < 32;
const isIdr = (unit: Buffer): boolean => typeOf(unit) === 19 || typeOf(unit) === 20;
const isFirst = (unit: Buffer): boolean => (unit[2] & 128) !== 0;
const SLICES = { isSlice, isFirst };

/** end_of_seq_rbsp(): what follows begins as a stream does. */
const END_OF_SEQUENCE = Buffer.from([0, 0, 1, 36 << 1, 1]);

type Units = Buffer[][];

/** Changes the NAL units of pictures, which are in decoding order. */
const of = (stream: string, name: string, change: (pictures: Units) => void, untouched: number): Damage => ({
	...{ name, stream, untouched },
	apply(bytes) {
		const pictures = pictureUnits(Buffer.from(bytes), SLICES);
		change(pictures);
		return nalStream(pictures.flat());
	},
});

/** Does that to the last slice of a picture. */
const toSlice = (at: number, change: (unit: Buffer) => Buffer) => (pictures: Units) => {
	const picture = pictures[at];
	picture[picture.length - 1] = change(picture[picture.length - 1]);
};

export const hevcDamages: Damages = {
	join: (streams) => Buffer.concat(streams.flatMap((stream) => [stream, END_OF_SEQUENCE])),
	list: [
		...usualDamages(nalCutting(SLICES), "intra-refresh"),
		of("pyramid", "without pictures that others refer to", without(4, 3), 1),
		of("refs", "without every fifth picture", withoutEvery(5), 1),
		of("long-term", "without long-term pictures", without(2, 2), 2),
		of("sets-in-sps", "without pictures that sets of the SPS name", without(3, 2), 2),
		of(
			"random-access",
			"without its first key picture",
			toSlice(0, () => Buffer.alloc(0)),
			0,
		),
		of("slices", "without a slice", (pictures) => pictures[4].splice(-2, 1), 1),
		of(
			"slices",
			"with a slice that ends in the middle",
			toSlice(3, (unit) => unit.subarray(0, unit.length >> 1)),
			1,
		),
		of(
			"pyramid",
			"with a slice that ends in its header",
			toSlice(5, (unit) => unit.subarray(0, 4)),
			1,
		),
		of("closed-gop", "with other bytes in a slice", toSlice(6, spoil), 1),
		of("weighted", "without its second half", (pictures) => pictures.splice(pictures.length >> 1), 4),
		{
			// Two wait for their turn there (C.5.2.2), and no sample of any other depends on it.
			...of(
				"closed-gop",
				"whose second IDR picture says that what waits is not shown",
				(pictures) => {
					const [, second] = pictures.filter((units) => units.some(isIdr));
					for (const unit of second.filter(isSlice)) unit[2] |= 64; // no_output_of_prior_pics_flag
				},
				14,
			),
			lost: 2,
		},
	],
};
