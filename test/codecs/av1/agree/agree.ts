// SPDX-License-Identifier: MIT
// AV1: what v4l2slav1dec and the driver tell a decoder, in terms that do not depend on the client.
import { type AgreeCodec, flipOf, type Mode, type NamePicture } from "../../../kernel/agree/codec.ts";
import { controlOf, type Fields, put, putStruct, readField } from "../../../kernel/agree/fields.ts";
import type { Job } from "../../../kernel/agree/record.ts";
import { constants, structs } from "../../../support/abi.ts";
import { av1Refused, av1Rules, av1Unfinished } from "./rules.ts";

const SEQUENCE = "v4l2_ctrl_av1_sequence";
const FRAME = "v4l2_ctrl_av1_frame";
const GRAIN = "v4l2_ctrl_av1_film_grain";
const TILE = "v4l2_ctrl_av1_tile_group_entry";

/** There is no other way, and no menu. */
const frame: Mode = { name: "frame", menus: [] };

const BITS: Record<string, string> = {
	tile_info: "V4L2_AV1_TILE_INFO_FLAG_",
	quantization: "V4L2_AV1_QUANTIZATION_FLAG_",
	segmentation: "V4L2_AV1_SEGMENTATION_FLAG_",
	loop_filter: "V4L2_AV1_LOOP_FILTER_FLAG_",
	loop_restoration: "V4L2_AV1_LOOP_RESTORATION_FLAG_",
};

/**
 * What depends on the slots that a client keeps its references in. Which ones it chooses is its own affair: what counts is the picture
 * behind each name of a reference. That a frame goes to the right slots shows there too, in the frames that refer to it.
 */
const OF_SLOTS = ["reference_frame_ts", "ref_frame_idx", "refresh_frame_flags"];

/** Where tiles begin, and the field that says how many of them there are: behind the last one's end nothing is said. */
const STARTS = { mi_col_starts: "tile_cols", mi_row_starts: "tile_rows" };

interface Tile {
	bytes: Buffer;
	place: string;
}

/** Tiles in the order of their entries; where in the OUTPUT buffer they lie is the client's affair. */
function tilesOf(job: Job): Tile[] {
	const entries = controlOf(job, "AV1", "TILE_GROUP_ENTRY");
	const { size } = structs[TILE];
	return Array.from({ length: entries.length / size }, (_, i) => {
		const value = (name: string) => Number(readField(TILE, name, entries, i * size));
		const start = value("tile_offset");
		return {
			bytes: job.output.subarray(start, start + value("tile_size")),
			place: `${value("tile_row")} ${value("tile_col")}`,
		};
	});
}

const essence = (job: Job): Buffer => Buffer.concat(tilesOf(job).map(({ bytes }) => bytes));

/** The plain fields of the frame control, and those of the structs in it. */
function putFrame(fields: Fields, control: Buffer): void {
	for (const [name, field] of Object.entries(structs[FRAME].fields))
		if (field.struct)
			putStruct(fields, field.struct, `frame.${name}`, control, {
				base: field.offset,
				bits: BITS[name],
				leave: name === "tile_info" ? Object.keys(STARTS) : [],
			});
	const tiles = structs[FRAME].fields.tile_info;
	const tileInfo = (name: string) => String(readField(tiles.struct as string, name, control, tiles.offset));
	for (const [name, count] of Object.entries(STARTS)) {
		const starts = tileInfo(name).split(" ");
		put(fields, `frame.tile_info.${name}`, starts.slice(0, Number(tileInfo(count)) + 1).join(" "));
	}
	putStruct(fields, FRAME, "frame", control, { bits: "V4L2_AV1_FRAME_FLAG_", leave: OF_SLOTS });
}

function putReferences(fields: Fields, control: Buffer, picture: NamePicture): void {
	const slots = String(readField(FRAME, "ref_frame_idx", control)).split(" ");
	const timestamps = String(readField(FRAME, "reference_frame_ts", control)).split(" ");
	for (const [i, slot] of slots.entries())
		put(fields, "frame.reference", picture(BigInt(timestamps[Number(slot)])), `frame.reference[${i}]`);
}

const isIntra = (control: Buffer): boolean =>
	[constants.V4L2_AV1_KEY_FRAME, constants.V4L2_AV1_INTRA_ONLY_FRAME].includes(
		Number(readField(FRAME, "frame_type", control)),
	);

function describe(job: Job, _mode: Mode, picture: NamePicture): Fields {
	const fields: Fields = new Map();
	const control = controlOf(job, "AV1", "FRAME");
	const grain = job.controls.get(constants.V4L2_CID_STATELESS_AV1_FILM_GRAIN);
	put(fields, "buffer.timestamp", picture(job.timestamp));
	for (const [i, { bytes, place }] of tilesOf(job).entries()) {
		put(fields, "tile.bytes", bytes.toString("latin1"), `tile[${i}].bytes`);
		put(fields, "tile.place", place, `tile[${i}].place`);
	}
	putStruct(fields, SEQUENCE, "sequence", controlOf(job, "AV1", "SEQUENCE"), {
		bits: "V4L2_AV1_SEQUENCE_FLAG_",
	});
	putFrame(fields, control);
	if (!isIntra(control)) putReferences(fields, control, picture);
	if (grain)
		putStruct(fields, GRAIN, "film_grain", grain, {
			bits: "V4L2_AV1_FILM_GRAIN_FLAG_",
			leave: ["film_grain_params_ref_idx"],
		});
	return fields;
}

const flip = flipOf("frame", FRAME);

export const av1Agree: AgreeCodec = {
	published: "AV1",
	modes: [frame],
	essence,
	describe,
	rules: av1Rules,
	unfinished: av1Unfinished,
	refused: av1Refused,
	// Hidden and shown frames, global motion, segments, tiles, film grain, odd sizes. Of the first, no picture is decoded twice.
	sample: ["svt", "altref", "motion", "segments", "tiles", "grain-hidden", "odd"],
	flips: [
		flip("quantization", "quantization.flags:DIFF_UV_DELTA"),
		flip("superres_denom"),
		flip("cdef", "cdef.damping_minus_3"),
		...["skip_mode_frame", "primary_ref_frame", "order_hint", "interpolation_filter", "tx_mode"].map(
			(name) => flip(name),
		),
		...["frame_width_minus_1", "frame_height_minus_1", "order_hints"].map((name) => flip(name)),
		flip("flags", "flags:SHOW_FRAME"),
		flip("reference_frame_ts", "reference"),
	],
	traced: ["tile_group_entry", "sequence", "frame", "film_grain"],
};
