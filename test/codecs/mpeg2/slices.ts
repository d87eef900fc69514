// SPDX-License-Identifier: MIT

/** The slices of an OUTPUT buffer, from their start code values on, and what lies between them. */
export function slicesOf(output: Buffer): { slices: Buffer[]; between: string[] } {
	const slices: Buffer[] = [];
	const between: string[] = [];
	const code = Buffer.from([0, 0, 1]);
	for (let at = 0; ; ) {
		const found = output.indexOf(code, at);
		let end = found < 0 ? output.length : found;
		while (end > at && output[end - 1] === 0) end--;
		if (at > 0) slices.push(output.subarray(at, end));
		else if (end > 0) throw new Error("an OUTPUT buffer does not begin with a start code");
		if (found < 0) {
			if (end < output.length) between.push(`${output.length - end} zeroes at the end`);
			return { slices, between };
		}
		between.push(output.subarray(end, found + 3).toString("hex"));
		at = found + 3;
	}
}
