// SPDX-License-Identifier: MIT
// What an index says of its clips is in their headers: an encoder that ignores an option must not count as a test of it.
import type { Codec } from "../codecs/codec.ts";
import { codecs, fixturesOf } from "../codecs/codecs.ts";
import { expect, test } from "./lib/suite.ts";

/** What is wrong with an index, or with what is known of its words. */
function faultsOf(codec: Codec): string[] {
	const { told, elsewhere, of } = codec.features;
	const clips = fixturesOf(codec).map(({ file, path, features }) => ({
		file,
		words: features.split(" "),
		has: of(path),
	}));
	const used = new Set(clips.flatMap(({ words }) => words));
	const known = [...told, ...elsewhere];
	return [
		...clips.flatMap(({ file, words, has }) =>
			words
				.filter((word) => told.includes(word) && !has.has(word))
				.map((word) => `the headers of ${file} have no ${word}`),
		),
		...[...used].filter((word) => !known.includes(word)).map((word) => `nothing is known of ${word}`),
		...known.filter((word) => !used.has(word)).map((word) => `no clip is said to have ${word}`),
		...known.filter((word, i) => known.indexOf(word) !== i).map((word) => `${word} is listed twice`),
		// What is true of every clip would be true of one that an encoder made otherwise.
		...told
			.filter((word) => clips.every(({ has }) => has.has(word)))
			.map((word) => `${word} is never false`),
	];
}

/** Adds a test of the words that the index has for each clip. */
export function featureTests(): void {
	for (const codec of codecs)
		test(`the headers of ${codec.title}'s clips have what the index says`, async () => {
			const faults = faultsOf(codec);
			expect(faults.length === 0, `fixtures/${codec.name}/index.tsv: ${faults.join("; ")}`);
		});
}
