// SPDX-License-Identifier: MIT
// Two contexts decode at once, in two processes or in two threads of one, and jobs fail and hang: each hears of its own bad
// pictures, has all others right, and the hardware is told for each of both what it is told when that decodes alone.
import { join } from "node:path";
import { vaDecodePath } from "../../clients/lib/device.ts";
import type { StreamEntry } from "../../clients/lib/streams.ts";
import { expect, expectEqual } from "../../clients/lib/suite.ts";
import { h264Registers } from "../../codecs/h264/registers/registers.ts";
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
import { canonical, lastValues } from "./registers/canonical.ts";
import { type RawJob, readLog } from "./registers/log.ts";

/** Of different sizes: so the log tells whose a job is. Each is there several times, beginning with an IDR picture. */
const films = [
	{ stream: "tiny.264", times: 4 },
	{ stream: "main-cabac.264", times: 6 },
];

export interface Round {
	name: string;
	/** In one process, on one display; else in two. */
	together: boolean;
	knobs: Knobs;
}

export const shortRounds: Round[] = [
	{ name: "apart", together: false, knobs: { fail: 7, every: 5 } },
	{ name: "together", together: true, knobs: { fail: 4, every: 3 } },
	{ name: "together, hung", together: true, knobs: { fail: 9, hang: 50, every: 101 } },
];

/** Numerical Recipes' generator: the same rounds each time. */
function* numbers(seed: number): Generator<number> {
	for (let state = seed; ; ) {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		yield state >>> 8;
	}
}

/** Rounds of faults to come, the same in each run. */
export function randomRounds(count: number): Round[] {
	const random = numbers(1);
	const below = (limit: number) => 1 + ((random.next().value as number) % limit);
	return Array.from({ length: count }, (_, i) => ({
		name: `random-${i}`,
		together: i % 3 !== 0,
		knobs:
			i % 2 === 0
				? { fail: below(40), every: below(12) }
				: { fail: below(60), hang: below(60), every: 40 + below(40) },
	}));
}

/** Runs in the guest. */
export function besideScript(folder: string, path: (stream: string) => string, rounds: Round[]): string[] {
	const file = (name: string) => quote(join(folder, name));
	const decode = (name: string, words: string) =>
		`${quote(vaDecodePath())} --each ${words} >${file(`${name}.out`)} 2>${file(`${name}.said`)}; echo "step ${name} $?"`;
	const [first, second] = films.map((_, i) => `/tmp/film-${i}`);
	return [
		...films.flatMap(({ stream, times }, i) => [
			`for i in $(seq ${times}); do cat ${quote(path(stream))}; done >/tmp/film-${i}`,
			turn({}),
			decode(`alone-${i}`, `/tmp/film-${i}`),
			`cat $log >${file(`alone-${i}.log`)}`,
		]),
		...rounds.flatMap(({ name, together, knobs }) => [
			turn(knobs),
			// At first each job takes a while, until both are at it.
			"echo 1 >$knob/delay; (sleep 0.6; echo 0 >$knob/delay) &",
			together
				? decode(name, `--beside ${second} ${first}`)
				: `(${decode(`${name}-0`, first)}) & ${decode(`${name}-1`, second)}`,
			"wait",
			`cat $log >${file(`${name}.log`)}`,
		]),
	];
}

/** What each of the two printed, and all that the driver said. */
function outputs(
	{ stdout, read }: Results,
	{ name, together }: Round,
): { printed: string[][]; said: string[] } {
	const steps = together ? [name] : [`${name}-0`, `${name}-1`];
	const said = steps.flatMap((step) => lines(read(`${step}.said`)));
	for (const step of steps)
		expect(stdout.includes(`step ${step} 0\n`), `${step}: the player failed: ${said}`);
	if (!together) return { printed: steps.map((step) => lines(read(`${step}.out`))), said };
	const all = lines(read(`${name}.out`));
	const prefix = "beside ";
	return {
		printed: [
			all.filter((line) => !line.startsWith(prefix)),
			all.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length)),
		],
		said,
	};
}

/** Registers that have one value in all jobs of the one film, and another in all of the other. */
function tellingRegisters(films: RawJob[][]): [register: number, values: number[]][] {
	const values = films.map((jobs) => jobs.map(lastValues));
	const constant = (of: Map<number, number>[], register: number) =>
		of.every((each) => each.get(register) === of[0].get(register));
	return [...values[0][0].keys()]
		.filter((register) => values.every((of) => constant(of, register)))
		.map((register): [number, number[]] => [register, values.map((of) => of[0].get(register) as number)])
		.filter(([, [one, other]]) => one !== other);
}

/** Whose each job is. Where the picture of one that hangs was to go, the log does not say; its registers are like its owner's. */
function ownersOf(jobs: RawJob[], widths: (number | undefined)[]): number[] {
	const bySize = (job: RawJob) => widths.indexOf(job.output?.width);
	const telling = tellingRegisters(widths.map((_, film) => jobs.filter((job) => bySize(job) === film)));
	return jobs.map((job) => {
		if (job.output) return bySize(job);
		const told = lastValues(job);
		const votes = widths.map(
			(_, film) => telling.filter(([register, values]) => told.get(register) === values[film]).length,
		);
		return votes[0] === votes[1] ? -1 : votes.indexOf(Math.max(...votes));
	});
}

function checkFilm(
	results: Results,
	{ name, knobs }: Round,
	film: number,
	own: RawJob[],
	alone: RawJob[],
	printed: string[],
	all: RawJob[],
): number {
	const { stream, times } = films[film];
	const { width, height } = results.entries.get(stream) as StreamEntry;
	const order = jobsOf(results.entries.get(stream) as StreamEntry, times);
	const who = `${name}: ${stream}`;
	expectEqual(own.length, order.length, `${who}: jobs`);
	expectEqual(printed.length, order.length, `${who}: frames`);
	for (const [i, place] of order.entries()) {
		const job = own[place - 1].number;
		const wanted = isBad(job, knobs) ? "bad" : paintedMd5(job, width, height);
		expectEqual(printed[i], wanted, `${who}: frame ${i}, which job ${job} decoded`);
	}
	const usually = canonical(h264Registers, alone, String);
	const told = canonical(h264Registers, own, String);
	const copy = order.length / times;
	for (const [i, fields] of told.entries()) {
		// The log does not say where the picture of a job that hangs lies, so nor what it is when others refer to it.
		const begin = Math.floor(i / copy) * copy;
		if (own.slice(begin, i + 1).some(({ end }) => end === "hung")) continue;
		const before = all[all.indexOf(own[i]) - 1];
		const interrupted = i > 0 && before?.end !== "hung";
		expectTold(fields, usually[i], interrupted, `${who}: job ${own[i].number}`);
	}
	return order.filter((place) => isBad(own[place - 1].number, knobs)).length;
}

/** Fails the test unless each job of the round ended as its knobs say, both films decoded at once, and each bad job has its sentence. */
export function checkBeside(results: Results, round: Round): void {
	const { read } = results;
	const alone = films.map((_, i) => readLog(read(`alone-${i}.log`)));
	const jobs = readLog(read(`${round.name}.log`));
	for (const { number, end } of jobs)
		expectEqual(
			end !== "done",
			isBad(number, round.knobs),
			`${round.name}: job ${number} ended as ${end}`,
		);
	const owners = ownersOf(
		jobs,
		alone.map(([{ output }]) => output?.width),
	);
	expect(
		owners.some((owner, i) => i > 0 && owner !== owners[i - 1] && owners.indexOf(owner) < i),
		`${round.name}: the two did not decode at once`,
	);
	const { printed, said } = outputs(results, round);
	let bad = 0;
	let sentences = 0;
	for (const film of films.keys()) {
		const own = jobs.filter((_, i) => owners[i] === film);
		const ofFilm = checkFilm(results, round, film, own, alone[film], printed[film], jobs);
		bad += ofFilm;
		sentences += sentencesOf(ofFilm);
	}
	expect(bad > 0, `${round.name}: no job went wrong`);
	const other = said.find((line) => !line.includes("reports an error in a picture"));
	expectEqual(other, undefined, `${round.name}: the driver`);
	expectEqual(said.length, sentences, `${round.name}: sentences of the driver`);
}
