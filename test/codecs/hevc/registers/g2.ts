// SPDX-License-Identifier: MIT
// G2 (drivers/media/platform/verisilicon/hantro_g2_hevc_dec.c). It decodes to memory of its own, which belongs to a CAPTURE buffer,
// and writes rows to that buffer besides. Which place an entry of the DPB has is the client's own affair, so places are called by
// their pictures.
import {
	checksum,
	type Fields,
	lastValues,
	type Memory,
	split,
} from "../../../kernel/hardware/registers/canonical.ts";
import type { Output, RawJob } from "../../../kernel/hardware/registers/log.ts";
import { unitsOf } from "../../nal.ts";
import { readRegisters } from "./fields.ts";

const PLACES = 16;
/** Memory that the driver gives the decoder to work in, and the size of the OUTPUT buffer: neither says anything of the job. */
const OWN = /^(TILE_(FILTER|SAO|BSD)_ADDR|strm_buffer_len)$/;
const REFERENCE = /^REF_(LUMA|CHROMA|MV|COMP_LUMA|COMP_CHROMA)_ADDR\((\d+)\)$/;
const OUTPUT = /^OUT_(LUMA|CHROMA|MV|COMP_LUMA|COMP_CHROMA)_ADDR$/;
const OF_PLACE = /^cur_poc_(\d+)$/;
const LIST = /^rlist_([fb])(\d+)$/;

/** Where rows go, from where the picture begins; the log tells of no picture below 48x48. */
const rowsAt = (address: number, output: Output | null): string =>
	output ? `output + ${address - output.luma}` : "a picture below 48x48";

/** Whether the picture is an IRAP picture, which refers to none (7.4.2.2). */
function isIrap(bytes: Buffer): boolean {
	const type = (unitsOf(bytes).units[0][0] >> 1) & 63;
	return type >= 16 && type <= 23;
}

/** The parts of a picture in the decoder's own memory, as distances from its begin. */
function layout(parts: Map<string, number>): string {
	const begin = parts.get("LUMA") ?? 0;
	return [...parts].map(([part, at]) => `${part} + ${at - begin}`).join(", ");
}

/** What a job tells G2 of a picture; a translator for the jobs of one stream. */
export function g2Fields() {
	const registers = readRegisters("g2");
	/** The CAPTURE buffer that the decoder's own memory belongs to, by address. */
	const buffers = new Map<number, number>();

	return (job: RawJob, memory: Memory, into: Fields): void => {
		const places = Array.from({ length: PLACES }, () => new Map<string, number>());
		const output = new Map<string, number>();
		for (const [name, { address }] of job.tables) memory.know(address, `table ${name}`);
		for (const [at, value] of lastValues(job)) {
			const register = registers.get(at);
			const name = register?.name ?? "";
			const [, part, place] = REFERENCE.exec(name) ?? [];
			const own = OUTPUT.exec(name);
			if (part) places[Number(place)].set(part, value);
			else if (own) output.set(own[1], value);
			else if (OWN.test(name)) continue;
			else if (name.startsWith("RS_OUT_")) into.set(name, rowsAt(value, job.output));
			else if (name.endsWith("_ADDR")) into.set(name, memory.place(value));
			else split(register, at, value, into);
		}
		for (const name of [...into.keys()]) if (OWN.test(name)) into.delete(name);
		if (job.output) buffers.set(output.get("LUMA") ?? 0, job.output.luma);
		references(places, output, (address) => memory.picture(buffers.get(address) ?? 0), into);
		// Their lists are made of what is first in the DPB, which is the client's affair.
		if (isIrap(job.streams[0].bytes))
			for (const name of [...into.keys()]) if (name.startsWith("list ")) into.delete(name);
		for (const [name, { bytes }] of job.tables) into.set(`table ${name}`, checksum(bytes));
	};
}

/** What is told of each place, by its picture; and what the lists name. */
function references(
	places: Map<string, number>[],
	output: Map<string, number>,
	pictureAt: (address: number) => string,
	into: Fields,
): void {
	const take = (name: string): number => {
		const value = Number(into.get(name));
		into.delete(name);
		return value;
	};
	const longTerm = take("refer_lterm_e");
	const names = places.map((parts) => {
		const address = parts.get("LUMA") ?? 0;
		return address === 0 ? "no picture" : pictureAt(address);
	});
	const counts = new Map<number, number>();
	const lists: { name: string; place: number }[] = [];
	for (const name of [...into.keys()]) {
		const of = OF_PLACE.exec(name);
		const list = LIST.exec(name);
		if (of) counts.set(Number(of[1]), take(name));
		if (list) lists.push({ name: `list ${list[1]}[${list[2]}]`, place: take(name) });
	}
	for (const [place, parts] of places.entries()) {
		const address = parts.get("LUMA") ?? 0;
		if (address === 0) continue;
		const told = [
			`POC ${((counts.get(place) ?? 0) << 24) >> 24} before`,
			(longTerm >> (PLACES - 1 - place)) & 1 ? "long-term" : "short-term",
		];
		if (layout(parts) !== layout(output)) told.push(layout(parts));
		into.set(`slot of ${names[place]}`, told.join(", "));
	}
	for (const { name, place } of lists) into.set(name, names[place]);
}
