// SPDX-License-Identifier: MIT
// What index.tsv says of a clip, and what its headers have where that is so.
import { type Features, featuresOf } from "../features.ts";
import { Headers, is, type TracedUnit } from "../traced.ts";

const [I, P, B] = [1, 2, 3];
const [TOP, BOTTOM, FRAME] = [1, 2, 3];

/** A picture: what its header has, and its coding extension. */
interface Picture {
	type: number;
	structure: number;
	/** temporal_reference */
	reference: number;
	/** The rows in which its slices begin, in their order. */
	rows: number[];
	/** Those that come behind the same group_start_code have the same. */
	group: TracedUnit | undefined;
}

class Pictures extends Headers {
	readonly pictures: Picture[] = [];

	constructor(path: string) {
		super(path);
		let group: TracedUnit | undefined;
		for (const unit of this.units) {
			const last = this.pictures.at(-1);
			if (unit.title === "Group of Pictures Header") group = unit;
			if (unit.title === "Picture Header")
				this.pictures.push({
					type: unit.value("picture_coding_type") ?? 0,
					structure: 0,
					reference: unit.value("temporal_reference") ?? 0,
					rows: [],
					group,
				});
			if (!last) continue;
			last.structure = unit.value("picture_structure") ?? last.structure;
			last.rows.push(...unit.values("slice_vertical_position"));
		}
	}

	/** The two fields of each frame that is coded as fields. */
	get pairs(): [first: Picture, second: Picture][] {
		const fields = this.pictures.filter(({ structure }) => structure !== FRAME);
		return fields.flatMap((field, i): [Picture, Picture][] =>
			i % 2 === 0 ? [[field, fields[i + 1]]] : [],
		);
	}

	/** Whether a frame begins with this field, as two of them or as one picture. */
	begins(field: number): boolean {
		return (
			this.pairs.some(([first]) => first.structure === field) ||
			this.titled("Picture Coding Extension").some(
				(unit) =>
					unit.value("picture_structure") === FRAME &&
					unit.value("progressive_frame") === 0 &&
					unit.value("top_field_first") === (field === TOP ? 1 : 0),
			)
		);
	}

	/** Whether B pictures of a closed group come before its first I picture is shown. */
	get withoutForward(): boolean {
		return this.pictures.some(
			({ type, group, reference }) =>
				type === B &&
				group?.has("closed_gop") &&
				this.pictures.some(
					(key) => key.type === I && key.group === group && key.reference > reference,
				),
		);
	}

	/** Whether a size in a sequence header will do. */
	size(name: "horizontal" | "vertical", will: (size: number) => boolean): boolean {
		return this.has(`${name}_size_value`, will);
	}
}

/** Whether a unit with one title is there behind one with another. */
const follows = (h: Headers, title: string, earlier: string) => {
	const begin = h.units.findIndex((unit) => unit.title === earlier);
	return begin >= 0 && h.units.slice(begin).some((unit) => unit.title === title);
};

const words: Record<string, (headers: Pictures) => boolean> = {
	"1280x720": (h) => h.size("horizontal", is(1280)) && h.size("vertical", is(720)),
	"4:2:2": (h) => h.has("chroma_format", is(2)),
	"alt-scan": (h) => h.has("alternate_scan"),
	B: (h) => h.pictures.some(({ type }) => type === B),
	"B-without-forward": (h) => h.withoutForward,
	"both-orders": (h) => h.begins(TOP) && h.begins(BOTTOM),
	"bottom-first": (h) => h.begins(BOTTOM) && !h.begins(TOP),
	"closed-gop": (h) => !h.has("closed_gop", is(0)),
	"concealment-vectors": (h) => h.has("concealment_motion_vectors"),
	"dc-precision": (h) => h.kinds("intra_dc_precision") > 1,
	"dc-precision-10": (h) => h.has("intra_dc_precision", is(2)),
	"dc-precision-9": (h) => h.has("intra_dc_precision", is(1)),
	// 15: no such vectors
	"f-code-large": (h) => h.has("f_code", (code) => code >= 4 && code < 15),
	"field-pictures": (h) => h.pairs.length > 0,
	"frame-pictures": (h) => h.has("picture_structure", is(FRAME)),
	"frames-between": (h) => h.pairs.length > 0 && h.has("picture_structure", is(FRAME)),
	interlaced: (h) => h.has("progressive_sequence", is(0)),
	"intra-matrix": (h) => h.has("load_intra_quantiser_matrix"),
	"intra-vlc": (h) => h.has("intra_vlc_format"),
	"low-delay": (h) => h.has("low_delay"),
	"non-intra-matrix": (h) => h.has("load_non_intra_quantiser_matrix"),
	"nonlinear-q": (h) => h.has("q_scale_type"),
	"odd-size": (h) =>
		h.size("horizontal", (size) => size % 2 === 1) && h.size("vertical", (size) => size % 2 === 1),
	"one-macroblock": (h) =>
		!h.size("horizontal", (size) => size > 16) && !h.size("vertical", (size) => size > 16),
	"open-gop": (h) => h.has("closed_gop", is(0)),
	progressive: (h) => !h.has("progressive_sequence", is(0)),
	"progressive-frames": (h) => h.has("progressive_sequence", is(0)) && h.has("progressive_frame"),
	"progressive-to-interlaced": (h) => /1.*0/.test(h.values("progressive_sequence").join("")),
	"quant-matrix-extension": (h) => h.titled("Quant Matrix Extension").length > 0,
	"repeat-first-field": (h) => h.has("repeat_first_field"),
	"reset-by-sequence": (h) => follows(h, "Sequence Header", "Quant Matrix Extension"),
	resize: (h) => h.kinds("horizontal_size_value") > 1,
	"rows-not-even": (h) =>
		h.has("progressive_sequence", is(0)) && h.size("vertical", (size) => Math.ceil(size / 16) % 2 === 1),
	"second-P-of-I": (h) => h.pairs.some(([first, second]) => first.type === I && second.type === P),
	"slice-extras": (h) => h.has("extra_information_slice", () => true),
	"slices-in-a-row": (h) => h.pictures.some(({ rows }) => new Set(rows).size < rows.length),
	"top-first": (h) => h.begins(TOP) && !h.begins(BOTTOM),
};

/** Words of what headers do not tell: what macroblocks have, how long a clip is. */
const elsewhere = ["16x8", "dual-prime", "field-dct", "field-vectors", "mpv-length"];

export const mpeg2Features: Features = featuresOf((path) => new Pictures(path), words, elsewhere);
