// SPDX-License-Identifier: MIT
// G2 (drivers/media/platform/verisilicon/hantro_g2_vp9_dec.c). It is told all of the headers, and where the tiles begin. It decodes to
// memory of its own, which belongs to a CAPTURE buffer, and writes rows to that buffer besides.
import {
	checksum,
	type Fields,
	lastValues,
	type Memory,
	split,
} from "../../../kernel/hardware/registers/canonical.ts";
import type { Output, RawJob } from "../../../kernel/hardware/registers/log.ts";
import { type Part, probabilities } from "../../../kernel/hardware/registers/probabilities.ts";
import { readRegisters } from "./fields.ts";

/** struct hantro_g2_all_probs: what config_probs() writes. Some kinds have their last element elsewhere. */
const PROBABILITIES: Part[] = [
	{ name: "modes of intra frames", at: 0, size: 900 },
	{ name: "segment tree", at: 903, size: 7 },
	{ name: "segment prediction", at: 910, size: 3 },
	{ name: "chroma modes of intra frames", at: 928, size: 90 },
	{ name: "inter_mode", at: 1024, size: 28 },
	{ name: "is_inter", at: 1052, size: 4 },
	{ name: "uv_mode", at: 1056, size: 80 },
	{ name: "tx8", at: 1136, size: 2 },
	{ name: "tx16", at: 1138, size: 4 },
	{ name: "tx32", at: 1142, size: 6 },
	{ name: "y_mode of the last", at: 1148, size: 4 },
	{ name: "y_mode", at: 1152, size: 32 },
	{ name: "partition of intra frames", at: 1184, size: 64 },
	{ name: "partition", at: 1248, size: 64 },
	{ name: "uv_mode of the last", at: 1312, size: 10 },
	{ name: "interp_filter", at: 1322, size: 8 },
	{ name: "comp_mode", at: 1330, size: 5 },
	{ name: "skip", at: 1335, size: 3 },
	{ name: "vectors joint", at: 1339, size: 3 },
	{ name: "vectors sign", at: 1342, size: 2 },
	{ name: "vectors class0_bit", at: 1344, size: 2 },
	{ name: "vectors fr", at: 1346, size: 6 },
	{ name: "vectors class0_hp", at: 1352, size: 2 },
	{ name: "vectors hp", at: 1354, size: 2 },
	{ name: "vectors classes", at: 1356, size: 20 },
	{ name: "vectors class0_fr", at: 1376, size: 12 },
	{ name: "vectors bits", at: 1388, size: 20 },
	{ name: "single_ref", at: 1408, size: 10 },
	{ name: "comp_ref", at: 1418, size: 5 },
	{ name: "coefficients", at: 1440, size: 2304 },
];

/** Memory that the driver gives the decoder to work in, and the size of the OUTPUT buffer: neither says anything of the job. */
const OWN = /^(TILE_(FILTER|BSD)_ADDR|strm_buffer_len)$/;
const REFERENCE = /^REF_LUMA_ADDR\((\d)\)$/;
const CHROMA = /^REF_CHROMA_ADDR\((\d)\)$/;
/** config_ref_registers(): the places of the three references. */
const NAMES: Record<string, string> = { 0: "last", 4: "golden", 5: "altref" };
const SEGMENTS = /^VP9_SEGMENT_(READ|WRITE)_ADDR$/;

/** Where rows go, from where the picture begins; the log tells of no picture below 48x48. */
const rowsAt = (address: number, output: Output | null): string =>
	output ? `output + ${address - output.luma}` : "a picture below 48x48";

/** What a job tells G2 of a frame; a translator for the jobs of one stream. */
export function g2Fields() {
	const registers = readRegisters("g2");
	/** The CAPTURE buffer that the decoder's own memory belongs to, and that which motion vectors do, by address. */
	const buffers = new Map<number, number>();
	const vectors = new Map<number, number>();

	return (job: RawJob, memory: Memory, into: Fields): void => {
		const values = lastValues(job);
		const byName = new Map([...values].map(([at, value]) => [registers.get(at)?.name ?? "", value]));
		const value = (name: string) => byName.get(name) ?? 0;
		const own = value("OUT_LUMA_ADDR");
		for (const [name, { address }] of job.tables) memory.know(address, `table ${name}`);
		if (job.output) {
			buffers.set(own, job.output.luma);
			vectors.set(value("OUT_MV_ADDR"), job.output.luma);
		}
		const maps = Math.min(value("VP9_SEGMENT_READ_ADDR"), value("VP9_SEGMENT_WRITE_ADDR"));
		for (const [at, written] of values) {
			const register = registers.get(at);
			const name = register?.name ?? "";
			const reference = REFERENCE.exec(name);
			const chroma = CHROMA.exec(name);
			if (OWN.test(name)) continue;
			if (reference) into.set(NAMES[reference[1]], memory.picture(buffers.get(written) ?? 0));
			else if (chroma)
				into.set(
					`${NAMES[chroma[1]]}, chroma`,
					`+ ${written - value(`REF_LUMA_ADDR(${chroma[1]})`)}`,
				);
			else if (name === "REF_MV_ADDR(0)")
				into.set(name, `vectors of ${memory.picture(vectors.get(written) ?? 0)}`);
			// The offset from there to the tiles is told besides.
			else if (name === "STREAM_ADDR") into.set(name, `stream - ${job.streams[0].address - written}`);
			else if (name.startsWith("OUT_") && name.endsWith("_ADDR")) into.set(name, `+ ${written - own}`);
			else if (name.startsWith("RS_OUT_")) into.set(name, rowsAt(written, job.output));
			else if (SEGMENTS.test(name)) into.set(name, written === maps ? "first map" : "second map");
			else if (name.endsWith("_ADDR")) into.set(name, memory.place(written));
			else split(register, at, written, into);
		}
		for (const name of [...into.keys()]) if (OWN.test(name)) into.delete(name);
		const table = job.tables.get("probabilities");
		if (table) probabilities(table.bytes, PROBABILITIES, into);
		// Segments are in the stream where the map is updated, their prediction where that is temporal (6.4.7).
		if (into.get("segment_upd_e") === "0") into.delete("probabilities segment tree");
		if (into.get("segment_temp_upd_e") === "0") into.delete("probabilities segment prediction");
		const tiles = job.tables.get("tiles");
		if (tiles) into.set("table tiles", checksum(tiles.bytes));
	};
}
