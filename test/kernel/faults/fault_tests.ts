// SPDX-License-Identifier: MIT
// The short form of `npm run faults:kernel`: every call of a decode fails once, and each with each of its errnos somewhere.
import type { StreamEntry } from "../../clients/lib/streams.ts";
import { expect, expectEqual, test } from "../../clients/lib/suite.ts";
import { describe, type Options, shortened, tryFaults } from "./faults.ts";

const PICTURES = 3;
const SHOWN = 8;

async function expectGood(stream: StreamEntry, client: string, depth: Options["depth"]): Promise<void> {
	const { rows, kernelLog } = await tryFaults(`test-${client}`, {
		clients: [client],
		streams: [shortened(stream.path, PICTURES)],
		depth,
		guests: 1,
	});
	const wrong = rows.filter((row) => row.complaint);
	const list = wrong.slice(0, SHOWN).map((row) => `\n        ${describe(row)}`);
	expect(wrong.length === 0, `${wrong.length} of ${rows.length} faults:${list.join("")}`);
	expect(
		rows.some((row) => row.outcome !== "right pictures"),
		"no fault was felt: it is not the driver that is traced",
	);
	expectEqual(kernelLog, "", "what the kernel said");
}

/** Adds the tests of calls to the real kernel that fail; the stream is found among the entries. */
export function faultTests(entries: StreamEntry[]): void {
	const stream = entries.find((entry) => entry.file === "cb-cavlc.264") as StreamEntry;
	test("faults: each call of va-decode to the kernel fails once", () =>
		expectGood(stream, "va-decode", "turns"));
	test("faults: a call of each kind fails under ffmpeg", () => expectGood(stream, "ffmpeg", "names"));
}
