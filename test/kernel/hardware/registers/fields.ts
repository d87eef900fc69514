// SPDX-License-Identifier: MIT
// The names of registers and fields, from the tables that renew_fields.ts makes of the drivers' source.
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface Field {
	name: string;
	mask: number;
	shift: number;
}

export interface Register {
	name: string;
	fields: Field[];
}

/** A field of a packet in memory, in bits; a step makes it an array. */
export interface PacketField {
	name: string;
	first: number;
	bits: number;
	step: number;
	/** Elements of the array. */
	count: number;
}

/** folder: that of a codec's tables, test/codecs/CODEC/registers/fields. */
function rows(folder: string, name: string): string[][] {
	const text = readFileSync(join(folder, `${name}.tsv`), "utf8");
	const lines = text.trimEnd().split("\n");
	return lines.filter((line) => !line.startsWith("#")).map((line) => line.split("\t"));
}

/** By address. */
export function readRegisters(folder: string, family: string): Map<number, Register> {
	const registers = new Map<number, Register>();
	for (const [address, name, mask, field] of rows(folder, family)) {
		const at = Number.parseInt(address, 16);
		const register = registers.get(at) ?? { name, fields: [] };
		registers.set(at, register);
		const bits = Number.parseInt(mask, 16);
		if (!field) continue;
		// A register without a name is called by what fills it.
		if (bits === 0xffffffff) register.name = name.includes("SWREG") ? field : name;
		else register.fields.push({ name: field, mask: bits, shift: 31 - Math.clz32(bits & -bits) });
	}
	return registers;
}

/** The fields of a packet in memory, from the table in the codec's folder. */
export function readPacket(folder: string, name: string): PacketField[] {
	return rows(folder, name).map(([field, first, bits, step, count]) => ({
		name: field,
		first: Number(first),
		bits: Number(bits),
		step: Number(step ?? 0),
		// Where the source does not say, there is one for each of two lists.
		count: step ? Number(count ?? 2) : 1,
	}));
}

/** A number of up to 32 bits, counted from the lowest bit of the first byte. */
export function readBits(bytes: Buffer, first: number, bits: number): number {
	let value = 0;
	for (let i = bits - 1; i >= 0; i--)
		value = value * 2 + ((bytes[(first + i) >> 3] >> ((first + i) & 7)) & 1);
	return value;
}
