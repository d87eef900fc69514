// SPDX-License-Identifier: MIT
// npm run doctor:boards [-- --write] [-- part of a name ...]: the doctor on visl and on all boards of the lab's usual kernel.
// --write: the golden texts become what the doctor says now.
import { ensureBuild } from "../clients/lib/device.ts";
import { runTests } from "../clients/lib/suite.ts";
import { doctorTests } from "./doctor_tests.ts";
import { boardOfEachDriver, kernelOf, usualTrees } from "./hardware/boards.ts";
import { usualKernel } from "./lib/sources.ts";

const write = process.argv.includes("--write");
const only = process.argv.slice(2).filter((word) => word !== "--write");
await ensureBuild();
const trees = usualTrees.filter((tree) => kernelOf(tree) === usualKernel);
// H6 takes HEVC of 10 bit, and shows it in 8 bit: not Main 10.
doctorTests([...new Set([...boardOfEachDriver, ...trees, "h6"])], write);
await runTests(2, only);
