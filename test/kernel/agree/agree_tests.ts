// SPDX-License-Identifier: MIT
// A sample of the comparison, over fixtures, and that it can fail: `npm run agree` is the whole.
import { join } from "node:path";
import { root } from "../../../tools/lib/run.ts";
import { constants, structs } from "../../support/layout.ts";
import { readIndex, type StreamEntry } from "../../clients/lib/streams.ts";
import { expect, expectEqual, Failure, test } from "../../clients/lib/suite.ts";
import { h264 } from "./codecs/h264.ts";
import { compare } from "./compare.ts";
import { type Play, type Played, playAll, played, recordFolder } from "./play.ts";

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
function flipped(result: Result, control: number, offset: number, job: number): Result {
	const jobs = result.done.recording.jobs.map((original, i) => {
		if (i !== job) return original;
		const controls = new Map(original.controls);
		const bytes = Buffer.from(controls.get(control) as Buffer);
		bytes[offset] ^= 1;
		controls.set(control, bytes);
		return { ...original, controls };
	});
	return { ...result, done: { ...result.done, recording: { ...result.done.recording, jobs } } };
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
	for (const [control, struct, field, name] of FLIPS) {
		const id = constants[`V4L2_CID_STATELESS_H264_${control}`];
		const other = flipped(ours, id, structs[struct].fields[field].offset, 8);
		const result = compare(h264, ours.play.mode, theirs.done.recording, other.done.recording);
		const unexplained = [...result.counts].filter(([, count]) => count.unexplained > 0).map(([n]) => n);
		expect(unexplained.includes(name), `a wrong ${name} was not noticed, but: ${unexplained.join(", ")}`);
	}
	const fewer = { ...ours.done.recording, jobs: ours.done.recording.jobs.toSpliced(5, 1) };
	const result = compare(h264, ours.play.mode, theirs.done.recording, fewer);
	expectEqual(result.counts.get("job")?.unexplained, 1, "pictures noticed missing");
}

export function agreeTests(): void {
	test("agree: the driver submits what GStreamer submits, and a wrong field is noticed", async () => {
		const index = readIndex(join(root, "fixtures", "index.tsv"));
		const entries = SAMPLE.map((name) => index.find((e) => e.file === `${name}.264`) as StreamEntry);
		const folder = recordFolder(`sample-${process.pid}`);
		const results = await playSample(entries, folder);
		for (let i = 0; i < results.length; i += 2) judgePair(results[i], results[i + 1]);
		const slices = results.findIndex((r) => r.play.mode.name === "slice");
		judgeFlips(results[slices], results[slices + 1]);
		recordFolder(`sample-${process.pid}`);
	});
}
