// SPDX-License-Identifier: MIT
// What our driver makes each board's hardware do with fixtures, against the kept traces of GStreamer.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, expectEqual, Failure, test } from "../../../clients/lib/suite.ts";
import { collect } from "./collect.ts";
import { traceOf } from "./compare.ts";
import { judge } from "./judge.ts";
import { type KeptTrace, readKept } from "./kept.ts";
import { fixtures } from "./streams.ts";

/** Boards, and the codecs that their decoders have in common with the driver. */
const BOARDS: Record<string, string[]> = {
	rk3568: ["h264"],
	rk3399: ["h264"],
	rk3288: ["h264"],
	imx8mq: ["h264"],
	a64: ["h264"],
};

/** A sample of each codec: `npm run registers` takes all. */
const SAMPLE: Record<string, string[]> = {
	h264: [
		"cb-cavlc",
		"high-pyramid",
		"high-cqm-custom",
		"weighted-p",
		"multi-slice",
		"mbaff-cabac",
		"paff-b-temporal",
		"explicit-b",
		"long-term-fields",
		"parameter-sets",
	],
};

function kept(board: string, codec: string, file: string): KeptTrace {
	const trace = readKept(board, codec).get(file);
	if (!trace) throw new Failure(`no kept trace of ${file}: make them again with registers/golden.ts`);
	return trace;
}

/** A trace with one value of one job changed. */
function disturbed(trace: KeptTrace, job: number, field: string): KeptTrace {
	return {
		...trace,
		fields: (label) => {
			const jobs = trace.fields(label);
			jobs[job].set(field, `${jobs[job].get(field)}1`);
			return jobs;
		},
	};
}

/**
 * The kept traces are of 6.12. Drivers of 6.1 tell the same, but cedrus: its motion vectors of bottom fields lie elsewhere
 * (cedrus_h264.c, mv_col_buf_field_size). `npm run registers -- --kernel 6.1` compares with GStreamer on 6.1.
 */
const tellsTheSame = (board: string, kernel: string) => kernel === "6.12" || board !== "a64";

async function compareWithKept(board: string, codec: string, kernel: string): Promise<void> {
	const streams = fixtures(codec).filter((entry) =>
		SAMPLE[codec].includes(entry.file.replace(/\.\w+$/, "")),
	);
	expectEqual(streams.length, SAMPLE[codec].length, "fixtures of the sample");
	const decodes = streams.map((stream) => ({ stream, client: "ours" as const }));
	const decoded = await collect(decodes, { board, kernel });
	for (const [i, stream] of streams.entries()) {
		const theirs = kept(board, codec, stream.file);
		const md5 = createHash("md5").update(readFileSync(stream.path)).digest("hex");
		expectEqual(theirs.md5, md5, `the fixture of which a trace of ${stream.file} is kept`);
		const verdict = judge(stream.file, theirs.family, codec, traceOf(decoded[i].jobs), theirs);
		const [field, { example }] = [...verdict.fields].find(([, count]) => !count.waiver) ?? ["", {}];
		expectEqual(
			verdict.different,
			0,
			`${stream.file}: jobs that differ, as in ${field} (${JSON.stringify(example)})`,
		);
		expect(verdict.equal > 0 || verdict.waived > 0, `${stream.file}: nothing was compared`);
	}
}

export function registersTests(kernels: string[]): void {
	for (const [board, codecs] of Object.entries(BOARDS)) {
		for (const codec of codecs) {
			for (const kernel of kernels.filter((version) => tellsTheSame(board, version)))
				test(`registers: ${board} is told of ${codec} what GStreamer tells it, on ${kernel}`, () =>
					compareWithKept(board, codec, kernel));

			test(`registers: a difference on ${board} in ${codec} does not go unseen`, async () => {
				const trace = kept(board, codec, "cb-cavlc.264");
				const names = [...trace.fields(String)[4].keys()];
				expect(names.length > 40, `only ${names.length} fields`);
				for (const name of names) {
					const verdict = judge(
						"cb-cavlc.264",
						trace.family,
						codec,
						disturbed(trace, 4, name),
						trace,
					);
					const seen = verdict.different + verdict.waived;
					expectEqual(seen, 1, `jobs that differ where ${name} was changed`);
				}
			});
		}
	}
}
