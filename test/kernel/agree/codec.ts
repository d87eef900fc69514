// SPDX-License-Identifier: MIT
// What the comparison must know of a codec; each has a module of its own in codecs/.
import type { Fields } from "./fields.ts";
import type { Job } from "./record.ts";
import type { Rule } from "./rule.ts";

/** "Which earlier picture" a timestamp names: the same word for both clients, `none` where it names none. */
export type NamePicture = (timestamp: bigint) => string;

/** A way in which a decoder takes a codec: one item of each menu. */
export interface Mode {
	name: string;
	/** Menu control and item. */
	menus: [number, number][];
}

export interface Codec {
	/** As in index.tsv. */
	name: string;
	/** As in published lists of MD5s. */
	published: string;
	/** GStreamer's element. */
	element: string;
	/** How decoders take it; both clients are made to use the same one. */
	modes: Mode[];
	/** The bytes that make a picture what it is, without what a client may add around them: pictures are matched by them. */
	essence(job: Job, mode: Mode): Buffer;
	/** All that a decoder is told, in terms that do not depend on the client. */
	describe(job: Job, mode: Mode, picture: NamePicture): Fields;
	rules: Rule[];
	/** Streams that GStreamer does not play to their end, by file name, and why. */
	unfinished: Record<string, string>;
}
