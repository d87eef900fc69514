// SPDX-License-Identifier: MIT
// One contract for both worlds: the program of test/device/sim/tests asks visl on the real kernel and the simulated device the
// same, and what they answer differently must be in differences.tsv.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, expectEqual, Failure, test } from "../../clients/lib/suite.ts";
import { hasVisl } from "../lib/kernel.ts";
import { usualKernel } from "../lib/sources.ts";
import {
	compare,
	type Difference,
	judge,
	parseRecording,
	parseRules,
	type Recording,
	type Rule,
	sentence,
} from "./compare.ts";
import {
	devices,
	KEPT_WALKS,
	keptRecording,
	type Mode,
	modes,
	type Recorded,
	recordSimulated,
	recordVisl,
} from "./recordings.ts";

/** What may differ on a kernel: what does on the usual one, and what its own table lists. */
function rulesOf(kernel: string): Rule[] {
	const tables = ["differences.tsv", `differences-${kernel}.tsv`].map((name) =>
		join(import.meta.dirname, name),
	);
	return tables
		.filter((path) => existsSync(path))
		.flatMap((path) => parseRules(readFileSync(path, "utf8")));
}

function list(what: string, lines: string[]): string {
	const shown = lines.slice(0, 12);
	if (lines.length > shown.length) shown.push(`and ${lines.length - shown.length} more`);
	return `${what}:\n${shown.map((line) => `        ${line}`).join("\n")}`;
}

/** Fails with each difference that no rule covers, and each rule that covers none. */
function expectAgreement(visl: Recording, simulated: Recording, device: string, kernel: string): void {
	const { unexplained, idle } = judge(compare(visl, simulated), rulesOf(kernel), device);
	const complaints: string[] = [];
	if (unexplained.length > 0)
		complaints.push(
			list(`${unexplained.length} answers differ and no table says why`, unexplained.map(sentence)),
		);
	if (idle.length > 0)
		complaints.push(
			list(
				"lines of a table that match nothing any more",
				idle.map((r) => `line ${r.line}: ${r.reason}`),
			),
		);
	if (complaints.length > 0) throw new Failure(complaints.join("\n"));
}

function expectGood(recorded: Recorded, who: string): void {
	const failures = recorded.output.split("\n").filter((line) => !line.startsWith("  ok"));
	expect(
		recorded.good,
		list(`${who} does not do what the contract test expects of every device`, failures),
	);
}

/** Needs no lab: the simulated device against what visl answered when it was last recorded. */
export function keptContractTests(): void {
	for (const [device, { mode }] of Object.entries(devices)) {
		test(`contract: the simulated device (${device}) answers as visl did when it was recorded`, async () => {
			const simulated = await recordSimulated(device, KEPT_WALKS);
			expectGood(simulated, "the simulated device");
			expectAgreement(parseRecording(keptRecording(mode)), simulated.recording, device, usualKernel);
		});
	}

	test("contract: another errno, another field and a call too few are found", async () => {
		const kept = parseRecording(keptRecording("frame"));
		const walks: Recording = new Map([...kept].filter(([section]) => section.startsWith("walk")));
		const unexplained = async (environment: Record<string, string>): Promise<Difference[]> => {
			const simulated = await recordSimulated("frame", KEPT_WALKS, environment, ["walks"]);
			return judge(compare(walks, simulated.recording), rulesOf(usualKernel), "frame").unexplained;
		};
		expectEqual((await unexplained({})).length, 0, "differences of the untouched device");
		const errno = await unexplained({ V4L2SIM_FAULT: "PREPARE_BUF:9:EIO" });
		expect(
			errno.some(
				(d) => d.field === "result" && d.simulated === "EIO" && d.words.startsWith("PREPARE_BUF"),
			),
			"PREPARE_BUF that failed with EIO was not noticed",
		);
		const steps = await unexplained({ V4L2SIM_MAX: "320x240" });
		expect(
			steps.some((d) => d.field === "width" && d.visl === "352" && d.simulated === "320"),
			"an OUTPUT format of another size was not noticed",
		);
		const cut = new Map(walks);
		cut.set("walk 1", (walks.get("walk 1") ?? []).slice(1));
		cut.delete("walk 2");
		const missing = compare(walks, cut);
		expectEqual(missing.length, 2, "differences of a recording without a call and without a walk");
	});

	test("contract: a rule that matches nothing is found", async () => {
		const kept = parseRecording(keptRecording("slice"));
		const bogus = parseRules("slice\t.*\tQBUF .*\tresult\t0\tENOTTY\tthere is no such difference\n");
		expectEqual(judge(compare(kept, kept), bogus, "slice").idle.length, 1, "idle rules");
		expectEqual(judge(compare(kept, kept), bogus, "frame").idle.length, 0, "rules for another device");
	});
}

/** Fails unless the recordings that are kept, which are of the usual kernel, are as new ones would be. */
function expectFresh(mode: Mode, recording: Recording): void {
	const kept = parseRecording(keptRecording(mode));
	const first = new Map(
		[...recording].filter(([section]) => kept.has(section) || !section.startsWith("walk ")),
	);
	const stale = compare(kept, first);
	expect(
		stale.length === 0,
		list(
			`visl does not answer as recorded any more; run \`npm run contract -- --keep\` and see what that changes`,
			stale.map((d) => `${d.section}: ${d.words}: ${d.field} was ${d.visl} and is ${d.simulated}`),
		),
	);
}

/** Asks visl itself, in one boot of each of the kernels that has it. */
export function liveContractTests(kernels: string[], walks: number): void {
	for (const kernel of kernels.filter(hasVisl)) {
		test(`contract: visl on ${kernel} and the simulated device answer alike`, async () => {
			const visl = await recordVisl(walks, kernel);
			expect(!/WARNING|BUG|Oops/.test(visl.kernelLog), `the kernel complains:\n${visl.kernelLog}`);
			for (const mode of modes) {
				expectGood(visl[mode], "visl");
				if (kernel === usualKernel) expectFresh(mode, visl[mode].recording);
			}
			for (const [device, { mode }] of Object.entries(devices)) {
				const simulated = await recordSimulated(device, walks);
				expectGood(simulated, "the simulated device");
				expectAgreement(visl[mode].recording, simulated.recording, device, kernel);
			}
		});
	}
}
