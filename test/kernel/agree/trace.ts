// SPDX-License-Identifier: MIT
// visl's own account of the controls it works with (events/visl_*_controls of tracefs), to hold the recorder to.
import { structs } from "../../support/abi.ts";
import { readField } from "./fields.ts";
import type { Job } from "./record.ts";

export interface TraceEvent {
	/** v4l2_ctrl_h264_sps: of the same name as the struct it shows. */
	name: string;
	/** The lines "field value". */
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
		const value = line.match(/^(\w+) (-?\d+)$/);
		if (value) events.at(-1)?.values.set(value[1], value[2]);
	}
	return events;
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
				if (!structs[struct].fields[name]) continue;
				const recorded = readField(struct, name, job.controls.get(id) as Buffer);
				checked++;
				// The trace shows some signed fields as unsigned.
				const same =
					String(recorded) === traced || BigInt.asUintN(32, BigInt(recorded)) === BigInt(traced);
				if (!same) found.push(`job ${i}: ${struct}.${name}: recorded ${recorded}, traced ${traced}`);
			}
		}
	}
	return { found, checked };
}
