// SPDX-License-Identifier: MIT
// What the index.tsv of a codec's clips says of them: which of its words the clips' headers tell, and what they then have.

export interface Features {
	/** The words that headers tell. */
	told: string[];
	/** Those that they do not tell: what blocks have, how a clip was made. */
	elsewhere: string[];
	/** Which of the told words are true of a file. */
	of(path: string): Set<string>;
}

/** read: reads the headers of a file. words: what they have where a word is true. */
export function featuresOf<H>(
	read: (path: string) => H,
	words: Record<string, (headers: H) => boolean>,
	elsewhere: string[],
): Features {
	return {
		told: Object.keys(words),
		elsewhere,
		of(path) {
			const headers = read(path);
			return new Set(Object.keys(words).filter((word) => words[word](headers)));
		},
	};
}
