// SPDX-License-Identifier: MIT
// node tools/run.mjs test/kernel/hardware/registers/golden.ts --board B [--codec C] [--only NAME ...]: makes fixtures/C/registers/B.txt.gz
// anew, what GStreamer makes the board do with the fixtures. Two runs with different amounts of memory must give the same.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { gstreamerVersion } from "../../lib/gstreamer.ts";
import { kernelOf, kernelWith } from "../boards.ts";
import { collect, type Decode, type Decoded, gstreamerFor } from "./collect.ts";
import { traceOf } from "./compare.ts";
import { judge } from "./judge.ts";
import { readTexts, writeKept, writeTrace } from "./kept.ts";
import { takenFixtures, toldCodec } from "./streams.ts";

const {
	board,
	codec: name,
	only,
} = new Command()
	.requiredOption("--board <name>", "of test/kernel/hardware/boards.ts")
	.option("--codec <name>", "", "h264")
	.option("--only <file...>", "of the fixtures; the traces of the others stay as they are kept")
	.parse()
	.opts();

const codec = toldCodec(name);
const kernel = kernelWith(board, codec.format) ?? kernelOf(board);
const fixtures = takenFixtures(codec, board, kernel);
const streams = fixtures.filter(({ file }) => !only || only.includes(file));
const root = await gstreamerFor(codec, board, fixtures);
const decodes = streams.map((stream): Decode => ({ stream, client: "gstreamer" }));
const runs: Decoded[][] = [];
// All fixtures in one boot, on a machine that may be busy.
for (const memory of [384, 640])
	runs.push(await collect(decodes, { board, kernel, among: fixtures, memory, timeout: 3600 }));

const head = `# GStreamer ${gstreamerVersion(root)}, Linux ${kernel}, ${board}`;
const kept = only ? readTexts(board, codec, head) : new Map<string, string>();
let jobs = 0;
let differing = 0;
for (const [i, stream] of streams.entries()) {
	const [first, second] = runs.map((run) => run[i].jobs);
	// The hardware's driver refuses what it cannot do, such as monochrome, and to hold the buffer of a first field.
	const refusal = /does not support the selected stream|Driver did not accept the decode request/;
	if (first.length === 0 && refusal.test(runs[0][i].said)) continue;
	if (first.length === 0)
		throw new Error(`GStreamer gave the hardware nothing of ${stream.file}: ${runs[0][i].said}`);
	const verdict = judge(
		stream.file,
		first[0].family,
		codec.registers,
		traceOf(codec.registers, first),
		traceOf(codec.registers, second),
	);
	jobs += verdict.jobs;
	differing += verdict.jobs - verdict.equal;
	for (const [field, { example }] of verdict.fields)
		console.log(`${stream.file} job ${example.job}: ${field} is ${example.ours}, then ${example.theirs}`);
	const md5 = createHash("md5").update(readFileSync(stream.path)).digest("hex");
	kept.set(stream.file, writeTrace(codec, stream.file, md5, first));
}
console.log(`${board} ${name}: ${jobs} jobs, ${differing} differ between two amounts of memory`);
if (differing > 0) process.exitCode = 1;
else writeKept(board, codec, [`${head}\n`, ...fixtures.map(({ file }) => kept.get(file) ?? "")].join(""));
