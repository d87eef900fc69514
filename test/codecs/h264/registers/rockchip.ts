// SPDX-License-Identifier: MIT
// The packets in memory that all of Rockchip's own decoders read for H.264 (drivers/media/platform/rockchip/rkvdec: rkvdec-h264-common.c,
// assemble_hw_pps): parameter sets, the DPB and the reference lists. A picture's slot is where the client put it in the DPB, so
// slots are called by their pictures.
import type { Fields } from "../../../kernel/hardware/registers/canonical.ts";
import { type PacketField, readBits } from "../../../kernel/hardware/registers/fields.ts";
import type { RawJob } from "../../../kernel/hardware/registers/log.ts";
import { type HeaderSyntax, type Picture, parameterSetId, readPicture } from "./slices.ts";

export const SLOTS = 16;
const N_PARAMETER_SETS = 256;

/** What a decoder is told of an entry of the DPB. */
export interface Slot {
	/** Of its picture. */
	name: string;
	/** The entry is ACTIVE. */
	used: boolean;
	/** The names of its bits that are set, as RK3399 has them. */
	flags: string[];
	top: number;
	bottom: number;
	longTerm: boolean;
}

/** Bits of a slot by the names that RK3399 has for them, in its order. */
export function slotFlags(used: boolean, bottom: boolean, top: boolean, field: boolean): string[] {
	const bits = {
		COLMV_USED_FLAG_REF: used,
		BOTFIELD_USED_REF: bottom,
		TOPFIELD_USED_REF: top,
		FIELD_REF: field,
	};
	return Object.entries(bits).flatMap(([name, set]) => (set ? [name] : []));
}

/** The parameter set of `bytes` bytes that the slice header names: the decoder takes no other (assemble_hw_pps). */
export function parameterSet(job: RawJob, bytes: number): Buffer {
	const all = job.tables.get("pps")?.bytes ?? Buffer.alloc(N_PARAMETER_SETS * bytes);
	const id = parameterSetId(job.streams[0].bytes);
	return all.subarray(bytes * id, bytes * (id + 1));
}

/** All fields of a packet but those that `elsewhere` names, and those of the multiview extension, which the driver leaves alone. */
export function packet(bytes: Buffer, fields: PacketField[], elsewhere: RegExp, into: Fields): void {
	for (const { name, first, bits, step, count } of fields) {
		if (/VIEW|ANCHOR|MVC/.test(name) || elsewhere.test(name)) continue;
		for (let i = 0; i < count; i++) {
			const value = readBits(bytes, first + i * step, bits);
			into.set(step ? `${name}(${i})` : name, String(value));
		}
	}
}

/** rps: frame_num of the slots, then three lists of slots (assemble_hw_rps). */
function referenceLists(bytes: Buffer, names: string[], into: Fields): void {
	for (const [list, name] of ["P", "B0", "B1"].entries()) {
		for (let i = 0; i < 32; i++) {
			const entry = readBits(bytes, 288 + 224 * list + 7 * i, 7);
			const picture = entry & 16 ? names[entry & 15] : "no buffer";
			if (entry)
				into.set(
					`list ${name}[${i}]`,
					`${picture}${entry & 32 ? " bottom" : ""}${entry & 64 ? " view 1" : ""}`,
				);
		}
	}
}

/** struct rkvdec_h264_scaling_list. Of the six 8x8 lists, four serve 4:4:4 only (H.264 8.5.9), which the driver refuses. */
export function scalingLists(job: RawJob, into: Fields): void {
	const bytes = job.tables.get("scaling")?.bytes;
	if (!bytes || into.get("SCALING_LIST_ENABLE_FLAG") !== "1") return;
	for (let list = 0; list < 6; list++)
		into.set(`scaling list 4x4 ${list}`, bytes.toString("hex", 16 * list, 16 * list + 16));
	for (let list = 0; list < (into.get("TRANSFORM_8X8_MODE_FLAG") === "1" ? 2 : 0); list++)
		into.set(`scaling list 8x8 ${list}`, bytes.toString("hex", 96 + 64 * list, 160 + 64 * list));
}

/** The picture's own count; how far the other field's is from it is kept, of frames. */
function ownOrderCount(top: number, bottom: number, { structure }: Picture, into: Fields): number {
	into.set("structure", structure);
	if (structure === "frame") into.set("POC of the bottom field", String(bottom - top));
	return structure === "bottom" ? bottom : top;
}

/** How the hardware itself reads slice headers. */
function headerSyntax(fields: Fields): HeaderSyntax {
	const value = (field: string) => Number(fields.get(field));
	return {
		frameNumBits: value("LOG2_MAX_FRAME_NUM_MINUS4") + 4,
		frameMbsOnly: value("FRAME_MBS_ONLY_FLAG") === 1,
		skipOrderCount(bits, field) {
			const bottom = value("BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT_FLAG") === 1 && !field;
			const type = value("PIC_ORDER_CNT_TYPE");
			if (type === 0) bits.u(value("LOG2_MAX_PIC_ORDER_CNT_LSB_MINUS4") + 4);
			const delta = type === 1 && value("DELTA_PIC_ORDER_ALWAYS_ZERO_FLAG") === 0;
			if (delta) bits.ue();
			if (bottom && (type === 0 || delta)) bits.ue();
		},
		redundantPictureCount: value("REDUNDANT_PIC_CNT_PRESENT") === 1,
	};
}

/** The picture, its references and its lists; `into` has the fields of the parameter set already. top, bottom: its counts. */
export function references(job: RawJob, slots: Slot[], top: number, bottom: number, into: Fields): void {
	const lists = job.tables.get("rps")?.bytes ?? Buffer.alloc(256);
	const picture = readPicture(job.streams[0].bytes, headerSyntax(into));
	into.set("default counts read", picture.defaultCounts);
	const origin = ownOrderCount(top, bottom, picture, into);
	const names = slots.map((slot, i) => {
		if (!slot.used) return slot.name;
		const count = (field: string, of: number) => (slot.flags.includes(field) ? of - origin : "-");
		const counts = `${count("TOPFIELD_USED_REF", slot.top)} ${count("BOTFIELD_USED_REF", slot.bottom)}`;
		const mark = slot.longTerm ? "long-term" : "short-term";
		const name = `${slot.name}, number ${lists.readUInt16LE(2 * i)}`;
		into.set(`slot of ${name}`, `${slot.flags.join(" ")}, ${mark}, POC ${counts} from here`);
		return name;
	});
	referenceLists(lists, names, into);
}
