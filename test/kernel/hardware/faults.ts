// SPDX-License-Identifier: MIT
// All of fault_tests.ts, a thousand faults and two contexts in random trouble on each board: npm run faults:boards [-- KERNEL ...]
import { ensureBuild } from "../../clients/lib/device.ts";
import { runTests } from "../../clients/lib/suite.ts";
import { fixturesOf } from "../../codecs/codecs.ts";
import { h264 } from "../../codecs/h264/codec.ts";
import { usualKernel } from "../lib/sources.ts";
import { randomRounds, shortRounds } from "./beside.ts";
import { runsOn, trees } from "./boards.ts";
import { boardFaultTests } from "./fault_tests.ts";

await ensureBuild();
const entries = fixturesOf(h264);
const kernels = process.argv.length > 2 ? process.argv.slice(2) : [usualKernel];
for (const kernel of kernels) {
	const all = trees.filter((tree) => runsOn(tree, kernel));
	boardFaultTests(entries, all, all, kernel, [...shortRounds, ...randomRounds(12)]);
}
await runTests(2, []);
