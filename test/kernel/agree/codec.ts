// SPDX-License-Identifier: MIT
// What the comparison must know of a codec: test/codecs/CODEC/agree.
import type { Codec } from "../../codecs/codec.ts";
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

/** A field whose flip must be noticed. */
export interface Flip {
	/** The control's name in codecs/CODEC/codec.ts. */
	control: string;
	/** The struct that has the field, at the beginning of the control; and what the comparison calls it. */
	struct: string;
	field: string;
	called: string;
}

/** Flips of fields of the struct that a control begins with, or of the first of a part of it. */
export const flipOf =
	(control: string, struct: string) =>
	(field: string, called = field): Flip => ({ control, struct, field, called: `${control}.${called}` });

export interface AgreeCodec {
	/** As in published lists of MD5s. */
	published: string;
	/** How decoders take it; both clients are made to use the same one. */
	modes: Mode[];
	/** The bytes that make a picture what it is, without what a client may add around them: pictures are matched by them. */
	essence(job: Job, mode: Mode): Buffer;
	/** All that a decoder is told, in terms that do not depend on the client. */
	describe(job: Job, mode: Mode, picture: NamePicture): Fields;
	rules: Rule[];
	/** Streams that GStreamer does not play to their end, by file name, and why. */
	unfinished: Record<string, string>;
	/** Streams that the driver refuses in the middle, by file name, and why. */
	refused?: Record<string, string>;
	/** Fixtures that the tests compare; the first one's controls are also held to the kernel's trace. */
	sample: string[];
	/** One value of each in the last mode. */
	flips: Flip[];
	/** Controls that visl traces, each job's. */
	traced: string[];
}

/** A codec that can be compared. */
export type Compared = Codec & { agree: AgreeCodec };

/** Whether the codec has what a comparison with GStreamer needs. */
export const isCompared = (codec: Codec): codec is Compared => codec.agree !== undefined;
