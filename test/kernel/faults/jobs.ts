// SPDX-License-Identifier: MIT
// What is run in guests, and running it.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, tool } from "../../../tools/lib/run.ts";
import { guest } from "../lib/guest.ts";

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

async function runInOne(name: string, jobs: Job[], onProgress: () => void): Promise<Ran> {
	const jobsPath = join(folder, `${name}.jobs`);
	const resultsPath = join(folder, `${name}.results`);
	writeFileSync(jobsPath, `${jobs.map((job) => JSON.stringify(job)).join("\n")}\n`);
	rmSync(resultsPath, { force: true });
	writeFileSync(resultsPath, "");
	const results = new Map<number, JobResult>();
	const look = () => {
		const lines = readFileSync(resultsPath, "utf8").split("\n").slice(0, -1);
		for (const line of lines.slice(results.size)) {
			const result: JobResult = JSON.parse(line);
			results.set(result.id, result);
			onProgress();
		}
	};
	const timer = setInterval(look, LOOK_MS);
	try {
		const { code, output, kernelLog } = await guest(
			tool("test/kernel/faults/inside.ts", jobsPath, resultsPath),
			{ quiet: true, timeout: 120 + 30 * jobs.length },
		);
		look();
		if (code !== 0) throw new Error(`the guest ended with status ${code}:\n${output}`);
		return { results, kernelLog };
	} finally {
		clearInterval(timer);
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
