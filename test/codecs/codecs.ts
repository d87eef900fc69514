// SPDX-License-Identifier: MIT
// The codecs that the driver decodes: one joins the tests and tools by its name here (and in meson.build, for what is in C).
import { join } from "node:path";
import { root } from "../../tools/lib/run.ts";
import { readIndex, type StreamEntry } from "../clients/lib/streams.ts";
import { av1 } from "./av1/codec.ts";
import type { Codec, DamagedCodec } from "./codec.ts";
import { h264 } from "./h264/codec.ts";
import { hevc } from "./hevc/codec.ts";
import { mpeg2 } from "./mpeg2/codec.ts";
import { vp8 } from "./vp8/codec.ts";
import { vp9 } from "./vp9/codec.ts";

export const codecs: Codec[] = [h264, hevc, mpeg2, vp8, vp9, av1];

/** Those whose streams the tests damage. */
export const damagedCodecs = codecs.filter((codec): codec is DamagedCodec => codec.damages !== undefined);

export const codecNames = codecs.map(({ name }) => name);

/** The codec of that name. Throws, and names all, where there is none. */
export function codecNamed(name: string): Codec {
	const found = codecs.find((codec) => codec.name === name);
	if (!found) throw new Error(`there is no codec ${name}; there are ${codecNames.join(", ")}`);
	return found;
}

/** The codec of a stream. */
export const codecOf = (entry: StreamEntry): Codec => codecNamed(entry.codec);

/** The folder of a codec's own streams. */
export const fixtureFolder = (codec: Codec): string => join(root, "fixtures", codec.name);

/** A codec's own streams. */
export const fixturesOf = (codec: Codec): StreamEntry[] => readIndex(join(fixtureFolder(codec), "index.tsv"));

/** Those with these names, in their order. */
export function fixturesNamed(codec: Codec, names: string[]): StreamEntry[] {
	const all = fixturesOf(codec);
	return names.map((name) => {
		const entry = all.find(({ file }) => file === `${name}.${codec.extension}`);
		if (!entry) throw new Error(`fixtures/${codec.name}/index.tsv has no ${name}.${codec.extension}`);
		return entry;
	});
}

/** One of them, by its name without extension. Throws where there is none. */
export const fixtureNamed = (codec: Codec, name: string): StreamEntry => fixturesNamed(codec, [name])[0];
