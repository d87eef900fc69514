// SPDX-License-Identifier: MIT
// Lists of events to the core under Node: builds what they need, plays them in ./lists.ts, keeps what fails.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compileCores } from "../../../tools/lib/cores.ts";
import { mustRun, root } from "../../../tools/lib/run.ts";
import type { Outcome } from "./native.ts";

/** ./lists.ts, once there is a core for it. program: a fuzzer in C, which knows the clips and the decoders. */
async function openLists(program?: string) {
	Object.assign(process.env, await compileCores());
	const lists = await import("./lists.ts");
	const described = join(root, "build", "fuzz", "described.json");
	if (program) await mustRun([program], { env: { ...process.env, FUZZ_DESCRIBE: described } });
	lists.open(JSON.parse(readFileSync(described, "utf8")));
	return lists;
}

/** Plays lists for so many seconds, or so many of them. */
export async function eventsFor(
	program: string,
	found: string,
	limit: { seconds?: number; lists?: number; seed: number },
): Promise<Outcome> {
	const lists = await openLists(program);
	const { runs, events, failure } = lists.play(limit);
	const outcome: Outcome = { runs, calls: events, branches: 0, findings: [] };
	if (!failure) return outcome;
	const file = join(found, `core-${failure.seed}.json`);
	writeFileSync(file, `${JSON.stringify(failure.list)}\n`);
	outcome.findings.push({ sentence: failure.sentence, file });
	return outcome;
}

/** Plays one list that was found, and shows each event. */
export async function replayEvents(file: string): Promise<void> {
	const lists = await openLists();
	const sentence = lists.replay(JSON.parse(readFileSync(file, "utf8")));
	console.log(`fuzz: core: ${sentence ?? "nothing goes wrong"}`);
	process.exitCode = sentence ? 1 : 0;
}
