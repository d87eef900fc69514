// SPDX-License-Identifier: MIT
// The films of the stress run: sizes, pictures that refer ahead, scans, matrices, DC precision and interlacing change within each.
// Groups of pictures are closed: after a seek, software would show what it makes of pictures whose reference it does not have. Where
// the decoder of FFmpeg 5.1 starts anew (another size, other rows of macroblocks), it drops the picture that it holds back; with
// low_delay it holds none.
import type { FilmPart } from "../codec.ts";

const part = (size: string, pictures: number, options: string): FilmPart => ({
	size,
	pictures,
	encoder: ["-c:v", "mpeg2video", "-threads", "1", "-sc_threshold", "1000000000", ...options.split(" ")],
});

/** A quantiser matrix of the film's own, in rows. */
const MATRIX = Array.from({ length: 64 }, (_, i) => 8 + (i >> 3) + (i & 7)).join(",");

export const mpeg2Films: Record<string, FilmPart[]> = {
	lagoon: [
		part("640x360", 30, "-flags +cgop+low_delay -bf 0 -g 10 -intra_vlc 1 -alternate_scan 1 -q:v 10"),
		// An odd number of rows of macroblocks, which interlaced frames do not have.
		part("416x240", 40, "-flags +cgop+low_delay+ildct+ilme -vf setfield=tff -bf 0 -g 12 -q:v 8"),
		part("320x180", 50, "-flags +cgop -bf 2 -b_strategy 0 -g 15 -q:v 4"),
	],
	glacier: [
		part("416x224", 40, `-flags +cgop -bf 2 -b_strategy 0 -g 12 -intra_matrix ${MATRIX} -q:v 6`),
		part("416x224", 30, "-flags +cgop+ildct+ilme -vf setfield=tff -bf 2 -b_strategy 0 -g 9 -q:v 8"),
		part("416x224", 50, "-flags +cgop -bf 3 -b_strategy 0 -g 20 -dc 10 -q:v 5"),
	],
};
