// SPDX-License-Identifier: MIT
// Stock players against the driver and the simulated device: node tools/run.mjs test/clients/run.ts [part of a name ...]
import { join } from "node:path";
import { hasProgram, root } from "../../tools/lib/run.ts";
import { abuseTests } from "./abuse.ts";
import { faultTests } from "./faults.ts";
import { ffmpegTests } from "./ffmpeg.ts";
import { ensureBuild } from "./lib/device.ts";
import { readIndex } from "./lib/streams.ts";
import { runTests } from "./lib/suite.ts";
import { memoryTests } from "./memory.ts";
import { mpvTests } from "./mpv.ts";
import { silenceTests } from "./silence.ts";
import { vainfoTests } from "./vainfo.ts";

await ensureBuild();
for (const program of ["ffmpeg", "mpv", "vainfo"]) {
	if (hasProgram(program)) continue;
	console.error(`clients: ${program} is missing: run \`node tools/bootstrap.mjs test\``);
	process.exit(1);
}
const entries = readIndex(join(root, "fixtures", "h264", "index.tsv"));
vainfoTests();
ffmpegTests(entries);
mpvTests(entries);
faultTests(entries);
abuseTests();
memoryTests(entries);
silenceTests(entries);
await runTests(2, process.argv.slice(2));
