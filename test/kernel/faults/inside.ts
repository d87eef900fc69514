// SPDX-License-Identifier: MIT
// Runs inside of the guest: each job is a client under strace, which lets the n-th call of the driver fail. Usage:
// node inside.mjs JOBS RESULTS, both files of JSON lines. Judges nothing.
import { spawn } from "node:child_process";
import { appendFileSync, closeSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Job, JobResult, TracedCall } from "./jobs.ts";

/** Memory, not hostfs. */
const TRACE = "/dev/shm/trace";
const OUTPUT = "/dev/shm/output";
const SECONDS = 30;
const KEPT = 8000;

/** Only what concerns a decoder counts: its nodes, its requests, its dma-bufs. */
const paths = readdirSync("/dev")
	.filter((name) => /^(video|media)\d+$/.test(name))
	.map((name) => `/dev/${name}`)
	.concat("anon_inode:request", "/dmabuf:")
	.flatMap((path) => ["-P", path]);

function strace(job: Job): string[] {
	const filter = job.fault
		? [
				`trace=${job.fault.syscall}`,
				"verbose=none",
				`inject=${job.fault.syscall}:error=${job.fault.errno}:when=${job.fault.n}`,
			]
		: ["trace=openat,mmap,poll,ioctl"];
	const names = job.fault ? [] : ["-y"];
	return ["strace", "-o", TRACE, ...names, ...paths, ...filter.flatMap((f) => ["-e", f]), ...job.command];
}

function execute(
	command: string[],
	fd: number,
): Promise<{ status: number | null; signal: string | null; timedOut: boolean }> {
	return new Promise((resolve, reject) => {
		let timedOut = false;
		const child = spawn(command[0], command.slice(1), { stdio: ["ignore", fd, fd], detached: true });
		const timer = setTimeout(() => {
			timedOut = true;
			process.kill(-(child.pid as number), "SIGKILL");
		}, SECONDS * 1000);
		child.on("error", reject);
		child.on("exit", (status, signal) => {
			clearTimeout(timer);
			resolve({ status, signal, timedOut });
		});
	});
}

/** "openat(...)", "mmap(...)" or "ioctl(4</dev/video0>, VIDIOC_QBUF, ...)" as a name of errnos.ts, and what it was done to. */
function read(line: string): TracedCall | null {
	const [, syscall, rest] = line.match(/^(\w+)\((.*)$/) ?? [];
	if (!syscall) return null;
	const path = line.match(/(\/dev\/(?:video|media)\d+)/)?.[1];
	const on = path ?? (/anon_inode:request/.test(rest) ? "request" : /dmabuf/.test(rest) ? "dma-buf" : "");
	if (syscall === "openat") return { syscall, call: `open ${on.replace(/^\/dev\/|\d+$/g, "")}`, on };
	if (syscall !== "ioctl") return { syscall, call: syscall, on };
	const call = rest.match(/^\d+(?:<[^>]*>)?, (\w+)/)?.[1] ?? "ioctl";
	const queue = rest.match(/V4L2_BUF_TYPE_VIDEO_(OUTPUT|CAPTURE)/)?.[1] ?? "";
	return { syscall, call, on: `${on} ${queue}`.trim() };
}

async function run(job: Job): Promise<JobResult> {
	writeFileSync(OUTPUT, "");
	writeFileSync(TRACE, "");
	const fd = openSync(OUTPUT, "a");
	const start = process.hrtime.bigint();
	const ended = await execute(strace(job), fd);
	const seconds = Number(process.hrtime.bigint() - start) / 1e9;
	closeSync(fd);
	const trace = readFileSync(TRACE, "utf8").split("\n");
	const struck = trace.find((line) => line.endsWith("(INJECTED)"));
	return {
		id: job.id,
		...ended,
		seconds: Math.round(seconds * 1000) / 1000,
		output: readFileSync(OUTPUT, "utf8").slice(0, KEPT),
		struck: struck ? (read(struck)?.call ?? struck) : null,
		calls: job.fault ? [] : trace.map(read).filter((call) => call !== null),
	};
}

const [jobsPath, resultsPath] = process.argv.slice(2);
for (const line of readFileSync(jobsPath, "utf8").trimEnd().split("\n")) {
	appendFileSync(resultsPath, `${JSON.stringify(await run(JSON.parse(line)))}\n`);
}
