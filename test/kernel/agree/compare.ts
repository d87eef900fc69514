// SPDX-License-Identifier: MIT
// Compares two recordings of one stream: matches their jobs in decoding order and counts each field.
import { createHash } from "node:crypto";
import type { AgreeCodec, Mode, NamePicture } from "./codec.ts";
import type { Field, Fields } from "./fields.ts";
import type { Job, Recording } from "./record.ts";
import type { Difference, Rule } from "./rule.ts";

export interface FieldCount {
	equal: number;
	/** Differences by the rule that allows them. */
	ruled: Map<string, number>;
	unexplained: number;
}

/** Counts by the name of the field. */
export type Counts = Map<string, FieldCount>;

export interface Comparison {
	theirJobs: number;
	ourJobs: number;
	paired: number;
	counts: Counts;
	/** The first few differences without a rule, as sentences. */
	examples: string[];
}

const EXAMPLES = 8;
/** How far one client may be ahead of the other before the matching gives up. */
const WINDOW = 200;

/** The count of a field, at zero where it is new. */
export function countOf(counts: Counts, name: string): FieldCount {
	let count = counts.get(name);
	if (!count) {
		count = { equal: 0, ruled: new Map(), unexplained: 0 };
		counts.set(name, count);
	}
	return count;
}

/** Counts `n` more differences by a rule. */
export function addRuled(count: FieldCount, rule: string, n: number): void {
	count.ruled.set(rule, (count.ruled.get(rule) ?? 0) + n);
}

/** Pairs of indices; -1 where only one client has the job. */
function matchJobs(theirs: string[], ours: string[]): [number, number][] {
	const pairs: [number, number][] = [];
	let i = 0;
	let j = 0;
	while (i < theirs.length || j < ours.length) {
		if (i < theirs.length && j < ours.length && theirs[i] === ours[j]) {
			pairs.push([i++, j++]);
			continue;
		}
		const [di, dj] = distance(theirs, ours, i, j);
		// As many on either side: the same pictures with other bytes, which the fields will tell.
		for (let k = 0; k < Math.max(di, dj); k++) {
			if (di === dj) pairs.push([i + k, j + k]);
			else if (k < di) pairs.push([i + k, -1]);
		}
		if (di !== dj) for (let k = 0; k < dj; k++) pairs.push([-1, j + k]);
		i += di;
		j += dj;
	}
	return pairs;
}

/** How many jobs of each lie before the next one that both have. */
function distance(theirs: string[], ours: string[], i: number, j: number): [number, number] {
	const limit = Math.min(WINDOW, theirs.length - i + ours.length - j);
	for (let sum = 1; sum <= limit; sum++) {
		for (let di = 0; di <= sum; di++) {
			const a = theirs[i + di];
			if (a !== undefined && a === ours[j + sum - di]) return [di, sum - di];
		}
	}
	return [theirs.length - i, ours.length - j];
}

/** For each job of a client, what names a timestamp: the first matched job of the picture that has it, if not later. */
function pictureNames(jobs: Job[], pairOf: Map<number, number>, whose: string): NamePicture[] {
	const pictures = new Map<string, { name: string; first: number }>();
	for (const [i, { session, timestamp }] of jobs.entries()) {
		const own = `${session}:${timestamp}`;
		const pair = pairOf.get(i);
		const name = pair === undefined ? `${whose} ${i}` : `picture ${pair}`;
		if (!pictures.has(own)) pictures.set(own, { name, first: i });
	}
	return jobs.map(({ session }, i) => (timestamp) => {
		const found = pictures.get(`${session}:${timestamp}`);
		return found && found.first <= i ? found.name : "none";
	});
}

function show(field: Field | undefined): string {
	if (!field) return "nothing";
	const text = String(field.value);
	if (field.name === "output.bytes") {
		const bytes = Buffer.from(text, "latin1");
		return `${bytes.length} bytes ${createHash("md5").update(bytes).digest("hex").slice(0, 8)}`;
	}
	return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function rule(rules: Rule[], difference: Difference): Rule | undefined {
	return rules.find((r) => r.fields.includes(difference.name) && r.holds(difference));
}

/** A part that only one client has is one difference, not one for each of its fields. */
function belongsToMissing(key: string, theirs: Fields, ours: Fields): boolean {
	const part = key.match(/^(.*\])\./)?.[1];
	return part !== undefined && theirs.has(part) !== ours.has(part);
}

function compareJob(
	codec: AgreeCodec,
	result: Comparison,
	pair: number,
	theirs: Fields,
	ours: Fields,
	earlier: Map<string, Fields>,
): void {
	for (const key of new Set([...theirs.keys(), ...ours.keys()])) {
		if (belongsToMissing(key, theirs, ours)) continue;
		const a = theirs.get(key);
		const b = ours.get(key);
		const name = (a ?? (b as Field)).name;
		const count = countOf(result.counts, name);
		if (a?.value === b?.value) {
			count.equal++;
			continue;
		}
		const found = rule(codec.rules, {
			name,
			key,
			gstreamer: a?.value,
			ours: b?.value,
			theirFields: theirs,
			ourFields: ours,
			theirEnd: false,
			earlier,
		});
		if (found) {
			addRuled(count, found.id, 1);
			continue;
		}
		count.unexplained++;
		if (result.examples.length < EXAMPLES)
			result.examples.push(`job ${pair}: ${key}: GStreamer ${show(a)}, ours ${show(b)}`);
	}
}

/** Compares two recordings of one stream in one mode. */
export function compare(codec: AgreeCodec, mode: Mode, theirs: Recording, ours: Recording): Comparison {
	const digest = (job: Job) => createHash("sha1").update(codec.essence(job, mode)).digest("base64");
	const pairs = matchJobs(theirs.jobs.map(digest), ours.jobs.map(digest));
	const theirPairs = new Map(pairs.flatMap(([i, j], n) => (i >= 0 && j >= 0 ? [[i, n] as const] : [])));
	const ourPairs = new Map(pairs.flatMap(([i, j], n) => (i >= 0 && j >= 0 ? [[j, n] as const] : [])));
	const theirNames = pictureNames(theirs.jobs, theirPairs, "GStreamer's");
	const ourNames = pictureNames(ours.jobs, ourPairs, "our");
	const result: Comparison = {
		theirJobs: theirs.jobs.length,
		ourJobs: ours.jobs.length,
		paired: theirPairs.size,
		counts: new Map(),
		examples: [],
	};
	const lastTheirs = pairs.map(([i]) => i >= 0).lastIndexOf(true);
	const earlier = new Map<string, Fields>();
	for (const [n, [i, j]] of pairs.entries()) {
		const describe = (jobs: Job[], names: NamePicture[], k: number): Fields =>
			k < 0 ? new Map() : codec.describe(jobs[k], mode, names[k]);
		const theirFields = describe(theirs.jobs, theirNames, i);
		const ourFields = describe(ours.jobs, ourNames, j);
		if (i >= 0 && j >= 0) {
			compareJob(codec, result, n, theirFields, ourFields, earlier);
			earlier.set(`picture ${n}`, theirFields);
			countOf(result.counts, "job").equal++;
			continue;
		}
		const found = rule(codec.rules, {
			name: "job",
			key: `job ${n}`,
			gstreamer: i < 0 ? undefined : "present",
			ours: j < 0 ? undefined : "present",
			theirFields,
			ourFields,
			theirEnd: !theirs.complete && n > lastTheirs,
			earlier,
		});
		const count = countOf(result.counts, "job");
		if (found) addRuled(count, found.id, 1);
		else {
			count.unexplained++;
			if (result.examples.length < EXAMPLES)
				result.examples.push(`job ${n}: only ${j < 0 ? "GStreamer" : "we"} submitted it`);
		}
	}
	return result;
}
