// SPDX-License-Identifier: MIT
// All of fault_tests.ts, a thousand faults and two contexts in random trouble on each board with H.264: npm run faults:boards [-- KERNEL ...]
import { join } from "node:path";
import { root } from "../../../tools/lib/run.ts";
import { ensureBuild } from "../../clients/lib/device.ts";
import { readIndex } from "../../clients/lib/streams.ts";
import { runTests } from "../../clients/lib/suite.ts";
import { randomRounds, shortRounds } from "./beside.ts";
import { boardFaultTests } from "./fault_tests.ts";

await ensureBuild();
const entries = readIndex(join(root, "fixtures", "h264", "index.tsv"));
const boards = [
	"rk3568",
	"rk3568-iommu",
	"rk3399",
	"rk3399-iommu",
	"rk3288",
	"rk3288-iommu",
	"imx8mq",
	"a64",
];
const kernels = process.argv.length > 2 ? process.argv.slice(2) : ["6.12"];
for (const kernel of kernels)
	boardFaultTests(entries, boards, boards, kernel, [...shortRounds, ...randomRounds(12)]);
await runTests(2, []);
