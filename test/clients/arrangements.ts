// SPDX-License-Identifier: MIT
// Decoders whose CAPTURE has no linear format: what players read and show is converted, and nothing may differ.
import type { DeviceMode } from "../codecs/codec.ts";
import { codecOf, codecs } from "../codecs/codecs.ts";
import { h264 } from "../codecs/h264/codec.ts";
import {
	type Decoded,
	decode,
	decodeWithVaDecode,
	depthOf,
	judge,
	MAPPED,
	planarFormat,
} from "./lib/decode.ts";
import { withDevice } from "./lib/device.ts";
import { run } from "./lib/process.ts";
import type { StreamEntry } from "./lib/streams.ts";
import { expectEqual, test } from "./lib/suite.ts";

/** Modes and all that CAPTURE has: as cedrus of A10 to A20, as hantro G2 without its post-processor, and as mtk-vcodec. */
const TILED: [DeviceMode, string][] = [
	["slice", "NV12_32L32"],
	["frame", "NV12_4L4"],
	["frame", "MM21"],
];
/** Of 10 bit: as rkvdec, and as hantro G2. */
const DEEP = ["NV15", "NV15_4L4"];

/** How stock ffmpeg gets at the pixels: filters that end in linear samples. */
const WAYS = {
	/** vaDeriveImage, which lasts while the next picture is decoded. */
	"hwmap read": MAPPED,
	/** vaExportSurfaceHandle; the dma-buf is mapped as it is. */
	drm_prime: "hwmap=derive_device=drm,format=drm_prime,hwdownload",
};

async function each(entries: StreamEntry[], how: (entry: StreamEntry) => Promise<Decoded>): Promise<void> {
	for (const entry of entries) {
		const { verdict, reason } = judge(entry, await how(entry));
		expectEqual(verdict, "pass", `${entry.file}: ${reason}`);
	}
}

/** The environment of a fixture on such a device. */
const environmentOf = (entry: StreamEntry, format: string): Record<string, string> => ({
	V4L2SIM_FORMAT: format,
	...(entry.width < 48 || entry.height < 48 ? { V4L2SIM_MIN: "16x16" } : {}),
});

/** Adds the tests of decoders whose CAPTURE is in tiles or packed alone, over the 8 bit streams given. */
export function arrangementTests(all: StreamEntry[]): void {
	for (const codec of codecs) {
		for (const [mode, format] of TILED.filter(([mode]) => codec.modes.includes(mode))) {
			const entries = all.filter(
				(entry) =>
					entry.codec === codec.name &&
					entry.set !== "refuse" &&
					depthOf(entry) === 8 &&
					!codecOf(entry).refuses(mode, entry),
			);
			test(`ffmpeg: every ${codec.title} fixture, CAPTURE of ${format} alone`, () =>
				each(entries, (entry) => decode(entry, { mode, environment: environmentOf(entry, format) })));
		}
	}
	const own = all.filter((entry) => entry.codec === h264.name && entry.set !== "refuse");
	const some = own.filter((entry) => h264.samples.kinds.includes(entry.file.replace(/\.\w+$/, "")));
	for (const habits of [[], ["--get-image"]]) {
		for (const [mode, format] of TILED) {
			test(`va-decode ${habits.join(" ")}: some fixtures, CAPTURE of ${format} alone`, () =>
				each(some, (entry) =>
					decodeWithVaDecode(entry, { mode, habits, environment: environmentOf(entry, format) }),
				));
		}
		for (const format of DEEP) {
			test(`va-decode ${habits.join(" ")}: every fixture of 10 bit, CAPTURE of ${format}`, () =>
				each(
					own.filter((entry) => depthOf(entry) === 10),
					(entry) =>
						decodeWithVaDecode(entry, {
							depth: 10,
							habits,
							environment: environmentOf(entry, format),
						}),
				));
		}
	}
	for (const [way, filters] of Object.entries(WAYS)) {
		for (const [mode, format] of TILED) {
			test(`ffmpeg ${way}: some fixtures, CAPTURE of ${format} alone`, async () => {
				for (const entry of some) await ffmpegShows(entry, mode, format, filters);
			});
		}
	}
}

async function ffmpegShows(
	entry: StreamEntry,
	mode: DeviceMode,
	format: string,
	filters: string,
): Promise<void> {
	const environment = environmentOf(entry, format);
	const { result, log } = await withDevice({ mode, environment }, (env, node) =>
		run({
			program: "ffmpeg",
			arguments: [
				...["-v", "error", "-nostdin", "-threads", "1"],
				...["-init_hw_device", `drm=d:${node}`, "-init_hw_device", "vaapi=v@d", "-hwaccel", "vaapi"],
				...["-hwaccel_device", "v", "-hwaccel_output_format", "vaapi"],
				...["-hwaccel_flags", "allow_profile_mismatch", "-i", entry.path, "-map", "0:v:0"],
				...["-fps_mode", "passthrough", "-noautoscale"],
				...["-vf", `${filters},format=nv12,format=${planarFormat(entry)}`, "-f", "md5", "-"],
			],
			env,
		}),
	);
	expectEqual(result.stdout.trim(), `MD5=${entry.md5}`, `${entry.file} (${result.stderr.trim()})`);
	expectEqual(log.complaint(), "", `${entry.file}: the device says`);
}
