// SPDX-License-Identifier: MIT
// A second witness: the pictures that visl paints (sequence, timestamps, references, formats) for GStreamer, those it
// paints for the driver, and the MD5s of GStreamer's that were published. Timestamps, the order of DPB entries and the size of
// OUTPUT buffers are a client's own, so the MD5s differ; but where two streams look the same to one client they must to the other.
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parallel } from "../../clients/lib/process.ts";
import type { StreamEntry } from "../../clients/lib/streams.ts";
import type { Compared } from "./codec.ts";
import { type Play, pictureMd5, playAll, withRecordFolder } from "./play.ts";

interface Row {
	file: string;
	published: string;
	gstreamer: string;
	driver: string;
}

export interface Witness {
	codec: Compared;
	rows: Row[];
}

/** Published MD5s by file name: lists in the format of the Fluster test suites. */
function readLists(folder: string, { agree }: Compared): Map<string, string> {
	const md5s = new Map<string, string>();
	for (const file of readdirSync(folder).filter((name) => name.endsWith(".json"))) {
		const list = JSON.parse(readFileSync(join(folder, file), "utf8"));
		if (list.codec !== agree.published) continue;
		for (const vector of list.test_vectors) md5s.set(basename(vector.input_file), vector.result);
	}
	return md5s;
}

/** Streams to a guest. */
const BATCH = 8;

/** Plays those of the streams that have a published MD5, in visl's default mode, as the lists were made. */
export async function runWitness(
	codec: Compared,
	entries: StreamEntry[],
	folder: string,
	jobs: number,
): Promise<Witness> {
	const md5s = readLists(folder, codec);
	const listed = entries.filter((e) => md5s.has(basename(e.file)));
	const mode = codec.agree.modes[codec.agree.modes.length - 1];
	const batches = Array.from({ length: Math.ceil(listed.length / BATCH) }, (_, i) =>
		listed.slice(i * BATCH, (i + 1) * BATCH),
	);
	const rows = await parallel(batches, jobs, (batch, n) =>
		withRecordFolder(`witness-${n}`, async (records) => {
			const plays = batch.map((entry, i) =>
				(["gstreamer", "driver"] as const).map((client): Play => {
					const record = join(records, `${i}-${client}`);
					return { codec, mode, path: entry.path, client, record, pictures: true };
				}),
			);
			await playAll(plays.flat(), join(records, "script"));
			return plays.map(([theirs, ours], i) => ({
				file: batch[i].file,
				published: md5s.get(basename(batch[i].file)) as string,
				gstreamer: pictureMd5(theirs),
				driver: pictureMd5(ours),
			}));
		}),
	);
	return { codec, rows: rows.flat() };
}

const distinct = (rows: Row[], word: (row: Row) => string): number => new Set(rows.map(word)).size;

/** Streams that both clients showed. */
const shown = (witness: Witness): Row[] => witness.rows.filter((r) => r.gstreamer !== "" && r.driver !== "");

/** Whether any two streams that look the same from one client look the same from the other. */
export function agreesWithWitness(witness: Witness): boolean {
	const rows = shown(witness);
	const both = distinct(rows, (r) => r.gstreamer + r.driver);
	return both === distinct(rows, (r) => r.gstreamer) && both === distinct(rows, (r) => r.driver);
}

/** The report for people. */
export function printWitness(witness: Witness): void {
	const rows = shown(witness);
	const equal = (word: (row: Row) => string) => rows.filter((r) => word(r) === r.published).length;
	const kinds = distinct(rows, (r) => r.gstreamer);
	const finer = distinct(rows, (r) => r.published + r.gstreamer) === kinds;
	console.log(
		[
			`pictures of visl: ${rows.length} streams with a published MD5; reproduced by GStreamer here: ${equal((r) => r.gstreamer)}, by the driver: ${equal((r) => r.driver)}`,
			`streams by their pictures: ${distinct(rows, (r) => r.published)} kinds as published, ${kinds} from GStreamer, ${distinct(rows, (r) => r.driver)} from the driver`,
			`streams that look alike from GStreamer and from the driver: ${agreesWithWitness(witness) ? "the same" : "not the same"}; ` +
				`those that look alike here ${finer ? "all do" : "do not all"} as published`,
		].join("\n"),
	);
	for (const row of witness.rows.filter((r) => !rows.includes(r)))
		console.log(`no pictures of ${row.file}`);
}
