// SPDX-License-Identifier: MIT
// The fuzzers in C (../meson.build): how they are built, run, watched and replayed.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { configure } from "../../../tools/lib/build.ts";
import { progressBar } from "../../../tools/lib/progress.ts";
import { hasProgram, mustRun, root, run } from "../../../tools/lib/run.ts";

/** A program under a sanitizer. */
export interface Way {
	name: string;
	what: string;
	/** In build/fuzz-NAME. */
	sanitizer: "asan" | "tsan";
	program: "fuzz_calls" | "fuzz_lies";
	/** Several threads use one display. */
	threads: boolean;
}

export const ways: Way[] = [
	{
		name: "calls",
		what: "VA calls in any order, damaged buffers, a device with faults; AddressSanitizer, UndefinedBehaviorSanitizer",
		sanitizer: "asan",
		program: "fuzz_calls",
		threads: false,
	},
	{
		name: "lies",
		what: "the same with a core that lies to the glue",
		sanitizer: "asan",
		program: "fuzz_lies",
		threads: false,
	},
	{
		name: "threads",
		what: "the same calls from several threads; ThreadSanitizer",
		sanitizer: "tsan",
		program: "fuzz_calls",
		threads: true,
	},
];

export interface Finding {
	sentence: string;
	/** The input; empty where the program ended before it could write it. */
	file: string;
}

export interface Outcome {
	runs: number;
	calls: number;
	branches: number;
	findings: Finding[];
}

const sanitizers = { asan: "address,undefined", tsan: "thread" };
const environment = {
	// As in tools/native.ts.
	ASAN_OPTIONS: "intercept_tls_get_addr=0",
	UBSAN_OPTIONS: "halt_on_error=1:print_stacktrace=1",
	// libFuzzer writes the input of a finding in its handler of SIGABRT.
	TSAN_OPTIONS: "halt_on_error=1:second_deadlock_stack=1:report_signal_unsafe=0",
};
/** libFuzzer's own limit, which is never met: findings.c has one that is safe to report. */
const NEVER_SECONDS = 1_000_000;
const MOST_MEMORY_MIB = 4096;
const LONGEST_INPUT = 2048;
/** Of one process's report. */
const TAIL = 200_000;

/** Builds it; returns the program's path. Extra options are of another folder. */
export async function build(
	way: Way,
	folderName = `fuzz-${way.sanitizer}`,
	...options: string[]
): Promise<string> {
	if (!hasProgram("clang")) {
		console.error(
			"fuzz: clang is not installed, and libFuzzer comes with it: node tools/bootstrap.mjs fuzz",
		);
		process.exit(1);
	}
	process.env.CC = "clang";
	const folder = await configure(folderName, [
		"-Dsimulator=true",
		"-Dfuzzers=true",
		"-Db_lundef=false",
		"-Dbuildtype=debugoptimized",
		`-Db_sanitize=${options.length > 0 ? "none" : sanitizers[way.sanitizer]}`,
		...options,
	]);
	await mustRun(["ninja", "-C", folder, "--quiet", `test/fuzz/${way.program}`]);
	return join(folder, "test", "fuzz", way.program);
}

/** An input for each fixture, as a player plays it. */
export async function writeSeeds(program: string, folder: string): Promise<void> {
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	await mustRun([program], { env: { ...process.env, ...environment, FUZZ_SEEDS: folder } });
}

/** Plays one input, and shows what is called; the status of the program. */
export async function replay(way: Way, program: string, file: string): Promise<number> {
	const { code } = await run([program, file], { env: { ...process.env, ...environment, FUZZ_TRACE: "1" } });
	console.log(code === 0 ? `fuzz: ${way.name}: nothing goes wrong` : `fuzz: ${way.name}: see above`);
	return code;
}

/** What went wrong, in one line. */
function sentenceOf(report: string): string {
	const line =
		/^fuzz: (.+)$/m.exec(report) ??
		/^.*(runtime error: .+)$/m.exec(report) ??
		/^SUMMARY: (.+)$/m.exec(report);
	return line?.[1] ?? "it ended without a word";
}

interface Watched {
	runs: number;
	branches: number;
	report: string;
	status: number;
}

/** One process to its end. told: what libFuzzer says of its progress. */
function watch(
	way: Way,
	command: string[],
	told: (watched: Watched) => void,
	children: Set<ChildProcess>,
): Promise<Watched> {
	return new Promise((resolve) => {
		const watched: Watched = { runs: 0, branches: 0, report: "", status: 0 };
		const child = spawn(command[0], command.slice(1), {
			cwd: root,
			env: { ...process.env, ...environment, FUZZ_CALLS: callsFile(way) },
			stdio: ["ignore", "ignore", "pipe"],
		});
		children.add(child);
		let rest = "";
		child.stderr.setEncoding("utf8").on("data", (text: string) => {
			const lines = (rest + text).split("\n");
			rest = lines.pop() ?? "";
			for (const line of lines) {
				const progress = /^#(\d+)\s.*cov: (\d+)/.exec(line);
				if (progress) {
					watched.runs = Number(progress[1]);
					watched.branches = Number(progress[2]);
					told(watched);
				} else if (watched.report.length < TAIL) watched.report += `${line}\n`;
			}
		});
		const end = (status: number): void => {
			children.delete(child);
			resolve({ ...watched, status });
		};
		child.on("error", (error) => {
			watched.report += `fuzz: ${command[0]} cannot be run: ${error.message}\n`;
			end(127);
		});
		child.on("close", (code) => end(code ?? 1));
	});
}

/** Of one way: several may be played at once. */
const callsFile = (way: Way): string => join(root, "build", "fuzz", `calls-${way.name}.txt`);

function readCalls(way: Way): number {
	if (!existsSync(callsFile(way))) return 0;
	const lines = readFileSync(callsFile(way), "utf8").split("\n");
	return lines.reduce((sum, line) => sum + Number(line), 0);
}

/** Plays for so many seconds, in so many processes, or as the arguments say (0 seconds). One that ends with a finding starts again. */
export async function play(
	way: Way,
	program: string,
	inputs: string[],
	limit: { seconds: number; processes: number; found: string; seed?: number },
): Promise<Outcome> {
	const outcome: Outcome = { runs: 0, calls: 0, branches: 0, findings: [] };
	const started = Date.now();
	const children = new Set<ChildProcess>();
	const counts: Watched[] = [];
	const elapsed = (): number => (Date.now() - started) / 1000;
	const bar = progressBar(
		`${way.name} {bar} {value}/{total} s, {runs} inputs, {branches} branches, {findings} findings`,
		limit.seconds > 120,
	);
	rmSync(callsFile(way), { force: true });
	const show = (): void => {
		outcome.runs = counts.reduce((sum, { runs }) => sum + runs, 0);
		outcome.branches = Math.max(0, ...counts.map(({ branches }) => branches));
		bar.update(Math.min(Math.round(elapsed()), limit.seconds), {
			runs: outcome.runs,
			branches: outcome.branches,
			findings: outcome.findings.length,
		});
	};
	const one = async (process: number): Promise<void> => {
		for (let life = 0; ; life++) {
			const left = Math.ceil(limit.seconds - elapsed());
			if (limit.seconds > 0 && left <= 0) return;
			const count: Watched = { runs: 0, branches: 0, report: "", status: 0 };
			counts.push(count);
			const ended = await watch(
				way,
				[
					program,
					// Its schedule costs more than the driver does.
					"-entropic=0",
					`-max_len=${LONGEST_INPUT}`,
					`-timeout=${NEVER_SECONDS}`,
					`-rss_limit_mb=${MOST_MEMORY_MIB}`,
					`-artifact_prefix=${join(limit.found, `${way.name}-`)}`,
					...(limit.seconds > 0 ? [`-max_total_time=${left}`] : []),
					...(limit.seed ? [`-seed=${limit.seed * 64 + process * 8 + life}`] : []),
					...inputs,
				],
				(watched) => {
					Object.assign(count, watched);
					show();
				},
				children,
			);
			Object.assign(count, ended);
			if (ended.status === 0) return;
			const sentence = sentenceOf(ended.report);
			// Slow inputs are written as well, and are none of this.
			const file =
				/Test unit written to (\S*-(?:crash|leak|oom|timeout)-\w+)$/m.exec(ended.report)?.[1] ?? "";
			if (outcome.findings.every((each) => each.sentence !== sentence))
				outcome.findings.push({ sentence, file });
			// A race is seldom met again by playing its input.
			if (file) writeFileSync(`${file}.txt`, ended.report);
			else console.error(ended.report.slice(-4000));
			if (limit.seconds === 0 || !file) return;
		}
	};
	if (limit.seconds > 0) bar.start(limit.seconds, 0, { runs: 0, branches: 0, findings: 0 });
	const stop = (): void => {
		for (const child of children) child.kill();
	};
	process.once("exit", stop);
	const timer = setInterval(show, 1000);
	await Promise.all(Array.from({ length: limit.processes }, (_, i) => one(i)));
	clearInterval(timer);
	process.removeListener("exit", stop);
	show();
	bar.stop();
	outcome.calls = readCalls(way);
	return outcome;
}
