// SPDX-License-Identifier: MIT
// The driver on the lab's kernel: node tools/run.mjs test/kernel/run.ts [part of a test's name ...]
import { join } from "node:path";
import { root } from "../../tools/lib/run.ts";
import { ensureBuild } from "../clients/lib/device.ts";
import { readIndex } from "../clients/lib/streams.ts";
import { runTests } from "../clients/lib/suite.ts";
import { faultTests } from "./faults/fault_tests.ts";
import { labTests } from "./lab_tests.ts";
import { checkLab } from "./lib/guest.ts";
import { LabUnavailable } from "./lib/kernel.ts";

try {
	await checkLab();
	await ensureBuild();
	faultTests(readIndex(join(root, "fixtures", "index.tsv")));
	labTests();
	await runTests(2, process.argv.slice(2));
} catch (error) {
	if (!(error instanceof LabUnavailable)) throw error;
	console.log(`  skip  ${error.message}`);
	console.log("0 passed, 0 failed, 1 skipped");
}
