// SPDX-License-Identifier: MIT
// npm run test:foreign -- ARCHITECTURE [part of a test's name]: all native tests, and Debian's own ffmpeg, on the simulated device, on
// another architecture in an emulator. Its libraries and programs come from a Debian root that is unpacked, not installed.
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { targets } from "../../tools/lib/build.ts";
import { emulate } from "../../tools/lib/foreign.ts";
import { add, closingLine, hasProgram, nothing, readTally, root, run, tool } from "../../tools/lib/run.ts";
import { codecs, fixtureFolder, fixturesOf } from "../codecs/codecs.ts";
import { foreignRoot } from "./foreign_root.ts";
import { RootUnavailable } from "./root.ts";

/** In the build folder. */
const DRIVER = "v4l2_request_drv_video.so";
const SIMULATOR = join("test", "device", "sim", "libv4l2sim.so");

const [name, only = ""] = process.argv.slice(2);
const target = targets[name ?? ""];

function stop(sentence: string): never {
	console.error(`foreign: ${sentence}`);
	process.exit(1);
}

if (!target) stop(`name an architecture: ${Object.keys(targets).join(", ")}`);
const missing = [target.needs, target.emulator].filter((each) => !hasProgram(each));
if (missing.length > 0)
	stop(`${missing.join(", ")} not installed: run \`node tools/bootstrap.mjs distro test\``);

interface Played {
	/** The checksum of each picture. */
	pictures: string;
	/** What ffmpeg and the driver say besides. */
	said: string;
}

/** What this architecture's ffmpeg makes of a file, by hardware or not. */
async function play(foreign: string, path: string, hardware: boolean): Promise<Played> {
	const build = join(root, "build", basename(foreign));
	const preload = { LD_PRELOAD: join(build, SIMULATOR) };
	const words = ["-nostdin", "-v", "error"];
	if (hardware) words.push("-hwaccel", "vaapi", "-hwaccel_device", "/dev/dri/renderD128");
	words.push("-i", path, "-pix_fmt", "nv12", "-f", "framemd5", "-");
	const command = emulate(
		target,
		foreign,
		[join(foreign, "usr", "bin", "ffmpeg"), ...words],
		hardware ? preload : {},
	);
	const env = { ...process.env, LIBVA_DRIVERS_PATH: build, LIBVA_DRIVER_NAME: "v4l2_request" };
	const { code, output } = await run(command, { env, quiet: true });
	if (code !== 0) throw new Error(`ffmpeg ended with status ${code}:\n${output.trim().slice(-600)}`);
	const lines = output.split("\n");
	return {
		pictures: lines.filter((line) => /^0,/.test(line)).join("\n"),
		said: lines.filter((line) => !/^(0,|#|$)/.test(line)).join("\n"),
	};
}

const foreign = await foreignRoot(target).catch((error) => {
	if (!(error instanceof RootUnavailable)) throw error;
	stop(error.message);
});
const sum = nothing();
// Builds what the rest needs in any case.
const programs = only === "" || only === "native" ? "^(abi|guard|glue|scenes)" : "^$";
const native = tool("tools/native.ts", name, "-Dsimulator=true", "--root", foreign, "--only", programs);
const { code, output } = await run(native);
const tally = readTally(output) ?? nothing();
if (code !== 0 && tally.failed === 0) tally.failed++;
add(sum, tally);
const isBuilt = [DRIVER, SIMULATOR].every((file) => existsSync(join(root, "build", basename(foreign), file)));
if (!isBuilt) console.log("  FAIL  nothing is played: the driver or the simulated device could not be built");
for (const codec of isBuilt ? codecs : []) {
	for (const entry of fixturesOf(codec)) {
		const title = `ffmpeg ${entry.file}`;
		// The simulated device takes nothing below 48x48, and ffmpeg software's refusals are tested elsewhere.
		if (!title.includes(only) || !codec.ffmpeg.plays(entry) || entry.set === "refuse" || entry.width < 48)
			continue;
		const path = join(fixtureFolder(codec), entry.file);
		try {
			const hardware = await play(foreign, path, true);
			const software = await play(foreign, path, false);
			if (hardware.pictures !== software.pictures || software.pictures === "")
				throw new Error(`pictures differ from software's; ${hardware.said}`);
			console.log(`  ok    ${title}`);
			sum.passed++;
		} catch (error) {
			console.log(`  FAIL  ${title}: ${(error as Error).message}`);
			sum.failed++;
		}
	}
}
console.log(closingLine(sum));
process.exitCode = sum.failed ? 1 : 0;
