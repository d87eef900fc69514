// SPDX-License-Identifier: MIT
// What the tests of failing and hanging jobs share: which jobs those are, and that the hardware is told what it always is.
import type { StreamEntry } from "../../../clients/lib/streams.ts";
import { expectEqual } from "../../../clients/lib/suite.ts";
import type { Fields } from "../registers/canonical.ts";
import { decodingOrder } from "./order.ts";

export interface Knobs {
	fail?: number;
	hang?: number;
	every?: number;
}

/** As fake/fake.c chooses. */
function chosen(first: number | undefined, job: number, every = 0): boolean {
	return !!first && job >= first && (job === first || (every > 0 && (job - first) % every === 0));
}

/** Whether the knobs make this job fail or hang. */
export const isBad = (job: number, { fail, hang, every }: Knobs): boolean =>
	chosen(fail, job, every) || chosen(hang, job, every);

/** In the guest's shell: sets the knobs and begins a new log. */
export const turn = ({ fail = 0, hang = 0, every = 0 }: Knobs): string =>
	`echo ${fail} >$knob/fail; echo ${hang} >$knob/hang; echo ${every} >$knob/every; echo clear >$log`;

export interface Results {
	stdout: string;
	read: (name: string) => string;
	entries: Map<string, StreamEntry>;
}

/** A word as the shell takes it. */
export const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** The lines of a text that are not empty. */
export const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

/** By output order, the job of each frame of a stream that is there several times. */
export function jobsOf(entry: StreamEntry, times: number): number[] {
	const order = decodingOrder(entry.path);
	return Array.from({ length: times }, (_, i) => order.map((place) => place + i * order.length)).flat();
}

/**
 * The end of the last job's interrupt, or, after a job that hung, rockchip_vpu2_dec_reset() of rockchip_vpu_hw.c and
 * hantro_g1_reset() of hantro_g1.c, or rkvdec_watchdog_func() of rkvdec.c, which writes to RK3399's interrupt register on VDPU381 and
 * VDPU383, too: where they are in the log, before the next job.
 */
const ends = [
	...["register 0dc", "register 0e8", "register 194", "register 004", "register 104"],
	"DEC_H265_STATUS.CHECK_MASK", // cedrus_h265_irq_clear() of cedrus_h265.c
];

/** Fails unless the hardware is told the same for a job as usually; `interrupted`: after the end of another, both times. */
export function expectTold(job: Fields, usually: Fields, interrupted: boolean, who: string): void {
	const all = (of: Fields) =>
		[...of]
			.filter(([name]) => name !== "end" && (interrupted || !ends.includes(name)))
			.map((each) => each.join("="));
	const usual = new Set(all(usually));
	const got = all(job);
	const other = got.filter((each) => !usual.has(each));
	expectEqual(other.join(", "), "", `${who} is told otherwise than without faults`);
	expectEqual(got.length, usual.size, `fields of ${who}`);
}

/** How many sentences come of a reason that a context has `times` times: it is said the 1st, 10th, 100th time. */
export const sentencesOf = (times: number): number => (times > 0 ? Math.floor(Math.log10(times)) + 1 : 0);
