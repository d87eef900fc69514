// SPDX-License-Identifier: MIT
// What foreign.ts runs of the tests of players: vainfo, ffmpeg (or va-decode) and mpv of another architecture, on the simulated device. Each
// stream is decoded once, and every kind of stream in each way that a device takes pictures.
import { streamTest } from "../clients/ffmpeg.ts";
import { needForeignPlayers } from "../clients/lib/foreign.ts";
import { runTests } from "../clients/lib/suite.ts";
import { mpvSampleTests } from "../clients/mpv.ts";
import { vainfoTests } from "../clients/vainfo.ts";
import { codecs, fixturesNamed, fixturesOf } from "../codecs/codecs.ts";

needForeignPlayers();
vainfoTests();
for (const codec of codecs) {
	const [first, ...others] = codec.modes;
	for (const entry of fixturesOf(codec)) streamTest(entry, first);
	for (const mode of others)
		for (const entry of fixturesNamed(codec, codec.samples.kinds)) streamTest(entry, mode);
}
mpvSampleTests();
await runTests(2, process.argv.slice(2));
