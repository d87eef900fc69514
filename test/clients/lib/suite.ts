// SPDX-License-Identifier: MIT

/** A check that did not hold. */
export class Failure extends Error {}

/** Fails the test with the sentence unless the condition holds. */
export function expect(condition: boolean, sentence: string): asserts condition {
	if (!condition) throw new Failure(sentence);
}

/** Fails the test unless both are the same value (===); `what` names it in the message. */
export function expectEqual(got: unknown, wanted: unknown, what: string): void {
	if (got !== wanted) throw new Failure(`${what}: ${String(got)} instead of ${String(wanted)}`);
}

/** Thrown by a test that cannot run here; the message says why. */
export class Skip extends Error {}

interface Test {
	name: string;
	body: () => Promise<void>;
}

/** Seconds after which a test is among those whose time is shown, at most eight. */
const LONG = 20;

const tests: Test[] = [];

/** Adds a test; it runs when the suite does. */
export function test(name: string, body: () => Promise<void>): void {
	tests.push({ name, body });
}

/** What became of a test. */
export interface Outcome {
	name: string;
	seconds: number;
	result: "passed" | "failed" | "skipped";
}

/**
 * Runs all tests, `width` at once, prints what failed or was skipped and why, and the closing line. report: what is shown of each test as it
 * ends, and of all, instead of the slowest ones.
 */
export async function runTests(
	width: number,
	only: string[],
	report?: { each(outcome: Outcome): void; all(outcomes: Outcome[]): void },
): Promise<void> {
	const chosen = tests.filter((t) => only.length === 0 || only.some((o) => t.name.includes(o)));
	let next = 0;
	const outcomes: Outcome[] = [];
	const worker = async () => {
		while (next < chosen.length) {
			const t = chosen[next++];
			const start = Date.now();
			let result: Outcome["result"] = "passed";
			try {
				await t.body();
			} catch (error) {
				if (error instanceof Skip) {
					result = "skipped";
					console.log(`  skip  ${t.name}: ${error.message}`);
				} else {
					result = "failed";
					const text =
						error instanceof Failure ? error.message : ((error as Error).stack ?? String(error));
					console.log(`  FAIL  ${t.name}: ${text}`);
				}
			}
			const outcome = { name: t.name, seconds: (Date.now() - start) / 1000, result };
			outcomes.push(outcome);
			report?.each(outcome);
		}
	};
	await Promise.all(Array.from({ length: width }, worker));
	if (report) report.all(outcomes);
	else {
		const longest = [...outcomes].sort((a, b) => b.seconds - a.seconds).slice(0, 8);
		for (const { name, seconds } of longest)
			if (seconds >= LONG) console.log(`  ${seconds.toFixed(0).padStart(4)} s  ${name}`);
	}
	const [passed, failed, skipped] = ["passed", "failed", "skipped"].map(
		(result) => outcomes.filter((outcome) => outcome.result === result).length,
	);
	console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
	process.exitCode = failed > 0 ? 1 : 0;
}
