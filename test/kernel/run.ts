// SPDX-License-Identifier: MIT
// The driver on the lab's kernel: node tools/run.mjs test/kernel/run.ts [part of a test's name ...]
import { join } from "node:path";
import { root } from "../../tools/lib/run.ts";
import { ensureBuild } from "../clients/lib/device.ts";
import { readIndex } from "../clients/lib/streams.ts";
import { runTests, Skip, test } from "../clients/lib/suite.ts";
import { agreeTests } from "./agree/agree_tests.ts";
import { boardContractTests } from "./contract/board_contract_tests.ts";
import { keptContractTests, liveContractTests } from "./contract/contract_tests.ts";
import { faultTests } from "./faults/fault_tests.ts";
import { boardTests } from "./hardware/board_tests.ts";
import { boardFaultTests } from "./hardware/fault_tests.ts";
import { boardFixtureTests } from "./hardware/fixture_tests.ts";
import { mannersTests } from "./hardware/manners/manners_tests.ts";
import { registersTests } from "./hardware/registers/registers_tests.ts";
import { boardStreamTests } from "./hardware/stream_tests.ts";
import { labTests } from "./lab_tests.ts";
import { checkLab } from "./lib/guest.ts";
import { builtKernels, kernelVersions, LabUnavailable } from "./lib/kernel.ts";
import { screenTests } from "./screen/screen_tests.ts";
import { vislTests } from "./visl/visl_tests.ts";

/** The usual kernel, and those others that are built; each that is not has a line. */
function boardKernels(): string[] {
	const built = builtKernels();
	for (const version of kernelVersions.filter((each) => !built.includes(each))) {
		test(`boards on ${version}`, async () => {
			throw new Skip(`Linux ${version} is not built: \`npm run kernels -- ${version}\` does it, once`);
		});
	}
	return built;
}

await ensureBuild();
const entries = readIndex(join(root, "fixtures", "h264", "index.tsv"));
keptContractTests(); // on the simulated device, so these need no lab
try {
	await checkLab();
	faultTests(entries);
	labTests();
	liveContractTests(40);
	agreeTests();
	vislTests(entries);
	screenTests();
	const kernels = boardKernels();
	boardTests(entries, kernels);
	boardStreamTests(entries, kernels);
	boardFixtureTests(entries, ["imx8mq"], "6.12");
	mannersTests(kernels);
	boardContractTests(kernels);
	boardFaultTests(entries, ["rk3568", "rk3399", "a64"], ["rk3568"], "6.12");
	registersTests(kernels);
} catch (error) {
	if (!(error instanceof LabUnavailable)) throw error;
	test("lab", async () => {
		throw new Skip(error.message);
	});
}
await runTests(2, process.argv.slice(2));
