// SPDX-License-Identifier: MIT
// npm run doctor:boards [-- --write] [-- part of a name ...]: the doctor on visl and on all boards of the lab, each on the usual kernel if that
// has its drivers. --write: the golden texts become what the doctor says now.
import { ensureBuild } from "../clients/lib/device.ts";
import { runTests, Skip, test } from "../clients/lib/suite.ts";
import { doctorStateTests } from "./doctor_states.ts";
import { doctorTests } from "./doctor_tests.ts";
import { allBoards, boardOfEachDriver, kernelOf } from "./hardware/boards.ts";
import { builtKernels } from "./lib/kernel.ts";
import { usualKernel } from "./lib/sources.ts";

const write = process.argv.includes("--write");
const only = process.argv.slice(2).filter((word) => word !== "--write");
await ensureBuild();
const built = [usualKernel, ...builtKernels()];
const trees = [...new Set([...boardOfEachDriver, ...allBoards])];
doctorTests(
	trees.filter((tree) => built.includes(kernelOf(tree))),
	write,
);
doctorStateTests(write);
for (const tree of trees.filter((each) => !built.includes(kernelOf(each)))) {
	test(`doctor: on ${tree}`, async () => {
		throw new Skip(
			`Linux ${kernelOf(tree)} is not built: \`npm run kernels -- ${kernelOf(tree)}\` does it, once`,
		);
	});
}
await runTests(2, only);
