// SPDX-License-Identifier: MIT
// A sample of the comparison, over fixtures, and that it can fail: `npm run agree` is the whole.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { StreamEntry } from "../../clients/lib/streams.ts";
import { expect, expectEqual, Failure, Skip, test } from "../../clients/lib/suite.ts";
import { codecs, fixturesNamed } from "../../codecs/codecs.ts";
import { structs } from "../../support/abi.ts";
import { isGstreamerThere } from "../lib/gstreamer.ts";
import { type Compared, isCompared } from "./codec.ts";
import { compare } from "./compare.ts";
import { type Play, type Played, playAll, played, withRecordFolder } from "./play.ts";
import type { Job } from "./record.ts";
import { contradictions, readTrace } from "./trace.ts";

interface Result {
	play: Play;
	done: Played;
}

/** Each of the sample by both clients in both modes, in one guest. */
async function playSample(codec: Compared, entries: StreamEntry[], folder: string): Promise<Result[]> {
	const plays = entries.flatMap((entry, i) =>
		codec.agree.modes.flatMap((mode) =>
			(["gstreamer", "driver"] as const).map((client): Play => {
				const record = join(folder, `${i}-${mode.name}-${client}`);
				return { codec, mode, path: entry.path, client, record };
			}),
		),
	);
	const kernelLog = await playAll(plays, join(folder, "script"));
	expectEqual(kernelLog.trim(), "", "the kernel's messages");
	return plays.map((play) => ({ play, done: played(play) }));
}

function judgePair(codec: Compared, theirs: Result, ours: Result): void {
	const what = `${ours.play.path} ${ours.play.mode.name}`;
	for (const { play, done } of [theirs, ours])
		expectEqual(done.status, 0, `${what}: ${play.client}'s status (${done.output})`);
	const result = compare(codec.agree, ours.play.mode, theirs.done.recording, ours.done.recording);
	expect(result.paired > 0, `${what}: nothing was matched`);
	if (result.examples.length > 0) throw new Failure(`${what}: ${result.examples.join("; ")}`);
}

/** One bit of one control of one job: what a comparison must not miss. */
function flipped(jobs: Job[], control: number, offset: number, which: number): Job[] {
	return jobs.map((job, i) => {
		if (i !== which) return job;
		const bytes = Buffer.from(job.controls.get(control) as Buffer);
		bytes[offset] ^= 1;
		return { ...job, controls: new Map(job.controls).set(control, bytes) };
	});
}

const controlOf = (codec: Compared, name: string) => {
	const control = codec.controls.find((each) => each.name === name);
	if (!control) throw new Error(`${codec.name} has no control ${name}`);
	return control;
};

function judgeFlips(codec: Compared, theirs: Result, ours: Result): void {
	const { recording } = ours.done;
	const compareWith = (jobs: Job[]) =>
		compare(codec.agree, ours.play.mode, theirs.done.recording, { ...recording, jobs });
	for (const { control, struct, field, called: name } of codec.agree.flips) {
		const { id } = controlOf(codec, control);
		const { counts } = compareWith(flipped(recording.jobs, id, structs[struct].fields[field].offset, 8));
		const unexplained = [...counts].filter(([, count]) => count.unexplained > 0).map(([n]) => n);
		expect(unexplained.includes(name), `a wrong ${name} was not noticed, but: ${unexplained.join(", ")}`);
	}
	const { counts } = compareWith(recording.jobs.filter((_, i) => i !== 5));
	expectEqual(counts.get("job")?.unexplained, 1, "pictures noticed missing");
}

/** The recorder's word against the kernel's: visl traces the controls that each job was decoded with. */
async function checkRecorder(codec: Compared, entry: StreamEntry, folder: string): Promise<void> {
	const mode = codec.agree.modes[codec.agree.modes.length - 1];
	const plays = (["gstreamer", "driver"] as const).map(
		(client): Play => ({
			codec,
			mode,
			path: entry.path,
			client,
			record: join(folder, `trace-${client}`),
			trace: true,
		}),
	);
	await playAll(plays, join(folder, "trace-script"));
	const traced = codec.agree.traced.map((name) => controlOf(codec, name));
	const controls = Object.fromEntries(traced.map(({ struct, id }) => [struct, id]));
	for (const play of plays) {
		const { jobs } = played(play).recording;
		const events = readTrace(readFileSync(`${play.record}-trace`, "utf8"));
		const { found, checked } = contradictions(jobs, events, controls);
		if (found.length > 0) throw new Failure(`${play.client}: ${found.slice(0, 5).join("; ")}`);
		const doubted = contradictions(flipped(jobs, traced[0].id, 0, 3), events, controls);
		expectEqual(doubted.found.length, 1, `${play.client}: contradictions with one value changed`);
		expect(
			checked > 4 * traced.length * jobs.length,
			`${play.client}: only ${checked} values of ${jobs.length} jobs were traced`,
		);
	}
}

/** A test makes no root of another Debian, which takes minutes. */
function needGstreamer(codec: Compared): void {
	if (isGstreamerThere(codec)) return;
	throw new Skip(
		`GStreamer 1.${codec.gstreamer.least} is missing: \`npm run agree -- --codec ${codec.name}\` fetches it`,
	);
}

/** Adds the tests of a sample of each codec: the comparison agrees, notices flipped fields, and records what the kernel traces. */
export function agreeTests(): void {
	for (const codec of codecs.filter(isCompared)) {
		const entries = fixturesNamed(codec, codec.agree.sample);

		test(`agree: the driver submits what GStreamer submits of ${codec.title}, and a wrong field is noticed`, () =>
			withRecordFolder(`sample-${codec.name}`, async (folder) => {
				needGstreamer(codec);
				const results = await playSample(codec, entries, folder);
				for (let i = 0; i < results.length; i += 2) judgePair(codec, results[i], results[i + 1]);
				const last = codec.agree.modes[codec.agree.modes.length - 1];
				const first = results.findIndex((r) => r.play.mode === last);
				judgeFlips(codec, results[first], results[first + 1]);
			}));

		test(`agree: what is recorded of ${codec.title} is what the kernel traced`, () =>
			withRecordFolder(`trace-${codec.name}`, (folder) => {
				needGstreamer(codec);
				return checkRecorder(codec, entries[0], folder);
			}));
	}
}
