// SPDX-License-Identifier: MIT
// Every call of the driver to the real kernel fails once: which faults there are, and the rules for what may follow.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { CLIENTS, type Client, SEARCH } from "./clients.ts";
import { ERRNOS, type Errno } from "./errnos.ts";
import { folder, type Job, type JobResult, runJobs, type TracedCall } from "./jobs.ts";

export interface Row {
	client: string;
	stream: string;
	syscall: string;
	n: number;
	call: string;
	on: string;
	errno: string;
	/** The driver was still looking for decoders. */
	searching: boolean;
	outcome: string;
	said: string;
	/** Why it is wrong; empty when it is right. */
	complaint: string;
}

interface Numbered extends TracedCall {
	n: number;
	searching: boolean;
}

interface Trial {
	client: Client;
	stream: string;
	clean: JobResult;
	call: Numbered;
	errno: Errno;
}

export interface Options {
	/** Clients by name. */
	clients: string[];
	streams: string[];
	/**
	 * all: each errno at each call. turns: one at each call, in turn, but each errno of each call somewhere. names: one
	 * call of each name, with one errno.
	 */
	depth: "all" | "turns" | "names";
	/** At the same time. */
	guests: number;
	/** Only calls whose name contains this. */
	only?: string;
	onProgress?: (done: number, total: number) => void;
}

/** Numbers the calls of each system call, as strace counts them. */
function number(calls: TracedCall[], search: TracedCall[]): Numbered[] {
	const counts = new Map<string, number>();
	const searching = (syscall: string) => search.filter((call) => call.syscall === syscall).length;
	return calls.map((call) => {
		const n = (counts.get(call.syscall) ?? 0) + 1;
		counts.set(call.syscall, n);
		return { ...call, n, searching: n <= searching(call.syscall) };
	});
}

function errnosOf(call: string): Errno[] {
	const errnos = ERRNOS[call];
	if (!errnos) throw new Error(`${call} is not in test/kernel/faults/errnos.ts: which errnos can it have?`);
	return errnos;
}

/** One errno at each call, so that in the end each has had each: `turn` counts the calls of that name. */
function chosen(call: string, turn: number, times: number): Errno[] {
	const errnos = errnosOf(call);
	return errnos.filter((_, i) =>
		times >= errnos.length ? i === turn % errnos.length : i % times === turn,
	);
}

/** Which errnos a call fails with: it is number `turn` of `times` calls of its name. */
function errnosFor(depth: Options["depth"], call: string, turn: number, times: number): Errno[] {
	if (depth === "all") return errnosOf(call);
	if (depth === "turns") return chosen(call, turn, times);
	const last = errnosOf(call)
		.filter((errno) => !errno.harmless)
		.slice(-1);
	return turn === times - 1 ? (last.length > 0 ? last : errnosOf(call).slice(0, 1)) : [];
}

function trialsOf(
	client: Client,
	stream: string,
	clean: JobResult,
	calls: Numbered[],
	options: Options,
): Trial[] {
	const turns = new Map<string, number>();
	return calls.flatMap((call) => {
		const turn = turns.get(call.call) ?? 0;
		turns.set(call.call, turn + 1);
		const times = calls.filter((other) => other.call === call.call).length;
		const errnos = errnosFor(options.depth, call.call, turn, times);
		return options.only && !call.call.includes(options.only)
			? []
			: errnos.map((errno) => ({ client, stream, clean, call, errno }));
	});
}

function judge(trial: Trial, result: JobResult | undefined): Row {
	const { client, call, errno, stream } = trial;
	const row = {
		...{
			client: client.name,
			stream: basename(stream),
			syscall: call.syscall,
			n: call.n,
			call: call.call,
			on: call.on,
		},
		...{ errno: errno.name, searching: call.searching, outcome: "", said: "" },
	};
	if (!result) return { ...row, complaint: "the guest ended before it" };
	const reading = client.read(result, trial.clean);
	const complaints = [...reading.complaints];
	if (result.struck !== call.call) complaints.push(`it struck ${result.struck ?? "nothing"}`);
	if (errno.harmless && (reading.harm || reading.said.length > 0))
		complaints.push("the driver must get over it");
	// A list of formats that ends early is a list all the same: of a device that has less, and the player says what it misses.
	const shorter = call.call.startsWith("VIDIOC_ENUM_FMT") && errno.name === "EINVAL";
	if (reading.harm && reading.said.length === 0 && !shorter) complaints.push("the driver said nothing");
	if (!reading.harm && reading.said.some((sentence) => /not decoded|is lost/.test(sentence)))
		complaints.push("no picture is lost, but it says so");
	if (reading.said.length > 1) complaints.push("it was said more than once");
	if (reading.said.some((sentence) => /no words|bug of the driver/.test(sentence)))
		complaints.push("no clear sentence");
	if (reading.reopened && !call.searching) complaints.push("a new context did not work");
	return {
		...row,
		outcome: reading.outcome,
		said: reading.said.join(" | "),
		complaint: complaints.join("; "),
	};
}

/** The first pictures of an Annex B stream with one slice to a picture: a test needs no more. */
export function shortened(path: string, pictures: number): string {
	const data = readFileSync(path);
	let seen = 0;
	let end = data.length;
	for (let at = data.indexOf("000001", 0, "hex"); at >= 0; at = data.indexOf("000001", at + 3, "hex")) {
		const type = data[at + 3] & 31;
		if ((type === 1 || type === 5) && seen++ === pictures) {
			end = data[at - 1] === 0 ? at - 1 : at;
			break;
		}
	}
	const short = join(folder, `${pictures}-${basename(path)}`);
	mkdirSync(folder, { recursive: true });
	writeFileSync(short, data.subarray(0, end));
	return short;
}

function checkClean(name: string, result: JobResult | undefined): JobResult {
	if (result?.status !== 0) throw new Error(`${name} fails although no call does:\n${result?.output}`);
	return result;
}

/** Tries them all. The name is for files in build/faults: two tries at the same time have two. */
export async function tryFaults(name: string, options: Options): Promise<{ rows: Row[]; kernelLog: string }> {
	const clients = CLIENTS.filter((client) => options.clients.includes(client.name));
	const pairs = clients.flatMap((client) => options.streams.map((stream) => ({ client, stream })));
	const commands = [
		SEARCH,
		...pairs.flatMap(({ client, stream }) => [client.once(stream), client.command(stream)]),
	];
	const cleanJobs: Job[] = commands.map((command, id) => ({ id, command }));
	const { results: clean } = await runJobs(`${name}-clean`, cleanJobs, 1);
	const search = checkClean("vainfo", clean.get(0)).calls;
	const trials = pairs.flatMap(({ client, stream }, i) => {
		const { calls } = checkClean(client.name, clean.get(2 * i + 1));
		const whole = checkClean(client.name, clean.get(2 * i + 2));
		return trialsOf(client, stream, whole, number(calls, search), options);
	});
	const jobs = trials.map(({ client, stream, call, errno }, id) => ({
		id,
		command: client.command(stream),
		fault: { syscall: call.syscall, n: call.n, errno: errno.name },
	}));
	let done = 0;
	options.onProgress?.(0, jobs.length);
	const progress = () => options.onProgress?.(++done, jobs.length);
	const { results, kernelLog } = await runJobs(name, jobs, options.guests, progress);
	return { rows: trials.map((trial, id) => judge(trial, results.get(id))), kernelLog };
}

/** A row that is wrong, as one sentence. */
export function describe(row: Row): string {
	const call = `${row.syscall} ${row.n} (${row.call}${row.on ? ` ${row.on}` : ""})`;
	return `${row.client}, ${row.errno} at ${call}: ${row.complaint} [${row.outcome}${row.said ? `; "${row.said}"` : ""}]`;
}
