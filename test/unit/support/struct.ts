// SPDX-License-Identifier: MIT
// C structs as plain objects, by the layout that the C headers gave (test/support/abi.json). 64-bit fields are bigint.
import type { Field } from "../../../tools/abi/model.ts";
import { structs } from "../../support/abi.ts";

// biome-ignore lint/suspicious/noExplicitAny: the shape is data
export type Fields = Record<string, any>;

function layoutOf(name: string) {
	const struct = structs[name];
	if (!struct) throw new Error(`no struct ${name} in abi.json`);
	return struct;
}

/** The fields of a linear core_layout that say so. */
export const LINEAR: Fields = { packing: 0, tile_bytes: 0, tile_rows: [0, 0, 0], second_at: 0 };

/** The size of a C struct in bytes. */
export function sizeOf(name: string): number {
	return layoutOf(name).size;
}

/** Where a field begins. */
export function offsetOf(name: string, field: string): number {
	const found = layoutOf(name).fields[field];
	if (!found) throw new Error(`struct ${name} has no field ${field}`);
	return found.offset;
}

function readScalar(view: DataView, at: number, field: Field): number | bigint {
	if (field.bits) {
		const word = view.getUint32(at, true) >>> field.bits.shift;
		return field.bits.width === 32 ? word : word & ((1 << field.bits.width) - 1);
	}
	switch (field.size) {
		case 1:
			return field.signed ? view.getInt8(at) : view.getUint8(at);
		case 2:
			return field.signed ? view.getInt16(at, true) : view.getUint16(at, true);
		case 4:
			return field.signed ? view.getInt32(at, true) : view.getUint32(at, true);
		default:
			return field.signed ? view.getBigInt64(at, true) : view.getBigUint64(at, true);
	}
}

function writeScalar(view: DataView, at: number, field: Field, value: number | bigint): void {
	if (field.bits) {
		const mask = ((1 << field.bits.width) - 1) << field.bits.shift;
		const word = view.getUint32(at, true) & ~mask;
		view.setUint32(at, (word | ((Number(value) << field.bits.shift) & mask)) >>> 0, true);
	} else if (field.size === 1) view.setUint8(at, Number(value) & 0xff);
	else if (field.size === 2) view.setUint16(at, Number(value) & 0xffff, true);
	else if (field.size === 4) view.setUint32(at, Number(value) >>> 0, true);
	else view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), true);
}

// biome-ignore lint/suspicious/noExplicitAny: the shape is data
function readField(view: DataView, at: number, field: Field, depth: number): any {
	if (depth < field.dims.length) {
		return Array.from({ length: field.dims[depth] }, (_, i) =>
			readField(view, at + i * field.strides[depth], field, depth + 1),
		);
	}
	return field.struct ? decodeAt(field.struct, view, at) : readScalar(view, at, field);
}

/** How wide pointers are in a struct that has some, in bits. */
export type PointerBits = 32 | 64;

function decodeAt(name: string, view: DataView, at: number, keys?: string[]): Fields {
	const { fields } = layoutOf(name);
	return Object.fromEntries(
		(keys ?? Object.keys(fields)).map((key) => [
			key,
			readField(view, at + fields[key].offset, fields[key], 0),
		]),
	);
}

// biome-ignore lint/suspicious/noExplicitAny: the shape is data
function writeField(view: DataView, at: number, field: Field, depth: number, value: any): void {
	if (depth < field.dims.length) {
		for (const [i, each] of value.entries()) {
			if (i >= field.dims[depth])
				throw new Error(`more than ${field.dims[depth]} elements for ${field.path}`);
			writeField(view, at + i * field.strides[depth], field, depth + 1, each);
		}
	} else if (field.struct) encodeAt(field.struct, view, at, value);
	else writeScalar(view, at, field, value);
}

function encodeAt(name: string, view: DataView, at: number, fields: Fields, bits: PointerBits = 64): void {
	const layout = layoutOf(name);
	for (const [key, value] of Object.entries(fields)) {
		const field = layout.fields[key];
		if (!field) throw new Error(`struct ${name} has no field ${key}`);
		const offset = bits === 64 ? field.offset : (field.offset32 ?? field.offset);
		writeField(view, at + offset, field, 0, value);
	}
}

/** The struct's bytes; what `fields` leaves out is 0. */
export function encode(name: string, fields: Fields, bits: PointerBits = 64): Uint8Array {
	const { size, size32 = size } = layoutOf(name);
	const bytes = new Uint8Array(bits === 64 ? size : size32);
	encodeAt(name, new DataView(bytes.buffer), 0, fields, bits);
	return bytes;
}

/** The fields of a struct in these bytes: all of them, or the ones named. */
export function decode(name: string, bytes: Uint8Array, keys?: string[]): Fields {
	return decodeAt(name, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, keys);
}
