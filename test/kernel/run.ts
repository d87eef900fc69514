// SPDX-License-Identifier: MIT
// The driver on the lab's kernel: node tools/run.mjs test/kernel/run.ts [part of a test's name ...]
import { ensureBuild } from "../clients/lib/device.ts";
import { runTests, Skip, test } from "../clients/lib/suite.ts";
import { av1 } from "../codecs/av1/codec.ts";
import { codecs, fixturesNamed, fixturesOf } from "../codecs/codecs.ts";
import { h264 } from "../codecs/h264/codec.ts";
import { hevc } from "../codecs/hevc/codec.ts";
import { agreeTests } from "./agree/agree_tests.ts";
import { boardContractTests } from "./contract/board_contract_tests.ts";
import { keptContractTests, liveContractTests } from "./contract/contract_tests.ts";
import { doctorStateTests } from "./doctor_states.ts";
import { doctorTests } from "./doctor_tests.ts";
import { faultTests } from "./faults/fault_tests.ts";
import { boardTests } from "./hardware/board_tests.ts";
import {
	boardOf,
	boardOfEachDriver,
	boardsWith,
	decodersOn,
	inShare,
	kernelOf,
	treesOf,
	usualTrees,
} from "./hardware/boards.ts";
import { codecFaultTests } from "./hardware/codec_fault_tests.ts";
import { exportTests } from "./hardware/export_tests.ts";
import { boardFaultTests } from "./hardware/fault_tests.ts";
import { boardFixtureTests } from "./hardware/fixture_tests.ts";
import { quirkTests } from "./hardware/quirks/quirk_tests.ts";
import { registersTests } from "./hardware/registers/registers_tests.ts";
import { structsTests } from "./hardware/registers/structs_tests.ts";
import { scalingTests } from "./hardware/scaling_tests.ts";
import { sizeTests } from "./hardware/size_tests.ts";
import { sliceCountTests } from "./hardware/slice_count_tests.ts";
import { boardStreamTests } from "./hardware/stream_tests.ts";
import { labTests } from "./lab_tests.ts";
import { checkLab } from "./lib/guest.ts";
import { builtKernels } from "./lib/kernel.ts";
import { LabUnavailable } from "./lib/place.ts";
import { kernelVersions, usualKernel } from "./lib/sources.ts";
import { screenTests } from "./screen/screen_tests.ts";
import { sandboxTests } from "./visl/sandbox_tests.ts";
import { smpTests } from "./visl/smp_tests.ts";
import { vislTests } from "./visl/visl_tests.ts";

/** The usual kernel, and those others that are built; each that is not has a line. */
function kernelsHere(): string[] {
	const built = builtKernels();
	for (const version of kernelVersions.filter((each) => !built.includes(each))) {
		test(`Linux ${version}`, async () => {
			throw new Skip(`Linux ${version} is not built: \`npm run kernels -- ${version}\` does it, once`);
		});
	}
	for (const version of built.filter((each) => each !== usualKernel)) {
		test(`Linux ${version}: streams on the boards that other kernels have, too`, async () => {
			throw new Skip(`\`npm run boards -- ${version}\` plays them on all`);
		});
	}
	return built;
}

await ensureBuild();
/** For what is about the device, whatever it decodes. */
const sample = fixturesOf(h264);
structsTests();
keptContractTests(); // on the simulated device, so these need no lab
try {
	await checkLab();
	faultTests(sample);
	labTests();
	agreeTests();
	vislTests();
	// All boards: `npm run doctor:boards`.
	doctorTests(boardOfEachDriver);
	doctorStateTests();
	sandboxTests();
	screenTests();
	const kernels = kernelsHere();
	liveContractTests(kernels, 40);
	smpTests(kernels);
	boardTests(sample, kernels, inShare);
	boardStreamTests(sample, kernels, inShare);
	// All, and HEVC's on i.MX8MQ: `npm run fixtures:boards`.
	const fixtures = codecs.filter(({ name }) => name !== "hevc").flatMap(fixturesOf);
	boardFixtureTests(fixtures, ["imx8mq"], usualKernel);
	// A20 differs in how its pictures lie in memory, not in streams.
	const kinds = codecs.flatMap((codec) => fixturesNamed(codec, codec.samples.kinds));
	boardFixtureTests(kinds, ["a20"], usualKernel);
	scalingTests(usualKernel);
	exportTests(kernels);
	quirkTests(kernels);
	boardContractTests(kernels);
	boardFaultTests(sample, boardOfEachDriver, boardOfEachDriver.slice(0, 1), usualKernel);
	codecFaultTests(["rk3399", "imx8mq", "a64"], usualKernel);
	for (const kernel of kernels.filter((version) => version !== usualKernel)) {
		// Of two decoders the jobs would come at once, and the log tells them apart by their order only.
		const trees = usualTrees.filter(
			(tree) => kernelOf(tree) === kernel && decodersOn(boardOf(tree), kernel).length === 1,
		);
		boardFaultTests(sample, trees, [], kernel);
		codecFaultTests(["rk3288"], kernel, [hevc.name]);
		// AV1's decoder alone, with and without its MMU.
		const withAv1 = boardsWith(av1.format).filter(({ name }) => kernelOf(name) === kernel);
		codecFaultTests(withAv1.flatMap(treesOf), kernel, [av1.name]);
	}
	registersTests(kernels);
	sliceCountTests(kernels);
	sizeTests(kernels);
} catch (error) {
	if (!(error instanceof LabUnavailable)) throw error;
	test("lab", async () => {
		throw new Skip(error.message);
	});
}
await runTests(2, process.argv.slice(2));
