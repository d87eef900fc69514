// SPDX-License-Identifier: MIT
import type { StreamEntry } from "../../../clients/lib/streams.ts";
import type { Codec } from "../../../codecs/codec.ts";
import { codecNamed, codecNames, codecs, fixturesOf } from "../../../codecs/codecs.ts";
import { isTold, type Told } from "./codec.ts";

/** What the boards' decoders take: 8 bit, 4:2:0 or 4:0:0. The others are refused, which is not compared here. */
export function taken(entry: StreamEntry, codec: Codec): boolean {
	return (
		entry.codec === codec.name && entry.set === "decode" && /^(yuvj?420p|gray)$/.test(entry.pixelFormat)
	);
}

/** A codec's own streams that the boards' decoders take. */
export const takenFixtures = (codec: Codec): StreamEntry[] =>
	fixturesOf(codec).filter((entry) => taken(entry, codec));

/** The codec that a command line names. */
export function toldCodec(name: string): Told {
	const codec = codecNamed(name);
	if (!isTold(codec))
		throw new Error(`the registers of ${name} are not compared; there are ${codecNames.join(", ")}`);
	return codec;
}

export const toldCodecs = codecs.filter(isTold);
