// SPDX-License-Identifier: MIT
// The players on visl: how each is made to decode a stream, and what is checked afterwards.
import { execFileSync, spawnSync } from "node:child_process";
import { hasProgram } from "../../../tools/lib/run.ts";
import { decoderArguments, MAPPED } from "../../clients/lib/decode.ts";
import { type DeviceLog, vaDecodePath } from "../../clients/lib/device.ts";
import { nameOf, type StreamEntry } from "../../clients/lib/streams.ts";
import { expect, expectEqual, Skip, test } from "../../clients/lib/suite.ts";
import { profilesOf, sentences } from "../../clients/vainfo.ts";
import type { Codec } from "../../codecs/codec.ts";
import { codecOf, codecs } from "../../codecs/codecs.ts";
import { isEmulated } from "../lib/kernel.ts";
import { type Device, type Done, describe, FRAME, inGuest, RENDER_NODE, SLICE, type Step } from "./steps.ts";

/** The ends of enumerations: the only calls of a healthy run that fail. */
export const ENUMERATION_ENDS = ["VIDIOC_ENUM_FMT EINVAL", "VIDIOC_QUERY_EXT_CTRL EINVAL"];

/** Of a test's name. */
const on = (kernel?: string): string => (kernel ? `, on ${kernel}` : "");

/** The fixtures but those of these names. */
export const without = (entries: StreamEntry[], names: string[]): StreamEntry[] =>
	entries.filter(({ file }) => !names.includes(file.replace(/\.\w+$/, "")));

/** What the observer refuses for the kernel, so that the device has one item of each menu, and no imports. */
function refusedBy(device: Device): string[] {
	const imports = device.memory === "mmap" ? ["VIDIOC_REQBUFS EINVAL"] : [];
	return [...ENUMERATION_ENDS, "VIDIOC_QUERYMENU EINVAL", ...imports];
}

/** What the device still had open when its client ended: how many, by kind. */
export const openOf = (log: DeviceLog): Record<string, number> =>
	Object.fromEntries(Object.entries(log.openAtExit).filter(([, count]) => count > 0));

/** Each picture came from the device, each job was right, no call failed, nothing was left open. */
export function checkDevice(done: Done, device: Device, entries: StreamEntry[]): void {
	const pictures = framesOf(entries);
	const { log } = done;
	expect(log.written, `the observer wrote no log (${done.stderr.trim()})`);
	const failed = Object.keys(log.failed).filter((call) => !refusedBy(device).includes(call));
	expectEqual(failed.join(", "), "", "failed calls");
	expectEqual(Object.keys(log.reasons).join(", "), "", "the model says");
	expectEqual(log.good, log.jobs, "good jobs");
	const what = `${log.pictures} pictures from the kernel, ${pictures} are shown`;
	// AV1 may show all that it hid, as frames that exist.
	if (entries.some((entry) => codecOf(entry).decodesAgain)) expect(log.pictures >= pictures, what);
	else if (entries.some(hidesPictures)) expect(log.pictures > pictures, what);
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
	"hwmap read": { devices: ON_VAAPI, filters: MAPPED },
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
export function ffmpeg(entries: StreamEntry[], device: Device | null, way: Way = "hwdownload"): Step {
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

/** The names of the films whose sums, which ffmpeg wrote, are not those of the list. */
export const wrongOf = (done: Done, entries: StreamEntry[]): string =>
	entries
		.filter((entry) => done.file(`${nameOf(entry)}.md5`).trim() !== `MD5=${entry.md5}`)
		.map(nameOf)
		.join(", ");

/** Pictures that are decoded and not shown are not among an entry's frames. */
const hidesPictures = (entry: StreamEntry): boolean => /hidden-frames|output-flag/.test(entry.features);
/** Pictures that the films show. */
export const framesOf = (entries: StreamEntry[]): number =>
	entries.reduce((sum, entry) => sum + entry.frames, 0);

/** Adds the test. kernel: the usual one unless told. */
export function ffmpegTest(
	what: string,
	entries: StreamEntry[],
	device: Device,
	way: Way = "hwdownload",
	kernel?: string,
): void {
	test(`visl: ffmpeg ${way}, ${describe(device)}${on(kernel)}: ${what}`, async () => {
		const done = (await inGuest([ffmpeg(entries, device, way)], kernel)).get("ffmpeg") as Done;
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

const GSTREAMER = "gst-launch-1.0";

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
		program: GSTREAMER,
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
		program: GSTREAMER,
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

/** The player's name in playersOf(). */
export const nameOfHabit = (habit: string[]): string => `va-decode ${habit.join(" ")}`;

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

const ALL_DRIVERS = { GST_VA_ALL_DRIVERS: "1", GST_VAAPI_ALL_DRIVERS: "1" };

/** GStreamer looks for devices of its own when it reads its plugins: once, unobserved, so that the rest is the driver's. */
const registry: Step = {
	name: "registry",
	device: null,
	command: "gst-inspect-1.0 va; gst-inspect-1.0 vaapi",
	env: ALL_DRIVERS,
};

/** Adds the test. kernel: the usual one unless told. */
export function playerTest(
	codec: Codec,
	names: string[],
	entries: StreamEntry[],
	device: Device,
	kernel?: string,
): void {
	const players = playersOf(codec);
	test(`visl: ${names.join(" and ")}, ${describe(device)}${on(kernel)}: every kind of ${codec.title} stream`, async () => {
		const programs = names.flatMap((name) => players[name].program ?? []);
		// A guest of another architecture has a Debian of its own, with what its tests need.
		const missing =
			kernel && isEmulated(kernel) ? undefined : programs.find((program) => !hasProgram(program));
		if (missing) throw new Skip(`${missing} is missing: run \`node tools/bootstrap.mjs kernel\``);
		const obstacle = names.map((name) => players[name].obstacle?.()).find(Boolean);
		if (obstacle) throw new Skip(obstacle);
		const steps = names.flatMap((name) =>
			entries.map((entry) => ({
				name: `${name} ${nameOf(entry)}`,
				device,
				command: players[name].command(entry),
				env: { ...ALL_DRIVERS, GST_REGISTRY_UPDATE: "no" },
				entry,
			})),
		);
		const before = programs.includes(GSTREAMER) ? [registry] : [];
		const done = await inGuest([...before, ...steps], kernel);
		for (const { name, entry } of steps) {
			const played = done.get(name) as Done;
			const reason = Object.keys(played.log.reasons)[0] ?? played.stderr.trim();
			expectEqual(sumOf(played), entry.md5, `${name} (${reason})`);
			expectEqual(played.code, 0, `${name}: exit code (${played.stderr})`);
			checkDevice(played, device, [entry]);
		}
	});
}

// ---- vainfo ----------------------------------------------------------------------------------------------------------

/** Adds the test. kernel: the usual one unless told. */
export function vainfoTest(kernel?: string): void {
	test(`visl: vainfo${on(kernel)}`, async () => {
		const command = `vainfo --display drm --device ${RENDER_NODE}`;
		const steps = [FRAME, SLICE].map((device) => ({ name: device.mode, device, command }));
		const profiles = codecs.flatMap((codec) => codec.profiles);
		for (const done of (await inGuest(steps, kernel)).values()) {
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
}
