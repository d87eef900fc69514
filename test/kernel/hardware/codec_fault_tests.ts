// SPDX-License-Identifier: MIT
// Jobs of HEVC, VP9 and AV1 that fail and that never end: the picture is bad and the player hears of it; every other picture is what its job
// painted, and the hardware is told the same for it. fault_tests.ts has more of this, with H.264.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../tools/lib/run.ts";
import { vaDecodePath } from "../../clients/lib/device.ts";
import { expect, expectEqual, Failure, test } from "../../clients/lib/suite.ts";
import type { Codec } from "../../codecs/codec.ts";
import { codecNamed, fixturesNamed } from "../../codecs/codecs.ts";
import { guest } from "../lib/guest.ts";
import { decoderOf } from "./boards.ts";
import { expectTold, isBad, jobsOf, type Knobs, lines, quote, sentencesOf, turn } from "./lib/faults.ts";
import { paintedMd5 } from "./lib/paint.ts";
import { canonical, type Fields } from "./registers/canonical.ts";
import { readLog } from "./registers/log.ts";
import { toldCodec } from "./registers/streams.ts";

/** Streams of one picture a job, each of which comes out: none is hidden, and none is in slices. They are played twice in a row. */
const STREAMS: Record<string, string> = { hevc: "intra-refresh", vp9: "cyclic", av1: "resilient" };

const steps = (frames: number): Record<string, Knobs> => ({
	good: {},
	first: { fail: 1 },
	middle: { fail: 6, every: 4 },
	// Behind it there is a key picture: nothing refers to it.
	hung: { hang: frames },
});

/**
 * What kernel drivers keep of a frame, and one that fails does not leave: of VP9 frame contexts, the motion vectors that hantro takes,
 * and whether these are used; of AV1 the probabilities of each slot.
 */
const KEPT: Record<string, RegExp> = {
	vp9: /^probabilities |^REF_MV_ADDR\(0\)$|^tempor_mvp_e$/,
	av1: /^probabilities /,
};

/** What the kernel's drivers themselves say of jobs that fail or hang. */
const OWN_WORDS = /timed out|timeout|decode error detected|device still running/;

function checkFrames(name: string, knobs: Knobs, path: string, out: string, said: string): void {
	const [entry] = fixturesNamed(codecNamed(name), [STREAMS[name]]);
	const wanted = jobsOf({ ...entry, path }, 1).map((job) =>
		isBad(job, knobs) ? "bad" : paintedMd5(job, entry.width, entry.height),
	);
	const got = lines(out);
	const differing = wanted.findIndex((frame, i) => frame !== got[i]);
	expect(
		differing < 0 && got.length === wanted.length,
		`frame ${differing} of ${got.length}: ${got[differing]} instead of ${wanted[differing]}`,
	);
	const bad = wanted.filter((frame) => frame === "bad").length;
	expectEqual(lines(said).length, sentencesOf(bad), `sentences of the driver: ${said}`);
	expect(
		lines(said).every((line) => line.includes("reports an error in a picture")),
		`the driver said: ${said}`,
	);
}

/** What the hardware was told for each job, but for what the kernel's driver keeps of others. */
function jobsTold(codec: Codec, log: string): Fields[] {
	const jobs = canonical(toldCodec(codec.name).registers, readLog(log), String);
	for (const fields of jobs)
		for (const name of [...fields.keys()]) if (KEPT[codec.name]?.test(name)) fields.delete(name);
	return jobs;
}

function checkRegisters(codec: Codec, knobs: Knobs, good: string, log: string): void {
	const usually = jobsTold(codec, good);
	const jobs = jobsTold(codec, log);
	expectEqual(jobs.length, usually.length, "jobs");
	for (const [i, fields] of jobs.entries()) {
		const ended = fields.get("end") ?? "done";
		expectEqual(ended !== "done", isBad(i + 1, knobs), `job ${i + 1} ended as ${ended}`);
		if (ended === "hung") continue; // the fake has not seen where its picture was to go
		fields.delete("end");
		expectTold(fields, usually[i], jobs[i - 1]?.get("end") !== "hung", `job ${i + 1}`);
	}
}

/** Adds a test for each of these codecs that the boards decode on a kernel: HEVC, VP9 and AV1 unless told. */
export function codecFaultTests(boards: string[], kernel: string, names = Object.keys(STREAMS)): void {
	for (const board of boards) {
		for (const name of names) {
			const stream = STREAMS[name];
			const codec = codecNamed(name);
			if (!decoderOf(board, codec.format, kernel)) continue;
			test(`faults on board ${board} in ${codec.title}, ${kernel}: bad pictures, and nothing else`, async () => {
				const build = join(root, "build", "boards");
				mkdirSync(build, { recursive: true });
				const folder = mkdtempSync(join(build, `${board}-${name}-faults-`));
				const file = (of: string) => join(folder, of);
				try {
					const [entry] = fixturesNamed(codec, [stream]);
					const once = readFileSync(entry.path);
					const path = file(`twice.${codec.extension}`);
					writeFileSync(path, toldCodec(name).registers.joined([once, once]));
					const knobsOf = Object.entries(steps(entry.frames));
					const decode = [vaDecodePath(), "--codec", name, "--each", path].map(quote).join(" ");
					const script = [
						"log=/sys/kernel/debug/fake/log; knob=/sys/module/fake/parameters",
						"echo 4194304 >$knob/payload",
						...knobsOf.flatMap(([step, knobs]) => [
							turn(knobs),
							`${decode} >${quote(file(`${step}.out`))} 2>${quote(file(`${step}.said`))}`,
							`echo "step ${step} $?"; cat $log >${quote(file(`${step}.log`))}`,
						]),
						"",
					];
					writeFileSync(file("script"), script.join("\n"));
					const { stdout, kernelLog } = await guest(["sh", file("script")], {
						...{ board, kernel, quiet: true, timeout: 600 },
						parameters: ["fake.paint=1"],
					});
					const read = (of: string) => readFileSync(file(of), "utf8");
					for (const [step, knobs] of knobsOf) {
						const said = read(`${step}.said`);
						try {
							expect(
								stdout.includes(`step ${step} 0\n`),
								`the player ended with an error: ${said}`,
							);
							checkFrames(name, knobs, path, read(`${step}.out`), said);
							checkRegisters(codec, knobs, read("good.log"), read(`${step}.log`));
						} catch (error) {
							throw new Failure(`${step}: ${(error as Error).message}`);
						}
					}
					const rest = lines(kernelLog).filter((line) => !OWN_WORDS.test(line));
					expectEqual(rest.join("\n"), "", "kernel messages");
				} finally {
					rmSync(folder, { recursive: true, force: true });
				}
			});
		}
	}
}
