// SPDX-License-Identifier: MIT
// What may happen to AV1's temporal units, their OBUs and their tiles.
import { FRAME, type Obu, obu, obusOf, TILE_GROUP } from "../../../fixtures/av1/writer/headers.ts";
import {
	type Change,
	type Damage,
	type Damages,
	damage,
	ivfCutting,
	spoil,
	usualDamages,
	without,
	withoutEvery,
} from "../damage.ts";
import { joinIvf } from "../vp8/ivf.ts";

/** Does that to the OBUs of these temporal units. */
const inUnits =
	(change: (obus: Obu[]) => Uint8Array[], ...places: number[]): Change =>
	(units) => {
		for (const i of places) units[i] = Buffer.concat(change(obusOf(units[i])));
	};

/** Does that to the OBUs of frames, which then say how long they are. */
const inFrames =
	(change: (content: Uint8Array) => Uint8Array, ...places: number[]): Change =>
	(units) =>
		inUnits(
			(obus) =>
				obus.map(({ type, whole, content }) =>
					type === FRAME ? obu(FRAME, change(content)) : whole,
				),
			...places,
		)(units);

const spoilHalf = (content: Uint8Array): Uint8Array => spoil(content);
const spoilEnd = (content: Uint8Array): Uint8Array => spoil(content, content.length - (content.length >> 3));
const shortened = (content: Uint8Array): Uint8Array => content.subarray(0, content.length >> 1);
const inHeader = (content: Uint8Array): Uint8Array => content.subarray(0, 3);

/** Without the tile group of that number. */
const withoutGroup = (number: number) => (obus: Obu[]) => {
	const groups = obus.filter(({ type }) => type === TILE_GROUP);
	return obus.filter((each) => each !== groups[number]).map(({ whole }) => whole);
};

const of = (
	stream: string,
	name: string,
	change: Change,
	untouched: number,
	lost: Damage["lost"],
): Damage => ({ name, stream, apply: damage(ivfCutting, change), untouched, lost });

export const av1Damages: Damages = {
	join: joinIvf,
	list: [
		...usualDamages(ivfCutting, "cyclic", 1),
		of("altref", "with other bytes in hidden frames", inFrames(spoilHalf, 1, 9), 1, 0),
		of("altref", "without hidden frames", without(1), 1, 1),
		of(
			"forward-key",
			"with other bytes in every frame",
			inFrames(spoilHalf, 1, 2, 3, 4, 5, 6, 7, 8),
			1,
			0,
		),
		// Eight pictures in the slots: some are decoded twice.
		of("pyramid", "with other bytes in hidden frames", inFrames(spoilHalf, 1, 9, 14), 1, 0),
		of("pyramid", "without hidden frames", without(9), 9, 1),
		of("references", "with other bytes in frames", inFrames(spoilHalf, 8, 11, 12), 8, 0),
		of("references", "without every fourth frame", withoutEvery(4), 1, 5),
		// Two surfaces of one decode.
		of("grain", "with other bytes in frames", inFrames(spoilHalf, 2, 6), 2, 0),
		of("grain-hidden", "with other bytes in hidden frames", inFrames(spoilHalf, 1), 1, 0),
		of("deep-grain", "with other bytes in frames", inFrames(spoilEnd, 1, 7), 1, 0),
		// The player takes no more of a temporal unit once a header is damaged, but what came before counts for its reading of later ones.
		of("deep-grain", "with other bytes in headers", inFrames(spoilHalf, 1, 7), 1, 2),
		of("cyclic", "with a frame that is half as long", inFrames(shortened, 6), 6, 0),
		of("cyclic", "with a frame that ends in its header", inFrames(inHeader, 6), 6, 1),
		of("tiles", "with a tile that goes beyond its frame", inFrames(shortened, 2), 2, 1),
		of("tile-groups", "without the first tile group", inUnits(withoutGroup(0), 2), 2, 1),
		of("tile-groups", "without a tile group", inUnits(withoutGroup(1), 2), 2, 1),
		of("tile-groups", "without the last tile group", inUnits(withoutGroup(2), 2), 2, 1),
	],
};
