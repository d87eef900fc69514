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

/** Runs all tests, `width` at once, prints what failed or was skipped and why, and the closing line. */
export async function runTests(width: number, only: string[]): Promise<void> {
	const chosen = tests.filter((t) => only.length === 0 || only.some((o) => t.name.includes(o)));
	let passed = 0;
	let failed = 0;
	let skipped = 0;
	let next = 0;
	const took: { name: string; seconds: number }[] = [];
	const worker = async () => {
		while (next < chosen.length) {
			const t = chosen[next++];
			const start = Date.now();
			try {
				await t.body();
				passed++;
			} catch (error) {
				if (error instanceof Skip) {
					skipped++;
					console.log(`  skip  ${t.name}: ${error.message}`);
				} else {
					failed++;
					const text =
						error instanceof Failure ? error.message : ((error as Error).stack ?? String(error));
					console.log(`  FAIL  ${t.name}: ${text}`);
				}
			}
			took.push({ name: t.name, seconds: (Date.now() - start) / 1000 });
		}
	};
	await Promise.all(Array.from({ length: width }, worker));
	for (const { name, seconds } of took.sort((a, b) => b.seconds - a.seconds).slice(0, 8))
		if (seconds >= LONG) console.log(`  ${seconds.toFixed(0).padStart(4)} s  ${name}`);
	console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
	process.exitCode = failed > 0 ? 1 : 0;
}
