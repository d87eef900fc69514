// SPDX-License-Identifier: MIT
import type { StreamEntry } from "../../../clients/lib/streams.ts";
import type { Codec } from "../../../codecs/codec.ts";
import { codecNamed, codecNames, codecs, fixturesOf } from "../../../codecs/codecs.ts";
import { decoderOf, deepOn } from "../boards.ts";
import { isTold, type Told } from "./codec.ts";

/**
 * What a board's decoder of a codec takes: 4:2:0 or 4:0:0, of 8 bit and of 10 where it has pictures for them. The others are refused,
 * which is not compared here, and players give a driver nothing of streams without a picture that can be decoded.
 */
export function taken(entry: StreamEntry, codec: Codec, board: string, kernel: string): boolean {
	const decoder = decoderOf(board, codec.format, kernel);
	const deep = decoder && deepOn(decoder, codec.format, kernel);
	return (
		entry.codec === codec.name &&
		entry.set === "decode" &&
		entry.frames > 0 &&
		(deep ? /^(yuvj?420p|gray|yuv420p10le)$/ : /^(yuvj?420p|gray)$/).test(entry.pixelFormat)
	);
}

/** A codec's own streams that a board's decoder takes. */
export const takenFixtures = (codec: Codec, board: string, kernel: string): StreamEntry[] =>
	fixturesOf(codec).filter((entry) => taken(entry, codec, board, kernel));

/** The codec that a command line names. */
export function toldCodec(name: string): Told {
	const codec = codecNamed(name);
	if (!isTold(codec))
		throw new Error(`the registers of ${name} are not compared; there are ${codecNames.join(", ")}`);
	return codec;
}

export const toldCodecs = codecs.filter(isTold);
