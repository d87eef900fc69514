// SPDX-License-Identifier: MIT
// What players show on screens, at length: npm run test:screens [-- part of a test's name ...]
import { ensureBuild } from "../../clients/lib/device.ts";
import { runTests } from "../../clients/lib/suite.ts";
import { checkLab } from "../lib/guest.ts";
import { longScreenTests } from "./screen_tests.ts";
import { swayTests } from "./sway_tests.ts";

await ensureBuild();
await checkLab();
swayTests();
longScreenTests();
await runTests(1, process.argv.slice(2));
