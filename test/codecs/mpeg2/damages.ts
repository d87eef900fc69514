// SPDX-License-Identifier: MIT
import { type Cutting, type Damages, usualDamages } from "../damage.ts";

const PICTURE = Buffer.from([0, 0, 1, 0]);

/** What begins with a picture header, and the first one with all that is in front of it. */
const cutting: Cutting = {
	split(stream) {
		const begins: number[] = [];
		for (let at = stream.indexOf(PICTURE); at >= 0; at = stream.indexOf(PICTURE, at + 1)) begins.push(at);
		return begins.map((begin, i) => Buffer.from(stream.subarray(i === 0 ? 0 : begin, begins[i + 1])));
	},
	join: (pictures) => Buffer.concat(pictures),
};

/** B pictures come between, and slices whose picture header is damaged go to the picture before. */
const list = usualDamages(cutting, "matrices").map((damage) => ({ ...damage, untouched: 0 }));

export const mpeg2Damages: Damages = { join: Buffer.concat, list };
