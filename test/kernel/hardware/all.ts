// SPDX-License-Identifier: MIT
// npm run boards [-- KERNEL ...]: board_tests.ts and stream_tests.ts on all boards of the kernels named, or of those that are built.
import { ensureBuild } from "../../clients/lib/device.ts";
import { runTests } from "../../clients/lib/suite.ts";
import { fixturesOf } from "../../codecs/codecs.ts";
import { h264 } from "../../codecs/h264/codec.ts";
import { builtKernels } from "../lib/kernel.ts";
import { boardTests } from "./board_tests.ts";
import { boardStreamTests } from "./stream_tests.ts";

await ensureBuild();
const named = process.argv.slice(2);
const kernels = named.length > 0 ? named : builtKernels();
boardTests(fixturesOf(h264), kernels);
boardStreamTests(fixturesOf(h264), kernels);
await runTests(2, []);
