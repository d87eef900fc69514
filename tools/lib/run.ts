// SPDX-License-Identifier: MIT
// Running programs and adding up what they report.
import { type SpawnOptions, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

export const root = dirname(dirname(import.meta.dirname));

export interface Tally {
	passed: number;
	failed: number;
	skipped: number;
}

/** The tally before the first test. */
export const nothing = (): Tally => ({ passed: 0, failed: 0, skipped: 0 });

/** Adds to a tally in place. */
export function add(sum: Tally, more: Tally): void {
	sum.passed += more.passed;
	sum.failed += more.failed;
	sum.skipped += more.skipped;
}

/** The last line of a suite, which whoever runs it reads. */
export function closingLine({ passed, failed, skipped }: Tally): string {
	return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** The last line "N passed, N failed, N skipped" of an output. */
export function readTally(output: string): Tally | null {
	const found = [...output.matchAll(/^(\d+) passed, (\d+) failed, (\d+) skipped$/gm)].pop();
	return found ? { passed: Number(found[1]), failed: Number(found[2]), skipped: Number(found[3]) } : null;
}

export interface Result {
	code: number;
	/** stdout and stderr as they came. */
	output: string;
}

/** Runs a program, shows what it says as it comes (unless quiet) and keeps it. */
export function run(command: string[], options: SpawnOptions & { quiet?: boolean } = {}): Promise<Result> {
	const { quiet, ...rest } = options;
	return new Promise((resolve) => {
		const child = spawn(command[0], command.slice(1), {
			cwd: root,
			...rest,
			stdio: ["ignore", "pipe", "pipe"],
		});
		let output = "";
		child.stdout?.setEncoding("utf8").on("data", (text: string) => {
			output += text;
			if (!quiet) process.stdout.write(text);
		});
		child.stderr?.setEncoding("utf8").on("data", (text: string) => {
			output += text;
			if (!quiet) process.stderr.write(text);
		});
		child.on("error", (error) =>
			resolve({ code: 127, output: `${output}${command[0]}: ${error.message}\n` }),
		);
		child.on("close", (code, signal) => {
			if (signal) output += `${command[0]} was ended by ${signal}\n`;
			resolve({ code: code ?? 1, output });
		});
	});
}

/** Like run, but silent; on failure shows everything and ends this program. */
export async function mustRun(command: string[], options: SpawnOptions = {}): Promise<string> {
	const { code, output } = await run(command, { ...options, quiet: true });
	if (code !== 0) {
		process.stderr.write(output);
		console.error(`failed: ${command.join(" ")}`);
		process.exit(1);
	}
	return output;
}

/** Whether a program is in PATH. */
export function hasProgram(name: string): boolean {
	return (process.env.PATH ?? "")
		.split(delimiter)
		.some((folder) => folder && existsSync(join(folder, name)));
}

/** How a program of this project is run. */
export function tool(path: string, ...args: string[]): string[] {
	return [process.execPath, join(root, "tools", "run.mjs"), join(root, path), ...args];
}
