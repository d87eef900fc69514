// SPDX-License-Identifier: MIT
// What npm run test:aarch64 runs; DRIVER_BUILD names the folder that run.ts has built.
import Table from "cli-table3";
import { type Outcome, runTests } from "../../clients/lib/suite.ts";
import type { Codec } from "../../codecs/codec.ts";
import { codecs, fixturesNamed } from "../../codecs/codecs.ts";
import { guestTests } from "../lab_tests.ts";
import { arm64Kernel } from "../lib/kernel.ts";
import { ffmpegTest, playerTest, vainfoTest, without } from "../visl/players.ts";
import { smpTests } from "../visl/smp_tests.ts";
import { FRAME, SLICE } from "../visl/steps.ts";

/** One player's way to the pixels of each kind, and every way that a device takes pictures. */
function codecTests(codec: Codec): void {
	const kinds = fixturesNamed(codec, codec.samples.kinds);
	const kind = `every kind of ${codec.title} stream`;
	const forMpv = without(kinds, codec.samples.notMpv);
	ffmpegTest(kind, kinds, FRAME, "hwdownload", arm64Kernel);
	ffmpegTest(kind, kinds, { ...FRAME, memory: "mmap" }, "drm_prime", arm64Kernel);
	playerTest(codec, ["mpv"], forMpv, FRAME, arm64Kernel);
	if (codec.modes.includes("slice")) ffmpegTest(kind, kinds, SLICE, "hwdownload", arm64Kernel);
}

const report = {
	each({ name, seconds, result }: Outcome): void {
		console.log(`${result.padEnd(7)} ${seconds.toFixed(0).padStart(4)} s  ${name}`);
	},
	all(outcomes: Outcome[]): void {
		const table = new Table({ head: ["test", "seconds", "result"], style: { head: [], border: [] } });
		for (const { name, seconds, result } of outcomes) table.push([name, seconds.toFixed(0), result]);
		console.log(table.toString());
	},
};

guestTests(arm64Kernel);
vainfoTest(arm64Kernel);
for (const codec of codecs) codecTests(codec);
smpTests([arm64Kernel]);
// Most of what a guest runs keeps one of its CPUs busy.
await runTests(2, process.argv.slice(2), report);
