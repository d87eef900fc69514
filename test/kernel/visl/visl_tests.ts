// SPDX-License-Identifier: MIT
// Stock players on the real V4L2 core, with the pictures of the decoder model in the buffers that visl returns.
import { hasProgram } from "../../../tools/lib/run.ts";
import { hardwareCodecs, needsVaapitest, VAAPITEST } from "../../clients/firefox.ts";
import { depthOf } from "../../clients/lib/decode.ts";
import { nameOf, type StreamEntry } from "../../clients/lib/streams.ts";
import { expect, expectEqual, Skip, test } from "../../clients/lib/suite.ts";
import type { Codec } from "../../codecs/codec.ts";
import { codecs, fixturesNamed, fixturesOf } from "../../codecs/codecs.ts";
import { memoryTests } from "./memory_tests.ts";
import {
	checkDevice,
	ENUMERATION_ENDS,
	ffmpeg,
	ffmpegTest,
	framesOf,
	nameOfHabit,
	openOf,
	playerTest,
	vainfoTest,
	without,
	wrongOf,
} from "./players.ts";
import { type Done, FRAME, inGuest, RENDER_NODE, SLICE } from "./steps.ts";

// ---- strace ----------------------------------------------------------------------------------------------------------

/** Each ioctl of V4L2, media and dma-bufs that failed, as strace writes it: "VIDIOC_ENUM_FMT EINVAL". */
const failedIn = (trace: string): string[] =>
	[...trace.matchAll(/ioctl\(\d+, ((?:VIDIOC|MEDIA|DMA_BUF)\w+).*\)\s+= -1 (\w+)/g)].map(
		(m) => `${m[1]} ${m[2]}`,
	);

function straceTest(entries: StreamEntry[]): void {
	test("visl: strace sees no failed call but the ends of enumerations", async () => {
		if (!hasProgram("strace")) throw new Skip("strace is missing: run `node tools/bootstrap.mjs kernel`");
		const traced = ffmpeg(entries, null);
		// All commands of the list. A file for each thread: in one, a call is cut in two where another thread's comes between.
		traced.command = `strace -ff -e trace=ioctl -o thread sh -c "${traced.command}" && cat thread.* >trace`;
		const done = (await inGuest([traced])).get("ffmpeg") as Done;
		const trace = done.file("trace");
		expectEqual(done.code, 0, `exit code (${done.stderr})`);
		const failed = [...new Set(failedIn(trace))].filter((call) => !ENUMERATION_ENDS.includes(call));
		expectEqual(failed.join(", "), "", "failed calls");
		const queued = [...trace.matchAll(/ioctl\(\d+, MEDIA_REQUEST_IOC_QUEUE.*\)\s+= 0/g)].length;
		expect(queued >= framesOf(entries), `${queued} requests for ${framesOf(entries)} pictures`);
		// Without the observer visl shows its test pattern: that is no film, and these tests can tell.
		expectEqual(
			wrongOf(done, entries),
			entries.map(nameOf).join(", "),
			"streams that visl alone does not decode",
		);
	});
}

// ---- Firefox's question ----------------------------------------------------------------------------------------------

function vaapitest(): void {
	test("visl: Firefox's vaapitest finds every codec", async () => {
		needsVaapitest();
		const step = { name: "vaapitest", device: FRAME, command: `${VAAPITEST} --drm ${RENDER_NODE}` };
		const done = (await inGuest([step])).get(step.name) as Done;
		expectEqual(done.code, 0, `exit code (${done.stderr})`);
		const wanted = codecs.reduce((bits, { firefox }) => bits | firefox, 0);
		expectEqual(hardwareCodecs(done.stdout), wanted, `codecs (${done.stdout})`);
		checkDevice(done, FRAME, []);
	});
}

function codecTests(codec: Codec): void {
	const all = fixturesOf(codec);
	const decodable = all.filter((entry) => entry.set === "decode" && depthOf(entry) === 8);
	const kinds = fixturesNamed(codec, codec.samples.kinds);
	const forFfmpeg = decodable.filter(
		(entry) => codec.ffmpeg.plays(entry) && !codec.refuses("frame", entry),
	);
	// Without start codes nothing tells where the next slice of a frame begins: the uAPI has no such streams.
	const oneSlice = decodable.filter(
		(entry) =>
			!/multi-slice|mixed-slice-types|redundant-pic-cnt|slices\d|dependent-segments|slices-with|per-slice|slice-chroma/.test(
				entry.features,
			),
	);
	const every = `every ${codec.title} fixture`;
	const kind = `every kind of ${codec.title} stream`;
	const { gva, vaapi } = codec.gstreamer.va;
	const forGstreamer = without(kinds, codec.samples.notGStreamer);
	const forMpv = without(kinds, codec.samples.notMpv);
	const forBoth = forMpv.filter((entry) => forGstreamer.includes(entry));
	ffmpegTest(every, forFfmpeg, FRAME);
	ffmpegTest(every, forFfmpeg, { ...FRAME, memory: "mmap" });
	ffmpegTest(kind, kinds, FRAME, "hwmap read");
	ffmpegTest(kind, kinds, { ...FRAME, memory: "mmap" }, "drm_prime");
	playerTest(codec, codec.habits.map(nameOfHabit), kinds, FRAME);
	playerTest(codec, ["mpv"], forMpv, FRAME);
	playerTest(codec, [gva], forGstreamer, FRAME);
	playerTest(codec, [vaapi], forGstreamer, FRAME);
	playerTest(codec, [`${gva} memory:DMABuf`], forGstreamer, FRAME);
	playerTest(codec, ["mpv", gva], forBoth.slice(0, 4), { ...FRAME, memory: "mmap" });
	// What follows is of codecs that have these menus.
	if (!codec.modes.includes("slice")) return;
	ffmpegTest(every, decodable, SLICE);
	ffmpegTest(`${every} with one slice to a picture`, oneSlice, { ...FRAME, code: "none" });
	ffmpegTest(every, decodable, { ...SLICE, code: "annex-b" });
	ffmpegTest(kind, kinds, { ...SLICE, memory: "mmap" });
	ffmpegTest(kind, kinds, SLICE, "drm_prime");
	playerTest(codec, ["mpv"], forMpv, SLICE);
	playerTest(codec, [gva], forGstreamer, SLICE);
}

/** Adds the tests of stock players on visl. */
export function vislTests(): void {
	vainfoTest();

	test("visl: ffmpeg gets no surfaces for streams of more than 8 bit, or of other than 4:2:0", async () => {
		// libavcodec's AV1 decoder for VA-API has no software to fall back to, and version 59 crashes there.
		const falling = codecs.filter(({ ffmpeg }) => !ffmpeg.decoder);
		const refused = falling.flatMap((codec) =>
			fixturesOf(codec).filter((entry) => entry.set === "refuse" || depthOf(entry) > 8),
		);
		const done = await inGuest(
			refused.map((entry) => ({ ...ffmpeg([entry], FRAME), name: nameOf(entry) })),
		);
		expect(refused.length >= 4, "there are such fixtures");
		for (const entry of refused) {
			const { code, log, stdout } = done.get(nameOf(entry)) as Done;
			expect(code !== 0 && stdout === "", `${entry.file}: ffmpeg ended well`);
			expect(log.written, `${entry.file}: no log`);
			expectEqual(log.jobs, 0, `${entry.file}: jobs of the device`);
			expectEqual(JSON.stringify(openOf(log)), "{}", `${entry.file}: left open`);
		}
	});

	for (const codec of codecs) codecTests(codec);
	vaapitest();
	straceTest(codecs.flatMap((codec) => fixturesNamed(codec, codec.samples.kinds)));
	memoryTests();
}
