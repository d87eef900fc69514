// SPDX-License-Identifier: MIT
// npm run test:aarch64 [-- part of a test's name ...]: the driver for arm64, with Debian's arm64 players, on Linux for arm64 in QEMU. Makes what
// is missing (the Debian and the kernel are kept outside the tree), builds, and runs the tests.
import { basename } from "node:path";
import { configure, targets } from "../../../tools/lib/build.ts";
import { crossFiles } from "../../../tools/lib/foreign.ts";
import { hasProgram, run, tool } from "../../../tools/lib/run.ts";
import { foreignRoot } from "../../distro/foreign_root.ts";
import { RootUnavailable } from "../../distro/root.ts";
import { arm64Kernel, labKernel } from "../lib/kernel.ts";
import { LabUnavailable } from "../lib/place.ts";
import { checkQemu } from "../lib/qemu.ts";
import { scenePrograms } from "../visl/memory_tests.ts";

const { aarch64 } = targets;

/** What the guests run, in the build folder. */
const programs = [
	"v4l2_request_drv_video.so",
	"test/device/observe/libv4l2observe.so",
	"test/clients/va-decode/va-decode",
	...scenePrograms,
];

/** Builds the driver, the observer, a client and the scenes against the libraries of that Debian, in a folder of their own. */
async function build(foreign: string): Promise<string> {
	const options = ["-Dtests=true", "-Dsimulator=true"];
	const folder = await configure(basename(foreign), [...crossFiles(aarch64, foreign), ...options]);
	const { code } = await run(["ninja", "-C", folder, "--quiet", ...programs]);
	if (code !== 0) throw new LabUnavailable(`the build for ${aarch64.debian} failed (see above)`);
	return folder;
}

try {
	checkQemu();
	if (!hasProgram(aarch64.needs)) {
		throw new LabUnavailable(
			`building for ${aarch64.debian} needs ${aarch64.needs}: run \`node tools/bootstrap.mjs aarch64\` (as root)`,
		);
	}
	const foreign = await foreignRoot(aarch64);
	await labKernel(arm64Kernel);
	const env = { ...process.env, DRIVER_BUILD: await build(foreign) };
	const { code } = await run(tool("test/kernel/aarch64/suite.ts", ...process.argv.slice(2)), { env });
	process.exitCode = code;
} catch (error) {
	if (!(error instanceof LabUnavailable || error instanceof RootUnavailable)) throw error;
	console.error(`aarch64: ${error.message}`);
	process.exitCode = 1;
}
