// SPDX-License-Identifier: MIT
// What an index says of its clips is in their headers: an encoder that ignores an option must not count as a test of it.
import { readFileSync } from "node:fs";
import { av1 } from "../codecs/av1/codec.ts";
import { elsewhere, features, Headers } from "../codecs/av1/features.ts";
import { fixturesOf } from "../codecs/codecs.ts";
import { expectEqual, test } from "./lib/suite.ts";

/** Adds a test of the words that the index has for each AV1 clip. */
export function featureTests(): void {
	test("the headers of AV1's clips have what the index says", async () => {
		const missing: string[] = [];
		for (const entry of fixturesOf(av1)) {
			const headers = new Headers(readFileSync(entry.path));
			for (const word of entry.features.split(" ")) {
				if (elsewhere.includes(word)) continue;
				if (!features[word]?.(headers)) missing.push(`${entry.file}: ${word}`);
			}
		}
		expectEqual(missing.join(", "), "", "not in the headers");
	});
}
