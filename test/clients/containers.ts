// SPDX-License-Identifier: MIT
// VP9 superframes in each container that players know: a packet has frames that are hidden, and one that is shown, or shows one from before.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mustRun } from "../../tools/lib/run.ts";
import { fixturesNamed } from "../codecs/codecs.ts";
import { vp9 } from "../codecs/vp9/codec.ts";
import { repeats } from "../codecs/vp9/repeats.ts";
import { decodeWithVaDecode, hardwareArguments, judge } from "./lib/decode.ts";
import { withDevice } from "./lib/device.ts";
import { run } from "./lib/process.ts";
import type { StreamEntry } from "./lib/streams.ts";
import { expect, expectEqual, test } from "./lib/suite.ts";
import { mpvArguments } from "./mpv.ts";
import { sentences } from "./vainfo.ts";

/** What libvpx makes of films, frames that are shown later, and 10 bit. */
const STREAMS = ["altref", "pyramid", "references", "intra-only", "deep-intra-only"];

const PLAYERS: Record<string, (path: string, format: string, node: string) => string[]> = {
	ffmpeg: (path, format, node) => [...hardwareArguments(path, format, node), "-f", "md5", "-"],
	mpv: (path, format, node) => mpvArguments([path], node, "md5", format),
};

async function plays(program: string, path: string, entry: StreamEntry): Promise<void> {
	const depth = entry.pixelFormat.includes("10le") ? 10 : 8;
	const environment = { LIBVA_MESSAGING_LEVEL: "1" };
	const { result, log } = await withDevice({ depth, environment }, (env, node) =>
		run({ program, arguments: PLAYERS[program](path, entry.pixelFormat, node), env }),
	);
	expectEqual(result.status, 0, `${path}: status (${result.stderr.trim()})`);
	expectEqual(result.stdout.trim(), `MD5=${entry.md5}`, `${path}: pixels (${result.stderr.trim()})`);
	const decoded = log.pictures + repeats(path);
	expect(decoded > entry.frames, `${path}: ${decoded} frames, of which ${entry.frames} are shown`);
	expectEqual(log.complaint(), "", `${path}: the device says`);
	expectEqual(sentences(result.stderr).join("\n"), "", `${path}: the driver says`);
}

/** A player that leaves pictures under way has hidden frames among them: nobody waits for those. */
function inFlightTest(): void {
	test("va-decode: VP9's hidden frames are in flight with the others, four at least", async () => {
		for (const entry of fixturesNamed(vp9, ["altref", "long"])) {
			const environment = { V4L2SIM_DELAY_US: "5000" };
			const decoded = await decodeWithVaDecode(entry, { environment, habits: ["--in-flight", "8"] });
			const { verdict, reason } = judge(entry, decoded);
			expectEqual(verdict, "pass", `${entry.file}: ${reason}`);
			expect(decoded.log.pictures > entry.frames, `${entry.file}: no frame is hidden`);
			expect(decoded.log.inFlight >= 4, `${entry.file}: only ${decoded.log.inFlight} in flight`);
		}
	});
}

/** Adds a test for each container and player, and of pictures in flight. */
export function containerTests(): void {
	inFlightTest();
	for (const container of ["ivf", "mp4", "webm"]) {
		for (const program of Object.keys(PLAYERS)) {
			test(`${program}: VP9 superframes with hidden frames in ${container}`, async () => {
				const folder = mkdtempSync(join(tmpdir(), "containers-"));
				try {
					for (const entry of fixturesNamed(vp9, STREAMS)) {
						const path = join(folder, entry.file.replace(/\w+$/, container));
						await mustRun(["ffmpeg", "-v", "error", "-i", entry.path, "-c", "copy", path]);
						await plays(program, path, entry);
					}
				} finally {
					rmSync(folder, { recursive: true, force: true });
				}
			});
		}
	}
}
