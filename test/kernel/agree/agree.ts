// SPDX-License-Identifier: MIT
// npm run agree -- --vectors DIR: what GStreamer's stateless elements submit on visl against what the driver submits.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { progressBar } from "../../../tools/lib/progress.ts";
import { ensureBuild } from "../../clients/lib/device.ts";
import { codecs, fixtureFolder } from "../../codecs/codecs.ts";
import { RootUnavailable } from "../../distro/root.ts";
import { LabUnavailable } from "../lib/place.ts";
import { isCompared } from "./codec.ts";
import { print, toJson } from "./report.ts";
import { agrees, runStreams, streamsOf } from "./run.ts";
import { agreesWithWitness, printWitness, runWitness, type Witness } from "./witness.ts";

interface Options {
	vectors?: string;
	codec?: string;
	json?: string;
	md5lists?: string;
	only?: string;
	mode?: string;
	jobs: string;
}

const comparable = codecs.filter(isCompared);
const options = new Command()
	.name("npm run agree --")
	.description(
		"Compare what GStreamer and the driver submit on visl, over the fixtures and a folder of streams.",
	)
	.option("--vectors <folder>", "a folder of streams with an index.tsv, besides the fixtures")
	.option("--codec <codec>", `one of ${comparable.map((c) => c.name).join(", ")}; all unless told`)
	.option("--json <file>", "write the results here as well")
	.option(
		"--md5lists <folder>",
		"also compare visl's pictures, and with these published MD5s of GStreamer's",
	)
	.option("--only <text>", "only files whose name contains this")
	.option("--mode <name>", "only this mode of the codec, such as frame or slice")
	.option("--jobs <n>", "guests at once", "2")
	.parse()
	.opts<Options>();

const chosen = comparable.filter((c) => !options.codec || c.name === options.codec);
if (chosen.length === 0) {
	console.error(
		`agree: there is no codec ${options.codec}; there are ${comparable.map((c) => c.name).join(", ")}`,
	);
	process.exit(2);
}
const vectors = options.vectors ? [join(options.vectors, "index.tsv")] : [];
for (const index of vectors) {
	if (existsSync(index)) continue;
	console.error(`agree: there is no ${index}; --vectors takes a folder with an index.tsv`);
	process.exit(2);
}
await ensureBuild();

const bar = progressBar("{bar} {value}/{total} {file}");
const started = Date.now();
const results = [];
const witnesses: Witness[] = [];
try {
	for (const codec of chosen) {
		const indices = [join(fixtureFolder(codec), "index.tsv"), ...vectors];
		const entries = indices.flatMap((index) => streamsOf(index, codec, options.only));
		bar.start(entries.length, 0, { file: codec.name });
		results.push(
			await runStreams(codec, entries, {
				batch: 4,
				jobs: Number(options.jobs),
				modes: options.mode ? [options.mode] : undefined,
				onStream: (file) => bar.increment(1, { file }),
			}),
		);
		bar.stop();
		if (options.md5lists)
			witnesses.push(await runWitness(codec, entries, options.md5lists, Number(options.jobs)));
	}
} catch (error) {
	bar.stop();
	if (!(error instanceof LabUnavailable || error instanceof RootUnavailable)) throw error;
	console.error(`agree: ${error.message}`);
	process.exit(2);
}
for (const result of results) print(result);
for (const witness of witnesses) printWitness(witness);
console.log(`${Math.round((Date.now() - started) / 1000)} s`);
if (options.json) writeFileSync(options.json, toJson(results));
process.exitCode = results.every(agrees) && witnesses.every(agreesWithWitness) ? 0 : 1;
