// SPDX-License-Identifier: MIT
// Writes syntax elements (H.264 7.2, 9.1).

export class BitWriter {
	readonly bits: number[] = [];

	get length(): number {
		return this.bits.length;
	}

	u(count: number, value: number): this {
		for (let i = count - 1; i >= 0; i--) this.bits.push(Math.floor(value / 2 ** i) % 2);
		return this;
	}

	flag(value: boolean | number): this {
		return this.u(1, value ? 1 : 0);
	}

	ue(value: number): this {
		const code = value + 1;
		const length = code.toString(2).length;
		return this.u(length - 1, 0).u(length, code);
	}

	se(value: number): this {
		return this.ue(value > 0 ? 2 * value - 1 : -2 * value);
	}

	/** Whole bytes; the last one is filled with the given bit. */
	bytes(fill = 0): Uint8Array {
		const padded = [...this.bits];
		while (padded.length % 8 !== 0) padded.push(fill);
		return Uint8Array.from({ length: padded.length / 8 }, (_, i) =>
			Number.parseInt(padded.slice(8 * i, 8 * i + 8).join(""), 2),
		);
	}
}
