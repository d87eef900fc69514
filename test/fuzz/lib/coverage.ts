// SPDX-License-Identifier: MIT
// Which lines of glue-c the corpus reaches: the same programs once more, with clang's own counters.
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import Table from "cli-table3";
import { hasProgram, mustRun, root, run } from "../../../tools/lib/run.ts";
import { build, type Way, writeSeeds } from "./native.ts";

interface Summary {
	data: {
		files: {
			filename: string;
			summary: { lines: { count: number; covered: number; percent: number } };
		}[];
	}[];
}

const profile = ["-fprofile-instr-generate", "-fcoverage-mapping"].join(" ");

/** Plays the inputs of these folders, and shows a table. */
export async function coverage(ways: Way[], folders: string[]): Promise<void> {
	if (!hasProgram("llvm-cov")) {
		console.error("fuzz: llvm-cov is not installed: node tools/bootstrap.mjs fuzz");
		process.exit(1);
	}
	const counts = join(root, "build", "fuzz", "counts");
	rmSync(counts, { recursive: true, force: true });
	mkdirSync(counts, { recursive: true });
	// Whatever these programs do, their counters stay out of the working directory.
	process.env.LLVM_PROFILE_FILE = join(root, "build", "fuzz", "uncounted.profraw");
	const programs: string[] = [];
	for (const way of ways.filter(({ sanitizer }) => sanitizer === "asan")) {
		const program = await build(way, "fuzz-coverage", `-Dc_args=${profile}`, `-Dc_link_args=${profile}`);
		const seeds = join(root, "build", "fuzz", "seeds");
		await writeSeeds(program, seeds);
		programs.push(program);
		// libFuzzer's -runs=0: each input once, whatever its length.
		const { code, output } = await run([program, "-runs=0", "-entropic=0", ...folders, seeds], {
			quiet: true,
			env: { ...process.env, LLVM_PROFILE_FILE: join(counts, `${way.name}.profraw`) },
		});
		if (code !== 0)
			console.error(`fuzz: ${way.name} ended early: ${output.split("\n").slice(-3).join(" ")}`);
	}
	const merged = join(counts, "merged.profdata");
	const raw = readdirSync(counts).map((name) => join(counts, name));
	await mustRun(["llvm-profdata", "merge", "-o", merged, ...raw]);
	const objects = programs.flatMap((program, i) => (i === 0 ? [program] : ["-object", program]));
	const said = await mustRun([
		"llvm-cov",
		"export",
		"--summary-only",
		`-instr-profile=${merged}`,
		...objects,
	]);
	const files = (JSON.parse(said) as Summary).data[0].files.filter(({ filename }) =>
		filename.includes("/glue-c/"),
	);
	const table = new Table({ head: ["file", "lines", "reached", "%"], style: { head: [], border: [] } });
	let count = 0;
	let covered = 0;
	for (const { filename, summary } of files) {
		count += summary.lines.count;
		covered += summary.lines.covered;
		table.push([
			filename.slice(filename.indexOf("/glue-c/") + 1),
			summary.lines.count,
			summary.lines.covered,
			summary.lines.percent.toFixed(1),
		]);
	}
	console.log(table.toString());
	console.log(
		`${ways.map(({ name }) => name).join(", ")}: ${((100 * covered) / count).toFixed(1)} % of ${count} lines of glue-c (${folders.map((f) => basename(f)).join(", ")})`,
	);
}
