// SPDX-License-Identifier: MIT
// Stock players on the real V4L2 core, with the pictures of the decoder model in the buffers that visl returns.
import { execFileSync, spawnSync } from "node:child_process";
import { hasProgram } from "../../../tools/lib/run.ts";
import { hardwareCodecs, needsVaapitest, VAAPITEST } from "../../clients/firefox.ts";
import { decoderArguments, depthOf } from "../../clients/lib/decode.ts";
import { type DeviceLog, vaDecodePath } from "../../clients/lib/device.ts";
import { nameOf, type StreamEntry } from "../../clients/lib/streams.ts";
import { expect, expectEqual, Skip, test } from "../../clients/lib/suite.ts";
import { profilesOf, sentences } from "../../clients/vainfo.ts";
import type { Codec } from "../../codecs/codec.ts";
import { codecOf, codecs, fixturesNamed, fixturesOf } from "../../codecs/codecs.ts";
import { memoryTests } from "./memory_tests.ts";
import { type Device, type Done, describe, FRAME, inGuest, RENDER_NODE, SLICE, type Step } from "./steps.ts";

/** The ends of enumerations: the only calls of a healthy run that fail. */
const ENUMERATION_ENDS = ["VIDIOC_ENUM_FMT EINVAL", "VIDIOC_QUERY_EXT_CTRL EINVAL"];

/** What the observer refuses for the kernel, so that the device has one item of each menu, and no imports. */
function refusedBy(device: Device): string[] {
	const imports = device.memory === "mmap" ? ["VIDIOC_REQBUFS EINVAL"] : [];
	return [...ENUMERATION_ENDS, "VIDIOC_QUERYMENU EINVAL", ...imports];
}

const openOf = (log: DeviceLog): Record<string, number> =>
	Object.fromEntries(Object.entries(log.openAtExit).filter(([, count]) => count > 0));

/** Each picture came from the device, each job was right, no call failed, nothing was left open. */
function checkDevice(done: Done, device: Device, entries: StreamEntry[]): void {
	const pictures = framesOf(entries);
	const { log } = done;
	expect(log.written, `the observer wrote no log (${done.stderr.trim()})`);
	const failed = Object.keys(log.failed).filter((call) => !refusedBy(device).includes(call));
	expectEqual(failed.join(", "), "", "failed calls");
	expectEqual(Object.keys(log.reasons).join(", "), "", "the model says");
	expectEqual(log.good, log.jobs, "good jobs");
	const what = `${log.pictures} pictures from the kernel, ${pictures} are shown`;
	if (entries.some(hidesPictures)) expect(log.pictures > pictures, what);
	else if (entries.some((entry) => codecOf(entry).decodesAgain)) expect(log.pictures >= pictures, what);
	else expectEqual(log.pictures, pictures, "pictures from the kernel");
	expectEqual(JSON.stringify(openOf(log)), "{}", "left open");
	expectEqual(sentences(done.stderr).join("\n"), "", "a good run says");
}

// ---- ffmpeg ----------------------------------------------------------------------------------------------------------

const DECODE = [
	...["-threads", "1", "-hwaccel", "vaapi", "-hwaccel_device", "v", "-hwaccel_output_format", "vaapi"],
	...["-hwaccel_flags", "allow_profile_mismatch"],
].join(" ");
const ON_VAAPI = `-init_hw_device vaapi=v:${RENDER_NODE} -filter_hw_device v`;

/** The ways in which ffmpeg gets at the pixels: filters that end in NV12, and the devices that they need. */
const WAYS = {
	/** vaSyncSurface, vaGetImage. */
	hwdownload: { devices: ON_VAAPI, filters: "hwdownload" },
	/** vaSyncSurface, vaDeriveImage, vaMapBuffer, which lasts while the next picture is decoded. */
	"hwmap read": { devices: ON_VAAPI, filters: "hwmap=mode=read+direct" },
	/** vaExportSurfaceHandle after vaEndPicture and no vaSyncSurface at all: the dma-buf is mapped as it is. */
	drm_prime: {
		devices: `-init_hw_device drm=d:${RENDER_NODE} -init_hw_device vaapi=v@d`,
		filters: "hwmap=derive_device=drm,format=drm_prime,hwdownload",
	},
};
type Way = keyof typeof WAYS;

/** ffmpeg 7 and later decodes all its inputs at once, in threads; a guest has memory for so many decoders. */
const AT_ONCE = 12;

/** Many streams in one process, each a decoder of its own, side by side; a sum each. */
function ffmpeg(entries: StreamEntry[], device: Device | null, way: Way = "hwdownload"): Step {
	const commands: string[] = [];
	for (let i = 0; i < entries.length; i += AT_ONCE) {
		commands.push(ffmpegCommand(entries.slice(i, i + AT_ONCE), way));
	}
	return { name: "ffmpeg", device, command: commands.join(" && ") };
}

function ffmpegCommand(entries: StreamEntry[], way: Way): string {
	const { devices, filters } = WAYS[way];
	const inputs = entries.map(({ path }) => [DECODE, ...decoderArguments(path), `-i '${path}'`].join(" "));
	const output = `-fps_mode passthrough -noautoscale -vf ${filters},format=nv12,format=yuv420p -f md5`;
	const outputs = entries.map((entry, i) => `-map ${i}:v:0 ${output} ${nameOf(entry)}.md5`);
	return ["ffmpeg -v error -nostdin", devices, ...inputs, ...outputs].join(" ");
}

const wrongOf = (done: Done, entries: StreamEntry[]): string =>
	entries
		.filter((entry) => done.file(`${nameOf(entry)}.md5`).trim() !== `MD5=${entry.md5}`)
		.map(nameOf)
		.join(", ");

/** Pictures that are decoded and not shown are not among an entry's frames. */
const hidesPictures = (entry: StreamEntry): boolean => /hidden-frames|output-flag/.test(entry.features);
const framesOf = (entries: StreamEntry[]): number => entries.reduce((sum, entry) => sum + entry.frames, 0);

function ffmpegTest(what: string, entries: StreamEntry[], device: Device, way: Way = "hwdownload"): void {
	test(`visl: ffmpeg ${way}, ${describe(device)}: ${what}`, async () => {
		const done = (await inGuest([ffmpeg(entries, device, way)])).get("ffmpeg") as Done;
		const reason = Object.keys(done.log.reasons)[0] ?? done.stderr.trim().split("\n")[0];
		expectEqual(wrongOf(done, entries), "", `wrong films (${reason})`);
		expectEqual(done.code, 0, `exit code (${done.stderr})`);
		checkDevice(done, device, entries);
		const refused = done.log.failed["VIDIOC_REQBUFS EINVAL"] ?? 0;
		expectEqual(refused > 0, device.memory === "mmap", "imports were asked for and refused");
	});
}

// ---- players that take one file -------------------------------------------------------------------------------------

interface Player {
	/** What must be installed for it. */
	program?: string;
	/** Why this version of the player cannot be tested so; "" if it can. */
	obstacle?(): string;
	/** Prints the sum of the film. */
	command(entry: StreamEntry): string;
}

const mpv: Player = {
	program: "mpv",
	command: (entry) =>
		`mpv --no-config --no-audio --no-sub --msg-level=all=error --hwdec=vaapi-copy --hwdec-codecs=all ` +
		`--vaapi-device=${RENDER_NODE} ` +
		`--o=- --of=md5 --ovc=rawvideo --vf=format=yuv420p '${entry.path}'`,
};

/** 22 of GStreamer 1.22.0. */
function gstreamerMinor(): number {
	const said = execFileSync("gst-inspect-1.0", ["--gst-version"], { encoding: "utf8" });
	return Number(/1\.(\d+)\./.exec(said)?.[1]);
}

/** Through elements of GStreamer: the parser, and one that decodes. */
function gstreamer(element: string): Player {
	return {
		program: "gst-launch-1.0",
		command: (entry) =>
			`gst-launch-1.0 --no-fault -q filesrc location='${entry.path}' ! ${codecOf(entry).gstreamer.parser} ! ${element} ! ` +
			"videoconvert ! video/x-raw,format=I420 ! fdsink fd=1 | md5sum",
	};
}

/**
 * Exported once, before the first picture, and never waited for. The sink reads each dma-buf from its first byte to its last,
 * whole pages; the picture is at its beginning, in rows of a multiple of 64 bytes.
 */
function gstreamerDmabuf(element: string): Player {
	return {
		program: "gst-launch-1.0",
		obstacle: () =>
			gstreamerMinor() < 24
				? ""
				: "since 1.24, va elements hand dma-bufs only to sinks that know GstVideoMeta, which fdsink does not",
		command: (entry) => {
			const pitch = 64 * Math.ceil(entry.width / 64);
			const rows = 2 * Math.ceil(entry.height / 2);
			const size = (pitch * rows * 3) / 2;
			return (
				`gst-launch-1.0 --no-fault -q filesrc location='${entry.path}' ! ${codecOf(entry).gstreamer.parser} ! ${element} ! ` +
				`'video/x-raw(memory:DMABuf)' ! fdsink fd=1 | ` +
				`perl -e 'while (read(STDIN, $b, ${4096 * Math.ceil(size / 4096)})) { print substr($b, 0, ${size}) }' | ` +
				`ffmpeg -v error -f rawvideo -pixel_format nv12 -video_size ${pitch}x${rows} -i - ` +
				`-vf format=yuv420p,crop=${entry.width}:${entry.height}:0:0:exact=1 -f md5 -`
			);
		},
	};
}

/** The client of test/clients/va-decode, with a habit of some player. */
const vaDecode = (codec: Codec, habit: string[]): Player => ({
	command: ({ path }) =>
		`'${vaDecodePath()}' --codec ${codec.name} --device ${RENDER_NODE} --md5 ${habit.join(" ")} '${path}'`,
});

const nameOfHabit = (habit: string[]): string => `va-decode ${habit.join(" ")}`;

/** By name. */
const playersOf = (codec: Codec): Record<string, Player> => ({
	...Object.fromEntries(codec.habits.map((habit) => [nameOfHabit(habit), vaDecode(codec, habit)])),
	...stockPlayersOf(codec),
});

const stockPlayersOf = ({ gstreamer: { va } }: Codec): Record<string, Player> => ({
	mpv,
	[va.gva]: gstreamer(va.gva),
	[va.vaapi]: {
		...gstreamer(va.vaapi),
		obstacle: () =>
			spawnSync("gst-inspect-1.0", ["vaapi"]).status === 0
				? ""
				: "this release has no gstreamer1.0-vaapi",
	},
	[`${va.gva} memory:DMABuf`]: gstreamerDmabuf(va.gva),
});

const sumOf = (done: Done): string => /\b[0-9a-f]{32}\b/.exec(done.stdout)?.[0] ?? "nothing";

const GSTREAMER = { GST_VA_ALL_DRIVERS: "1", GST_VAAPI_ALL_DRIVERS: "1" };

/** GStreamer looks for devices of its own when it reads its plugins: once, unobserved, so that the rest is the driver's. */
const registry: Step = {
	name: "registry",
	device: null,
	command: "gst-inspect-1.0 va; gst-inspect-1.0 vaapi",
	env: GSTREAMER,
};

function playerTest(codec: Codec, names: string[], entries: StreamEntry[], device: Device): void {
	const players = playersOf(codec);
	test(`visl: ${names.join(" and ")}, ${describe(device)}: every kind of ${codec.title} stream`, async () => {
		const missing = names
			.flatMap((name) => players[name].program ?? [])
			.find((program) => !hasProgram(program));
		if (missing) throw new Skip(`${missing} is missing: run \`node tools/bootstrap.mjs kernel\``);
		const obstacle = names.map((name) => players[name].obstacle?.()).find(Boolean);
		if (obstacle) throw new Skip(obstacle);
		const steps = names.flatMap((name) =>
			entries.map((entry) => ({
				name: `${name} ${nameOf(entry)}`,
				device,
				command: players[name].command(entry),
				env: { ...GSTREAMER, GST_REGISTRY_UPDATE: "no" },
				entry,
			})),
		);
		const done = await inGuest([registry, ...steps]);
		for (const { name, entry } of steps) {
			const played = done.get(name) as Done;
			const reason = Object.keys(played.log.reasons)[0] ?? played.stderr.trim();
			expectEqual(sumOf(played), entry.md5, `${name} (${reason})`);
			expectEqual(played.code, 0, `${name}: exit code (${played.stderr})`);
			checkDevice(played, device, [entry]);
		}
	});
}

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
	const without = (names: string[]) =>
		kinds.filter(({ file }) => !names.includes(file.replace(/\.\w+$/, "")));
	const forGstreamer = without(codec.samples.notGStreamer);
	const forMpv = without(codec.samples.notMpv);
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
	test("visl: vainfo", async () => {
		const command = `vainfo --display drm --device ${RENDER_NODE}`;
		const steps = [FRAME, SLICE].map((device) => ({ name: device.mode, device, command }));
		const profiles = codecs.flatMap((codec) => codec.profiles);
		for (const done of (await inGuest(steps)).values()) {
			expectEqual(done.code, 0, done.stderr);
			expectEqual(
				profilesOf(done.stdout).sort().join(" "),
				profiles
					.map((profile) => `${profile}: VAEntrypointVLD`)
					.sort()
					.join(" "),
				"profiles",
			);
			expect(
				/Driver version: .*visl \/dev\/video\d/.test(done.stdout),
				`it does not name visl: ${done.stdout}`,
			);
			checkDevice(done, FRAME, []);
		}
	});

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
