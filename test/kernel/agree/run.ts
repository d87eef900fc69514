// SPDX-License-Identifier: MIT
// A run over streams: plays them in batches, compares, adds up and judges.
import { basename, join } from "node:path";
import { parallel } from "../../clients/lib/process.ts";
import { readIndex, type StreamEntry } from "../../clients/lib/streams.ts";
import { RootUnavailable } from "../../distro/root.ts";
import { LabUnavailable } from "../lib/place.ts";
import type { Compared, Mode } from "./codec.ts";
import { addRuled, type Comparison, type Counts, compare, countOf } from "./compare.ts";
import { isPlayed, type Play, type Played, playAll, played, withRecordFolder } from "./play.ts";

export interface StreamResult {
	file: string;
	mode: string;
	/** Why the stream was not compared; empty when it was. */
	skipped: string;
	/** What went wrong beyond fields: a player that failed. */
	failures: string[];
	comparison: Comparison | null;
}

export interface RunResult {
	codec: Compared;
	streams: StreamResult[];
	/** Of all streams. */
	counts: Counts;
}

export interface RunOptions {
	/** Streams to a guest; a boot costs about as much as one play. */
	batch: number;
	/** Guests at once. */
	jobs: number;
	modes?: string[];
	onStream?: (file: string) => void;
}

/** The streams of an index that both clients may decode. */
export function streamsOf(index: string, codec: Compared, only?: string): StreamEntry[] {
	return readIndex(index).filter(
		(e) =>
			(e.codec || codec.name) === codec.name && e.set === "decode" && (!only || e.file.includes(only)),
	);
}

/** GStreamer and visl have no 10-bit format in common, and neither has the driver with visl. */
function reasonToSkip(codec: Compared, entry: StreamEntry): string {
	if (entry.pixelFormat.includes("10le")) return "10 bit: visl has no format for it";
	if (entry.frames === 0) return "it has no picture that can be decoded";
	if (!codec.ffmpeg.plays(entry)) return "ffmpeg does not decode all of it over VA-API";
	return codec.agree.refused?.[basename(entry.file)] ?? "";
}

interface Pair {
	entry: StreamEntry;
	mode: Mode;
	plays: [Play, Play];
}

function judgePair(codec: Compared, { entry, mode, plays }: Pair): StreamResult {
	const result: StreamResult = {
		file: entry.file,
		mode: mode.name,
		skipped: "",
		failures: [],
		comparison: null,
	};
	const [theirs, ours] = plays.map(played);
	const complain = (whose: string, done: Played, mayFail: boolean) => {
		const last = done.output.split("\n").at(-1) ?? "";
		if (done.status !== 0 && !mayFail)
			result.failures.push(`${whose} ended with status ${done.status}. ${last}`);
		if (done.recording.jobs.length === 0) result.failures.push(`${whose} submitted nothing. ${last}`);
	};
	complain("GStreamer", theirs, basename(entry.file) in codec.agree.unfinished);
	complain("ffmpeg with the driver", ours, false);
	if (theirs.recording.jobs.length > 0 && ours.recording.jobs.length > 0)
		result.comparison = compare(codec.agree, mode, theirs.recording, ours.recording);
	return result;
}

function addCounts(into: Counts, from: Counts): void {
	for (const [name, count] of from) {
		const sum = countOf(into, name);
		sum.equal += count.equal;
		sum.unexplained += count.unexplained;
		for (const [rule, n] of count.ruled) addRuled(sum, rule, n);
	}
}

/** Some streams in one guest. */
async function runBatch(
	codec: Compared,
	modes: Mode[],
	batch: StreamEntry[],
	folder: string,
	onStream?: (file: string) => void,
): Promise<StreamResult[]> {
	const pairs = batch.flatMap((entry, i) =>
		modes.map((mode): Pair => {
			const play = (client: Play["client"]): Play => ({
				codec,
				mode,
				path: entry.path,
				client,
				record: join(folder, `${i}-${mode.name}-${client}`),
			});
			return { entry, mode, plays: [play("gstreamer"), play("driver")] };
		}),
	);
	const told = new Set<StreamEntry>();
	const tell = (entry: StreamEntry) => {
		if (!told.has(entry)) onStream?.(entry.file);
		told.add(entry);
	};
	const watch = setInterval(() => {
		for (const entry of batch) {
			const plays = pairs.filter((p) => p.entry === entry).flatMap((p) => p.plays);
			if (plays.every(isPlayed)) tell(entry);
		}
	}, 500);
	try {
		const plays = pairs.flatMap((p) => p.plays);
		const log = await playAll(plays, join(folder, "script"));
		// That a program crashed its status tells.
		const kernelLog = log.replace(/^.*\bsegfault at .*$/gm, "");
		const results = pairs.map((pair) => judgePair(codec, pair));
		if (kernelLog.trim() !== "") results[0].failures.push(`the kernel said: ${kernelLog.trim()}`);
		for (const entry of batch) tell(entry);
		return results;
	} catch (error) {
		if (error instanceof LabUnavailable || error instanceof RootUnavailable) throw error;
		// A guest that died costs its streams, not the run.
		return pairs.map(({ entry, mode }) => ({
			file: entry.file,
			mode: mode.name,
			skipped: "",
			failures: [(error as Error).message],
			comparison: null,
		}));
	} finally {
		clearInterval(watch);
	}
}

/** Plays and compares streams. A guest that dies costs its batch; only a lab that cannot run at all throws. */
export async function runStreams(
	codec: Compared,
	entries: StreamEntry[],
	options: RunOptions,
): Promise<RunResult> {
	const modes = codec.agree.modes.filter((m) => !options.modes || options.modes.includes(m.name));
	const result: RunResult = { codec, streams: [], counts: new Map() };
	const playable = entries.filter((e) => reasonToSkip(codec, e) === "");
	for (const entry of entries) {
		const skipped = reasonToSkip(codec, entry);
		if (skipped === "") continue;
		result.streams.push({ file: entry.file, mode: "", skipped, failures: [], comparison: null });
		options.onStream?.(entry.file);
	}
	const batches: StreamEntry[][] = [];
	for (let i = 0; i < playable.length; i += options.batch)
		batches.push(playable.slice(i, i + options.batch));
	const done = await parallel(batches, options.jobs, (batch, n) =>
		withRecordFolder(`${codec.name}-${n}`, (folder) =>
			runBatch(codec, modes, batch, folder, options.onStream),
		),
	);
	result.streams.push(...done.flat());
	for (const stream of result.streams)
		if (stream.comparison) addCounts(result.counts, stream.comparison.counts);
	return result;
}

/** Whether each difference has a rule and each player did its work. */
export function agrees(result: RunResult): boolean {
	return (
		result.streams.some((s) => s.comparison !== null) &&
		result.streams.every(
			(s) =>
				s.failures.length === 0 &&
				[...(s.comparison?.counts.values() ?? [])].every((count) => count.unexplained === 0),
		)
	);
}
