// SPDX-License-Identifier: MIT
// Builds the native tests of one build folder and runs them: node tools/run.mjs tools/native.ts NAME [-Doption ...]
//   NAME: the folder in build/; one of tools/lib/build.ts's targets is cross-compiled and run in its emulator
//   --only PATTERN: only the programs whose name matches it
//   --root FOLDER: a Debian root of the target's architecture (test/distro/foreign.ts), for tests that need its libraries
import { availableParallelism } from "node:os";
import { basename } from "node:path";
import pMap from "p-map";
import { configure, targets } from "./lib/build.ts";
import { crossFiles, emulate, emulatedPath } from "./lib/foreign.ts";
import { add, closingLine, mustRun, nothing, readTally, run } from "./lib/run.ts";

interface Program {
	name: string;
	cmd: string[];
	env: Record<string, string>;
	workdir: string | null;
}

/**
 * LeakSanitizer of GCC 12 asks the C library how large a loaded module's thread-local memory is, can get a wrong answer, and dies where it
 * looks for pointers there ("Tracer caught signal 11"). The driver keeps none there that it owns.
 */
const sanitizers = { ASAN_OPTIONS: "intercept_tls_get_addr=0" };

const args = process.argv.slice(2);
const name = args.find((arg) => !arg.startsWith("-")) ?? "native";
const valueOf = (option: string) => (args.includes(option) ? args[args.indexOf(option) + 1] : undefined);
const only = new RegExp(valueOf("--only") ?? "");
const target = targets[name];
const foreign = valueOf("--root");
// Here a warning is an error; for a user, whose compiler may know more of them than ours, it is none.
const options = ["-Dtests=true", "-Dwerror=true", ...args.filter((arg) => arg.startsWith("-D"))];
const folder = await configure(
	// Meson keeps the paths of a root that it has found libraries in.
	foreign ? basename(foreign) : name,
	target ? [...crossFiles(target, foreign), ...options] : options,
);
const { code } = await run(["ninja", "-C", folder, "--quiet"]);
const sum = nothing();
if (code !== 0) {
	sum.failed++;
} else {
	const path = target && foreign ? { PATH: emulatedPath(target, foreign) } : {};
	const programs = JSON.parse(await mustRun(["meson", "introspect", "--tests", folder])) as Program[];
	const runProgram = async (program: Program) => {
		const start = Date.now();
		const { LD_PRELOAD, ...env } = program.env;
		const preload: Record<string, string> = LD_PRELOAD ? { LD_PRELOAD } : {};
		const command = target ? emulate(target, foreign, program.cmd, preload) : program.cmd;
		const result = await run(command, {
			cwd: program.workdir ?? folder,
			env: { ...process.env, ...path, ...sanitizers, ...env, ...(target ? {} : preload) },
			quiet: true,
		});
		const seconds = ((Date.now() - start) / 1000).toFixed(1);
		process.stdout.write(`${program.name}: ${seconds} s\n${result.output}`);
		const tally = readTally(result.output) ?? nothing();
		if (result.code !== 0 && tally.failed === 0) {
			console.error(`  FAIL  ${program.name} ended with status ${result.code}`);
			tally.failed++;
		}
		add(sum, tally);
	};
	// Many of these programs wait for a simulated decoder most of the time.
	const chosen = programs.filter((each) => only.test(each.name));
	await pMap(chosen, runProgram, { concurrency: availableParallelism() + 1 });
}
console.log(closingLine(sum));
process.exitCode = sum.failed ? 1 : 0;
