// SPDX-License-Identifier: MIT
// The slice headers of H.264 and of HEVC, as FFmpeg reads them.
import { Headers, type TracedUnit } from "./traced.ts";

interface Names {
	/** What FFmpeg calls a slice header. */
	title: string;
	/** The element that is above 0 behind the first slice of a picture. */
	address: string;
	/** By slice_type; H.264 counts them once more from 5 on. */
	types: string;
}

export class SliceHeaders extends Headers {
	/** Those that have a type: no dependent slice segments. */
	readonly slices: TracedUnit[];

	constructor(
		path: string,
		private readonly names: Names,
	) {
		super(path);
		this.slices = this.titled(names.title).filter((slice) => slice.value("slice_type") !== undefined);
	}

	/** "P", "B" or "I". */
	typeOf(slice: TracedUnit): string {
		const { types } = this.names;
		return types[(slice.value("slice_type") ?? 0) % 5];
	}

	/** Whether a slice will do. */
	some(will: (slice: TracedUnit) => boolean): boolean {
		return this.slices.some(will);
	}

	/** Whether there are slices of each of these types. */
	types(types: string): boolean {
		return [...types].every((type) => this.some((slice) => this.typeOf(slice) === type));
	}

	/** Whether a slice of this type will do. */
	typed(type: string, will: (slice: TracedUnit) => boolean): boolean {
		return this.some((slice) => this.typeOf(slice) === type && will(slice));
	}

	/** Whether two slices of a picture will do, one behind the other. */
	neighbours(will: (slice: TracedUnit, before: TracedUnit) => boolean): boolean {
		const { slices, names } = this;
		return slices.some((slice, i) => slice.has(names.address) && will(slice, slices[i - 1]));
	}

	/** Whether a picture has this many slices. */
	slicesOf(count: number): boolean {
		const begins = this.slices.flatMap((slice, i) => (slice.has(this.names.address) ? [] : [i]));
		return [...begins, this.slices.length].some((begin, i, all) => i > 0 && begin - all[i - 1] === count);
	}
}
