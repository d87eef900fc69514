// SPDX-License-Identifier: MIT
// Decodes every stream of a folder with an index.tsv through ffmpeg, the driver and the simulated device.
import { existsSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import Table from "cli-table3";
import { Command } from "commander";
import {
	type DecodeOptions,
	decodeWithFfmpeg,
	decodeWithVaDecode,
	depthOf,
	type Judgement,
	judge,
	judgeFfmpeg,
	planarFormat,
	type Verdict,
} from "../test/clients/lib/decode.ts";
import { ensureBuild } from "../test/clients/lib/device.ts";
import { KeptStream } from "../test/clients/lib/kept.ts";
import { parallel } from "../test/clients/lib/process.ts";
import { readIndex, STREAM_SETS, type StreamEntry } from "../test/clients/lib/streams.ts";
import type { DeviceMode } from "../test/codecs/codec.ts";
import { codecNamed, codecNames, codecOf } from "../test/codecs/codecs.ts";
import { progressBar } from "./lib/progress.ts";

interface Row {
	file: string;
	set: string;
	profile: string;
	features: string;
	client: string;
	verdict: Verdict;
	reason: string;
	frames: number;
	pictures: number;
	seconds: number;
}

interface Options {
	vectors: string;
	codec: string;
	mode: DeviceMode;
	json?: string;
	only?: string;
	jobs: string;
	timeout: string;
	ffmpeg: string;
	client: string;
}

const options = new Command()
	.name("npm run conformance --")
	.description("Decode a folder of test streams through the driver and compare the pictures.")
	.requiredOption("--vectors <folder>", "the folder; it holds index.tsv")
	.option("--codec <codec>", `only streams of this codec: ${codecNames.join(", ")}`, codecNames[0])
	.option("--mode <mode>", "the simulated device: frame, slice or, of HEVC, sets or columns", "frame")
	.option("--json <file>", "write the results here as well")
	.option("--only <text>", "only files whose name contains this")
	.option("--jobs <n>", "streams at once", "2")
	.option("--timeout <seconds>", "for one stream", "600")
	.option("--ffmpeg <program>", "another ffmpeg than that of the path", "ffmpeg")
	.option(
		"--client <client>",
		"ffmpeg (and va-decode for what it does not decode over VA-API), or va-decode for all",
		"ffmpeg",
	)
	.parse()
	.opts<Options>();

/** Of a stream with two published MD5s: the pictures of a player that asks for no grain. */
async function withoutGrain(entry: StreamEntry, how: DecodeOptions): Promise<Judgement> {
	const judged = judge(entry, await decodeWithVaDecode(entry, { ...how, habits: ["--no-grain"] }));
	const reason = judged.reason && `without grain: ${judged.reason}`;
	return { verdict: judged.verdict, reason };
}

async function check(entry: StreamEntry): Promise<Row> {
	const takes = entry.set === "refuse" || codecOf(entry).ffmpeg.plays(entry);
	const client = options.client === "va-decode" || !takes ? "va-decode" : "ffmpeg";
	const kept = options.mode === "sets" ? new KeptStream() : null;
	const timeout = Number(options.timeout);
	const how = { mode: options.mode, depth: depthOf(entry), timeout, environment: kept?.environment };
	const ffmpeg = { ...how, ffmpeg: options.ffmpeg };
	const decoded =
		client === "ffmpeg"
			? await decodeWithFfmpeg(entry.path, planarFormat(entry), ffmpeg)
			: await decodeWithVaDecode(entry, how);
	// Players ask for the grain.
	const shown = { ...entry, md5: entry.grained || entry.md5 };
	const judged = client === "ffmpeg" ? await judgeFfmpeg(shown, decoded, ffmpeg) : judge(shown, decoded);
	const isRight = judged.verdict === "pass";
	const plain = isRight && entry.grained ? await withoutGrain(entry, how) : judged;
	const { verdict, reason } = kept && isRight ? await kept.judge(entry, timeout) : plain;
	kept?.remove();
	return {
		file: entry.file,
		set: entry.set,
		profile: entry.profile,
		features: entry.features,
		client,
		verdict,
		reason,
		frames: entry.frames,
		pictures: decoded.log.pictures,
		seconds: Math.round(decoded.outcome.seconds * 100) / 100,
	};
}

/** A stream to refuse may also be decoded, if every picture is right. */
const isGood = ({ set, verdict }: Row): boolean =>
	verdict === "pass" || (set === "refuse" && verdict === "refused");

function report(rows: Row[]): void {
	const table = new Table({
		head: ["stream", "profile", "client", "result", "frames", "s", "why"],
		style: { head: [], border: [] },
		wordWrap: true,
		colWidths: [44, 22, 11, 9, 8, 8, 60],
	});
	for (const row of rows) {
		if (!isGood(row))
			table.push([row.file, row.profile, row.client, row.verdict, row.frames, row.seconds, row.reason]);
	}
	if (table.length > 0) console.log(table.toString());
	const count = (set: string, verdict: Verdict) =>
		rows.filter((r) => r.set === set && r.verdict === verdict).length;
	const own = rows.filter((r) => r.client === "va-decode");
	if (own.length > 0 && own.length < rows.length) {
		console.log(
			`by ffmpeg: ${rows.length - own.length} streams; over VA-API it does not decode the others, or not all of them, so`,
		);
		console.log(`by va-decode: ${own.map((r) => r.file.split("/").at(-1)).join(", ")}`);
	}
	for (const { file, reason } of rows.filter((r) => r.verdict === "pass" && r.reason))
		console.log(`${file}: ${reason}`);
	for (const set of STREAM_SETS) {
		const all = rows.filter((r) => r.set === set).length;
		if (all === 0) continue;
		console.log(
			`${set}: ${all} streams, ${count(set, "pass")} pass, ${count(set, "fail")} fail, ${count(set, "refused")} refused`,
		);
	}
}

const index = join(options.vectors, "index.tsv");
if (!existsSync(index)) {
	console.error(`conformance: there is no ${index}; --vectors takes a folder with an index.tsv`);
	process.exit(2);
}
const { modes, disputed = {} } = codecNamed(options.codec);
if (!modes.includes(options.mode)) {
	console.error(`conformance: --mode is ${modes.join(" or ")}, not ${options.mode}`);
	process.exit(2);
}
await ensureBuild();
const named = readIndex(index).filter(
	(e) => e.codec === options.codec && (!options.only || e.file.includes(options.only)),
);
const reasonAgainst = (entry: StreamEntry): string | undefined => disputed[basename(entry.file)];
const entries = named.filter((entry) => !reasonAgainst(entry));
const bar = progressBar("{bar} {value}/{total} {file}");
// Long streams first, so that none of them is left alone at the end.
const order = entries
	.map((_, i) => i)
	.sort(
		(a, b) =>
			entries[b].frames * entries[b].width * entries[b].height -
			entries[a].frames * entries[a].width * entries[a].height,
	);
bar.start(entries.length, 0, { file: "" });
const done = await parallel(order, Number(options.jobs), async (i) => {
	const row = await check(entries[i]);
	bar.increment(1, { file: row.file });
	return { i, row };
});
bar.stop();
const rows = done.sort((a, b) => a.i - b.i).map((d) => d.row);
report(rows);
for (const entry of named.filter(reasonAgainst))
	console.log(`left out: ${entry.file}: ${reasonAgainst(entry)}`);
if (options.json)
	writeFileSync(
		options.json,
		`${JSON.stringify({ mode: options.mode, codec: options.codec, rows }, null, "\t")}\n`,
	);
process.exitCode = rows.every(isGood) ? 0 : 1;
