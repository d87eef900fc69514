// SPDX-License-Identifier: MIT
// The NAL units of an OUTPUT buffer, with start codes (Annex B of H.264 and of HEVC) or without.

export interface Units {
	units: Buffer[];
	/** The start codes and zeroes between them. */
	between: string[];
}

/** Annex B, taken apart. */
export function annexB(bytes: Buffer): Units {
	const units: Buffer[] = [];
	const between: string[] = [];
	const code = Buffer.from([0, 0, 1]);
	let at = 0;
	for (;;) {
		const found = bytes.indexOf(code, at);
		let end = found < 0 ? bytes.length : found;
		while (end > at && bytes[end - 1] === 0) end--;
		if (at > 0) units.push(bytes.subarray(at, end));
		else if (end > 0) throw new Error("an OUTPUT buffer with start codes does not begin with one");
		if (found < 0) {
			if (end < bytes.length) between.push(`${bytes.length - end} zeroes at the end`);
			return { units, between };
		}
		between.push(bytes.subarray(end, found + 3).toString("hex"));
		at = found + 3;
	}
}

/** Those of a buffer of either kind: no NAL unit begins as a start code does. */
export const unitsOf = (bytes: Buffer): Units =>
	bytes.indexOf("000001", 0, "hex") === 0 || bytes.indexOf("00000001", 0, "hex") === 0
		? annexB(bytes)
		: oneUnit(bytes);

/** One NAL unit, as it is. */
export function oneUnit(bytes: Buffer): Units {
	let end = bytes.length;
	while (end > 0 && bytes[end - 1] === 0) end--;
	const zeroes = bytes.length - end;
	return { units: [bytes.subarray(0, end)], between: zeroes > 0 ? [`${zeroes} zeroes at the end`] : [] };
}
