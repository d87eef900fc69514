// SPDX-License-Identifier: MIT
// The packets in memory that all of Rockchip's own decoders read for HEVC (drivers/media/platform/rockchip/rkvdec: rkvdec-hevc-common.c,
// assemble_hw_pps()): parameter sets and scaling lists. A picture's slot is where the client put it in the DPB, so slots are called
// by their pictures.
import { checksum, type Fields } from "../../../kernel/hardware/registers/canonical.ts";
import { type PacketField, readBits } from "../../../kernel/hardware/registers/fields.ts";
import type { RawJob } from "../../../kernel/hardware/registers/log.ts";
import { unitsOf } from "../../nal.ts";
import { parameterSetId } from "./slice-header.ts";

const N_PARAMETER_SETS = 64;
/** The tiles' sizes, of which as many mean something as there are columns and rows. */
const TILES = [
	{ sizes: /^COLUMN_WIDTH\((\d+)\)$/, count: "NUM_TILE_COLUMNS" },
	{ sizes: /^ROW_HEIGHT\((\d+)\)$/, count: "NUM_TILE_ROWS" },
];

/** The parameter set of `bytes` bytes that the slice headers name: the decoder takes no other. */
export function parameterSet(job: RawJob, bytes: number): Buffer {
	const all = job.tables.get("pps")?.bytes ?? Buffer.alloc(N_PARAMETER_SETS * bytes);
	if (all.length === bytes) return all; // VDPU383 has one
	const id = parameterSetId(unitsOf(job.streams[0].bytes).units[0]);
	return all.subarray(bytes * id, bytes * (id + 1));
}

/** The fields of a packet, by their names. */
export function packet(bytes: Buffer, fields: PacketField[]): Map<string, number> {
	const values = new Map<string, number>();
	for (const { name, first, bits, step, count } of fields)
		for (let i = 0; i < count; i++)
			values.set(step ? `${name}(${i})` : name, readBits(bytes, first + i * step, bits));
	return values;
}

/** What a parameter set says, but for sizes of tiles that there are not. */
export function putParameters(values: Map<string, number>, into: Fields): void {
	for (const [name, value] of values) {
		const tile = TILES.find(({ sizes }) => sizes.test(name));
		const index = Number(tile?.sizes.exec(name)?.[1] ?? 0);
		const count = Math.max(1, values.get(tile?.count ?? "") ?? 0);
		if (!tile || index < count || value !== 0) into.set(name, String(value));
	}
}

/** struct scaling_factor, which is read where the SPS enables lists; and the table of contexts, which is always the same. */
export function putTables(job: RawJob, enabled: boolean, into: Fields): void {
	const scaling = job.tables.get("scaling")?.bytes;
	if (enabled && scaling)
		for (const { name, at, size } of [
			{ name: "4x4", at: 0, size: 96 },
			{ name: "8x8", at: 96, size: 384 },
			{ name: "16x16", at: 480, size: 384 },
			{ name: "32x32", at: 864, size: 384 },
			{ name: "4x4 turned", at: 1248, size: 96 },
			{ name: "DC", at: 1344, size: 12 },
		])
			into.set(`scaling lists ${name}`, scaling.toString("hex", at, at + size));
	const cabac = job.tables.get("cabac");
	if (cabac) into.set("table cabac", checksum(cabac.bytes));
}

/** A picture in the DPB. */
export interface Slot {
	picture: string;
	/** PicOrderCntVal, as far from that of the current picture. */
	distance: number;
	/** What else lies elsewhere than behind other pictures; "": nothing. */
	rest: string;
}

/** The pictures of the DPB, whatever their order. */
export function putSlots(slots: Slot[], into: Fields): void {
	for (const { picture, distance, rest } of slots)
		into.set(`slot of POC ${distance} from here`, `${picture}${rest}`);
}
