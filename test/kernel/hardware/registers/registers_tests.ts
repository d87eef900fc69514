// SPDX-License-Identifier: MIT
// What our driver makes each board's hardware do with fixtures, against the kept traces of GStreamer.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, expectEqual, Failure, Skip, test } from "../../../clients/lib/suite.ts";
import { fixturesNamed } from "../../../codecs/codecs.ts";
import { boardsWith, decoderOf, kernelWith, runsOn } from "../boards.ts";
import type { Told } from "./codec.ts";
import { collect } from "./collect.ts";
import { traceOf } from "./compare.ts";
import { judge } from "./judge.ts";
import { type KeptTrace, readKept } from "./kept.ts";
import { taken, toldCodecs } from "./streams.ts";

function kept(board: string, codec: Told, file: string): KeptTrace {
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
 * The kept traces are of the kernel on which a board is usually tried. Drivers of other kernels tell the same, but for these.
 * `npm run registers -- --kernel VERSION` compares with GStreamer there.
 */
const tellsOther: { board: string; kernel: string; codec?: string }[] = [
	// The motion vectors of bottom fields lie elsewhere (cedrus_h264.c, mv_col_buf_field_size).
	{ board: "a64", kernel: "6.1" },
	// Lines are multiples of 64 bytes (rkvdec.c, rkvdec_coded_fmts).
	{ board: "rk3399", kernel: "7.3" },
	// Chroma lies behind multiples of 32 lines (imx8m_vpu_hw.c, imx8m_vpu_g2_dec_fmts).
	{ board: "imx8mq", kernel: "7.3", codec: "vp9" },
];

const tellsTheSame = (board: string, codec: Told, kernel: string) =>
	runsOn(board, kernel) &&
	decoderOf(board, codec.format, kernel) !== undefined &&
	(kernel === kernelWith(board, codec.format) ||
		!tellsOther.some(
			(other) =>
				other.board === board &&
				other.kernel === kernel &&
				(other.codec ?? codec.name) === codec.name,
		));

async function compareWithKept(board: string, codec: Told, kernel: string): Promise<void> {
	const streams = fixturesNamed(codec, codec.registers.sample).filter((entry) =>
		taken(entry, codec, board, kernel),
	);
	const decodes = streams.map((stream) => ({ stream, client: "ours" as const }));
	const decoded = await collect(decodes, { board, kernel });
	for (const [i, stream] of streams.entries()) {
		const theirs = kept(board, codec, stream.file);
		const md5 = createHash("md5").update(readFileSync(stream.path)).digest("hex");
		expectEqual(theirs.md5, md5, `the fixture of which a trace of ${stream.file} is kept`);
		const verdict = judge(
			stream.file,
			theirs.family,
			codec.registers,
			traceOf(codec.registers, decoded[i].jobs),
			theirs,
		);
		const [field, { example }] = [...verdict.fields].find(([, count]) => !count.waiver) ?? ["", {}];
		expectEqual(
			verdict.different,
			0,
			`${stream.file}: jobs that differ, as in ${field} (${JSON.stringify(example)})`,
		);
		expect(verdict.equal > 0 || verdict.waived > 0, `${stream.file}: nothing was compared`);
	}
}

/** Adds the tests against kept traces, of each codec and board on these kernels. */
export function registersTests(kernels: string[]): void {
	for (const codec of toldCodecs) {
		const first = `${codec.registers.sample[0]}.${codec.extension}`;
		for (const { name: board } of boardsWith(codec.format)) {
			const reason = codec.registers.without[board];
			if (reason) {
				test(`registers: ${board} in ${codec.name}`, async () => {
					throw new Skip(reason);
				});
				continue;
			}
			for (const kernel of kernels.filter((version) => tellsTheSame(board, codec, version)))
				test(`registers: ${board} is told of ${codec.name} what GStreamer tells it, on ${kernel}`, () =>
					compareWithKept(board, codec, kernel));

			test(`registers: a difference on ${board} in ${codec.name} does not go unseen`, async () => {
				const trace = kept(board, codec, first);
				const names = [...trace.fields(String)[4].keys()];
				expect(names.length > 40, `only ${names.length} fields`);
				for (const name of names) {
					const changed = disturbed(trace, 4, name);
					const verdict = judge(first, trace.family, codec.registers, changed, trace);
					const seen = verdict.different + verdict.waived;
					expectEqual(seen, 1, `jobs that differ where ${name} was changed`);
				}
			});
		}
	}
}
