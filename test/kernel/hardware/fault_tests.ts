// SPDX-License-Identifier: MIT
// Errors as hardware makes them: jobs that fail and jobs that never end, many of them, anywhere in a stream. The picture is
// bad and the player hears of it; nothing else changes: neither the other pictures, nor what the hardware is told for them.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../tools/lib/run.ts";
import { vaDecodePath } from "../../clients/lib/device.ts";
import type { StreamEntry } from "../../clients/lib/streams.ts";
import { expect, expectEqual, test } from "../../clients/lib/suite.ts";
import { h264 } from "../../codecs/h264/codec.ts";
import { h264Registers } from "../../codecs/h264/registers/registers.ts";
import { guest } from "../lib/guest.ts";
import { besideScript, checkBeside, type Round, shortRounds } from "./beside.ts";
import { decoderOf } from "./boards.ts";
import {
	expectTold,
	isBad,
	jobsOf,
	type Knobs,
	lines,
	quote,
	type Results,
	sentencesOf,
	turn,
} from "./lib/faults.ts";
import { paintedMd5 } from "./lib/paint.ts";
import { canonical } from "./registers/canonical.ts";
import { readLog } from "./registers/log.ts";

/** A decode of a stream that is there several times over, each beginning with an IDR picture. */
interface Step {
	name: string;
	stream: string;
	times: number;
	knobs: Knobs;
	/** Its registers are compared with those of the step without faults, too. */
	compare?: boolean;
	/** Decodes it twice and looks for what the first left behind; the knobs stay, and count on. */
	again?: boolean;
}

/** Every third of 3200 pictures. */
const many: Step = { name: "many", stream: "tiny.264", times: 160, knobs: { fail: 5, every: 3 } };

const steps: Step[] = [
	{ name: "good", stream: "high-pyramid.264", times: 2, knobs: {} },
	{ name: "first", compare: true, stream: "high-pyramid.264", times: 2, knobs: { fail: 1 } },
	{ name: "middle", compare: true, stream: "high-pyramid.264", times: 2, knobs: { fail: 6, every: 4 } },
	{ name: "last", compare: true, stream: "high-pyramid.264", times: 2, knobs: { fail: 32 } },
	{ name: "all", compare: true, stream: "high-pyramid.264", times: 1, knobs: { fail: 1, every: 1 } },
	// The last picture of the stream: nothing refers to it.
	{ name: "hung", compare: true, stream: "high-pyramid.264", times: 2, knobs: { hang: 16 } },
	{ name: "hung first", stream: "high-pyramid.264", times: 1, knobs: { hang: 1 } },
	{ name: "both", stream: "main-cabac.264", times: 1, knobs: { fail: 3, hang: 7, every: 12 }, again: true },
];

/**
 * In the guest's shell: the driver takes this decoder, whose video node has this name. Among several that decode a stream it takes the one
 * with the fewest contexts, and two contexts are to meet in one decoder.
 */
const choose = (node: string): string =>
	`name=$(grep -lFx ${quote(node)} /sys/class/video4linux/video*/name); export LIBVA_V4L2_REQUEST_VIDEO_PATH=/dev/$(basename "\${name%/name}")`;

function script(
	node: string,
	folder: string,
	entries: Map<string, StreamEntry>,
	chosenSteps: Step[],
	rounds: Round[],
): string {
	const file = (name: string) => quote(join(folder, name));
	const path = (stream: string) => (entries.get(stream) as StreamEntry).path;
	const copies = (stream: string, times: number, to: string) =>
		`for i in $(seq ${times}); do cat ${quote(path(stream))}; done >/tmp/${to}`;
	const decode = (stream: string, name: string, again = false) =>
		`${quote(vaDecodePath())} ${again ? "--again " : ""}--each /tmp/${stream} >${file(`${name}.out`)} 2>${file(`${name}.said`)}`;
	return [
		"log=/sys/kernel/debug/fake/log; knob=/sys/module/fake/parameters",
		choose(node),
		...chosenSteps.flatMap(({ name, stream, times, knobs, again }) => [
			copies(stream, times, "stream"),
			turn(knobs),
			decode("stream", name, again),
			`echo "step ${name} $?"; ${times > 100 ? "grep ^end $log" : "cat $log"} >${file(`${name}.log`)}`,
		]),
		...besideScript(folder, path, rounds),
		"",
	].join("\n");
}

/** Each frame is what its job painted, or bad if that went wrong; the player was told. */
function checkFrames({ stdout, read, entries }: Results, step: Step): void {
	expect(
		stdout.includes(`step ${step.name} 0\n`),
		`${step.name}: the player ended with an error: ${read(`${step.name}.said`)}`,
	);
	const entry = entries.get(step.stream) as StreamEntry;
	const { width, height } = entry;
	const jobs = jobsOf(entry, step.times * (step.again ? 2 : 1));
	const account = /^(first|again|reopened) /;
	const said = lines(read(`${step.name}.out`));
	const wanted = jobs.map((job) => (isBad(job, step.knobs) ? "bad" : paintedMd5(job, width, height)));
	const got = said.filter((line) => !account.test(line));
	const differing = wanted.findIndex((frame, i) => frame !== got[i]);
	expect(
		differing < 0 && got.length === wanted.length,
		`${step.name}: frame ${differing} of ${got.length}, job ${jobs[differing]}: ${got[differing]} instead of ${wanted[differing]}`,
	);
	if (step.again) {
		const rest = said.filter((line) => account.test(line));
		expectEqual(
			rest.join(", "),
			"first done, again done",
			`${step.name}: what is left of the first decode`,
		);
	}
	// "again" may be a context of its own.
	const bad = (frames: string[]): number => frames.filter((frame) => frame === "bad").length;
	const half = jobsOf(entry, step.times).length;
	const expected = [
		sentencesOf(bad(wanted)),
		sentencesOf(bad(wanted.slice(0, half))) + sentencesOf(bad(wanted.slice(half))),
	];
	const told = lines(read(`${step.name}.said`));
	expect(
		expected.includes(told.length),
		`${step.name}: ${told.length} sentences of the driver, not ${expected.join(" or ")}`,
	);
	expect(
		told.every((line) => line.includes("reports an error in a picture")),
		`${step.name}: the driver said ${told.find((line) => !line.includes("reports an error"))}`,
	);
}

/** The hardware is told the same for each job, whatever went wrong before. */
function checkRegisters({ read }: Results, step: Step): void {
	const good = canonical(h264Registers, readLog(read("good.log")), String);
	const jobs = canonical(h264Registers, readLog(read(`${step.name}.log`)), String);
	expectEqual(jobs.length, step.times * (good.length / 2), `${step.name}: jobs`);
	for (const [i, fields] of jobs.entries()) {
		const ended = fields.get("end") ?? "done";
		expectEqual(
			ended !== "done",
			isBad(i + 1, step.knobs),
			`${step.name}: job ${i + 1} ended as ${ended}`,
		);
		if (ended === "hung") continue; // the fake has not seen where its picture was to go
		fields.delete("end");
		expectTold(fields, good[i], jobs[i - 1]?.get("end") !== "hung", `${step.name}: job ${i + 1}`);
	}
}

/** What the kernel's drivers themselves say of jobs that hang. */
const ownWords = /timed out|timeout/;

/** On these boards the decoders of all three drivers that take H.264 are met; `thousand`: there with a thousand faults. */
export function boardFaultTests(
	all: StreamEntry[],
	boards: string[],
	thousand: string[],
	kernel: string,
	rounds: Round[] = shortRounds,
): void {
	const entries = new Map(all.map((entry) => [entry.file, entry]));
	for (const board of boards) {
		const decoder = decoderOf(board, h264.format, kernel);
		if (!decoder) throw new Error(`board ${board} decodes no H.264 on Linux ${kernel}`);
		test(`faults on board ${board}, ${kernel}: bad pictures, and nothing else`, async () => {
			const build = join(root, "build", "boards");
			mkdirSync(build, { recursive: true });
			const folder = mkdtempSync(join(build, `${board}-faults-`));
			const chosen = thousand.includes(board) ? [...steps, many] : steps;
			try {
				const path = join(folder, "script");
				writeFileSync(path, script(decoder.node, folder, entries, chosen, rounds));
				const options = {
					board,
					kernel,
					quiet: true,
					timeout: 600 + 60 * rounds.length,
					parameters: ["fake.paint=1"],
				};
				const { stdout, kernelLog } = await guest(["sh", path], options);
				const read = (name: string) => readFileSync(join(folder, name), "utf8");
				const results = { stdout, read, entries };
				for (const step of chosen) checkFrames(results, step);
				for (const step of steps) if (step.compare) checkRegisters(results, step);
				for (const round of rounds) checkBeside(results, round);
				const rest = lines(kernelLog).filter((line) => !ownWords.test(line));
				expectEqual(rest.join("\n"), "", "kernel messages");
			} finally {
				rmSync(folder, { recursive: true, force: true });
			}
		});
	}
}
