// SPDX-License-Identifier: MIT
import { type Damages, usualDamages } from "../damage.ts";
import { nalCutting } from "../nal-pictures.ts";

/** Slices of an IDR picture and of others. A slice whose first_mb_in_slice is 0, ue(v), begins a picture. */
const cutting = nalCutting({
	isSlice: (unit) => [1, 5].includes(unit[0] & 31),
	isFirst: (unit) => (unit[1] & 128) !== 0,
});

export const h264Damages: Damages = { join: Buffer.concat, list: usualDamages(cutting, "cb-cavlc") };
