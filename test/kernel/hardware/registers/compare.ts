// SPDX-License-Identifier: MIT
// Two traces of one stream, job by job.
import { canonical, content, type Fields } from "./canonical.ts";
import type { RegistersCodec } from "./codec.ts";
import type { RawJob } from "./log.ts";

/** A job that both have, or that one of them lacks. */
export interface Pair {
	ours: Fields | null;
	theirs: Fields | null;
	/** As in the first trace; "theirs N" for what only the second has. */
	label: string;
}

export interface Difference {
	label: string;
	field: string;
	ours: string;
	theirs: string;
	/** All that the hardware was told for this job, for waivers that depend on it. */
	pair: Pair;
	stream: string;
}

export const NOTHING = "not written";

/** Indices of jobs that decode the same bytes, in order: a longest common subsequence. */
function align(ours: string[], theirs: string[]): [number, number][] {
	let first = 0;
	while (first < ours.length && first < theirs.length && ours[first] === theirs[first]) first++;
	const common: [number, number][] = Array.from({ length: first }, (_, i) => [i, i]);
	const a = ours.slice(first);
	const b = theirs.slice(first);
	const length = Array.from({ length: a.length + 1 }, () => new Int32Array(b.length + 1));
	for (let i = a.length - 1; i >= 0; i--)
		for (let j = b.length - 1; j >= 0; j--)
			length[i][j] =
				a[i] === b[j] ? length[i + 1][j + 1] + 1 : Math.max(length[i + 1][j], length[i][j + 1]);
	for (let i = 0, j = 0; i < a.length && j < b.length; ) {
		if (a[i] === b[j]) common.push([first + i++, first + j++]);
		else if (length[i + 1][j] >= length[i][j + 1]) i++;
		else j++;
	}
	return common;
}

/** A trace as it is compared: what each job decodes, and how its fields read once jobs have labels. */
export interface Trace {
	contents: string[];
	fields(label: (index: number) => string): Fields[];
}

/** Adds to what a picture's first job was told what the next one was told otherwise: as a rule nothing. */
function addAgain(first: Fields, again: Fields, apart: RegExp | undefined): void {
	for (const name of new Set([...first.keys(), ...again.keys()])) {
		if (apart?.test(name)) continue;
		const value = again.get(name) ?? NOTHING;
		if (value !== (first.get(name) ?? NOTHING)) first.set(`${name}, again`, value);
	}
}

/** The jobs of a log as they are compared: one for each picture, even of those that were decoded again. */
export function traceOf(codec: RegistersCodec, jobs: RawJob[]): Trace {
	const again = jobs.map((job, i) => i > 0 && codec.again?.is(job, jobs[i - 1]) === true);
	let pictures = 0;
	const pictureOf = again.map((isAgain) => (isAgain ? pictures : ++pictures) - 1);
	return {
		contents: jobs.filter((_, i) => !again[i]).map((job) => content(codec, job)),
		fields: (label) => {
			const all = canonical(codec, jobs, (index) => label(pictureOf[index]));
			const firsts = all.filter((_, i) => !again[i]);
			for (const [i, fields] of all.entries())
				if (again[i]) addAgain(firsts[pictureOf[i]], fields, codec.again?.apart);
			return firsts;
		},
	};
}

/** Matches jobs by what they decode, in order; references are named by our jobs. */
export function pairUp(ours: Trace, theirs: Trace): Pair[] {
	const common = align(ours.contents, theirs.contents);
	const partner = new Map(common.map(([i, j]) => [j, i]));
	const label = (j: number) => {
		const i = partner.get(j);
		return i === undefined ? `theirs ${j + 1}` : String(i + 1);
	};
	const a = ours.fields((i) => String(i + 1));
	const b = theirs.fields(label);
	const inBoth = new Map(common);
	const pairs: Pair[] = a.map((fields, i) => {
		const j = inBoth.get(i);
		return { ours: fields, theirs: j === undefined ? null : b[j], label: String(i + 1) };
	});
	for (const [j, fields] of b.entries())
		if (!partner.has(j)) pairs.push({ ours: null, theirs: fields, label: label(j) });
	return pairs;
}

/** What differs in a pair; where one lacks the job, that alone. What could not be read (`unread`) is no agreement. */
export function differences(pair: Pair, stream: string, unread?: RegExp): Difference[] {
	const { ours, theirs, label } = pair;
	if (!ours || !theirs) {
		const who = (fields: Fields | null) => (fields ? "decoded" : "not decoded");
		return [{ label, field: "job", ours: who(ours), theirs: who(theirs), pair, stream }];
	}
	const names = new Set([...ours.keys(), ...theirs.keys()]);
	const found: Difference[] = [];
	for (const field of names) {
		const a = ours.get(field) ?? NOTHING;
		const b = theirs.get(field) ?? NOTHING;
		if (a !== b || unread?.test(field)) found.push({ label, field, ours: a, theirs: b, pair, stream });
	}
	return found;
}
