// SPDX-License-Identifier: MIT
// Tables of probabilities in memory, by what the frame header calls them (RFC 6386 19.2; VP9 6.3). Each family has them elsewhere.
import { checksum, type Fields } from "./canonical.ts";

/** Where one kind begins, and how many bytes it has. */
export interface Part {
	name: string;
	at: number;
	size: number;
}

/** Coefficients by their checksum, the others byte by byte. What lies between them nobody reads. */
export function probabilities(table: Buffer, parts: Part[], into: Fields): void {
	for (const { name, at, size } of parts) {
		const bytes = table.subarray(at, at + size);
		into.set(`probabilities ${name}`, size > 64 ? checksum(bytes) : bytes.join(" "));
	}
}
