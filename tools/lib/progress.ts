// SPDX-License-Identifier: MIT
// The progress of long work: a bar in a terminal, and in a log a line now and then.
import CliProgress from "cli-progress";

/** From one line of a log to the next, in milliseconds. */
const LINE_EVERY = 20_000;

/**
 * A bar on stderr. format: in cli-progress's words. isLong: also tells logs, for work of minutes; short work leaves them clean.
 */
export function progressBar(format: string, isLong = true): CliProgress.SingleBar {
	return new CliProgress.SingleBar(
		{
			format,
			hideCursor: true,
			barsize: 28,
			stream: process.stderr,
			noTTYOutput: isLong,
			notTTYSchedule: LINE_EVERY,
		},
		CliProgress.Presets.shades_classic,
	);
}
