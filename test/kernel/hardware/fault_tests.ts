// SPDX-License-Identifier: MIT
// Errors as hardware makes them: jobs that fail and jobs that never end, many of them, anywhere in a stream. The picture is
// bad and the player hears of it; nothing else changes: neither the other pictures, nor what the hardware is told for them.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../tools/lib/run.ts";
import { vaDecodePath } from "../../clients/lib/device.ts";
import type { StreamEntry } from "../../clients/lib/streams.ts";
import { expect, expectEqual, test } from "../../clients/lib/suite.ts";
import { guest } from "../lib/guest.ts";
import { decodingOrder } from "./lib/order.ts";
import { paintedMd5 } from "./lib/paint.ts";
import { canonical } from "./registers/canonical.ts";
import { readLog } from "./registers/log.ts";

interface Knobs {
	fail?: number;
	hang?: number;
	every?: number;
}

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

/** As fake/fake.c chooses. */
function chosen(first: number | undefined, job: number, every = 0): boolean {
	return !!first && job >= first && (job === first || (every > 0 && (job - first) % every === 0));
}

const isBad = (job: number, { fail, hang, every }: Knobs): boolean =>
	chosen(fail, job, every) || chosen(hang, job, every);

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

/** Two players at once. */
const beside = { streams: ["tiny.264", "main-cabac.264"], times: [6, 9], knobs: { fail: 7, every: 5 } };

const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

function script(folder: string, entries: Map<string, StreamEntry>, chosenSteps: Step[]): string {
	const file = (name: string) => quote(join(folder, name));
	const path = (stream: string) => (entries.get(stream) as StreamEntry).path;
	const copies = (stream: string, times: number, to: string) =>
		`for i in $(seq ${times}); do cat ${quote(path(stream))}; done >/tmp/${to}`;
	const turn = ({ fail = 0, hang = 0, every = 0 }: Knobs) =>
		`echo ${fail} >$knob/fail; echo ${hang} >$knob/hang; echo ${every} >$knob/every; echo clear >$log`;
	const decode = (stream: string, name: string, again = false) =>
		`${quote(vaDecodePath())} ${again ? "--again " : ""}--each /tmp/${stream} >${file(`${name}.out`)} 2>${file(`${name}.said`)}`;
	return [
		"log=/sys/kernel/debug/fake/log; knob=/sys/module/fake/parameters",
		...chosenSteps.flatMap(({ name, stream, times, knobs, again }) => [
			copies(stream, times, "stream"),
			turn(knobs),
			decode("stream", name, again),
			`echo "step ${name} $?"; ${times > 100 ? "grep ^end $log" : "cat $log"} >${file(`${name}.log`)}`,
		]),
		...beside.streams.map((stream, i) => copies(stream, beside.times[i], `beside-${i}`)),
		turn(beside.knobs),
		`(${decode("beside-0", "beside-0")}; echo "step beside-0 $?") &`,
		`${decode("beside-1", "beside-1")}; echo "step beside-1 $?"`,
		"wait",
		`grep ^end $log >${file("beside.log")}`,
		"",
	].join("\n");
}

interface Results {
	stdout: string;
	read: (name: string) => string;
	entries: Map<string, StreamEntry>;
}

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

/** By output order, the job of each frame of a stream that is there several times. */
function jobsOf(entry: StreamEntry, times: number): number[] {
	const order = decodingOrder(entry.path);
	return Array.from({ length: times }, (_, i) => order.map((place) => place + i * order.length)).flat();
}

/** Each frame is what its job painted, or bad if that went wrong; the player was told once of each. */
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
	const bad = wanted.filter((frame) => frame === "bad").length;
	const told = lines(read(`${step.name}.said`));
	expectEqual(told.length, bad, `${step.name}: sentences of the driver`);
	expect(
		told.every((line) => line.includes("reports an error in a picture")),
		`${step.name}: the driver said ${told.find((line) => !line.includes("reports an error"))}`,
	);
}

/** Written before the job after one that hung, instead of the interrupt's end: rockchip_vpu2_dec_reset() of rockchip_vpu_hw.c. */
const reset = ["register 0dc", "register 0e8"];

/** The hardware is told the same for each job, whatever went wrong before. */
function checkRegisters({ read }: Results, step: Step): void {
	const good = canonical(readLog(read("good.log")), String);
	const jobs = canonical(readLog(read(`${step.name}.log`)), String);
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
		const afterReset = jobs[i - 1]?.get("end") === "hung";
		const all = (of: Map<string, string>) =>
			[...of].filter(([name]) => !afterReset || !reset.includes(name)).map((each) => each.join("="));
		const usual = new Set(all(good[i]));
		const got = all(fields);
		const other = got.filter((each) => !usual.has(each));
		expectEqual(other.join(", "), "", `${step.name}: job ${i + 1} is told otherwise than without faults`);
		expectEqual(got.length, usual.size, `${step.name}: fields of job ${i + 1}`);
	}
}

/** Every job painted one frame of one of them, in its own order, or failed; nothing of one came out of the other. */
function checkBeside({ stdout, read, entries }: Results): void {
	const { streams, times, knobs } = beside;
	const seen: number[] = [];
	let bad = 0;
	let count = 0;
	for (const [i, stream] of streams.entries()) {
		const entry = entries.get(stream) as StreamEntry;
		expect(
			stdout.includes(`step beside-${i} 0\n`),
			`${stream} beside another: ${read(`beside-${i}.said`)}`,
		);
		const frames = lines(read(`beside-${i}.out`));
		const order = jobsOf(entry, times[i]);
		expectEqual(frames.length, order.length, `${stream} beside another: frames`);
		count += order.length;
		const painter = new Map(
			Array.from({ length: 255 }, (_, n) => [paintedMd5(n + 1, entry.width, entry.height), n + 1]),
		);
		const inOrder: number[] = [];
		for (const [n, frame] of frames.entries()) {
			if (frame === "bad") bad++;
			else inOrder[order[n]] = painter.get(frame) ?? Number.NaN;
		}
		const found = inOrder.filter((job) => job !== undefined);
		expect(
			found.every((job, n) => n === 0 || job > found[n - 1]),
			`${stream} beside another: painted by the jobs ${found.join(" ")}`,
		);
		seen.push(...found);
	}
	const wanted = Array.from({ length: count }, (_, i) => i + 1).filter((job) => !isBad(job, knobs));
	expectEqual(seen.sort((a, b) => a - b).join(" "), wanted.join(" "), "good jobs of two players at once");
	expectEqual(bad, count - wanted.length, "bad frames of two players at once");
	expectEqual(lines(read("beside.log")).length, count, "jobs of two players at once");
}

/** What the kernel's drivers themselves say of jobs that hang. */
const ownWords = /timed out|timeout/;

/** On these boards the decoders of all three drivers that take H.264 are met; `thousand`: there with a thousand faults. */
export function boardFaultTests(
	all: StreamEntry[],
	boards: string[],
	thousand: string[],
	kernel: string,
): void {
	const entries = new Map(all.map((entry) => [entry.file, entry]));
	for (const board of boards) {
		test(`faults on board ${board}, ${kernel}: bad pictures, and nothing else`, async () => {
			const build = join(root, "build", "boards");
			mkdirSync(build, { recursive: true });
			const folder = mkdtempSync(join(build, `${board}-faults-`));
			const chosen = thousand.includes(board) ? [...steps, many] : steps;
			try {
				const path = join(folder, "script");
				writeFileSync(path, script(folder, entries, chosen));
				const options = { board, kernel, quiet: true, timeout: 240, parameters: ["fake.paint=1"] };
				const { stdout, kernelLog } = await guest(["sh", path], options);
				const read = (name: string) => readFileSync(join(folder, name), "utf8");
				const results = { stdout, read, entries };
				for (const step of chosen) checkFrames(results, step);
				for (const step of steps) if (step.compare) checkRegisters(results, step);
				checkBeside(results);
				const rest = lines(kernelLog).filter((line) => !ownWords.test(line));
				expectEqual(rest.join("\n"), "", "kernel messages");
			} finally {
				rmSync(folder, { recursive: true, force: true });
			}
		});
	}
}
