// SPDX-License-Identifier: MIT
/**
 * What a codec leaves for the session: three records, filled by the verbs of codec.ts. Controls are in controls.ts, and why
 * something was refused in refusal.ts.
 */
import { CORE_NONE } from "../abi/exchange";

/** The sequence that the current picture belongs to; the session holds its formats to it. */
@unmanaged
export class Sequence {
	/** Luma samples of a coded frame (of both fields together). */
	width: u32;
	height: u32;
	/** Luma samples that a player shows, which its surface must have; 0 where VA does not say (H.264's and HEVC's cropping). */
	visible_width: u32;
	visible_height: u32;
	bit_depth: u32;
	chroma_format_idc: u32;
	/** How many frames may be references at once. */
	references: u32;
	/** 1: pictures may refer to pictures of another size (VP9, AV1), or of another coded height (MPEG-2, mpeg2/parameters.ts). */
	scales_references: u32;
}

export const PICTURE_FRAME: u32 = 0;
export const PICTURE_TOP_FIELD: u32 = 1;
export const PICTURE_BOTTOM_FIELD: u32 = 2;

/** The current picture. Surfaces that it names as references are added by picture_refers_to(). */
@unmanaged
export class Picture {
	/** The surface whose memory gets the samples: the one begun, or AV1's current_display_picture where film grain makes them two. */
	output: u32;
	/** 0: nobody will look at it (show_frame of VP9 and AV1). */
	shown: u32;
	/** PICTURE_*. */
	structure: u32;
	/** 1 for the second field of the frame whose first field was the picture before it. */
	second_field: u32;
	/** How many surfaces other than its own it names as references. */
	reference_count: u32;
	/** 1: the device adds none of the film grain that the picture has; its samples are copied to the output, references stay. */
	grainless: u32;
	/**
	 * 1: the next picture tells how this one is to be decoded. If somebody asks for this one before, it may have to be decoded again: what the
	 * device was given of it is kept until then.
	 */
	keep: u32;
	/** The surface of the picture before, while that must be decoded again before this one (codec_fill_picture()); or CORE_NONE. */
	again: u32;
	/** 1: that picture has not been decoded yet, and its request has all its controls: only those that change are wanted. */
	deferred: u32;
	/** 1: no picture from here on refers to one before it (key frames of VP9, those of AV1 that are shown). */
	starts_anew: u32;
}

/** The last slice, or tile. */
@unmanaged
export class Slice {
	/** Bytes of linear memory that lie before the data in the OUTPUT buffer: a start code, a frame tag. */
	prefix: usize;
	prefix_size: u32;
	/** Bytes at the start of the data that are not for the device, and at its end. */
	skip: u32;
	cut: u32;
}

export const SEQUENCE: Sequence = changetype<Sequence>(memory.data(offsetof<Sequence>(), 8));
export const PICTURE: Picture = changetype<Picture>(memory.data(offsetof<Picture>(), 8));
export const SLICE: Slice = changetype<Slice>(memory.data(offsetof<Slice>(), 8));

/** As many as any codec's DPB has (H.264 A.3.1, HEVC A.4.2). */
const MAX_REFERENCES: u32 = 16;
const REFERENCES: usize = memory.data(MAX_REFERENCES * 4, 4);

/** For a new context: no sequence is known. */
export function sequence_clear(): void {
	memory.fill(changetype<usize>(SEQUENCE), 0, offsetof<Sequence>());
}

/** For a new picture: a frame without references, to look at, in the surface begun. */
export function picture_clear(surface: u32): void {
	memory.fill(changetype<usize>(PICTURE), 0, offsetof<Picture>());
	PICTURE.output = surface;
	PICTURE.shown = 1;
	PICTURE.again = CORE_NONE;
}

/** For a new slice: its data goes to the device as it is. */
export function slice_clear(): void {
	memory.fill(changetype<usize>(SLICE), 0, offsetof<Slice>());
}

/** The picture names this surface, whose CAPTURE buffer it needs, as a reference. At most 16. */
export function picture_refers_to(surface: u32): void {
	assert(PICTURE.reference_count < MAX_REFERENCES, "more references than a picture has");
	store<u32>(REFERENCES + ((<usize>PICTURE.reference_count) << 2), surface);
	PICTURE.reference_count++;
}

/** One of PICTURE.reference_count surfaces. */
export function picture_reference(i: u32): u32 {
	assert(i < PICTURE.reference_count, "no such reference");
	return load<u32>(REFERENCES + ((<usize>i) << 2));
}
