// SPDX-License-Identifier: MIT

/** With its scripts, on 6.1 in User Mode Linux, mpv's threads wait for each other for ever, whatever it plays, in software too. */
export const withoutScripts = [
	...["--osc=no", "--ytdl=no", "--load-osd-console=no", "--load-stats-overlay=no"],
	"--load-auto-profiles=no",
];
