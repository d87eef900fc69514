// SPDX-License-Identifier: MIT
// npm run proof -- --vectors DIR: runs what proves the driver right (hours on 2 cores), keeps the results as docs/proof.json and
// makes docs/proof.md of them. --results FOLDER: takes the results that are there instead of running those again.
// --check: whether docs/proof.md is what docs/proof.json makes.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { codecs } from "../test/codecs/codecs.ts";
import { boardsWith } from "../test/kernel/hardware/boards.ts";
import { kernelRelease } from "../test/kernel/lib/kernel.ts";
import { root, run, tool } from "./lib/run.ts";
import { page } from "./proof/page.ts";
import { agreementOf, pixelsOf, type Results, registersOf } from "./proof/results.ts";

const options = new Command("proof")
	.option("--vectors <folder>", "streams with an index.tsv")
	.option(
		"--results <folder>",
		"where the commands' JSON is kept between runs",
		join(root, "build", "proof"),
	)
	.option("--check", "only compare docs/proof.md with docs/proof.json")
	.parse()
	.opts<{ vectors?: string; results: string; check?: boolean }>();

const kept = join(root, "docs", "proof.json");
const shown = join(root, "docs", "proof.md");
/** The JSON of a command, from an earlier run if there is one. */
async function resultOf(name: string, command: string[]) {
	const file = join(options.results, `${name}.json`);
	if (!existsSync(file)) {
		console.log(`proof: ${name}`);
		// Its own exit code says whether all is well; the page tells what is not.
		await run([...command, "--json", file]);
	}
	if (!existsSync(file)) throw new Error(`${name} left no result; see above`);
	return JSON.parse(readFileSync(file, "utf8"));
}

async function prove(vectors: string): Promise<Results> {
	mkdirSync(options.results, { recursive: true });
	const results: Results = {
		kernel: kernelRelease("6.12"),
		driver: execFileSync("git", ["describe", "--always", "--tags"], {
			cwd: root,
			encoding: "utf8",
		}).trim(),
		date: new Date().toISOString().slice(0, 10),
		pixels: [],
		agreement: [],
		registers: [],
	};
	const streams = ["--vectors", vectors];
	for (const { name: codec, format, modes } of codecs) {
		for (const mode of modes) {
			const command = tool("tools/conformance.ts", ...streams, "--codec", codec, "--mode", mode);
			results.pixels.push(pixelsOf(await resultOf(`conformance-${codec}-${mode}`, command)));
		}
		const agree = tool("test/kernel/agree/agree.ts", ...streams, "--codec", codec);
		results.agreement.push(...(await resultOf(`agree-${codec}`, agree)).map(agreementOf));
		for (const { name: board } of boardsWith(format)) {
			const registers = tool(
				"test/kernel/hardware/registers/registers.ts",
				...streams,
				"--codec",
				codec,
				"--board",
				board,
			);
			results.registers.push(registersOf(await resultOf(`registers-${codec}-${board}`, registers)));
		}
	}
	return results;
}

if (options.check) {
	const same = readFileSync(shown, "utf8") === page(JSON.parse(readFileSync(kept, "utf8")) as Results);
	if (!same)
		console.error("docs/proof.md is not what docs/proof.json makes; run `npm run proof`, do not edit it");
	process.exitCode = same ? 0 : 1;
} else if (!options.vectors) {
	console.error("proof: --vectors DIR is needed: a folder of streams with an index.tsv");
	process.exitCode = 2;
} else {
	const results = await prove(options.vectors);
	writeFileSync(kept, `${JSON.stringify(results, null, "\t")}\n`);
	writeFileSync(shown, page(results));
}
