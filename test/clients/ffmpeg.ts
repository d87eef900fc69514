// SPDX-License-Identifier: MIT
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Codec, DeviceMode } from "../codecs/codec.ts";
import { codecOf, codecs } from "../codecs/codecs.ts";
import { h264 } from "../codecs/h264/codec.ts";
import {
	AS_SOFTWARE,
	decode,
	decodeWithFfmpeg,
	decodeWithVaDecode,
	depthOf,
	hardwareArguments,
	judge,
	judgeFfmpeg,
	MAPPED,
} from "./lib/decode.ts";
import { withDevice } from "./lib/device.ts";
import { KeptStream } from "./lib/kept.ts";
import { run } from "./lib/process.ts";
import { nameOf, type StreamEntry } from "./lib/streams.ts";
import { expect, expectEqual, test } from "./lib/suite.ts";

const WHAT: Record<DeviceMode, string> = {
	frame: "frame-based, multi-planar",
	slice: "slice-based, single-planar",
	sets: "with the sets of the SPS",
	columns: "in columns, without start codes",
};

/** The frame-based device takes nothing below 48x48, as hantro does; a 16x16 stream needs one that does. */
function environmentFor(entry: StreamEntry): Record<string, string> {
	return entry.width < 48 || entry.height < 48 ? { V4L2SIM_MIN: "16x16" } : {};
}

/** What ffmpeg says of any raw stream of field pictures, in software too: its demuxer gives each field a time of its own. */
const complaints = (stderr: string): string =>
	stderr
		.split("\n")
		.filter((line) => line !== "" && !line.includes("non monotonically increasing dts"))
		.join("\n");

const isRefused = (mode: DeviceMode, entry: StreamEntry): boolean =>
	entry.set === "refuse" || codecOf(entry).refuses(mode, entry);

/** Each of the codec's fixtures that the device takes, with that habit. */
function habitTest(codec: Codec, mode: DeviceMode, habits: string[], entries: StreamEntry[]): void {
	test(`va-decode ${habits.join(" ")}: every ${codec.title} fixture, ${WHAT[mode]}`, async () => {
		for (const entry of entries.filter((e) => !isRefused(mode, e))) {
			const [depth, environment] = [depthOf(entry), environmentFor(entry)];
			const decoded = await decodeWithVaDecode(entry, { mode, depth, environment, habits });
			const { verdict, reason } = judge(entry, decoded);
			expectEqual(verdict, "pass", `${entry.file}: ${reason}`);
		}
	});
}

/** Adds the test of a stream in a mode of its codec, by ffmpeg or by va-decode where ffmpeg cannot. */
export function streamTest(entry: StreamEntry, mode: DeviceMode): void {
	const client = codecOf(entry).ffmpeg.plays(entry) ? "ffmpeg" : "va-decode";
	test(`${client} ${nameOf(entry)} ${WHAT[mode]}`, async () => {
		const kept = mode === "sets" ? new KeptStream() : null;
		const environment = { ...environmentFor(entry), ...kept?.environment };
		const decoded = await decode(entry, { mode, depth: depthOf(entry), environment });
		const { verdict, reason } = judge(entry, decoded);
		if (isRefused(mode, entry) && decoded.bytes > 0) {
			// The decoder takes it in part: what it is not given, it does not get wrong. ffmpeg 7 goes on, and ends well.
			expect(verdict !== "pass", "it is decoded whole: codec.ts says that it is not");
			expectEqual(decoded.log.complaint(), "", "the device says");
			return;
		}
		if (isRefused(mode, entry)) {
			expectEqual(verdict, "refused", reason || "verdict");
			expectEqual(decoded.log.jobs, 0, "jobs of the device");
			return;
		}
		expectEqual(verdict, "pass", reason || "verdict");
		expectEqual(complaints(decoded.outcome.stderr), "", "a good run says");
		const written = await kept?.judge(entry);
		expectEqual(written?.verdict ?? "pass", "pass", written?.reason ?? "");
		kept?.remove();
	});
}

/** Adds a test of each stream in each mode of its codec, each habit of a client's, and what is about ffmpeg. */
export function ffmpegTests(all: StreamEntry[]): void {
	for (const entry of all) for (const mode of codecOf(entry).modes) streamTest(entry, mode);

	for (const codec of codecs) {
		const own = all.filter((entry) => entry.codec === codec.name);
		const deep = own.filter((entry) => depthOf(entry) > 8);
		for (const mode of codec.modes) {
			for (const habits of codec.habits) habitTest(codec, mode, habits, own);
			for (const habits of codec.deepHabits) habitTest(codec, mode, habits, deep);
		}
	}

	otherTests(all.filter((entry) => entry.codec === h264.name));
}

/** What is about ffmpeg and the driver, whatever is decoded. */
function otherTests(entries: StreamEntry[]): void {
	test("ffmpeg: several pictures are in flight", async () => {
		const entry = entryOf(entries, "long-gop.264");
		const decoded = await decodeWithFfmpeg(entry.path, "yuv420p", {
			environment: { V4L2SIM_DELAY_US: "5000" },
		});
		expectEqual(judge(entry, decoded).verdict, "pass", judge(entry, decoded).reason);
		expect(decoded.log.inFlight >= 2, `only ${decoded.log.inFlight} picture in flight`);
	});

	test("a container that rotates: judged by what software shows, and wrong pictures are still wrong", async () => {
		const entry = entryOf(entries, "high-pyramid.264");
		const folder = mkdtempSync(join(tmpdir(), "rotated-"));
		try {
			const path = join(folder, "rotated.mp4");
			const muxed = await run({
				program: "ffmpeg",
				arguments: [
					"-v",
					"error",
					"-i",
					entry.path,
					"-c",
					"copy",
					"-metadata:s:v",
					"rotate=90",
					path,
				],
			});
			expectEqual(muxed.status, 0, muxed.stderr);
			const rotated = { ...entry, path, md5: "that of the rotated pictures" };
			const good = await decodeWithFfmpeg(path, "yuv420p", {});
			const { verdict, reason } = await judgeFfmpeg(rotated, good, {});
			expectEqual(verdict, "pass", reason);
			expectEqual(reason, AS_SOFTWARE, "reason");
			// Another pic_init_qp_minus26.
			const environment = { V4L2SIM_MUTATE: "h264.pps:6:1:0x02" };
			const wrong = await decodeWithFfmpeg(path, "yuv420p", { environment });
			expect(wrong.bytes === good.bytes, "wrong pictures are as large");
			expectEqual((await judgeFfmpeg(rotated, wrong, {})).verdict, "fail", "wrong pictures");
			expectEqual(
				(await judgeFfmpeg({ ...rotated, path: entry.path }, good, {})).verdict,
				"fail",
				"a stream",
			);
		} finally {
			rmSync(folder, { recursive: true, force: true });
		}
	});

	test("ffmpeg: frame threads", async () => {
		const entry = entryOf(entries, "high-pyramid.264");
		const decoded = await decodeWithFfmpeg(entry.path, "yuv420p", { input: ["-threads", "4"] });
		expectEqual(judge(entry, decoded).verdict, "pass", judge(entry, decoded).reason);
	});

	test("ffmpeg hwmap: pictures read through vaDeriveImage", async () => {
		const entry = entryOf(entries, "high-pyramid.264");
		const { result, log } = await withDevice({}, (env, node) =>
			run({
				program: "ffmpeg",
				arguments: [
					...hardwareArguments(entry.path, "yuv420p", node).map((a) =>
						a.startsWith("hwdownload") ? `${MAPPED},format=yuv420p` : a,
					),
					...["-f", "md5", "-"],
				],
				env,
			}),
		);
		expectEqual(result.stdout.trim(), `MD5=${entry.md5}`, `pixels (${result.stderr.trim()})`);
		expectEqual(log.pictures, entry.frames, "pictures from the device");
		expectEqual(log.complaint(), "", "the device says");
	});

	test("ffmpeg: one decoder after another in one process, of two sizes", async () => {
		const first = entryOf(entries, "cb-cavlc.264");
		const second = entryOf(entries, "paff-p.264");
		const { result, log } = await withDevice({}, (env, node) =>
			run({
				program: "ffmpeg",
				arguments: [
					...[
						"-v",
						"error",
						"-nostdin",
						"-init_hw_device",
						`vaapi=v:${node}`,
						"-filter_hw_device",
						"v",
					],
					...[first, second].flatMap((e) => [
						...[
							"-threads",
							"1",
							"-hwaccel",
							"vaapi",
							"-hwaccel_device",
							"v",
							"-hwaccel_output_format",
							"vaapi",
						],
						...["-hwaccel_flags", "allow_profile_mismatch", "-i", e.path],
					]),
					...[
						"-map",
						"0:v",
						"-vf",
						"hwdownload,format=nv12,format=yuv420p",
						"-fps_mode",
						"passthrough",
						"-f",
						"md5",
						"-",
					],
					...[
						"-map",
						"1:v",
						"-vf",
						"hwdownload,format=nv12,format=yuv420p",
						"-fps_mode",
						"passthrough",
						"-f",
						"md5",
						"-",
					],
				],
				env,
			}),
		);
		const sums = result.stdout.trim().split("\n").sort().join(" ");
		expectEqual(
			sums,
			[first.md5, second.md5]
				.map((m) => `MD5=${m}`)
				.sort()
				.join(" "),
			`pixels (${result.stderr.trim()})`,
		);
		expectEqual(log.pictures, first.frames + second.frames, "pictures from the device");
		expectEqual(log.complaint(), "", "the device says");
	});

	for (const [name, how] of [
		["truncated in the middle of a slice", (b: Buffer) => b.subarray(0, Math.floor(b.length * 0.7))],
		["with garbage in its slices", garbage],
		["without its first picture", withoutFirstPicture],
	] as const) {
		for (const mode of h264.modes) {
			test(`ffmpeg: a stream ${name}, ${WHAT[mode]}`, async () => {
				const entry = entryOf(entries, "multi-slice.264");
				const folder = mkdtempSync(join(tmpdir(), "clients-"));
				try {
					const path = join(folder, "bad.264");
					writeFileSync(path, how(readFileSync(entry.path)));
					const bad = await decodeWithFfmpeg(path, "yuv420p", { mode, timeout: 60 });
					expect(
						!bad.outcome.timedOut && bad.outcome.signal === null,
						`it ended by ${bad.outcome.signal ?? "timeout"}`,
					);
					const open = Object.entries(bad.log.openAtExit).filter(
						([what, n]) => n > 0 && what !== "render",
					);
					expectEqual(open.length, 0, `left open: ${JSON.stringify(bad.log.openAtExit)}`);
					cpSync(entry.path, path);
					const good = await decodeWithFfmpeg(path, "yuv420p", { mode });
					expectEqual(judge(entry, good).verdict, "pass", "the next stream");
				} finally {
					rmSync(folder, { recursive: true });
				}
			});
		}
	}
}

function entryOf(entries: StreamEntry[], file: string): StreamEntry {
	const entry = entries.find((e) => e.file === file);
	if (!entry) throw new Error(`fixtures/h264/index.tsv has no ${file}`);
	return entry;
}

/** Flips bytes inside the slices, start codes left alone. */
function garbage(bytes: Buffer): Buffer {
	const out = Buffer.from(bytes);
	for (let i = 2000; i < out.length - 8; i += 311) if (out[i] > 3) out[i] ^= 0x5a;
	return out;
}

/** Parameter sets, then everything after the first IDR picture. */
function withoutFirstPicture(bytes: Buffer): Buffer {
	const starts: number[] = [];
	for (let i = 0; i + 4 < bytes.length; i++) {
		if (bytes[i] === 0 && bytes[i + 1] === 0 && bytes[i + 2] === 1) starts.push(i);
	}
	const units = starts.map((s, i) => bytes.subarray(s, starts[i + 1] ?? bytes.length));
	return Buffer.concat(units.filter((u) => (u[3] & 31) !== 5));
}
