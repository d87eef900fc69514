// SPDX-License-Identifier: MIT
// All of fault_tests.ts, a thousand faults and two contexts in random trouble on each board: npm run faults:boards [-- KERNEL ... TREE ...]
import { ensureBuild } from "../../clients/lib/device.ts";
import { runTests } from "../../clients/lib/suite.ts";
import { fixturesOf } from "../../codecs/codecs.ts";
import { h264 } from "../../codecs/h264/codec.ts";
import { randomRounds, shortRounds } from "./beside.ts";
import { chosenTrees, trees } from "./boards.ts";
import { boardFaultTests } from "./fault_tests.ts";

await ensureBuild();
const entries = fixturesOf(h264);
for (const { kernel, trees: chosen } of chosenTrees(process.argv.slice(2), trees))
	boardFaultTests(entries, chosen, chosen, kernel, [...shortRounds, ...randomRounds(12)]);
await runTests(2, []);
