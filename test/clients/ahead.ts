// SPDX-License-Identifier: MIT
// Pictures of which only the next one tells how they are to be decoded: once for players that decode ahead, at once for those that look.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { av1 } from "../codecs/av1/codec.ts";
import { fixturesNamed } from "../codecs/codecs.ts";
import { type Decoded, decodeWithVaDecode, judge } from "./lib/decode.ts";
import type { StreamEntry } from "./lib/streams.ts";
import { expect, expectEqual, test } from "./lib/suite.ts";

/** Of aomenc, which has eight different pictures in the stream most of the time. */
const CLIP = ["cyclic"];

function right(entry: StreamEntry, decoded: Decoded): Decoded {
	const { verdict, reason } = judge(entry, decoded);
	expectEqual(verdict, "pass", `${entry.file}: ${reason}`);
	return decoded;
}

/** Adds the tests of pictures that are decoded with the next one. */
export function aheadTests(): void {
	test("va-decode, eight pictures ahead: each AV1 picture is decoded once, and has its line in the trace", async () => {
		for (const entry of fixturesNamed(av1, CLIP)) {
			const folder = mkdtempSync(join(tmpdir(), "ahead-"));
			try {
				const trace = join(folder, "trace");
				const environment = { LIBVA_V4L2_REQUEST_TRACE: trace };
				const habits = ["--in-flight", "8"];
				const { log } = right(entry, await decodeWithVaDecode(entry, { environment, habits }));
				expectEqual(log.jobs, log.pictures, `${entry.file}: requests`);
				const lines = readFileSync(trace, "utf8").trimEnd().split("\n");
				expectEqual(lines.length, log.pictures, `${entry.file}: lines`);
				for (const line of lines)
					expect(!/ bytes=0 | queued=- /.test(line), `${entry.file}: ${line}`);
			} finally {
				rmSync(folder, { recursive: true, force: true });
			}
		}
	});

	test("va-decode, which reads each picture before the next one: AV1 pictures are decoded at once, and some again", async () => {
		for (const entry of fixturesNamed(av1, CLIP)) {
			const { log } = right(entry, await decodeWithVaDecode(entry, { habits: ["--in-flight", "0"] }));
			expect(
				log.jobs > log.pictures,
				`${entry.file}: ${log.jobs} requests for ${log.pictures} pictures`,
			);
		}
	});
}
