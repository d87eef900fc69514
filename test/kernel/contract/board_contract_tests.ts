// SPDX-License-Identifier: MIT
// The contract test on the decoders of boards: all of it holds there, too, but for what boards.tsv lists.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, expectEqual, Failure, test } from "../../clients/lib/suite.ts";
import { h264 } from "../../codecs/h264/codec.ts";
import { boardsWith, type Decoder, decoderOf, runsOn } from "../hardware/boards.ts";
import { guest } from "../lib/guest.ts";
import { contractProgram } from "./recordings.ts";

const WALKS = 8;

interface Difference {
	test: string;
	complaint: RegExp;
	reason: string;
}

function differencesOf(board: string, kernel: string): Difference[] {
	return readFileSync(join(import.meta.dirname, "boards.tsv"), "utf8")
		.split("\n")
		.filter((line) => line && !line.startsWith("#"))
		.map((line) => line.split("\t"))
		.filter(
			([boards, kernels]) => boards.split(",").includes(board) && kernels.split(",").includes(kernel),
		)
		.map(([, , test, complaint, reason]) => ({ test, complaint: new RegExp(`^${complaint}$`), reason }));
}

/** Tests that failed, and the first thing that each complained of. */
function failures(output: string): Map<string, string> {
	const failed = new Map<string, string>();
	let complaint = "";
	for (const line of output.split("\n")) {
		const said = /^ {4}\S+:\d+: (.*)$/.exec(line);
		const end = /^ {2}(ok|FAIL) +(.*)$/.exec(line);
		if (said) complaint = said[1];
		if (end?.[1] === "FAIL") failed.set(end[2], complaint);
		if (end) complaint = "";
	}
	return failed;
}

/**
 * What the kernel says for good reason: v4l2_ctrl_request_complete() warns of the control handler of a request that never
 * completes, such as one of hantro with two buffers.
 */
const ownWarning = /^\[[ .\d]+\] WARNING: .* v4l2_ctrl_request_complete\+/;

/** Adds the contract test of each board that decodes H.264, on each of the kernels that has its drivers. */
export function boardContractTests(kernels: string[]): void {
	for (const kernel of kernels) {
		for (const { name: board } of boardsWith(h264.format).filter(({ name }) => runsOn(name, kernel))) {
			const { driver } = decoderOf(board, h264.format) as Decoder;
			test(`contract of board ${board} on ${kernel}`, async () => {
				const command = [contractProgram, "--driver", driver, "--walks", String(WALKS)];
				const options = { board, kernel, quiet: true, timeout: 300 };
				const { stdout, stderr, output, kernelLog } = await guest(
					["sh", "-c", '"$@" 2>&1', "sh", ...command],
					options,
				);
				const summary = /^(\d+) passed, (\d+) failed, (\d+) skipped$/m.exec(stdout);
				expect(summary !== null, `the contract test did not end: ${output.slice(-1000)}`);
				const failed = failures(stdout);
				const listed = differencesOf(board, kernel);
				const complaints = [...failed].flatMap(([name, complaint]) =>
					listed.some((each) => each.test === name && each.complaint.test(complaint))
						? []
						: [`${name}: ${complaint}, and boards.tsv does not say why`],
				);
				for (const { test: name, reason } of listed)
					if (!failed.has(name)) complaints.push(`${name}: passes, and boards.tsv says: ${reason}`);
				if (complaints.length > 0) throw new Failure(complaints.join("\n"));
				expectEqual(Number(summary?.[2]), failed.size, "failed tests");
				expectEqual(Number(summary?.[3]), 0, "skipped tests");
				expect(Number(summary?.[1]) > 0, "no test passed");
				const warnings = `${stderr}\n${kernelLog}`
					.split("\n")
					.filter(
						(line) =>
							/WARNING|BUG|Oops/.test(line) &&
							!(driver === "hantro-vpu" && ownWarning.test(line)),
					);
				expectEqual(warnings.join("\n"), "", "the kernel's warnings");
			});
		}
	}
}
