// SPDX-License-Identifier: MIT
// All of fixture_tests.ts on each board: npm run fixtures:boards [-- KERNEL ...]
import { ensureBuild } from "../../clients/lib/device.ts";
import { runTests } from "../../clients/lib/suite.ts";
import { codecs, fixturesOf } from "../../codecs/codecs.ts";
import { usualKernel } from "../lib/sources.ts";
import { runsOn, usualTrees } from "./boards.ts";
import { boardFixtureTests } from "./fixture_tests.ts";

await ensureBuild();
const entries = codecs.flatMap(fixturesOf);
const kernels = process.argv.length > 2 ? process.argv.slice(2) : [usualKernel];
for (const kernel of kernels)
	boardFixtureTests(
		entries,
		usualTrees.filter((tree) => runsOn(tree, kernel)),
		kernel,
	);
await runTests(2, []);
