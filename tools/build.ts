// SPDX-License-Identifier: MIT
// npm run build [-- --target aarch64|armhf]: the driver in build/default or build/<target>. For this machine the simulated device
// is built too, where libavcodec's headers are (npm start and the tests with players need it).
import { relative } from "node:path";
import { parseArgs } from "node:util";
import { configure, targets } from "./lib/build.ts";
import { crossFiles } from "./lib/foreign.ts";
import { hasProgram, root, run } from "./lib/run.ts";

const { values } = parseArgs({ options: { target: { type: "string" } } });
const target = values.target ? targets[values.target] : null;
if (target === undefined)
	fail(`there is no target ${values.target}; there are: ${Object.keys(targets).join(", ")}`);
if (target && !hasProgram(target.needs)) {
	fail(
		`${target.needs} is missing: run \`node tools/bootstrap.mjs cross\`, which installs or names the packages`,
	);
}
const simulator =
	!target && (await run(["pkg-config", "--exists", "libavcodec"], { quiet: true })).code === 0;
const options = target ? crossFiles(target) : [`-Dsimulator=${simulator}`];
const folder = await configure(values.target ?? "default", options);
const { code } = await run(["ninja", "-C", folder]);
if (code === 0) console.log(`${relative(root, folder)}/v4l2_request_drv_video.so`);
process.exitCode = code;

function fail(sentence: string): never {
	console.error(`build: ${sentence}`);
	process.exit(1);
}
