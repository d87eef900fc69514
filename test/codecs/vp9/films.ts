// SPDX-License-Identifier: MIT
// The films of the stress run: sizes, tiles, hidden frames and segments change within each.
import type { FilmPart } from "../codec.ts";

const part = (size: string, pictures: number, options: string): FilmPart => ({
	size,
	pictures,
	encoder: ["-c:v", "libvpx-vp9", "-threads", "1", "-row-mt", "0", ...options.split(" ")],
});

const GOOD = "-deadline good -cpu-used 5";
const REALTIME = "-deadline realtime -cpu-used 7 -lag-in-frames 0";

export const vp9Films: Record<string, FilmPart[]> = {
	canyon: [
		part("320x180", 40, `${GOOD} -auto-alt-ref 1 -lag-in-frames 12 -b:v 300k -g 40`),
		part("640x360", 30, `${GOOD} -tile-columns 1 -tile-rows 1 -b:v 500k -g 15`),
		part("176x144", 50, `${REALTIME} -aq-mode 3 -b:v 120k -g 25`),
	],
	estuary: [
		part("416x240", 30, `${GOOD} -frame-parallel 1 -b:v 400k -g 12`),
		part("192x160", 60, `${REALTIME} -error-resilient default -b:v 150k -g 30`),
		part("416x240", 25, `${GOOD} -auto-alt-ref 1 -lag-in-frames 8 -aq-mode 1 -b:v 300k -g 60`),
	],
};
