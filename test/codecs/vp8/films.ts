// SPDX-License-Identifier: MIT
// The films of the stress run: versions, partitions, hidden frames and segments change within each. Sizes do not: ffmpeg 5.1 and
// mpv with it go on with the surfaces of the first.
import type { FilmPart } from "../codec.ts";

const part = (size: string, pictures: number, options: string): FilmPart => ({
	size,
	pictures,
	encoder: ["-c:v", "libvpx", "-threads", "1", ...options.split(" ")],
});

const GOOD = "-deadline good -cpu-used 4";
const REALTIME = "-deadline realtime -cpu-used -6 -lag-in-frames 0 -auto-alt-ref 0";

export const vp8Films: Record<string, FilmPart[]> = {
	heath: [
		part("320x180", 40, `${GOOD} -auto-alt-ref 1 -lag-in-frames 12 -arnr-maxframes 5 -b:v 300k -g 40`),
		part("320x180", 30, `${GOOD} -auto-alt-ref 0 -slices 4 -b:v 500k -g 15`),
		part(
			"320x180",
			50,
			`${REALTIME} -error-resilient default -b:v 150k -maxrate 150k -bufsize 150k -g 25`,
		),
	],
	orchard: [
		part("412x238", 30, `${GOOD} -auto-alt-ref 0 -profile:v 3 -b:v 400k -g 12`),
		part("412x238", 40, `${GOOD} -auto-alt-ref 0 -profile:v 1 -slices 8 -b:v 400k -g 20`),
		part("412x238", 30, `${GOOD} -auto-alt-ref 1 -lag-in-frames 8 -b:v 300k -g 60`),
	],
};
