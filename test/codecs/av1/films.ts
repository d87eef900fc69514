// SPDX-License-Identifier: MIT
// The films of the stress run: sizes, tiles, hidden frames and segments change within each. The largest size comes first: ffmpeg 5.1 keeps
// its surfaces where pictures of AV1 grow.
import type { FilmPart } from "../codec.ts";

const part = (size: string, pictures: number, options: string): FilmPart => ({
	size,
	pictures,
	encoder: ["-c:v", "libaom-av1", "-threads", "1", "-row-mt", "0", ...options.split(" ")],
});

const GOOD = "-usage good -cpu-used 6 -lag-in-frames 12";
const REALTIME = "-usage realtime -cpu-used 8 -lag-in-frames 0";

export const av1Films: Record<string, FilmPart[]> = {
	fjord: [
		part("640x360", 30, `${REALTIME} -tiles 2x2 -b:v 500k -g 15`),
		part("320x180", 40, `${GOOD} -b:v 300k -g 40`),
		part("176x144", 50, `${REALTIME} -aq-mode 3 -b:v 120k -g 25`),
	],
	dune: [
		part("416x240", 30, `${GOOD} -b:v 400k -g 12`),
		part("192x160", 60, `${REALTIME} -error-resilience default -b:v 150k -g 30`),
		part("416x240", 25, `${GOOD} -aq-mode 1 -b:v 300k -g 60`),
	],
};
