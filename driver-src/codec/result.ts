// SPDX-License-Identifier: MIT

/** What a codec knows of the sequence that the current picture belongs to; the session holds its formats to it. */
@unmanaged
export class Sequence {
	/** Luma samples of a coded frame (of both fields together). */
	width: u32;
	height: u32;
	bit_depth: u32;
	chroma_format_idc: u32;
	/** How many frames may be references at once. */
	references: u32;
}
