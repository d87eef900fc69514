// SPDX-License-Identifier: MIT
// VP9 frames that refer to frames of another size. The simulated device decodes in one size, as kernel drivers do: such a frame never
// comes to it, each picture that comes out is right, and the player hears why.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { frameMd5s, type ScaledStream, writeScaledStreams } from "../codecs/vp9/scaled.ts";
import { hardwareArguments } from "./lib/decode.ts";
import { type DeviceLog, vaDecodePath, withDevice } from "./lib/device.ts";
import { type Outcome, run } from "./lib/process.ts";
import { expect, expectEqual, test } from "./lib/suite.ts";
import { mpvArguments } from "./mpv.ts";
import { sentences } from "./vainfo.ts";

type Streams = ReturnType<typeof writeScaledStreams>;

async function withStreams(judge: (streams: Streams) => Promise<void>): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), "scaled-"));
	try {
		await judge(writeScaledStreams(folder));
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

function play(
	program: string,
	words: (node: string) => string[],
): Promise<{ result: Outcome; log: DeviceLog }> {
	const environment = { LIBVA_MESSAGING_LEVEL: "1" };
	return withDevice({ environment }, (env, node) => run({ program, arguments: words(node), env }));
}

/** Frames that refer to none of another size, which are all that the device was asked for. */
const decodable = ({ md5s, scaled }: ScaledStream): string[] => md5s.filter((_, i) => !scaled[i]);

function ffmpegTest(): void {
	test("ffmpeg: VP9 frames of another size than their references are refused, and key frames of a new size go on", () =>
		withStreams(async ({ acrossBlocks }) => {
			const { result, log } = await play("ffmpeg", (node) => [
				...hardwareArguments(acrossBlocks.path, "yuv420p", node),
				...["-f", "framemd5", "-"],
			]);
			expectEqual(
				frameMd5s(result.stdout).join(" "),
				decodable(acrossBlocks).join(" "),
				"frames that came out",
			);
			expectEqual(log.pictures, decodable(acrossBlocks).length, "pictures from the device");
			expectEqual(log.complaint(), "", "the device says");
			const refused = acrossBlocks.scaled.filter(Boolean).length;
			const said = sentences(result.stderr).filter((line) => line.includes("not decoded here"));
			expect(
				said.length > 0 && said.length <= refused && said.length === sentences(result.stderr).length,
				`the driver says: ${result.stderr}`,
			);
		}));
}

function mpvTest(): void {
	test("mpv: of VP9 frames of another size than their references it falls back to software, and all pictures are right", () =>
		withStreams(async ({ acrossBlocks, withinBlocks }) => {
			for (const stream of [acrossBlocks, withinBlocks]) {
				// Its encoder takes no change of size.
				const scale = `--vf=lavfi=[scale=${stream.width}:${stream.height}:flags=neighbor],format=yuv420p`;
				const words = (node: string | null) => [
					...mpvArguments([], node, "framemd5").filter((word) => !word.startsWith("--vf=")),
					...[scale, stream.path],
				];
				const software = await run({ program: "mpv", arguments: words(null) });
				const { result, log } = await play("mpv", words);
				const wanted = frameMd5s(software.stdout);
				expectEqual(wanted.length, stream.md5s.length, `${stream.name}: frames in software`);
				expectEqual(frameMd5s(result.stdout).join(" "), wanted.join(" "), `${stream.name}: frames`);
				// Some versions try hardware a few times more before they leave it.
				const first = stream.scaled.indexOf(true);
				const most = decodable(stream).length;
				const what = `${stream.name}: ${log.pictures} pictures from the device instead of ${first} to ${most}`;
				expect(log.pictures >= first && log.pictures <= most, what);
				expectEqual(log.complaint(), "", `${stream.name}: the device says`);
				expect(sentences(result.stderr).length > 0, `${stream.name}: the driver says nothing`);
			}
		}));
}

function oneContextTest(): void {
	test("va-decode --surfaces: VP9 frames of another size than their references, in one context", () =>
		withStreams(async ({ acrossBlocks, withinBlocks }) => {
			for (const stream of [acrossBlocks, withinBlocks]) {
				const { result, log } = await play(vaDecodePath(), (node) => [
					...["--codec", "vp9", "--device", node, "--in-flight", "0", "--each"],
					...["--surfaces", `${stream.width}x${stream.height}`, stream.path],
				]);
				const first = stream.scaled.indexOf(true);
				const came = result.stdout.trim().split("\n");
				expectEqual(came.join(" "), stream.md5s.slice(0, first).join(" "), `${stream.name}: frames`);
				expectEqual(log.pictures, first, `${stream.name}: pictures from the device`);
				expectEqual(log.complaint(), "", `${stream.name}: the device says`);
				const said = sentences(result.stderr);
				expectEqual(said.length, 1, `${stream.name}: sentences (${result.stderr})`);
				expect(
					said[0].includes("in a picture that refers to pictures of another size"),
					`it says: ${said}`,
				);
			}
		}));
}

/** Adds the tests of reference scaling. */
export function scalingTests(): void {
	ffmpegTest();
	mpvTest();
	oneContextTest();
}
