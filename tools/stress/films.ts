// SPDX-License-Identifier: MIT
// The films of the stress run: made once by ffmpeg, kept in build/stress, with the hash of each picture as software makes it.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Codec, FilmPart } from "../../test/codecs/codec.ts";
import { codecs } from "../../test/codecs/codecs.ts";
import { root } from "../lib/run.ts";

export interface Film {
	name: string;
	path: string;
	seconds: number;
	/** Of each picture in output order, on the canvas. */
	hashes: string[];
	/** Where in the film a picture with this hash is. */
	places: Map<string, number[]>;
}

/** All pictures come out on a canvas of this size, since mpv's encoder mode knows one size only. */
const CANVAS = { width: 640, height: 360 };
const RATE = 25;
/** What makes a picture comparable: its own samples in the canvas' corner. */
export const canvasFilter = `pad=${CANVAS.width}:${CANVAS.height}:0:0`;

/** Of all codecs, which must not use a name twice: the one film would be played for the other. */
const PARTS: Record<string, FilmPart[]> = {};
for (const { title, films } of codecs)
	for (const [name, parts] of Object.entries(films)) {
		if (name in PARTS)
			throw new Error(`${title} has a film ${name}, as another codec has: name it otherwise`);
		PARTS[name] = parts;
	}

const ffmpeg = (...words: string[]): string =>
	execFileSync("ffmpeg", ["-v", "error", "-y", "-nostdin", ...words], { maxBuffer: 64 << 20 }).toString();

/** Cuts raw pictures of the canvas (yuv420p) out of a stream of bytes, and hashes them as framemd5 does. */
export class PictureHasher {
	private hash = createHash("md5");
	private left = (CANVAS.width * CANVAS.height * 3) / 2;

	/** The hashes of the pictures that end in this piece. */
	take(piece: Buffer): string[] {
		const hashes: string[] = [];
		for (let at = 0; at < piece.length; ) {
			const part = piece.subarray(at, at + this.left);
			this.hash.update(part);
			this.left -= part.length;
			at += part.length;
			if (this.left > 0) break;
			hashes.push(this.hash.digest("hex"));
			this.hash = createHash("md5");
			this.left = (CANVAS.width * CANVAS.height * 3) / 2;
		}
		return hashes;
	}
}

/** The hashes of a framemd5 listing. */
const hashesOf = (text: string): string[] =>
	text
		.split("\n")
		.filter((line) => line !== "" && !line.startsWith("#"))
		.map((line) => line.slice(line.lastIndexOf(",") + 1).trim());

/** One part; its start in the film moves and colours the pattern, so that no picture is in a film twice. */
function makePart(path: string, part: FilmPart, start: number, hue: number): void {
	ffmpeg(
		...["-f", "lavfi", "-i", `testsrc2=size=${part.size}:rate=${RATE},hue=h=${hue}`],
		...["-ss", String(start / RATE), "-frames:v", String(part.pictures), "-pix_fmt", "yuv420p"],
		...[...part.encoder, path],
	);
}

function makeFilm(name: string, path: string, folder: string): void {
	let start = 0;
	const parts = PARTS[name].map((part, i) => {
		const file = join(folder, `${name}.${i}.mkv`);
		makePart(file, part, start, 40 * i + 15 * name.length);
		start += part.pictures;
		return file;
	});
	const list = join(folder, `${name}.txt`);
	writeFileSync(list, parts.map((file) => `file '${file}'\n`).join(""));
	const unfinished = join(folder, `${name}.unfinished.mkv`);
	ffmpeg("-f", "concat", "-safe", "0", "-i", list, "-c", "copy", unfinished);
	renameSync(unfinished, path);
}

/** The first films of all codecs, then the second ones, and so on. */
const turns = codecs.map(({ films }) => Object.keys(films)).filter((names) => names.length > 0);
const names = Array.from({ length: Math.max(...turns.map((films) => films.length)) }, (_, i) =>
	turns.flatMap((films) => films.slice(i, i + 1)),
);

/** The codec of a film. */
export const codecOfFilm = (name: string): Codec => codecs.find(({ films }) => name in films) as Codec;

/** The codecs that have films. */
export const codecCount = turns.length;

/** The film of a player; there are as many as there are players. */
export function filmOf(player: number): Film {
	const order = names.flat();
	const name = order[player % order.length];
	const folder = join(root, "build", "stress");
	const path = join(folder, `${name}.mkv`);
	mkdirSync(folder, { recursive: true });
	if (!existsSync(path)) makeFilm(name, path, folder);
	const hashes = hashesOf(
		ffmpeg(
			...["-i", path, "-vf", `${canvasFilter},format=yuv420p`, "-fps_mode", "passthrough"],
			...["-c:v", "rawvideo", "-f", "framemd5", "-"],
		),
	);
	const wanted = PARTS[name].reduce((sum, part) => sum + part.pictures, 0);
	if (hashes.length !== wanted)
		throw new Error(`${path} has ${hashes.length} pictures instead of ${wanted}: remove it`);
	const places = new Map<string, number[]>();
	for (const [i, hash] of hashes.entries()) places.set(hash, [...(places.get(hash) ?? []), i]);
	return { name, path, seconds: hashes.length / RATE, hashes, places };
}
