// SPDX-License-Identifier: MIT
// The bits of a NAL unit behind its emulation prevention (7.3.1 of H.264 and of HEVC).

/** Reads what the syntax tables of H.264 and of HEVC call u(n), ue(v) and se(v). Behind the end there are zeroes. */
export class NalBits {
	private readonly bytes: number[] = [];
	/** Where in the unit each byte is. */
	private readonly places: number[] = [];
	private at = 0;

	/** From byte `first` of a unit without start code, at most `most` bytes. */
	constructor(unit: Buffer, first: number, most = unit.length) {
		let zeroes = 0;
		for (const [i, byte] of unit.subarray(first, first + most).entries()) {
			const prevents = byte === 3 && zeroes >= 2;
			zeroes = byte === 0 ? zeroes + 1 : 0;
			if (prevents) continue;
			this.bytes.push(byte);
			this.places.push(first + i);
		}
		this.places.push(Math.min(unit.length, first + most));
	}

	u(count: number): number {
		let value = 0;
		for (let i = 0; i < count; i++, this.at++)
			value = 2 * value + (((this.bytes[this.at >> 3] ?? 0) >> (7 - (this.at & 7))) & 1);
		return value;
	}

	flag(): boolean {
		return this.u(1) === 1;
	}

	ue(): number {
		let zeroes = 0;
		while (zeroes < 32 && this.u(1) === 0) zeroes++;
		return 2 ** zeroes - 1 + this.u(zeroes);
	}

	se(): number {
		const code = this.ue();
		return code & 1 ? (code + 1) / 2 : -code / 2;
	}

	/** Reads over byte_alignment(): a bit that is 1, and those that are 0. Gives where in the unit the next byte is. */
	align(): number {
		if (!this.flag()) throw new Error("a header does not end with the bit that aligns it");
		while (this.at & 7) if (this.flag()) throw new Error("a header is aligned with other bits than 0");
		return this.places[Math.min(this.at >> 3, this.places.length - 1)];
	}
}
