// SPDX-License-Identifier: MIT
// VP9 streams whose headers are chance, through a real player: what it tells VA-API of them, and what the driver reads in them, must agree.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomStream } from "../../fixtures/vp9/writer/random.ts";
import { frameMd5s, softwareMd5s } from "../codecs/vp9/scaled.ts";
import { hardwareArguments } from "./lib/decode.ts";
import { withDevice } from "./lib/device.ts";
import { run } from "./lib/process.ts";
import { expect, expectEqual, test } from "./lib/suite.ts";
import { sentences } from "./vainfo.ts";

const STREAMS = 12;

async function playsRight(path: string): Promise<void> {
	// In streams that no encoder makes, these two differ now and then; a picture that is neither's is wrong.
	const wanted = ["vp9", "libvpx-vp9"].map((decoder) => softwareMd5s(decoder, path).join(" "));
	const environment = { LIBVA_MESSAGING_LEVEL: "1", V4L2SIM_MIN: "16x16" };
	const { result, log } = await withDevice({ environment }, (env, node) =>
		run({
			program: "ffmpeg",
			arguments: [...hardwareArguments(path, "yuv420p", node), "-f", "framemd5", "-"],
			env,
		}),
	);
	expectEqual(sentences(result.stderr).join("\n"), "", `${path}: the driver says`);
	expectEqual(log.complaint(), "", `${path}: the device says`);
	const got = frameMd5s(result.stdout).join(" ");
	expect(wanted.includes(got), `${path}: frames are ${got} instead of ${wanted.join(" or ")}`);
}

/** Adds the test of streams of chance. */
export function chanceTests(): void {
	test("ffmpeg: VP9 streams whose headers are chance", async () => {
		const folder = mkdtempSync(join(tmpdir(), "chance-"));
		try {
			for (let seed = 1; seed <= STREAMS; seed++) {
				const path = join(folder, `${seed}.ivf`);
				writeFileSync(path, randomStream(seed));
				await playsRight(path);
			}
		} finally {
			rmSync(folder, { recursive: true, force: true });
		}
	});
}
