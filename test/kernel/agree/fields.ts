// SPDX-License-Identifier: MIT
// The fields of a control's bytes by name, as test/support/abi.json places them.
import { constants, structs } from "../../support/abi.ts";
import type { Job } from "./record.ts";

export type Value = number | bigint | string;

/** A field of one job: `key` tells it from its like within the job, `name` is what it is counted under. */
export interface Field {
	key: string;
	name: string;
	value: Value;
}

/** The fields of one client's job by key. */
export type Fields = Map<string, Field>;

/** Adds a field. `key` is unique in its job; `name` is what counts and rules know it by. */
export function put(fields: Fields, name: string, value: Value, key = name): void {
	fields.set(key, { key, name, value });
}

/** A little-endian number of `size` bytes; a bigint where there are 8, which are taken as unsigned. */
export function readNumber(bytes: Buffer, offset: number, size: number, signed: boolean): number | bigint {
	if (size === 8) return bytes.readBigUInt64LE(offset);
	return signed ? bytes.readIntLE(offset, size) : bytes.readUIntLE(offset, size);
}

/** One field of a struct at `base`; arrays as their elements, separated by spaces. */
export function readField(struct: string, name: string, bytes: Buffer, base = 0): Value {
	const field = structs[struct].fields[name];
	const values: (number | bigint)[] = [];
	const walk = (offset: number, dimension: number) => {
		if (dimension === field.dims.length) {
			values.push(readNumber(bytes, offset, field.size, field.signed));
			return;
		}
		for (let i = 0; i < field.dims[dimension]; i++)
			walk(offset + i * field.strides[dimension], dimension + 1);
	};
	walk(base + field.offset, 0);
	return field.dims.length === 0 ? values[0] : values.join(" ");
}

/** All plain fields of a struct; a field named flags as one field for each bit, `bits` being what the bits' constants begin with. */
export function putStruct(
	fields: Fields,
	struct: string,
	prefix: string,
	bytes: Buffer,
	options: { base?: number; bits?: string; key?: string; leave?: string[] } = {},
): void {
	const base = options.base ?? 0;
	const keyPrefix = options.key ?? prefix;
	if (bytes.length < base + structs[struct].size)
		throw new Error(`${prefix}: ${bytes.length} bytes hold no ${struct}`);
	for (const [name, field] of Object.entries(structs[struct].fields)) {
		if (field.struct || options.leave?.includes(name)) continue;
		const value = readField(struct, name, bytes, base);
		if (name !== "flags" || !options.bits) {
			put(fields, `${prefix}.${name}`, value, `${keyPrefix}.${name}`);
			continue;
		}
		let rest = Number(value);
		for (const [constant, bit] of Object.entries(constants)) {
			if (!constant.startsWith(options.bits)) continue;
			const flag = `flags:${constant.slice(options.bits.length)}`;
			put(fields, `${prefix}.${flag}`, rest & bit ? 1 : 0, `${keyPrefix}.${flag}`);
			rest &= ~bit;
		}
		put(fields, `${prefix}.flags:others`, rest, `${keyPrefix}.flags:others`);
	}
}

/** The bytes of V4L2_CID_STATELESS_<codec>_<name>; an error when the job has no such control. */
export function controlOf(job: Job, codec: string, name: string): Buffer {
	const bytes = job.controls.get(constants[`V4L2_CID_STATELESS_${codec}_${name}`]);
	if (!bytes) throw new Error(`a job without ${name}`);
	return bytes;
}

/** V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF */
const M2M_HOLD_CAPTURE_BUF = 0x200;

/** Whether the job's CAPTURE buffer is held for the next one. */
export function putHold(fields: Fields, job: Job): void {
	put(fields, "buffer.flags:M2M_HOLD_CAPTURE_BUF", job.flags & M2M_HOLD_CAPTURE_BUF ? 1 : 0);
}
