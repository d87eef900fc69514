// SPDX-License-Identifier: MIT
// The driver on kernels whose guests have more than one CPU, for the races that one CPU hides; and what visl does otherwise there.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../tools/lib/run.ts";
import { vaDecodePath } from "../../clients/lib/device.ts";
import type { StreamEntry } from "../../clients/lib/streams.ts";
import { expect, expectEqual, test } from "../../clients/lib/suite.ts";
import { codecOf, codecs, fixturesNamed } from "../../codecs/codecs.ts";
import { traceControls } from "../agree/play.ts";
import { guest } from "../lib/guest.ts";
import { cpusOf, isEmulated } from "../lib/kernel.ts";
import { allScenesTest } from "./memory_tests.ts";
import { type Done, FRAME, inGuest, RENDER_NODE } from "./steps.ts";

/** Players at once. */
const PLAYERS = 4;

/** Each plays all the streams, and begins with another one; a line on stdout for each: who, which, the sum. */
function sideBySide(entries: StreamEntry[]): string {
	const play = (player: number) =>
		entries.map((_, i) => {
			const which = (i + player) % entries.length;
			const { path } = entries[which];
			const words = `--codec ${codecOf(entries[which]).name} --device ${RENDER_NODE} --md5`;
			return `echo "${player} ${which} $('${vaDecodePath()}' ${words} '${path}')"`;
		});
	const players = Array.from({ length: PLAYERS }, (_, i) => `{ ${play(i).join("; ")}; } &`);
	return `${players.join(" ")} wait`;
}

function sideBySideTest(kernel: string): void {
	test(`visl: ${PLAYERS} players at once on ${kernel} decode every kind of stream`, async () => {
		const entries = codecs.flatMap((codec) => fixturesNamed(codec, codec.samples.kinds));
		const step = { name: "players", device: FRAME, command: sideBySide(entries) };
		const done = (await inGuest([step], kernel)).get(step.name) as Done;
		expectEqual(done.stderr, "", "the players say");
		const found = [...done.stdout.matchAll(/^(\d+) (\d+) .*?\b([0-9a-f]{32})\b.*$/gm)];
		const wrong = found.filter(([, , which, sum]) => sum !== entries[Number(which)].md5);
		expectEqual(wrong.map(([line]) => line).join(", "), "", "wrong films");
		expectEqual(found.length, PLAYERS * entries.length, `films (${done.stdout})`);
	});
}

/** GStreamer decodes HEVC, whose reference picture sets in the SPS are what visl must not trace. */
function traceTest(kernel: string): void {
	test(`visl: the controls of HEVC can be traced on ${kernel}`, async () => {
		const build = join(root, "build", "visl");
		mkdirSync(build, { recursive: true });
		const folder = mkdtempSync(join(build, "trace-"));
		try {
			const film = join(folder, "film.265");
			const source = ["-f", "lavfi", "-i", "testsrc=size=320x240:rate=25", "-frames:v", "5"];
			const x265 = ["-c:v", "libx265", "-x265-params", "wpp=0:log-level=error"];
			execFileSync("ffmpeg", ["-v", "error", ...source, "-pix_fmt", "yuv420p", ...x265, film]);
			const { stdout } = await guest(
				[
					"sh",
					"-c",
					`${traceControls}; gst-launch-1.0 -q filesrc location='${film}' ! h265parse ! v4l2slh265dec ! fakesink >&2; grep -c v4l2_ctrl_hevc_sps /sys/kernel/tracing/trace`,
				],
				{ kernel, quiet: true },
			);
			expectEqual(stdout.trim(), "5", "traced SPS controls");
		} finally {
			rmSync(folder, { recursive: true, force: true });
		}
	});
}

/** kernels: those that are built. */
export function smpTests(kernels: string[]): void {
	for (const kernel of kernels.filter((name) => cpusOf(name) > 1)) {
		test(`lab: a guest of Linux ${kernel} has ${cpusOf(kernel)} CPUs, and says nothing by itself`, async () => {
			const { stdout, kernelLog } = await guest(["sh", "-c", "nproc; uname -r; uname -m"], {
				kernel,
				quiet: true,
			});
			const [cpus, release, machine] = stdout.split("\n");
			expectEqual(cpus, String(cpusOf(kernel)), "CPUs");
			expect(release.startsWith(`${kernel.split("-")[0]}.`), `its kernel is ${release}`);
			expectEqual(machine, isEmulated(kernel) ? "aarch64" : "x86_64", "machine");
			expectEqual(kernelLog, "", "kernel messages while nothing happened");
		});
		allScenesTest(kernel);
		sideBySideTest(kernel);
		// GStreamer is not in the Debian of another architecture.
		if (!isEmulated(kernel)) traceTest(kernel);
	}
}
