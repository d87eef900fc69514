// SPDX-License-Identifier: MIT
// npm run test:foreign -- ARCHITECTURE [part of a test's name]: all unit tests, all native tests, and Debian's own players on the
// simulated device, on another architecture in an emulator. Its libraries and programs come from a Debian root that is unpacked, not
// installed.
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { targets } from "../../tools/lib/build.ts";
import { add, closingLine, hasProgram, nothing, readTally, root, run, tool } from "../../tools/lib/run.ts";
import { foreignPlayers } from "../clients/lib/foreign.ts";
import { foreignRoot } from "./foreign_root.ts";
import { RootUnavailable } from "./root.ts";

const [name = "", only = ""] = process.argv.slice(2);
const target = targets[name];

function stop(sentence: string): never {
	console.error(`foreign: ${sentence}`);
	process.exit(1);
}

if (!target) stop(`name an architecture: ${Object.keys(targets).join(", ")}`);
const missing = [target.needs, target.emulator].filter((each) => !hasProgram(each));
if (missing.length > 0)
	stop(`${missing.join(", ")} not installed: run \`node tools/bootstrap.mjs distro test\``);

const foreign = await foreignRoot(target).catch((error) => {
	if (!(error instanceof RootUnavailable)) throw error;
	stop(error.message);
});
const sum = nothing();

function finish(): never {
	console.log(closingLine(sum));
	process.exit(sum.failed ? 1 : 0);
}

async function suite(command: string[], env: Record<string, string> = {}): Promise<void> {
	const { code, output } = await run(command, { env: { ...process.env, ...env } });
	const tally = readTally(output) ?? nothing();
	if (code !== 0 && tally.failed === 0) tally.failed++;
	add(sum, tally);
}

if (only === "" || only === "unit") await suite(tool("tools/unit.ts", "--target", name, "--root", foreign));
if (only === "unit") finish();

const build = join(root, "build", basename(foreign));
// Builds what the rest needs in any case.
const programs = only === "" || only === "native" ? "^(abi|guard|glue|scenes)" : "^$";
await suite(tool("tools/native.ts", name, "-Dsimulator=true", "--root", foreign, "--only", programs));
if (!existsSync(join(build, "v4l2_request_drv_video.so")))
	console.log("  FAIL  nothing is played: the driver could not be built");
else if (only !== "native")
	await suite(tool("test/distro/foreign_suite.ts", ...(only ? [only] : [])), {
		...foreignPlayers(name, foreign),
		DRIVER_BUILD: build,
	});
finish();
