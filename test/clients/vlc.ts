// SPDX-License-Identifier: MIT
// VLC 3, whose yuv output writes each picture that it would show to a file.

import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasProgram } from "../../tools/lib/run.ts";
import type { DeviceMode } from "../codecs/codec.ts";
import { fixtureNamed } from "../codecs/codecs.ts";
import { h264 } from "../codecs/h264/codec.ts";
import { type DeviceLog, withDevice } from "./lib/device.ts";
import { type Outcome, run } from "./lib/process.ts";
import type { StreamEntry } from "./lib/streams.ts";
import { expect, expectEqual, Skip, test } from "./lib/suite.ts";

/** VLC refuses to run as root, also where nobody else may read the files: it is given another name for this user. */
const asOther = ["unshare", "--user", "--map-user=1000", "--map-group=1000"];

async function command(): Promise<string[]> {
	if (!hasProgram("vlc")) throw new Skip("vlc is not installed (node tools/bootstrap.mjs test)");
	if (process.getuid?.() !== 0) return ["vlc"];
	const [program, ...words] = asOther;
	const { status } = await run({ program, arguments: [...words, "true"] });
	if (status !== 0) throw new Skip("VLC does not run as root, and there is no user namespace to hide in");
	return [...asOther, "vlc"];
}

async function play(
	entry: StreamEntry,
	mode: DeviceMode,
	folder: string,
): Promise<{ result: Outcome; log: DeviceLog }> {
	const [program, ...words] = await command();
	const options = [
		...["-I", "dummy", "--no-audio", "--no-osd", "--no-spu", "--no-video-title-show", "--play-and-exit"],
		...["--avcodec-hw=vaapi", "--no-drop-late-frames", "--no-skip-frames"],
		...["--vout=yuv", "--yuv-chroma=I420", `--yuv-file=${join(folder, "pictures")}`],
	];
	return withDevice({ mode }, (env) =>
		run({
			program,
			arguments: [...words, "-v", ...options, entry.path],
			env: { ...env, HOME: folder, XDG_RUNTIME_DIR: folder },
		}),
	);
}

const md5 = (bytes: Buffer): string => createHash("md5").update(bytes).digest("hex");

/** A line that ends with a newline, then FRAME and its samples for each picture; one that stays on the screen is there again. */
function written(file: string, size: number): string[] {
	const bytes = readFileSync(file);
	const sums: string[] = [];
	for (let at = bytes.indexOf("\n") + 1; at < bytes.length; at += size) {
		expectEqual(bytes.toString("latin1", at, at + 6), "FRAME\n", "the file of VLC has");
		at += 6;
		sums.push(md5(bytes.subarray(at, at + size)));
	}
	return sums.filter((sum, i) => sum !== sums[i - 1]);
}

async function software({ path }: StreamEntry): Promise<string[]> {
	const words = ["-nostdin", "-v", "error", "-i", path, "-pix_fmt", "yuv420p", "-f", "framemd5", "-"];
	const { stdout } = await run({ program: "ffmpeg", arguments: words });
	return [...stdout.matchAll(/^0,.*, (\w{32})$/gm)].map(([, sum]) => sum);
}

/** Adds the tests of VLC, picture by picture against software. */
export function vlcTests(): void {
	for (const name of ["high-pyramid", "long-gop"]) {
		for (const mode of h264.modes) {
			test(`VLC ${name} ${mode}`, async () => {
				const entry = fixtureNamed(h264, name);
				const folder = mkdtempSync(join(tmpdir(), "vlc-"));
				try {
					const { result, log } = await play(entry, mode, folder);
					expect(
						/for hardware decoding/.test(result.stderr),
						`software decoding: ${result.stderr}`,
					);
					const wanted = await software(entry);
					const shown = written(join(folder, "pictures"), (entry.width * entry.height * 3) / 2);
					// VLC leaves out pictures that come too late, the first ones while it opens its output.
					expect(
						shown.length >= wanted.length - 3,
						`only ${shown.length} pictures of ${wanted.length}`,
					);
					let at = -1;
					for (const [i, sum] of shown.entries()) {
						at = wanted.indexOf(sum, at + 1);
						expect(at >= 0, `picture ${i} of ${shown.length} is not software's`);
					}
					expectEqual(log.pictures, entry.frames, "pictures from the device");
					expectEqual(log.complaint(), "", "the device says");
					expect(!/v4l2_request: /.test(result.stderr), `a good run says: ${result.stderr}`);
				} finally {
					rmSync(folder, { recursive: true, force: true });
				}
			});
		}
	}
}
