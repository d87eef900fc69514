// SPDX-License-Identifier: MIT
// npm run kernels [-- VERSION ...]: builds the lab's kernels that are not built yet, all that this Debian has the sources of.
import { builtKernels, labKernel } from "./lib/kernel.ts";
import { LabUnavailable } from "./lib/place.ts";
import { kernelVersions } from "./lib/sources.ts";

const wanted = process.argv.slice(2);
const unknown = wanted.filter((version) => !kernelVersions.includes(version));
if (unknown.length > 0) {
	console.error(`kernels: there is no ${unknown.join(", ")}; there are ${kernelVersions.join(", ")}`);
	process.exit(1);
}
for (const version of wanted.length > 0 ? wanted : kernelVersions) {
	try {
		await labKernel(version);
	} catch (error) {
		if (!(error instanceof LabUnavailable)) throw error;
		console.error(`kernels: ${error.message}`);
		if (wanted.length > 0) process.exitCode = 1;
	}
}
console.log(`Built: ${builtKernels().join(", ") || "none"}`);
