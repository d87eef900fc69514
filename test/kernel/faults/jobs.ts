// SPDX-License-Identifier: MIT
// What is run in guests, and running it.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, tool } from "../../../tools/lib/run.ts";
import { guest } from "../lib/guest.ts";
import { LabUnavailable } from "../lib/place.ts";

export interface Fault {
	/** The system call, its number among those that concern the decoder, and the errno it fails with. */
	syscall: string;
	n: number;
	errno: string;
}

export interface Job {
	id: number;
	command: string[];
	/** None: nothing fails, and the calls are written down. */
	fault?: Fault;
}

export interface TracedCall {
	syscall: string;
	/** A name of errnos.ts. */
	call: string;
	/** Node and queue. */
	on: string;
}

export interface JobResult {
	id: number;
	status: number | null;
	signal: string | null;
	timedOut: boolean;
	seconds: number;
	/** stdout and stderr as they came. */
	output: string;
	/** Which call was made to fail. */
	struck: string | null;
	calls: TracedCall[];
}

export const folder = join(root, "build", "faults");
const LOOK_MS = 500;

export interface Ran {
	results: Map<number, JobResult>;
	/** What the kernels said meanwhile. */
	kernelLog: string;
}

/** A guest may die of other things than a fault; of more than that it does not. */
const MAX_DEATHS = 3;

/** One guest for jobs that have no result yet; what it gets done is there even if it dies. */
async function bootFor(
	name: string,
	jobs: Job[],
	results: Ran["results"],
	onProgress: () => void,
): Promise<string> {
	const jobsPath = join(folder, `${name}.jobs`);
	const resultsPath = join(folder, `${name}.results`);
	let read = 0;
	const look = () => {
		const lines = readFileSync(resultsPath, "utf8").split("\n").slice(0, -1);
		for (; read < lines.length; read++) {
			const result: JobResult = JSON.parse(lines[read]);
			results.set(result.id, result);
			onProgress();
		}
	};
	writeFileSync(jobsPath, `${jobs.map((job) => JSON.stringify(job)).join("\n")}\n`);
	writeFileSync(resultsPath, "");
	const timer = setInterval(look, LOOK_MS);
	try {
		const { code, output, kernelLog } = await guest(
			tool("test/kernel/faults/inside.ts", jobsPath, resultsPath),
			{ quiet: true, timeout: 120 + 30 * jobs.length },
		);
		if (code !== 0) throw new Error(`the guest ended with status ${code}:\n${output}`);
		return kernelLog;
	} finally {
		clearInterval(timer);
		look();
	}
}

/** All of them, one after the other. Where the guest dies, another goes on; a job that kills two has failed. */
async function runInOne(name: string, jobs: Job[], onProgress: () => void): Promise<Ran> {
	const results: Ran["results"] = new Map();
	const suspects = new Set<number>();
	for (let deaths = 0; ; deaths++) {
		const rest = jobs.filter(({ id }) => !results.has(id));
		try {
			return {
				results,
				kernelLog: rest.length > 0 ? await bootFor(name, rest, results, onProgress) : "",
			};
		} catch (error) {
			const next = jobs.find(({ id }) => !results.has(id));
			if (!next || error instanceof LabUnavailable || deaths === MAX_DEATHS) throw error;
			const output = (error as Error).message;
			console.log(`  note  the guest died at ${JSON.stringify(next.fault ?? next.command)}: ${output}`);
			const ended = { status: null, signal: "the guest's death", timedOut: false, seconds: 0 };
			if (suspects.has(next.id))
				results.set(next.id, { id: next.id, ...ended, output, struck: null, calls: [] });
			suspects.add(next.id);
		}
	}
}

/**
 * Runs all jobs, in so many guests. What fails in a guest as a whole is thrown; what a client does is in its result.
 * Two runs at the same time have two names.
 */
export async function runJobs(
	name: string,
	jobs: Job[],
	guests: number,
	onProgress = () => {},
): Promise<Ran> {
	mkdirSync(folder, { recursive: true });
	const shares = Array.from({ length: guests }, (_, i) => jobs.filter((_job, j) => j % guests === i));
	const ran = await Promise.all(
		shares
			.filter((share) => share.length > 0)
			.map((share, i) => runInOne(`${name}-${i}`, share, onProgress)),
	);
	return {
		results: new Map(ran.flatMap(({ results }) => [...results])),
		kernelLog: ran.map(({ kernelLog }) => kernelLog).join(""),
	};
}
