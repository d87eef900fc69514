// SPDX-License-Identifier: MIT
// Short-term reference picture sets (H.265 7.3.7, 7.4.8), and the lists that a slice makes of a picture's set (8.3.4).
import type { NalBits } from "../../nal-bits.ts";

/** A picture of a set: the distance of its picture order count from that of the current one, and whether the current one may refer to it. */
export interface ShortTerm {
	distance: number;
	used: boolean;
}

/** Those that come before the current picture in output order, the nearest first; and those behind it. */
export interface ShortTermSet {
	before: ShortTerm[];
	after: ShortTerm[];
}

const sizeOf = (set: ShortTermSet): number => set.before.length + set.after.length;

/** st_ref_pic_set(index), where the sets before it are known. index is the number of `sets` in slice headers. */
export function readShortTermSet(bits: NalBits, sets: ShortTermSet[], index: number): ShortTermSet {
	if (index > 0 && bits.flag()) return readPredicted(bits, sets, index);
	const negative = bits.ue();
	const positive = bits.ue();
	if (negative > 16 || positive > 16) throw new Error("a reference picture set is too large");
	const read = (count: number, sign: number): ShortTerm[] => {
		let distance = 0;
		return Array.from({ length: count }, () => {
			distance += sign * (bits.ue() + 1);
			return { distance, used: bits.flag() };
		});
	};
	return { before: read(negative, -1), after: read(positive, 1) };
}

/** Of inter_ref_pic_set_prediction_flag 1 (7-61, 7-62). */
function readPredicted(bits: NalBits, sets: ShortTermSet[], index: number): ShortTermSet {
	const back = index === sets.length ? bits.ue() + 1 : 1; // delta_idx_minus1 is of slice headers
	const negative = bits.flag();
	const delta = (bits.ue() + 1) * (negative ? -1 : 1);
	const from = sets[index - back];
	if (!from) throw new Error("a reference picture set is predicted from one that is not there");
	const flags = Array.from({ length: sizeOf(from) + 1 }, () => {
		const used = bits.flag();
		return { used, kept: used || bits.flag() };
	});
	const pictures = [...from.before, ...from.after].map(({ distance }) => distance);
	const moved = [...pictures, 0]
		.map((distance, i) => ({ distance: distance + delta, ...flags[i] }))
		.filter(({ kept }) => kept)
		.map(({ distance, used }) => ({ distance, used }));
	return {
		before: moved.filter(({ distance }) => distance < 0).sort((a, b) => b.distance - a.distance),
		after: moved.filter(({ distance }) => distance > 0).sort((a, b) => a.distance - b.distance),
	};
}

/** A picture that a slice may refer to, as lists name it. */
export interface Referred {
	distance: number;
	longTerm: boolean;
}

/** All that the current picture may refer to, in the order of list 0 (8-8); of list 1 those behind it come first (8-10). */
export function referred(set: ShortTermSet, longTerm: number[], list: 0 | 1): Referred[] {
	const used = (pictures: ShortTerm[]): Referred[] =>
		pictures.filter((each) => each.used).map(({ distance }) => ({ distance, longTerm: false }));
	const [first, second] = list === 0 ? [set.before, set.after] : [set.after, set.before];
	return [...used(first), ...used(second), ...longTerm.map((distance) => ({ distance, longTerm: true }))];
}

/** A list of so many entries; `entries`: list_entry_lX, undefined where there is no modification. */
export function referenceList(
	pictures: Referred[],
	length: number,
	entries: number[] | undefined,
): (Referred | undefined)[] {
	return Array.from({ length }, (_, i) => pictures[entries ? entries[i] : i % pictures.length]);
}
