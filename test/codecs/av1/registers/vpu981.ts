// SPDX-License-Identifier: MIT
// VPU981 (RK3588; drivers/media/platform/verisilicon/rockchip_vpu981_hw_av1_dec.c). It is told all of the headers, and where each tile
// lies. It decodes to memory of its own, which belongs to a CAPTURE buffer, and writes rows to that buffer besides. Its driver
// keeps the probabilities that frames leave in eight slots; which slot a client chose shows in what later frames begin with.
import {
	checksum,
	type Fields,
	lastValues,
	type Memory,
	split,
} from "../../../kernel/hardware/registers/canonical.ts";
import type { RawJob } from "../../../kernel/hardware/registers/log.ts";
import { type Part, probabilities } from "../../../kernel/hardware/registers/probabilities.ts";
import { readRegisters } from "./fields.ts";

/** struct av1cdfs: what is before and behind the vectors, and the members from txb_skip_cdf on. */
const CONTEXTS: Part[] = [
	{ name: "modes", at: 0, size: 2192 },
	{ name: "vectors", at: 2192, size: 138 },
	{ name: "tools", at: 2330, size: 3814 },
	{ name: "coefficients", at: 6144, size: 6112 },
];
/** struct rockchip_av1_film_grain */
const GRAIN: Part[] = [
	{ name: "scaling of Y", at: 0, size: 256 },
	{ name: "scaling of Cb", at: 256, size: 256 },
	{ name: "scaling of Cr", at: 512, size: 256 },
	{ name: "luma", at: 768, size: 8192 },
	{ name: "chroma", at: 8960, size: 4096 },
];
/** As the specification has them: the names under which references are told. */
export const REFERENCES = ["LAST", "LAST2", "LAST3", "GOLDEN", "BWDREF", "ALTREF2", "ALTREF"];
/** rockchip_vpu981_av1_dec_set_global_model(): of each reference, six parameters and four of its shear. */
const GLOBAL = 6 * 4 + 4 * 2;
/** rockchip_vpu981_av1_dec_set_tile_info() */
const TILE = 16;

/** Memory that the driver gives the decoder to work in, and the size of the OUTPUT buffer: neither says anything of the job. */
const OWN =
	/^(DB_DATA_COL|DB_CTRL_COL|CDEF_COL|SR_COL|LR_COL|MC_SYNC_CURR|MC_SYNC_LEFT|PROP_TABLE_OUT|strm_buffer_len)$/;
/** Where the first tile lies: the log has the tiles themselves. */
const FIRST_TILE = /^(INPUT_STREAM|strm_start_bit|strm_start_offset|stream_len)$/;
const REFERENCE = /^REFERENCE_(Y|CB|MV)\((\d)\)$/;
const TABLE = /^(GLOBAL_MODEL|FILM_GRAIN|TILE_BASE|PROP_TABLE)$/;

/** Width and height of each tile in superblocks; its bytes are in the log, and where they lie is the client's affair. */
function putTiles(table: Buffer, into: Fields): void {
	for (let at = 0; at < table.length; at += TILE)
		into.set(`tile ${at / TILE}`, `${table.readUInt32LE(at)} x ${table.readUInt32LE(at + 4)}`);
}

function putGlobalModel(table: Buffer, into: Fields): void {
	for (const [i, name] of REFERENCES.entries()) {
		const model = table.subarray(GLOBAL * i, GLOBAL * (i + 1));
		const parameters = Array.from({ length: 6 }, (_, n) => model.readInt32LE(4 * n));
		const shear = Array.from({ length: 4 }, (_, n) => model.readInt16LE(24 + 2 * n));
		into.set(`global motion of ${name}`, [...parameters, ...shear].join(" "));
	}
}

/** AV1_TILE_OUT_LU: the memory that a job decodes to. */
const DECODED_TO = 4 * 65;

/** Registers of film grain, which are all 0 where none is applied (rockchip_vpu981_av1_dec_set_fgs()). */
const OF_GRAIN =
	/^(num_(y|cb|cr)_points_b|scaling_shift|c[br]_(mult|luma_mult|offset)|overlap_flag|clip_to_restricted_range|chroma_scaling_from_luma|random_seed|FILM_GRAIN)$/;

/** The second time a picture goes to where nobody looks, without grain. */
export const APART = /^(apply_grain|grain .*)$/;

/**
 * Whether a job decodes the picture of the job before once more: the same tiles to the same memory. The driver does so for a slot that
 * became free meanwhile (docs/architecture.md).
 */
export const decodesAgain = (job: RawJob, before: RawJob): boolean =>
	lastValues(job).get(DECODED_TO) === lastValues(before).get(DECODED_TO) &&
	job.streams.length === before.streams.length &&
	job.streams.every(({ crc, size }, i) => crc === before.streams[i].crc && size === before.streams[i].size);

/** What a job tells VPU981 of a frame; a translator for the jobs of one stream. */
export function vpu981Fields() {
	const registers = readRegisters("vpu981");
	const addresses = new Map([...registers].map(([at, { name }]) => [name, at]));
	/** Where the motion vectors and the segments of each picture lie, and where that picture does. */
	const vectors = new Map<number, number>();

	return (job: RawJob, memory: Memory, into: Fields): void => {
		const values = lastValues(job);
		const value = (name: string) => values.get(addresses.get(name) ?? -1) ?? 0;
		const output = values.get(DECODED_TO) ?? 0;
		memory.also(output);
		vectors.set(value("TILE_OUT_MV"), output);
		for (const [name, { address }] of job.tables) memory.know(address, `table ${name}`);
		for (const [at, written] of values) {
			const register = registers.get(at);
			const name = register?.name ?? "";
			const reference = REFERENCE.exec(name);
			if (OWN.test(name) || FIRST_TILE.test(name)) continue;
			if (reference) {
				const [, plane, i] = reference;
				const picture = value(`REFERENCE_Y(${i})`);
				if (plane === "Y") into.set(REFERENCES[Number(i)], memory.picture(written));
				else into.set(`${REFERENCES[Number(i)]}, ${plane}`, `+ ${written - picture}`);
			} else if (name === "SEGMENTATION")
				into.set(name, `of ${memory.picture(vectors.get(written) ?? 0)}`);
			else if (name.startsWith("TILE_OUT_")) into.set(name, `+ ${written - output}`);
			else if (TABLE.test(name) || name.startsWith("PP_OUT_"))
				into.set(name, written === 0 ? "none" : memory.place(written));
			else split(register, at, written, into);
		}
		for (const name of [...into.keys()]) if (OWN.test(name) || FIRST_TILE.test(name)) into.delete(name);
		const table = (name: string) => job.tables.get(name)?.bytes;
		putTiles(table("tiles") ?? Buffer.alloc(0), into);
		const model = table("global");
		if (model) putGlobalModel(model, into);
		const contexts = table("contexts");
		if (contexts) probabilities(contexts, CONTEXTS, into);
		const grain = table("grain");
		for (const { name, at, size } of grain ? GRAIN : [])
			into.set(`grain ${name}`, checksum(grain?.subarray(at, at + size) ?? Buffer.alloc(0)));
		for (const [name, told] of [...into])
			if (OF_GRAIN.test(name)) {
				into.delete(name);
				if (grain) into.set(`grain ${name}`, told);
			}
	};
}
