// SPDX-License-Identifier: MIT
// A sample of the comparison, over fixtures, and that it can fail: `npm run agree` is the whole.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../tools/lib/run.ts";
import { readIndex, type StreamEntry } from "../../clients/lib/streams.ts";
import { expect, expectEqual, Failure, test } from "../../clients/lib/suite.ts";
import { h264 } from "../../codecs/h264/agree/agree.ts";
import { constants, structs } from "../../support/abi.ts";
import { compare } from "./compare.ts";
import { type Play, type Played, playAll, played, withRecordFolder } from "./play.ts";
import type { Job } from "./record.ts";
import { contradictions, readTrace } from "./trace.ts";

/** Several slices, field pairs, references that vanish field by field, gaps, scaling lists. */
const SAMPLE = ["multi-slice", "paff-b-temporal", "long-term-fields", "gaps", "high-cqm-custom"];

interface Result {
	play: Play;
	done: Played;
}

/** Each of the sample by both clients in both modes, in one guest. */
async function playSample(entries: StreamEntry[], folder: string): Promise<Result[]> {
	const plays = entries.flatMap((entry, i) =>
		h264.modes.flatMap((mode) =>
			(["gstreamer", "driver"] as const).map((client): Play => {
				const record = join(folder, `${i}-${mode.name}-${client}`);
				return { codec: h264, mode, path: entry.path, client, record };
			}),
		),
	);
	const kernelLog = await playAll(plays, join(folder, "script"));
	expectEqual(kernelLog.trim(), "", "the kernel's messages");
	return plays.map((play) => ({ play, done: played(play) }));
}

function judgePair(theirs: Result, ours: Result): void {
	const what = `${ours.play.path} ${ours.play.mode.name}`;
	for (const { play, done } of [theirs, ours])
		expectEqual(done.status, 0, `${what}: ${play.client}'s status (${done.output})`);
	const result = compare(h264, ours.play.mode, theirs.done.recording, ours.done.recording);
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

/** A control, a field of its struct (or of the struct it begins with), and what the comparison calls it. */
const FLIPS: [string, string, string, string][] = [
	["SPS", "v4l2_ctrl_h264_sps", "max_num_ref_frames", "sps.max_num_ref_frames"],
	["SPS", "v4l2_ctrl_h264_sps", "level_idc", "sps.level_idc"],
	["PPS", "v4l2_ctrl_h264_pps", "pic_init_qp_minus26", "pps.pic_init_qp_minus26"],
	["PPS", "v4l2_ctrl_h264_pps", "seq_parameter_set_id", "pps.seq_parameter_set_id"],
	["SLICE_PARAMS", "v4l2_ctrl_h264_slice_params", "slice_qp_delta", "slice_params.slice_qp_delta"],
	["SLICE_PARAMS", "v4l2_ctrl_h264_slice_params", "ref_pic_list0", "slice_params.ref_pic_list0[].fields"],
	["DECODE_PARAMS", "v4l2_h264_dpb_entry", "reference_ts", "decode_params.dpb[].reference_ts"],
	[
		"DECODE_PARAMS",
		"v4l2_h264_dpb_entry",
		"top_field_order_cnt",
		"decode_params.dpb[].top_field_order_cnt",
	],
	["DECODE_PARAMS", "v4l2_ctrl_h264_decode_params", "idr_pic_id", "decode_params.idr_pic_id"],
];

function judgeFlips(theirs: Result, ours: Result): void {
	const { recording } = ours.done;
	const compareWith = (jobs: Job[]) =>
		compare(h264, ours.play.mode, theirs.done.recording, { ...recording, jobs });
	for (const [control, struct, field, name] of FLIPS) {
		const id = constants[`V4L2_CID_STATELESS_H264_${control}`];
		const { counts } = compareWith(flipped(recording.jobs, id, structs[struct].fields[field].offset, 8));
		const unexplained = [...counts].filter(([, count]) => count.unexplained > 0).map(([n]) => n);
		expect(unexplained.includes(name), `a wrong ${name} was not noticed, but: ${unexplained.join(", ")}`);
	}
	const { counts } = compareWith(recording.jobs.toSpliced(5, 1));
	expectEqual(counts.get("job")?.unexplained, 1, "pictures noticed missing");
}

/** The recorder's word against the kernel's: visl traces the controls that each job was decoded with. */
async function checkRecorder(entry: StreamEntry, folder: string): Promise<void> {
	const [, mode] = h264.modes;
	const plays = (["gstreamer", "driver"] as const).map(
		(client): Play => ({
			codec: h264,
			mode,
			path: entry.path,
			client,
			record: join(folder, `trace-${client}`),
			trace: true,
		}),
	);
	await playAll(plays, join(folder, "trace-script"));
	const controls = Object.fromEntries(
		["SPS", "PPS", "DECODE_PARAMS", "SLICE_PARAMS"].map((name) => [
			`v4l2_ctrl_h264_${name.toLowerCase()}`,
			constants[`V4L2_CID_STATELESS_H264_${name}`],
		]),
	);
	for (const play of plays) {
		const { jobs } = played(play).recording;
		const events = readTrace(readFileSync(`${play.record}-trace`, "utf8"));
		const { found, checked } = contradictions(jobs, events, controls);
		if (found.length > 0) throw new Failure(`${play.client}: ${found.slice(0, 5).join("; ")}`);
		const doubted = contradictions(flipped(jobs, controls.v4l2_ctrl_h264_sps, 0, 3), events, controls);
		expectEqual(doubted.found.length, 1, `${play.client}: contradictions with one value changed`);
		expect(
			checked > 20 * jobs.length,
			`${play.client}: only ${checked} values of ${jobs.length} jobs were traced`,
		);
	}
}

export function agreeTests(): void {
	const index = readIndex(join(root, "fixtures", "h264", "index.tsv"));
	const entries = SAMPLE.map((name) => index.find((e) => e.file === `${name}.264`) as StreamEntry);

	test("agree: the driver submits what GStreamer submits, and a wrong field is noticed", () =>
		withRecordFolder("sample", async (folder) => {
			const results = await playSample(entries, folder);
			for (let i = 0; i < results.length; i += 2) judgePair(results[i], results[i + 1]);
			const slices = results.findIndex((r) => r.play.mode.name === "slice");
			judgeFlips(results[slices], results[slices + 1]);
		}));

	test("agree: what is recorded is what the kernel traced", () =>
		withRecordFolder("trace", (folder) => checkRecorder(entries[0], folder)));
}
