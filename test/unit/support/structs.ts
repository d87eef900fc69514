// SPDX-License-Identifier: MIT
// Structs in the core's linear memory, by field name: view(core, "core_plan", address).then
import type { Field } from "../../../tools/layout/model.ts";
import { structs } from "../../support/layout.ts";

export type View = { [field: string]: any };

/** A live view of one struct: scalars read and write memory, arrays and nested structs give views in turn. */
export function view(memory: WebAssembly.Memory, struct: string, address: number): View {
	const layout = structs[struct];
	if (!layout) throw new Error(`no struct ${struct} in layout.json`);
	return new Proxy(
		{},
		{
			get: (_, name: string) => read(memory, field(struct, name), address),
			set: (_, name: string, value) => write(memory, field(struct, name), address, value),
			ownKeys: () => Object.keys(layout.fields),
			getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
		},
	);
}

/** A copy of a view, as an ordinary object. */
export function plain(of: View): any {
	if (typeof of !== "object") return of;
	if (Array.isArray(of)) return Array.from({ length: of.length }, (_, i) => plain(of[i]));
	return Object.fromEntries(Object.keys(of).map((name) => [name, plain(of[name])]));
}

export function sizeOf(struct: string): number {
	return structs[struct].size;
}

function field(struct: string, name: string): Field {
	const found = structs[struct].fields[name];
	if (!found) throw new Error(`${struct} has no field ${name}`);
	return found;
}

function read(memory: WebAssembly.Memory, at: Field, address: number): any {
	if (at.dims.length > 0) return elements(memory, at, address + at.offset, 0);
	if (at.struct) return view(memory, at.struct, address + at.offset);
	return scalar(memory, at, address + at.offset);
}

function elements(memory: WebAssembly.Memory, at: Field, address: number, depth: number): any {
	const place = (key: string | symbol) => address + Number(String(key)) * at.strides[depth];
	const inner = depth + 1 < at.dims.length;
	return new Proxy([], {
		get: (_, key) => {
			if (key === "length") return at.dims[depth];
			if (Number(String(key)) >= at.dims[depth]) throw new RangeError(`index ${String(key)} of ${at.dims[depth]}`);
			if (inner) return elements(memory, at, place(key), depth + 1);
			return at.struct ? view(memory, at.struct, place(key)) : scalar(memory, at, place(key));
		},
		set: (_, key, value) => {
			put(memory, at, place(key), value);
			return true;
		},
	});
}

function scalar(memory: WebAssembly.Memory, at: Field, address: number): number | bigint {
	const data = new DataView(memory.buffer);
	if (at.bits) return (data.getUint32(address, true) >>> at.bits.shift) & (2 ** at.bits.width - 1);
	switch (at.size) {
		case 1:
			return at.signed ? data.getInt8(address) : data.getUint8(address);
		case 2:
			return at.signed ? data.getInt16(address, true) : data.getUint16(address, true);
		case 4:
			return at.signed ? data.getInt32(address, true) : data.getUint32(address, true);
		default:
			return data.getBigUint64(address, true);
	}
}

function write(memory: WebAssembly.Memory, at: Field, address: number, value: any): boolean {
	if (at.dims.length > 0) {
		const target = elements(memory, at, address + at.offset, 0);
		for (const [i, item] of [...value].entries()) target[i] = item;
		return true;
	}
	if (at.struct) Object.assign(view(memory, at.struct, address + at.offset), value);
	else put(memory, at, address + at.offset, value);
	return true;
}

function put(memory: WebAssembly.Memory, at: Field, address: number, value: any): void {
	const data = new DataView(memory.buffer);
	if (at.struct) {
		Object.assign(view(memory, at.struct, address), value);
	} else if (at.bits) {
		const mask = (2 ** at.bits.width - 1) << at.bits.shift;
		const old = data.getUint32(address, true);
		data.setUint32(address, (old & ~mask) | ((value << at.bits.shift) & mask), true);
	} else if (at.size === 1) data.setUint8(address, value);
	else if (at.size === 2) data.setUint16(address, value, true);
	else if (at.size === 4) data.setUint32(address, value, true);
	else data.setBigUint64(address, BigInt(value), true);
}
