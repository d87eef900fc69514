// SPDX-License-Identifier: MIT
// Copies of the source tree, and building in them.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
	cpSync,
	existsSync,
	lstatSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Result, root, run } from "../../tools/lib/run.ts";

const scratch = mkdtempSync(join(tmpdir(), "build-test-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

/** A path in this run's scratch folder; the folder above it is made. */
export function scratchPath(...parts: string[]): string {
	const path = join(scratch, ...parts);
	mkdirSync(dirname(path), { recursive: true });
	return path;
}

/** The folders that a build needs. */
export const FOLDERS = ["driver-src", "glue-c", "doctor", "packaging", "tools", "cross", "test"];

/** The files that git knows or would take. */
export function copyTree(path: string, withPackages = true): string {
	const list = execFileSync("git", ["-C", root, "ls-files", "-z", "-co", "--exclude-standard"], {
		encoding: "utf8",
		maxBuffer: 64 << 20,
	});
	for (const file of new Set(list.split("\0"))) {
		const source = join(root, file);
		if (
			(file.includes("/") && !FOLDERS.includes(file.split("/")[0])) ||
			!existsSync(source) ||
			!lstatSync(source).isFile()
		)
			continue;
		mkdirSync(dirname(join(path, file)), { recursive: true });
		cpSync(source, join(path, file));
	}
	if (withPackages) symlinkSync(join(root, "node_modules"), join(path, "node_modules"));
	return path;
}

/** Runs a command to its end and gives what it printed. Throws with all of that if it fails. */
export async function succeed(
	command: string[],
	cwd: string,
	env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
	const { code, output } = await attempt(command, cwd, env);
	if (code !== 0) throw new Error(`${command.join(" ")} failed:\n${output}`);
	return output;
}

/** Runs a command that may fail. */
export function attempt(
	command: string[],
	cwd: string,
	env: NodeJS.ProcessEnv = process.env,
): Promise<Result> {
	return run(command, { cwd, env, quiet: true });
}

/** SHA-256 of a file, in hexadecimal. */
export function digest(path: string): string {
	return createHash("sha256").update(readFileSync(path)).digest("hex");
}

/** Changes a file. Throws if that changes nothing, for the test would prove nothing. */
export function edit(path: string, change: (text: string) => string): void {
	const before = readFileSync(path, "utf8");
	const after = change(before);
	if (before === after) throw new Error(`nothing to change in ${path}`);
	writeFileSync(path, after);
}

/** Throws the sentence unless the condition holds. */
export function expect(condition: boolean, sentence: string): void {
	if (!condition) throw new Error(sentence);
}
