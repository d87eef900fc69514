// SPDX-License-Identifier: MIT
import { join } from "node:path";
import { root } from "../../../../tools/lib/run.ts";
import { readIndex, type StreamEntry } from "../../../clients/lib/streams.ts";

/** What the boards' decoders take: 8 bit, 4:2:0 or 4:0:0. The others are refused, which is not compared here. */
export function taken(entry: StreamEntry, codec: string): boolean {
	return entry.codec === codec && entry.set === "decode" && /^(yuvj?420p|gray)$/.test(entry.pixelFormat);
}

export function fixtures(codec: string): StreamEntry[] {
	return readIndex(join(root, "fixtures", "h264", "index.tsv")).filter((entry) => taken(entry, codec));
}
