// SPDX-License-Identifier: MIT
// Stock players against the driver and the simulated device: node tools/run.mjs test/clients/run.ts [part of a name ...]
import { hasProgram } from "../../tools/lib/run.ts";
import { codecs, fixturesOf } from "../codecs/codecs.ts";
import { h264 } from "../codecs/h264/codec.ts";
import { abuseTests } from "./abuse.ts";
import { aheadTests } from "./ahead.ts";
import { arrangementTests } from "./arrangements.ts";
import { chanceTests } from "./chance.ts";
import { containerTests } from "./containers.ts";
import { cutTests } from "./cut.ts";
import { damageTests } from "./damage.ts";
import { faultTests } from "./faults.ts";
import { featureTests } from "./features.ts";
import { ffmpegTests } from "./ffmpeg.ts";
import { firefoxTests } from "./firefox.ts";
import { ensureBuild } from "./lib/device.ts";
import { runTests } from "./lib/suite.ts";
import { memoryTests } from "./memory.ts";
import { mpvTests } from "./mpv.ts";
import { scalingTests } from "./scaling.ts";
import { silenceTests } from "./silence.ts";
import { sizeTests } from "./sizes.ts";
import { vainfoTests } from "./vainfo.ts";
import { vlcTests } from "./vlc.ts";

await ensureBuild();
for (const program of ["ffmpeg", "mpv", "vainfo"]) {
	if (hasProgram(program)) continue;
	console.error(`clients: ${program} is missing: run \`node tools/bootstrap.mjs test\``);
	process.exit(1);
}
const entries = codecs.flatMap(fixturesOf);
vainfoTests();
featureTests();
firefoxTests();
ffmpegTests(entries);
arrangementTests(entries);
mpvTests();
vlcTests();
memoryTests(entries);
containerTests();
scalingTests();
chanceTests();
aheadTests();
// What follows is about the device and the player, whatever is decoded.
const sample = fixturesOf(h264);
faultTests(sample);
damageTests(sample);
cutTests();
sizeTests();
abuseTests();
silenceTests(sample);
await runTests(2, process.argv.slice(2));
