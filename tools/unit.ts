// SPDX-License-Identifier: MIT
// The unit tests (test/unit/**/*.test.ts and test/codecs/*/unit/*.test.ts, uvu) on the very core.wasm that is built into the driver, and once more on an
// instrumented one for the line coverage of driver-src, which must reach --minimum (90) per cent.
//   node tools/run.mjs tools/unit.ts [--minimum N] [--no-coverage] [--target NAME --root FOLDER] [files]
// With a target of tools/lib/build.ts and a Debian root of its architecture (test/distro/foreign.ts), the root's Node runs them in the
// target's emulator, without coverage.
// A test finds the wasm in $CORE_WASM, the same with a stand-in codec for the session (test/unit/stand-in) in $CORE_STAND_IN_WASM, and the
// table of formats alone in $FORMATS_WASM. Coverage is counted in the one with the stand-in alone, which has all of driver-src.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import pMap from "p-map";
import { coverage, type Place, percent, table } from "./coverage/report.ts";
import { targets } from "./lib/build.ts";
import { compileCores, compileStandIn } from "./lib/cores.ts";
import { emulate } from "./lib/foreign.ts";
import { add, closingLine, nothing, root, run, type Tally } from "./lib/run.ts";

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		minimum: { type: "string", default: "90" },
		"no-coverage": { type: "boolean", default: false },
		target: { type: "string" },
		root: { type: "string" },
	},
});

function testsBelow(folder: string): string[] {
	if (!existsSync(folder)) return [];
	return readdirSync(folder, { withFileTypes: true })
		.flatMap((entry) => {
			const path = join(folder, entry.name);
			return entry.isDirectory() ? testsBelow(path) : entry.name.endsWith(".test.ts") ? [path] : [];
		})
		.sort();
}

/** uvu's summary; colours are off. */
function uvuTally(output: string): Tally | null {
	const number = (label: string): number | null => {
		const found = new RegExp(`^\\s*${label}:\\s+(\\d+)`, "m").exec(output);
		return found ? Number(found[1]) : null;
	};
	const total = number("Total");
	const passed = number("Passed");
	const skipped = number("Skipped") ?? 0;
	return total === null || passed === null ? null : { passed, failed: total - passed - skipped, skipped };
}

/** Runs one file; shows its output when it fails, or a line when it does not. */
async function runFile(path: string, env: Record<string, string>, show: boolean): Promise<Tally> {
	const start = Date.now();
	const { code, output } = await run(
		[process.execPath, ...(env.COVERAGE_OUT ? ["--require", hook] : []), runner, path],
		{
			quiet: true,
			env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", ...env },
		},
	);
	const tally = uvuTally(output) ?? nothing();
	if (code !== 0 && tally.failed === 0) tally.failed++;
	if (tally.passed + tally.failed + tally.skipped === 0) tally.failed++; // a file without tests proves nothing
	if (tally.failed > 0) process.stdout.write(output);
	if (show || tally.failed > 0) {
		const seconds = ((Date.now() - start) / 1000).toFixed(1);
		console.log(
			`  ${tally.failed ? "FAIL" : "ok  "}  ${relative(root, path)} (${tally.passed} tests, ${seconds} s)`,
		);
	}
	return tally;
}

const runner = join(root, "tools", "run.mjs");
const hook = join(root, "tools", "coverage", "hook.cjs");
const codecs = join(root, "test", "codecs");
const folders = existsSync(codecs) ? readdirSync(codecs).map((name) => join(codecs, name, "unit")) : [];
const all = [join(root, "test", "unit"), ...folders].flatMap(testsBelow);
const files = positionals.length > 0 ? positionals : all;
const sum = nothing();

const target = values.target ? targets[values.target] : undefined;
const foreign = values.root;
if ((values.target || foreign) && !(target && foreign)) {
	console.error(`unit: --target (${Object.keys(targets).join(", ")}) and --root belong together`);
	process.exit(1);
}
const interpreter: Record<string, string> =
	target && foreign
		? { RUN_INTERPRETER: JSON.stringify(emulate(target, foreign, [join(foreign, "usr", "bin", "node")])) }
		: {};
const cores = { ...(await compileCores()), ...interpreter };
await pMap(files, async (file) => add(sum, await runFile(file, cores, true)), {
	concurrency: availableParallelism(),
});

if (!values["no-coverage"] && !target && positionals.length === 0) {
	const out = join(root, "build", "coverage");
	mkdirSync(out, { recursive: true });
	const wasm = join(out, "core.wasm");
	const counters = join(out, "counts.json");
	const places = join(out, "places.json");
	await compileStandIn(wasm, "--coverage", places);
	rmSync(counters, { force: true });
	for (const file of files) {
		const tally = await runFile(
			file,
			{ ...cores, CORE_WASM: wasm, CORE_STAND_IN_WASM: wasm, COVERAGE_OUT: counters },
			false,
		);
		if (sum.failed === 0) sum.failed += tally.failed; // once is enough
	}
	const counts = existsSync(counters) ? (JSON.parse(readFileSync(counters, "utf8")) as number[]) : [];
	const result = coverage(JSON.parse(readFileSync(places, "utf8")) as Place[], counts);
	const enough = percent(result) >= Number(values.minimum);
	console.log(table(result));
	console.log(
		`  ${enough ? "ok  " : "FAIL"}  line coverage of driver-src ${percent(result).toFixed(1)} %, at least ${values.minimum} % is asked for`,
	);
	if (enough) sum.passed++;
	else sum.failed++;
}
console.log(closingLine(sum));
process.exitCode = sum.failed ? 1 : 0;
