// SPDX-License-Identifier: MIT
import type { DeviceMode } from "../codecs/codec.ts";
import { codecOf, codecs, fixturesNamed } from "../codecs/codecs.ts";
import { type DeviceLog, withDevice } from "./lib/device.ts";
import { type Outcome, parallel, run, terminal } from "./lib/process.ts";
import { mpvInSoftware } from "./lib/software.ts";
import { nameOf, type StreamEntry } from "./lib/streams.ts";
import { expect, expectEqual, test } from "./lib/suite.ts";

/** mpv with vaapi-copy, or in software where renderNode is null; its encoder mode hands the exact pictures to a hash. */
export function mpvArguments(
	paths: string[],
	renderNode: string | null,
	muxer = "md5",
	format = "yuv420p",
): string[] {
	return [
		...["--no-config", "--no-audio", "--no-sub", "--msg-level=all=warn"],
		// By itself it leaves MPEG-2 to software.
		...(renderNode === null
			? mpvInSoftware
			: ["--hwdec=vaapi-copy", "--hwdec-codecs=all", `--vaapi-device=${renderNode}`]),
		...["--o=-", `--of=${muxer}`, "--ovc=rawvideo", `--vf=format=${format}`],
		...paths,
	];
}

function play(entry: StreamEntry, mode: DeviceMode, delay = 0): Promise<{ result: Outcome; log: DeviceLog }> {
	return withDevice({ mode, environment: delay ? { V4L2SIM_DELAY_US: String(delay) } : {} }, (env, node) =>
		run({ program: "mpv", arguments: mpvArguments([entry.path], node), env, timeout: 120 }),
	);
}

function check(entry: StreamEntry, { result, log }: { result: Outcome; log: DeviceLog }): void {
	expectEqual(result.stdout.trim(), `MD5=${entry.md5}`, `pixels (${result.stderr.trim()})`);
	if (codecOf(entry).decodesAgain)
		expect(log.pictures >= entry.frames, `${log.pictures} pictures from the device`);
	else expectEqual(log.pictures, entry.frames, "pictures from the device");
	expectEqual(log.complaint(), "", "the device says");
	expect(!/v4l2_request/.test(result.stderr), `a good run says: ${result.stderr.trim()}`);
}

/** Adds the tests of vaapi-copy of each sample. */
export function mpvSampleTests(): void {
	for (const codec of codecs) {
		for (const entry of fixturesNamed(codec, codec.samples.mpv)) {
			for (const mode of codec.modes.filter((each) => !codec.refuses(each, entry)))
				test(`mpv vaapi-copy ${nameOf(entry)} ${mode}`, async () =>
					check(entry, await play(entry, mode)));
		}
	}
}

/** Adds the tests of mpv: each sample, several players at once, a film in a loop, and at its own speed. */
export function mpvTests(): void {
	mpvSampleTests();
	const clips = fixturesNamed(codecs[0], codecs[0].samples.mpv);

	test("mpv: four players at once", async () => {
		const runs = await parallel(clips.slice(0, 4), 4, async (entry) => ({
			entry,
			done: await play(entry, "frame", 3000),
		}));
		for (const { entry, done } of runs) check(entry, done);
	});

	test("mpv: pictures are decoded ahead", async () => {
		const done = await play(clips[0], "frame", 5000);
		check(clips[0], done);
		expect(done.log.inFlight >= 3, `only ${done.log.inFlight} pictures in flight`);
	});

	test("mpv: the whole film again and again in one process", async () => {
		const entry = clips[0];
		const { result, log } = await withDevice({}, (env, node) =>
			run({
				program: "mpv",
				arguments: mpvArguments(Array(5).fill(entry.path), node, "framemd5"),
				env,
			}),
		);
		const sums = result.stdout.split("\n").filter((l) => l && !l.startsWith("#"));
		expectEqual(sums.length, 5 * entry.frames, "pictures");
		for (let i = entry.frames; i < sums.length; i++) {
			expectEqual(sums[i].split(",").at(-1), sums[i - entry.frames].split(",").at(-1), `picture ${i}`);
		}
		expectEqual(log.pictures, 5 * entry.frames, "pictures from the device");
		expectEqual(log.complaint(), "", "the device says");
	});

	test("mpv vaapi-copy at its own speed drops nothing", async () => {
		const entry = clips[0];
		const { result, log } = await withDevice({}, (env, node) =>
			run({
				program: "mpv",
				arguments: [
					...[
						"--no-config",
						"--no-audio",
						"--vo=null",
						"--hwdec=vaapi-copy",
						`--vaapi-device=${node}`,
					],
					// biome-ignore lint/suspicious/noTemplateCurlyInString: mpv's own syntax
					"--term-status-msg=at ${hwdec-current} ${frame-drop-count} ${decoder-frame-drop-count}",
					entry.path,
				],
				env,
			}),
		);
		const last = [...terminal(result).matchAll(/at (\S+) (\d+) (\d+)/g)].at(-1);
		expectEqual(last?.[1], "vaapi-copy", "mpv's decoder");
		expectEqual(Number(last?.[3]), 0, "pictures that the decoder dropped");
		expectEqual(log.pictures, entry.frames, "pictures from the device");
	});
}
