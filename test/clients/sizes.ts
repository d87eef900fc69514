// SPDX-License-Identifier: MIT
// Pictures as large as a device takes, a step larger, and the smallest: right in every sample, or refused in one sentence before anything
// is asked of the device.
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DeviceMode, Size, SizedCodec, Sizes } from "../codecs/codec.ts";
import { codecs } from "../codecs/codecs.ts";
import { type Decoded, decodeWithFfmpeg, vaDecodeArguments } from "./lib/decode.ts";
import { type DeviceLog, type DeviceOptions, vaDecodePath, withDevice } from "./lib/device.ts";
import { run } from "./lib/process.ts";
import { ffmpegInSoftware } from "./lib/software.ts";
import { expect, expectEqual, test } from "./lib/suite.ts";
import { sentences } from "./vainfo.ts";

/** What the simulated device takes unless told. */
const USUAL: Size = [4096, 2304];
/** As VDPU381 and VDPU383 say, which is more than any level has. */
const VAST = { V4L2SIM_MAX: "65472x65472" };

const FRAMES = 3;

const sizedCodecs = codecs.filter((codec): codec is SizedCodec => codec.sizes !== undefined);

/** The simulated device, for one codec alone. */
interface Device extends DeviceOptions {
	codec: SizedCodec;
}

const deviceOf = (codec: SizedCodec, mode: DeviceMode, environment = {}, depth: 8 | 10 = 8): Device => ({
	...{ codec, mode, depth, environment },
	codecs: codec.name,
});

async function withStream(
	[width, height]: Size,
	{ codec, depth = 8 }: Device,
	job: (path: string) => Promise<void>,
): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), "sizes-"));
	try {
		const path = join(folder, `${width}x${height}.${codec.extension}`);
		writeFileSync(path, codec.sizes.stream(width, height, depth));
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
		arguments: [
			"-v",
			"error",
			...ffmpegInSoftware,
			"-i",
			path,
			"-pix_fmt",
			planar,
			"-f",
			"rawvideo",
			"-",
		],
		onOutput(chunk) {
			hash.update(chunk);
			bytes += chunk.length;
		},
	});
	expectEqual(status, 0, `software says: ${stderr}`);
	return { md5: hash.digest("hex"), bytes };
}

/** ffmpeg shows software's pictures, and the device made each. */
const isRight = (size: Size, device: Device): Promise<void> =>
	withStream(size, device, async (path) => {
		const deep = device.depth === 10;
		const planar = deep ? "yuv420p10le" : "yuv420p";
		const software = await inSoftware(path, planar);
		const [columns, rows] = size.map((side) => Math.ceil(side / 2));
		const samples = FRAMES * (size[0] * size[1] + 2 * columns * rows);
		expectEqual(software.bytes, deep ? 2 * samples : samples, "bytes in software");
		const decoded = await decodeWithFfmpeg(path, planar, device);
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

const isRefused = (size: Size, device: Device): Promise<void> =>
	withStream(size, device, async (path) => {
		const { result, log } = await withDevice(device, (env, node) =>
			run({ program: vaDecodePath(), arguments: vaDecodeArguments(device.codec, path, node), env }),
		);
		checkSentence(size, result.stderr);
		expect(result.status !== 0, "va-decode ends well");
		checkUntouched(log);
	});

/** ffmpeg looks at the limits of surfaces first, and says so itself where a stream is beyond them. */
const ffmpegRefuses = (size: Size, device: Device, check: (decoded: Decoded) => void): Promise<void> =>
	withStream(size, device, async (path) => {
		const decoded = await decodeWithFfmpeg(path, "yuv420p", device);
		check(decoded);
		expect(decoded.outcome.status !== 0 && decoded.bytes === 0, `${decoded.bytes} bytes of pictures`);
		checkUntouched(decoded.log);
	});

const textOf = (size: Size): string => size.join("x");

/** The size, and where sides need not be whole blocks, an odd one. */
const withOdd = ([width, height]: Size, { step }: Sizes): Size[] =>
	step > 1
		? [[width, height]]
		: [
				[width, height],
				[width - 1, height - 1],
			];

function usualTests(codec: SizedCodec): void {
	const { name, modes, sizes } = codec;
	for (const mode of modes) {
		for (const size of withOdd(USUAL, sizes)) {
			test(`${name} of ${textOf(size)}, all that the device takes: ${mode}`, () =>
				isRight(size, deviceOf(codec, mode)));
		}
		test(`${name} of ${textOf(sizes.smallest)}: ${mode}`, () =>
			isRight(sizes.smallest, deviceOf(codec, mode)));
		test(`${name} larger than the device is refused at once: ${mode}`, async () => {
			const larger: Size[] = [[USUAL[0] + sizes.step, 64]];
			// cedrus enumerates no sizes: V4L2's API can name no more than these.
			if (mode !== "slice") larger.push([64, USUAL[1] + sizes.step]);
			for (const size of larger) await isRefused(size, deviceOf(codec, mode));
		});
	}
}

/** 10 bit, in words of 16. */
function deepTests(codec: SizedCodec): void {
	const { name, sizes } = codec;
	for (const size of [sizes.smallest, ...withOdd(USUAL, sizes)])
		test(`${name} of ${textOf(size)} and 10 bit`, () => isRight(size, deviceOf(codec, "frame", {}, 10)));
}

/** On devices that tell larger sizes than there are. */
function vastTests(codec: SizedCodec): void {
	const { name, modes, sizes } = codec;
	const { largest, longest, step } = sizes;
	const beyond: Size[] = [[longest[0] + step, 64]];
	if (largest) beyond.push([largest[0], largest[1] + step]);
	for (const mode of modes.filter((each) => each !== "slice")) {
		test(`${name} of ${textOf(longest)}: ${mode}`, () => isRight(longest, deviceOf(codec, mode, VAST)));
		test(`${name} larger than any level or surface is refused at once: ${mode}`, async () => {
			for (const size of beyond) await isRefused(size, deviceOf(codec, mode, VAST));
		});
	}
	if (largest)
		test(`${name} of ${textOf(largest)}`, () => isRight(largest, deviceOf(codec, "frame", VAST)));
	test(`${name} of ${textOf(longest)} and 10 bit, which the decoder packs`, () =>
		isRight(longest, deviceOf(codec, "frame", { ...VAST, V4L2SIM_FORMAT: "NV12,NV15" }, 10)));
	test(`ffmpeg: ${name} larger than the device, or than any level or surface`, async () => {
		const wide: Size = [USUAL[0] + step, 64];
		await ffmpegRefuses(wide, deviceOf(codec, "frame"), ({ outcome: { stderr } }) => {
			expect(stderr.includes("(constraints: width 1-4096 height 1-2304)"), `ffmpeg says: ${stderr}`);
			expectEqual(sentences(stderr).length, 0, `sentences: ${stderr}`);
		});
		if (!largest) return;
		const high: Size = [largest[0], largest[1] + step];
		await ffmpegRefuses(high, deviceOf(codec, "frame", VAST), ({ outcome }) =>
			checkSentence(high, outcome.stderr),
		);
	});
}

/** Adds the tests of each kind of device at its limit and beyond. */
export function sizeTests(): void {
	for (const codec of sizedCodecs) {
		usualTests(codec);
		deepTests(codec);
		vastTests(codec);
	}
}
