// SPDX-License-Identifier: MIT
// HEVC in pictures as large as a device takes, and a step larger: right in every sample, or refused in one sentence before anything
// is asked of the device.
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { streamOfSize } from "../../fixtures/hevc/writer/sizes.ts";
import type { DeviceMode } from "../codecs/codec.ts";
import { hevc } from "../codecs/hevc/codec.ts";
import { type Decoded, decodeWithFfmpeg, vaDecodeArguments } from "./lib/decode.ts";
import { type DeviceLog, type DeviceOptions, vaDecodePath, withDevice } from "./lib/device.ts";
import { run } from "./lib/process.ts";
import { expect, expectEqual, test } from "./lib/suite.ts";
import { sentences } from "./vainfo.ts";

type Size = readonly [width: number, height: number];

/** What the simulated device takes unless told. */
const USUAL: Size = [4096, 2304];
/** All of level 6.2's MaxLumaPs; and as long as a side may be there, in whole coding blocks. */
const LARGEST: Size = [8192, 4352];
const LONGEST: Size = [16880, 64];
/** As VDPU381 and VDPU383 say, which is more than any level has. */
const VAST = { V4L2SIM_MAX: "65472x65472" };
/** cedrus enumerates no sizes: V4L2's API can name no more than these. */
const TELLS_SIZES: DeviceMode[] = hevc.modes.filter((mode) => mode !== "slice");

const FRAMES = 3;

const deviceOf = (mode: DeviceMode, environment = {}, depth: 8 | 10 = 8): DeviceOptions => ({
	...{ mode, depth, environment },
	codecs: hevc.name,
});

async function withStream(
	[width, height]: Size,
	depth: 8 | 10,
	job: (path: string) => Promise<void>,
): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), "sizes-"));
	try {
		const path = join(folder, `${width}x${height}.265`);
		writeFileSync(path, streamOfSize(width, height, depth));
		await job(path);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

async function inSoftware(path: string, planar: string): Promise<{ md5: string; bytes: number }> {
	const hash = createHash("md5");
	let bytes = 0;
	const { status, stderr } = await run({
		program: "ffmpeg",
		arguments: ["-v", "error", "-i", path, "-pix_fmt", planar, "-f", "rawvideo", "-"],
		onOutput(chunk) {
			hash.update(chunk);
			bytes += chunk.length;
		},
	});
	expectEqual(status, 0, `software says: ${stderr}`);
	return { md5: hash.digest("hex"), bytes };
}

/** ffmpeg shows software's pictures, and the device made each. */
const isRight = (size: Size, options: DeviceOptions): Promise<void> =>
	withStream(size, options.depth ?? 8, async (path) => {
		const deep = options.depth === 10;
		const planar = deep ? "yuv420p10le" : "yuv420p";
		const software = await inSoftware(path, planar);
		const samples = (FRAMES * size[0] * size[1] * 3) / 2;
		expectEqual(software.bytes, deep ? 2 * samples : samples, "bytes in software");
		const decoded = await decodeWithFfmpeg(path, planar, options);
		expectEqual(decoded.md5, software.md5, `pixels (${decoded.outcome.stderr.trim()})`);
		expectEqual(decoded.log.pictures, FRAMES, "pictures from the device");
		expectEqual(decoded.log.complaint(), "", "the device says");
	});

/** The device was looked at, and got no buffer of a picture. */
function checkUntouched(log: DeviceLog): void {
	for (const call of ["VIDIOC_CREATE_BUFS", "VIDIOC_STREAMON"])
		expectEqual(log.calls[call] ?? 0, 0, `${call} of the device`);
	expectEqual(log.jobs, 0, "jobs of the device");
}

/** A player that asks for a context hears why there is none, once. */
function checkSentence([width, height]: Size, stderr: string): void {
	const said = sentences(stderr);
	expectEqual(said.length, 1, `sentences: ${stderr}`);
	expect(said[0].includes(`cannot decode pictures of ${width}x${height}; use software`), said[0]);
}

const isRefused = (size: Size, options: DeviceOptions): Promise<void> =>
	withStream(size, 8, async (path) => {
		const { result, log } = await withDevice(options, (env, node) =>
			run({ program: vaDecodePath(), arguments: vaDecodeArguments(hevc, path, node), env }),
		);
		checkSentence(size, result.stderr);
		expect(result.status !== 0, "va-decode ends well");
		checkUntouched(log);
	});

/** ffmpeg looks at the limits of surfaces first, and says so itself where a stream is beyond them. */
const ffmpegRefuses = (
	size: Size,
	options: DeviceOptions,
	check: (decoded: Decoded) => void,
): Promise<void> =>
	withStream(size, 8, async (path) => {
		const decoded = await decodeWithFfmpeg(path, "yuv420p", options);
		check(decoded);
		expect(decoded.outcome.status !== 0 && decoded.bytes === 0, `${decoded.bytes} bytes of pictures`);
		checkUntouched(decoded.log);
	});

/** Adds the tests of each kind of device at its limit and beyond. */
export function sizeTests(): void {
	for (const mode of hevc.modes) {
		test(`hevc of ${USUAL.join("x")}, all that the device takes: ${mode}`, () =>
			isRight(USUAL, deviceOf(mode)));
		test(`hevc larger than the device is refused at once: ${mode}`, async () => {
			const larger: Size[] = [[USUAL[0] + 16, 64]];
			if (TELLS_SIZES.includes(mode)) larger.push([64, USUAL[1] + 16]);
			for (const size of larger) await isRefused(size, deviceOf(mode));
		});
	}
	for (const mode of TELLS_SIZES) {
		test(`hevc of ${LONGEST.join("x")}: ${mode}`, () => isRight(LONGEST, deviceOf(mode, VAST)));
		test(`hevc larger than any level is refused at once: ${mode}`, async () => {
			await isRefused([LARGEST[0], LARGEST[1] + 16], deviceOf(mode, VAST));
			await isRefused([LONGEST[0] + 16, 64], deviceOf(mode, VAST));
		});
	}
	test(`hevc of ${LARGEST.join("x")}`, () => isRight(LARGEST, deviceOf("frame", VAST)));
	test(`hevc of ${LONGEST.join("x")} and 10 bit, which the decoder packs`, () =>
		isRight(LONGEST, deviceOf("frame", { ...VAST, V4L2SIM_FORMAT: "NV12,NV15" }, 10)));
	test("ffmpeg: hevc larger than the device, or than any level", async () => {
		await ffmpegRefuses([USUAL[0] + 16, 64], deviceOf("frame"), ({ outcome: { stderr } }) => {
			expect(stderr.includes("(constraints: width 1-4096 height 1-2304)"), `ffmpeg says: ${stderr}`);
			expectEqual(sentences(stderr).length, 0, `sentences: ${stderr}`);
		});
		const size: Size = [LARGEST[0], LARGEST[1] + 16];
		await ffmpegRefuses(size, deviceOf("frame", VAST), ({ outcome }) =>
			checkSentence(size, outcome.stderr),
		);
	});
}
