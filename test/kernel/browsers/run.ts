// SPDX-License-Identifier: MIT
// Browsers in the lab: npm run test:browsers [-- part of a test's name ...]
import { ensureBuild } from "../../clients/lib/device.ts";
import { runTests } from "../../clients/lib/suite.ts";
import { checkLab } from "../lib/guest.ts";
import { browserTests } from "./browser_tests.ts";

await ensureBuild();
await checkLab();
browserTests();
await runTests(1, process.argv.slice(2));
