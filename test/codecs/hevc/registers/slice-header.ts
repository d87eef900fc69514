// SPDX-License-Identifier: MIT
// Slice segment headers as VDPU381 and VDPU383 read them: with nothing but the parameter sets that they are told in memory (H.265
// 7.3.6). The driver may write headers anew, so what they come to is compared: sets, lists, and values by name.
import { NalBits } from "../../nal-bits.ts";
import {
	type Referred,
	readShortTermSet,
	referenceList,
	referred,
	type ShortTerm,
	type ShortTermSet,
} from "./reference-sets.ts";

/** A parameter by the name that the specification has, in capital letters. */
export type Parameter = (name: string) => number;

/** What of the parameter sets decides how a header is read. */
export interface HeaderSyntax {
	value: Parameter;
	/** The sets of the SPS. */
	sets: ShortTermSet[];
	/** Its long-term pictures. */
	longTerm: { lsb: number; used: boolean }[];
	/** Distances of the pictures in the DPB, to find those that are told by the lower bits of their counts alone. */
	pictures: number[];
}

export interface SliceHeader {
	/** Of an independent segment; a dependent one has none of its own. */
	set: { short: ShortTermSet; long: ShortTerm[] } | null;
	/** The lists of the slice. */
	lists: Referred[][];
	/** Syntax elements that are no part of those, by name. */
	values: Map<string, string>;
	/** What is behind the header: slice_segment_data(). */
	data: Buffer;
}

enum Type {
	B,
	P,
	I,
}

/** More than any header has: entry points of 512 lines of blocks, of up to 32 bits each, weights and an extension. */
const MOST_BYTES = 4096;
const bitsFor = (count: number): number => Math.ceil(Math.log2(Math.max(count, 1)));
const isIrap = (type: number): boolean => type >= 16 && type <= 23;
const isIdr = (type: number): boolean => type === 19 || type === 20;

/** pic_parameter_set_id of a unit's slice. */
export function parameterSetId(unit: Buffer): number {
	const bits = new NalBits(unit, 2, 16);
	bits.flag(); // first_slice_segment_in_pic_flag
	if (isIrap((unit[0] >> 1) & 63)) bits.flag(); // no_output_of_prior_pics_flag
	return bits.ue();
}

/** Reads the header of one NAL unit. Throws where the parameter sets do not fit it. */
export function readSliceHeader(unit: Buffer, syntax: HeaderSyntax): SliceHeader {
	return new Reader(unit, syntax).read();
}

/**
 * How many entries the lists of a slice have; null: those of the slice that a dependent segment belongs to. setBits: how far the sets reach
 * behind short_term_ref_pic_set_sps_flag.
 */
export function listLengths(unit: Buffer, value: Parameter, setBits: number): number[] | null {
	const start = new Start(unit, value);
	const { unitType, dependent } = start.begin();
	if (dependent) return null;
	const type = start.beginIndependent();
	if (!isIdr(unitType)) {
		start.bits.u(value("LOG2_MAX_PIC_ORDER_CNT_LSB"));
		start.bits.flag(); // short_term_ref_pic_set_sps_flag
		start.bits.u(setBits);
		start.readTemporal();
	}
	start.readOffsets();
	return start.readCounts(type);
}

/** What needs no sets to be read. */
class Start {
	readonly bits: NalBits;
	readonly values = new Map<string, string>();

	constructor(
		protected readonly unit: Buffer,
		protected readonly value: Parameter,
	) {
		this.bits = new NalBits(unit, 2, MOST_BYTES);
	}

	protected is(name: string): boolean {
		return this.value(name) !== 0;
	}

	/** Keeps a value under its name. */
	protected keep(name: string, value: number): number {
		this.values.set(name, String(value));
		return value;
	}

	/** To the end of what dependent segments have, too. */
	begin(): { unitType: number; dependent: boolean } {
		const { bits } = this;
		const unitType = this.keep("nal_unit_type", (this.unit[0] >> 1) & 63);
		const first = this.keep("first_slice_segment_in_pic_flag", bits.u(1));
		if (isIrap(unitType)) this.keep("no_output_of_prior_pics_flag", bits.u(1));
		this.keep("slice_pic_parameter_set_id", bits.ue());
		let dependent = 0;
		if (!first) {
			if (this.is("DEPENDENT_SLICE_SEGMENTS_ENABLED_FLAG")) dependent = bits.u(1);
			this.keep("slice_segment_address", bits.u(bitsFor(this.blocks())));
		}
		this.keep("dependent_slice_segment_flag", dependent);
		return { unitType, dependent: dependent === 1 };
	}

	/** PicSizeInCtbsY (7-21) */
	private blocks(): number {
		const { value } = this;
		const log2 =
			value("LOG2_MIN_LUMA_CODING_BLOCK_SIZE") + value("LOG2_DIFF_MAX_MIN_LUMA_CODING_BLOCK_SIZE");
		const blocks = (name: string) => Math.ceil(value(name) / 2 ** log2);
		return blocks("PIC_WIDTH_IN_LUMA_SAMPLES") * blocks("PIC_HEIGHT_IN_LUMA_SAMPLES");
	}

	/** To the picture order count; gives the type. */
	beginIndependent(): Type {
		const { bits } = this;
		// Reserved for later versions: the driver may use them to move what is behind them.
		bits.u(this.value("NUM_EXTRA_SLICE_HEADER_BITS"));
		const type = this.keep("slice_type", bits.ue());
		if (this.is("OUTPUT_FLAG_PRESENT_FLAG")) this.keep("pic_output_flag", bits.u(1));
		return type;
	}

	/** slice_temporal_mvp_enabled_flag */
	readTemporal(): boolean {
		return this.is("SPS_TEMPORAL_MVP_ENABLED_FLAG") && this.bits.flag();
	}

	/** Whether the slice has sample adaptive offsets. */
	readOffsets(): boolean {
		if (!this.is("SAMPLE_ADAPTIVE_OFFSET_ENABLED_FLAG")) return false;
		const flags = ["slice_sao_luma_flag", "slice_sao_chroma_flag"].map((name) =>
			this.keep(name, this.bits.u(1)),
		);
		return flags.includes(1);
	}

	/** The lengths of the lists that a slice of the type has. */
	readCounts(type: Type): number[] {
		if (type !== Type.P && type !== Type.B) return [];
		const counts = [
			this.value("NUM_REF_IDX_L0_DEFAULT_ACTIVE"),
			this.value("NUM_REF_IDX_L1_DEFAULT_ACTIVE"),
		].slice(0, type === Type.B ? 2 : 1);
		if (this.bits.flag()) for (const i of counts.keys()) counts[i] = this.bits.ue() + 1;
		return counts;
	}
}

class Reader extends Start {
	private set: SliceHeader["set"] = null;
	private readonly lists: Referred[][] = [];

	constructor(
		unit: Buffer,
		private readonly syntax: HeaderSyntax,
	) {
		super(unit, syntax.value);
	}

	read(): SliceHeader {
		const { bits } = this;
		const { unitType, dependent } = this.begin();
		if (!dependent) this.readIndependent(unitType);
		if (this.is("TILES_ENABLED_FLAG") || this.is("ENTROPY_CODING_SYNC_ENABLED_FLAG")) this.readEntries();
		if (this.is("SLICE_SEGMENT_HEADER_EXTENSION_PRESENT_FLAG")) {
			const size = bits.ue();
			const bytes = Array.from({ length: size }, () => bits.u(8));
			this.values.set("slice_segment_header_extension_data_byte", bytes.join(" "));
		}
		const data = this.unit.subarray(bits.align());
		return { set: this.set, lists: this.lists, values: this.values, data };
	}

	private readIndependent(unitType: number): void {
		const type = this.beginIndependent();
		let temporal = false;
		if (isIdr(unitType)) this.set = { short: { before: [], after: [] }, long: [] };
		else {
			this.readSet();
			temporal = this.readTemporal();
		}
		this.keep("slice_temporal_mvp_enabled_flag", Number(temporal));
		const adapts = this.readOffsets();
		const counts = this.readCounts(type);
		if (counts.length > 0) this.readInter(type, counts, temporal);
		this.readQuantisation(adapts);
	}

	private readSet(): void {
		const { bits, syntax } = this;
		const lsb = bits.u(this.value("LOG2_MAX_PIC_ORDER_CNT_LSB"));
		this.keep("slice_pic_order_cnt_lsb", lsb);
		const { sets } = syntax;
		const inSps = bits.flag();
		const chosen = inSps
			? sets[sets.length > 1 ? bits.u(bitsFor(sets.length)) : 0]
			: readShortTermSet(bits, sets, sets.length);
		if (!chosen) throw new Error("a slice header names a reference picture set that is not there");
		const long = this.is("LONG_TERM_REF_PICS_PRESENT_FLAG") ? this.readLongTerm(lsb) : [];
		this.set = { short: chosen, long };
	}

	/** Pictures by their distances (7-52, 8-5). */
	private readLongTerm(lsb: number): ShortTerm[] {
		const { bits, syntax } = this;
		const known = syntax.longTerm;
		const max = 2 ** this.value("LOG2_MAX_PIC_ORDER_CNT_LSB");
		const named = known.length > 0 ? bits.ue() : 0;
		const count = named + bits.ue();
		if (count > 33) throw new Error("a slice header has too many long-term pictures");
		let cycles = 0;
		return Array.from({ length: count }, (_, i) => {
			const told = i < named ? known[known.length > 1 ? bits.u(bitsFor(known.length)) : 0] : null;
			const own = told ? told.lsb : bits.u(this.value("LOG2_MAX_PIC_ORDER_CNT_LSB"));
			const used = told ? told.used : bits.flag();
			const hasCycle = bits.flag();
			if (i === 0 || i === named) cycles = 0;
			cycles += hasCycle ? bits.ue() : 0;
			const distance = own - lsb - (hasCycle ? cycles * max : 0);
			if (hasCycle) return { distance, used };
			const found = syntax.pictures.find((each) => (((each - distance) % max) + max) % max === 0);
			return { distance: found ?? distance, used };
		});
	}

	private readInter(type: Type, counts: number[], temporal: boolean): void {
		const { bits } = this;
		this.readLists(counts);
		if (type === Type.B) this.keep("mvd_l1_zero_flag", bits.u(1));
		if (this.is("CABAC_INIT_PRESENT_FLAG")) this.keep("cabac_init_flag", bits.u(1));
		if (temporal) {
			const list = type === Type.B ? 1 - this.keep("collocated_from_l0_flag", bits.u(1)) : 0;
			if (counts[list] > 1) this.keep("collocated_ref_idx", bits.ue());
		}
		if (this.is(type === Type.P ? "WEIGHTED_PRED_FLAG" : "WEIGHTED_BIPRED_FLAG"))
			this.readWeights(counts);
		this.keep("five_minus_max_num_merge_cand", bits.ue());
	}

	private readLists(counts: number[]): void {
		const { bits, set } = this;
		if (!set) throw new Error("a slice has lists without a set");
		const long = set.long.filter((each) => each.used).map(({ distance }) => distance);
		for (const [list, count] of counts.entries()) {
			if (count > 16) throw new Error("a reference list is too long");
			const pictures = referred(set.short, long, list as 0 | 1);
			const modified = this.is("LISTS_MODIFICATION_PRESENT_FLAG") && pictures.length > 1 && bits.flag();
			const entries = modified
				? Array.from({ length: count }, () => bits.u(bitsFor(pictures.length)))
				: undefined;
			const made = referenceList(pictures, count, entries);
			this.lists.push(made.map((each) => each ?? { distance: 0, longTerm: false }));
		}
	}

	/** pred_weight_table(), as it is written. */
	private readWeights(counts: number[]): void {
		const { bits } = this;
		const said: number[] = [bits.ue(), bits.se()];
		for (const count of counts) {
			const luma = Array.from({ length: count }, () => bits.flag());
			const chroma = Array.from({ length: count }, () => bits.flag());
			for (let i = 0; i < count; i++) {
				const values = (luma[i] ? 2 : 0) + (chroma[i] ? 4 : 0);
				said.push(Number(luma[i]), Number(chroma[i]));
				for (let k = 0; k < values; k++) said.push(bits.se());
			}
		}
		this.values.set("pred_weight_table", said.join(" "));
	}

	private readQuantisation(adapts: boolean): void {
		const { bits } = this;
		this.keep("slice_qp_delta", bits.se());
		if (this.is("PPS_SLICE_CHROMA_QP_OFFSETS_PRESENT_FLAG")) {
			this.keep("slice_cb_qp_offset", bits.se());
			this.keep("slice_cr_qp_offset", bits.se());
		}
		let disabled = this.is("PPS_DEBLOCKING_FILTER_DISABLED_FLAG");
		if (this.is("DEBLOCKING_FILTER_OVERRIDE_ENABLED_FLAG") && bits.flag()) {
			disabled = this.keep("slice_deblocking_filter_disabled_flag", bits.u(1)) === 1;
			if (!disabled) {
				this.keep("slice_beta_offset_div2", bits.se());
				this.keep("slice_tc_offset_div2", bits.se());
			}
		}
		if (this.is("PPS_LOOP_FILTER_ACROSS_SLICES_ENABLED_FLAG") && (adapts || !disabled))
			this.keep("slice_loop_filter_across_slices_enabled_flag", bits.u(1));
	}

	private readEntries(): void {
		const { bits } = this;
		const count = bits.ue();
		const size = count > 0 ? bits.ue() + 1 : 0;
		if (count > 512 || size > 32) throw new Error("a slice header has impossible entry points");
		const offsets = Array.from({ length: count }, () => bits.u(size) + 1);
		this.values.set("entry points", offsets.join(" "));
	}
}
