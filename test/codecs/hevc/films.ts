// SPDX-License-Identifier: MIT
// The films of the stress run: sizes, slices, references and the size of coding tree blocks change within each.
import type { FilmPart } from "../codec.ts";

const x265 = (options: string): string[] => [
	...["-c:v", "libx265", "-preset", "fast"],
	...["-x265-params", `${options}:qp=34:pools=1:frame-threads=1:info=0:log-level=none:repeat-headers=1`],
];
const part = (size: string, pictures: number, options: string): FilmPart => ({
	size,
	pictures,
	encoder: x265(options),
});

export const hevcFilms: Record<string, FilmPart[]> = {
	lake: [
		part("320x180", 40, "bframes=3:ref=4:b-pyramid=1:keyint=20"),
		part("640x360", 30, "bframes=2:ref=2:keyint=15:slices=3:ctu=32"),
		part("176x144", 50, "bframes=0:ref=1:keyint=25:no-wpp=1:no-sao=1"),
	],
	valley: [
		part("416x240", 30, "bframes=2:ref=3:keyint=12:open-gop=1"),
		part("192x160", 60, "bframes=4:ref=5:b-pyramid=1:keyint=30:weightb=1"),
		part("624x352", 25, "bframes=1:ref=2:keyint=25:scaling-list=default"),
	],
};
