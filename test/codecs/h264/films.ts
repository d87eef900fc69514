// SPDX-License-Identifier: MIT
// The films of the stress run: sizes, slices, references, entropy coding and interlacing change within each.
import type { FilmPart } from "../codec.ts";

const x264 = (options: string): string[] => [
	...["-c:v", "libx264", "-threads", "1", "-preset", "fast", "-qp", "30"],
	...["-x264-params", `${options}:scenecut=0:repeat-headers=1`],
];
const part = (size: string, pictures: number, options: string): FilmPart => ({
	size,
	pictures,
	encoder: x264(options),
});

export const h264Films: Record<string, FilmPart[]> = {
	river: [
		part("320x180", 40, "bframes=3:ref=4:b-pyramid=normal:keyint=20"),
		part("640x360", 30, "bframes=2:ref=2:keyint=15:slices=3"),
		part("176x144", 50, "bframes=0:ref=1:keyint=25:cabac=0:8x8dct=0"),
	],
	harbour: [
		part("416x240", 30, "bframes=2:ref=3:keyint=12:tff=1"),
		part("192x160", 60, "bframes=5:ref=5:b-pyramid=normal:keyint=30:weightp=2"),
		part("624x352", 25, "bframes=1:ref=2:keyint=25:slices=2:cqm=jvt"),
	],
	meadow: [
		part("160x128", 50, "bframes=3:ref=16:keyint=25"),
		part("480x272", 40, "bframes=3:ref=3:keyint=10:slices=4"),
	],
};
