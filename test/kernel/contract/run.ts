// SPDX-License-Identifier: MIT
// npm run contract: asks visl on the lab's kernel and the simulated device the same, and compares; --keep renews the recording
// that is kept for machines on which the lab cannot run.
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { Command } from "commander";
import { ensureBuild } from "../../clients/lib/device.ts";
import { runTests } from "../../clients/lib/suite.ts";
import { builtKernels } from "../lib/kernel.ts";
import { keptContractTests, liveContractTests } from "./contract_tests.ts";
import { KEPT_WALKS, keptPath, modes, recordVisl } from "./recordings.ts";

const options = new Command("contract")
	.description("Compares what visl on a real kernel and the simulated device answer to the same calls.")
	.option("--walks <number>", "random walks of 80 calls, in each mode", "200")
	.option("--keep", "renew the recording that is kept instead")
	.parse()
	.opts();

async function keep(): Promise<void> {
	const visl = await recordVisl(KEPT_WALKS);
	for (const mode of modes) {
		if (!visl[mode].good)
			throw new Error(`the contract test fails on visl (${mode}):\n${visl[mode].output}`);
		writeFileSync(keptPath(mode), gzipSync(visl[mode].text, { level: 9 }));
	}
}

await ensureBuild();
if (options.keep) {
	await keep();
} else {
	keptContractTests();
	liveContractTests(builtKernels(), Number(options.walks));
	await runTests(1, []);
}
