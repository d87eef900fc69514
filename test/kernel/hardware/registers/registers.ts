// SPDX-License-Identifier: MIT
// npm run registers -- --board B [--vectors DIR] [--codec C] [--kernel V] [--json FILE]: decodes streams on a board with our
// driver and with GStreamer, and compares what the hardware was told for each picture.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { progressBar } from "../../../../tools/lib/progress.ts";
import { depthOf } from "../../../clients/lib/decode.ts";
import { ensureBuild } from "../../../clients/lib/device.ts";
import { readIndex, type StreamEntry } from "../../../clients/lib/streams.ts";
import { fixtureFolder } from "../../../codecs/codecs.ts";
import { LabUnavailable } from "../../lib/place.ts";
import { boardsTold, fitsMemory, kernelOf, kernelWith, treeWithRoom } from "../boards.ts";
import { collect, type Decode, type Decoded } from "./collect.ts";
import { traceOf } from "./compare.ts";
import { judge, newVerdict, unusedWaivers, type Verdict } from "./judge.ts";
import { taken, toldCodec } from "./streams.ts";

const options = new Command()
	.name("npm run registers --")
	.requiredOption("--board <name>", boardsTold.map(({ name }) => name).join(", "))
	.option("--vectors <folder>", "streams with an index.tsv, besides the project's fixtures")
	.option("--codec <name>", "", "h264")
	.option("--kernel <version>", "of Linux")
	.option("--json <file>", "write the result there")
	.option("--only <text>", "only streams whose path contains this")
	.option("--keep <folder>", "keep the logs there")
	.option("--boot <frames>", "frames to decode in one boot, about", "600")
	.parse()
	.opts();

const codec = toldCodec(options.codec);
const kernel: string = options.kernel ?? kernelWith(options.board, codec.format) ?? kernelOf(options.board);
const folders = [fixtureFolder(codec), ...(options.vectors ? [options.vectors] : [])];
const streams = folders
	.flatMap((folder) => readIndex(join(folder, "index.tsv")))
	.filter(
		(entry) =>
			taken(entry, codec, options.board, kernel) &&
			(!options.only || entry.path.includes(options.only)),
	)
	.filter((entry) => fitsMemory(options.board, kernel, entry.height));
const treeOf = (entry: StreamEntry) => treeWithRoom(options.board, entry.width, entry.height, depthOf(entry));
const left = streams.filter((entry) => !treeOf(entry));
if (left.length === streams.length) throw new Error("no stream is left to compare");

/** Streams by boots of about so many frames, and the device trees for these. */
const boots: { tree: string; streams: StreamEntry[] }[] = [];
for (const tree of new Set(streams.flatMap((entry) => treeOf(entry) ?? []))) {
	let frames = Number.POSITIVE_INFINITY;
	for (const stream of streams.filter((entry) => treeOf(entry) === tree)) {
		if (frames + stream.frames > Number(options.boot)) {
			boots.push({ tree, streams: [] });
			frames = 0;
		}
		boots[boots.length - 1].streams.push(stream);
		frames += stream.frames;
	}
}

function verdictOf(stream: StreamEntry, ours: Decoded, theirs: Decoded): Verdict {
	const family = ours.jobs[0]?.family ?? "";
	const verdict = judge(
		stream.file,
		family,
		codec.registers,
		traceOf(codec.registers, ours.jobs),
		traceOf(codec.registers, theirs.jobs),
	);
	const failed = (who: string, decoded: Decoded) =>
		decoded.jobs.length === 0
			? `${who} gave the hardware nothing (${decoded.code}): ${decoded.said.slice(0, 300)}`
			: "";
	// Both may refuse a stream, and a waiver may say why one of them has nothing of it.
	verdict.problem = verdict.different === 0 ? "" : failed("ours", ours) || failed("GStreamer", theirs);
	return verdict;
}

function line(verdict: Verdict): string {
	const { stream, jobs, equal, waived, different, problem } = verdict;
	if (problem) return `${stream}: ${problem}`;
	const parts = [`${equal} of ${jobs} equal`];
	if (waived) parts.push(`${waived} with a waiver`);
	if (different) parts.push(`${different} different`);
	return `${stream}: ${parts.join(", ")}`;
}

await ensureBuild();
const bar = progressBar("{bar} {value}/{total} streams");
bar.start(streams.length - left.length, 0);
const verdicts: Verdict[] = [];
const families = new Set<string>();
for (const [i, boot] of boots.entries()) {
	const decodes = boot.streams.flatMap((stream): Decode[] => [
		{ stream, client: "ours" },
		{ stream, client: "gstreamer" },
	]);
	const keep = options.keep ? join(options.keep, `${options.board}-${i}`) : undefined;
	if (keep) mkdirSync(keep, { recursive: true });
	try {
		const decoded = await collect(decodes, { board: boot.tree, kernel, keep });
		for (const [n, stream] of boot.streams.entries()) {
			verdicts.push(verdictOf(stream, decoded[2 * n], decoded[2 * n + 1]));
			for (const job of decoded[2 * n].jobs) families.add(job.family);
		}
	} catch (error) {
		if (error instanceof LabUnavailable) throw error;
		// A guest that died costs its streams, not the run.
		const problem = (error as Error).message.trim();
		verdicts.push(...boot.streams.map((stream) => ({ ...newVerdict(stream.file), problem })));
	}
	bar.increment(boot.streams.length);
}
bar.stop();

const sum = (of: (verdict: Verdict) => number) => verdicts.reduce((total, verdict) => total + of(verdict), 0);
for (const verdict of verdicts) {
	if (verdict.equal !== verdict.jobs || verdict.problem) console.log(line(verdict));
	for (const [field, { jobs, waiver, example }] of verdict.fields)
		if (!waiver)
			console.log(
				`    ${field}: ${jobs} jobs, as job ${example.job}: ${example.ours}, GStreamer: ${example.theirs}`,
			);
}
const unused = unusedWaivers(verdicts, [...families], codec.registers);
if (unused.length > 0) console.log(`waivers that never applied: ${unused.join(", ")}`);
if (left.length > 0)
	console.log(
		`left out, since their pictures fit into no buffer without an MMU: ${left.map(({ file }) => file).join(", ")}`,
	);
const problems = verdicts.filter((verdict) => verdict.problem).length;
console.log(
	`${options.board} ${options.codec}: ${verdicts.length} streams, ${sum((v) => v.jobs)} jobs: ${sum((v) => v.equal)} equal, ${sum((v) => v.waived)} with a waiver, ${sum((v) => v.different)} different; ${problems} streams not compared`,
);
if (options.json) {
	const plain = verdicts.map((verdict) => ({ ...verdict, fields: Object.fromEntries(verdict.fields) }));
	writeFileSync(
		options.json,
		`${JSON.stringify({ board: options.board, codec: options.codec, unused, streams: plain }, null, "\t")}\n`,
	);
}
process.exitCode = problems + sum((v) => v.different) > 0 ? 1 : 0;
