// SPDX-License-Identifier: MIT
// visl's own account of the controls it works with (events/visl_*_controls of tracefs), to hold the recorder to.
import { structs } from "../../support/abi.ts";
import { readField, type Value } from "./fields.ts";
import type { Job } from "./record.ts";

export interface TraceEvent {
	/** v4l2_ctrl_h264_sps: of the same name as the struct it shows. */
	name: string;
	/** The lines "field value", or "field: value" of AV1: a number, or the elements of an array, as bytes or words without a sign. */
	values: Map<string, string>;
}

/** The events of a trace file, in order. A job's events come together, when its request's controls have been applied. */
export function readTrace(text: string): TraceEvent[] {
	const events: TraceEvent[] = [];
	for (const line of text.split("\n")) {
		const head = line.match(/ \d+\.\d+: (v4l2_\w+):\s*$/);
		if (head) {
			events.push({ name: head[1], values: new Map() });
			continue;
		}
		const value = line.match(/^ ?([\w.]+):? (-?\d+|\{[\da-fx,]*\})$/);
		if (value) events.at(-1)?.values.set(value[1], value[2]);
	}
	return events;
}

/** A field by the names that lead to it: "lf.level"; undefined where there is none. */
function readPath(struct: string, path: string, bytes: Buffer): { value: Value; size: number } | undefined {
	const [name, ...rest] = path.split(".");
	const field = structs[struct].fields[name];
	if (!field) return undefined;
	if (rest.length > 0)
		return field.struct
			? readPath(field.struct, rest.join("."), bytes.subarray(field.offset))
			: undefined;
	return field.struct ? undefined : { value: readField(struct, name, bytes), size: field.size };
}

/** Numbers of `size` bytes as one text, whatever their base and sign. */
function plain(text: string, size: number): string {
	const numbers = text.replace(/[{}]/g, "").split(/[ ,]/);
	return numbers.map((number) => BigInt.asUintN(8 * size, BigInt(number))).join(" ");
}

/** How a recording and a trace of the same play differ, as sentences; `checked` counts the values that were compared. */
export function contradictions(jobs: Job[], events: TraceEvent[], controls: Record<string, number>) {
	const found: string[] = [];
	let checked = 0;
	for (const [struct, id] of Object.entries(controls)) {
		const shown = events.filter((event) => event.name === struct);
		if (shown.length !== jobs.length)
			found.push(`${struct}: ${jobs.length} jobs recorded, ${shown.length} traced`);
		for (const [i, job] of jobs.slice(0, shown.length).entries()) {
			for (const [name, traced] of shown[i].values) {
				const recorded = readPath(struct, name, job.controls.get(id) as Buffer);
				if (!recorded) continue;
				checked++;
				const { value, size } = recorded;
				if (plain(String(value), size) !== plain(traced, size))
					found.push(`job ${i}: ${struct}.${name}: recorded ${value}, traced ${traced}`);
			}
		}
	}
	return { found, checked };
}
