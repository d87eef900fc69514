// SPDX-License-Identifier: MIT
// All of fixture_tests.ts on each board, or on those named: npm run fixtures:boards [-- KERNEL ... TREE ...]
import { ensureBuild } from "../../clients/lib/device.ts";
import { runTests } from "../../clients/lib/suite.ts";
import { codecs, fixturesOf } from "../../codecs/codecs.ts";
import { boardsInTiles, chosenTrees, treesOf, usualTrees } from "./boards.ts";
import { boardFixtureTests } from "./fixture_tests.ts";

await ensureBuild();
const entries = codecs.flatMap(fixturesOf);
const all = [...usualTrees, ...boardsInTiles.flatMap(treesOf)];
for (const { kernel, trees } of chosenTrees(process.argv.slice(2), all))
	boardFixtureTests(entries, trees, kernel);
await runTests(2, []);
