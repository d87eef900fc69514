// SPDX-License-Identifier: MIT
// What a comparison comes to: which pictures are equal, which fields differ, and which of that a waiver explains.

import type { RegistersCodec } from "./codec.ts";
import { type Difference, differences, pairUp, type Trace } from "./compare.ts";

export interface FieldCount {
	/** Jobs in which it differs. */
	jobs: number;
	/** Name of the waiver that covers it; empty where none does. */
	waiver: string;
	/** One of the differences. */
	example: { job: string; ours: string; theirs: string };
}

export interface Verdict {
	stream: string;
	jobs: number;
	equal: number;
	/** Equal but for differences with a waiver. */
	waived: number;
	different: number;
	fields: Map<string, FieldCount>;
	/** Why there is no comparison. */
	problem: string;
}

function waiverFor(difference: Difference, family: string, codec: RegistersCodec): string {
	const found = codec.waivers.find(
		(waiver) => waiver.families.includes(family) && waiver.applies(difference),
	);
	return found?.name ?? "";
}

/** The verdict on a stream of which nothing was compared yet. */
export const newVerdict = (stream: string): Verdict => ({
	stream,
	jobs: 0,
	equal: 0,
	waived: 0,
	different: 0,
	fields: new Map(),
	problem: "",
});

/** Compares two traces of a stream on a family of chips, and says which waiver covers what. */
export function judge(
	stream: string,
	family: string,
	codec: RegistersCodec,
	ours: Trace,
	theirs: Trace,
): Verdict {
	const verdict = newVerdict(stream);
	for (const pair of pairUp(ours, theirs)) {
		const found = differences(pair, stream, codec.unread);
		let open = false;
		for (const difference of found) {
			const waiver = waiverFor(difference, family, codec);
			open ||= waiver === "";
			const key = waiver ? `${difference.field} (${waiver})` : difference.field;
			const count = verdict.fields.get(key) ?? {
				jobs: 0,
				waiver,
				example: { job: difference.label, ours: difference.ours, theirs: difference.theirs },
			};
			count.jobs++;
			verdict.fields.set(key, count);
		}
		verdict.jobs++;
		if (found.length === 0) verdict.equal++;
		else if (open) verdict.different++;
		else verdict.waived++;
	}
	return verdict;
}

/** Of one word each. */
export function unusedWaivers(verdicts: Verdict[], families: string[], codec: RegistersCodec): string[] {
	const used = new Set(verdicts.flatMap((v) => [...v.fields.values()].map((count) => count.waiver)));
	const concerned = codec.waivers.filter((w) => w.families.some((f) => families.includes(f)));
	return concerned.map((waiver) => waiver.name).filter((name) => !used.has(name));
}
