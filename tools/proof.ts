// SPDX-License-Identifier: MIT
// npm run proof -- --vectors DIR: runs what proves the driver right (hours on 2 cores), keeps the results as docs/proof.json and
// makes docs/proof.md of them. --results FOLDER: takes the results that are there instead of running those again.
// --present: runs nothing; what is not in that folder stays as docs/proof.json has it, with the driver and the day of its run.
// --reports FOLDER: takes reports from boards (JSON of `v4l2-request-doctor --measure`), all there are; alone it leaves the rest as it was.
// --check: whether docs/proof.md is what docs/proof.json makes.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { codecs } from "../test/codecs/codecs.ts";
import { isCompared } from "../test/kernel/agree/codec.ts";
import { boardsTold, boardsWith, kernelOf, kernelWith } from "../test/kernel/hardware/boards.ts";
import { isTold } from "../test/kernel/hardware/registers/codec.ts";
import { kernelRelease } from "../test/kernel/lib/kernel.ts";
import { usualKernel } from "../test/kernel/lib/sources.ts";
import { mustRun, root, run, tool } from "./lib/run.ts";
import { page } from "./proof/page.ts";
import { type BoardReport, reportsIn } from "./proof/reports.ts";
import { type AgreementJson, agreementOf, pixelsOf, type Results, registersOf } from "./proof/results.ts";

const options = new Command("proof")
	.option("--vectors <folder>", "streams with an index.tsv")
	.option(
		"--results <folder>",
		"where the commands' JSON is kept between runs",
		join(root, "build", "proof"),
	)
	.option("--present", "run nothing: take the results that are there, and leave the others as they were")
	.option("--reports <folder>", "reports from boards, as JSON")
	.option("--check", "only compare docs/proof.md with docs/proof.json")
	.parse()
	.opts<{ vectors?: string; results: string; present?: boolean; reports?: string; check?: boolean }>();

const kept = join(root, "docs", "proof.json");
const shown = join(root, "docs", "proof.md");
const git = (...words: string[]) => execFileSync("git", words, { cwd: root, encoding: "utf8" }).trim();
/** By the last commit that changed it: what changes tests and tools leaves the driver that they try. */
const driver = () =>
	git("describe", "--always", "--tags", git("log", "-1", "--format=%H", "--", "driver-src", "glue-c"));

/** The JSON of a command, from an earlier run if there is one; null where there is none, and nothing is to run. */
async function resultOf(name: string, command: string[], labKernel?: string) {
	const file = join(options.results, `${name}.json`);
	if (!existsSync(file) && options.present) return null;
	if (!existsSync(file)) {
		console.log(`proof: ${name}`);
		// Its own exit code says whether all is well; the page tells what is not.
		await run([...command, "--json", file]);
	}
	if (!existsSync(file)) throw new Error(`${name} left no result; see above`);
	const date = statSync(file).mtime.toISOString().slice(0, 10);
	const kernel = labKernel && kernelRelease(labKernel);
	return { of: JSON.parse(readFileSync(file, "utf8")), run: { driver: driver(), date, kernel } };
}

const readResults = (): Results => JSON.parse(readFileSync(kept, "utf8"));

async function prove(vectors: string | undefined): Promise<Omit<Results, "reports">> {
	mkdirSync(options.results, { recursive: true });
	const before = readResults();
	const results: Omit<Results, "reports"> = { pixels: [], agreement: [], registers: [] };
	const streams = vectors ? ["--vectors", vectors] : [];
	for (const codec of codecs) {
		const { name, format, modes } = codec;
		const ofCodec = [...streams, "--codec", name];
		for (const mode of modes) {
			const command = tool("tools/conformance.ts", ...ofCodec, "--mode", mode);
			const result = await resultOf(`conformance-${name}-${mode}`, command);
			const old = before.pixels.filter((one) => one.codec === name && one.mode === mode);
			results.pixels.push(...(result ? [{ ...pixelsOf(result.of), run: result.run }] : old));
		}
		if (isCompared(codec)) {
			const command = tool("test/kernel/agree/agree.ts", ...ofCodec);
			const result = await resultOf(`agree-${name}`, command, usualKernel);
			const old = before.agreement.filter((one) => one.codec === name);
			const fresh = result?.of.map((one: AgreementJson) => ({ ...agreementOf(one), run: result.run }));
			results.agreement.push(...(fresh ?? old));
		}
		for (const { name: board } of isTold(codec) ? boardsWith(format, boardsTold) : []) {
			if (isTold(codec) && codec.registers.without[board]) continue;
			const command = tool("test/kernel/hardware/registers/registers.ts", ...ofCodec, "--board", board);
			const result = await resultOf(
				`registers-${name}-${board}`,
				command,
				kernelWith(board, format) ?? kernelOf(board),
			);
			const old = before.registers.filter((one) => one.codec === name && one.board === board);
			results.registers.push(...(result ? [{ ...registersOf(result.of), run: result.run }] : old));
		}
	}
	return results;
}

function readReports(folder: string): BoardReport[] {
	try {
		return reportsIn(folder);
	} catch (error) {
		console.error(`proof: ${(error as Error).message}`);
		process.exit(1);
	}
}

if (options.check) {
	const same = readFileSync(shown, "utf8") === page(readResults());
	if (!same)
		console.error("docs/proof.md is not what docs/proof.json makes; run `npm run proof`, do not edit it");
	process.exitCode = same ? 0 : 1;
} else if (!options.vectors && !options.present && !options.reports) {
	console.error(
		"proof: --vectors DIR is needed, a folder of streams with an index.tsv, or --reports DIR, a folder of reports from boards",
	);
	process.exitCode = 2;
} else {
	// First, for a report that cannot be read must not cost hours.
	const reports = options.reports ? readReports(options.reports) : readResults().reports;
	const proven = options.vectors || options.present ? await prove(options.vectors) : readResults();
	const results = { ...proven, reports };
	writeFileSync(kept, `${JSON.stringify(results, null, "\t")}\n`);
	writeFileSync(shown, page(results));
	await mustRun(tool("tools/boards.ts"));
}
