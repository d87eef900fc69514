// SPDX-License-Identifier: MIT
// Where the members of a struct with pointers are. A compiler knows the layout for its own pointers only.

export interface Placed {
	name: string;
	pointer: boolean;
	/** In bytes; not used of a pointer. */
	size: number;
	align: number;
}

/** The members' offsets and the size of the struct, in bytes, where a pointer has this many. */
export function arrange(
	members: Placed[],
	pointerBytes: number,
): { offsets: Record<string, number>; size: number } {
	const offsets: Record<string, number> = {};
	let end = 0;
	let strictest = 1;
	for (const { name, pointer, ...own } of members) {
		const { size, align } = pointer ? { size: pointerBytes, align: pointerBytes } : own;
		offsets[name] = Math.ceil(end / align) * align;
		end = offsets[name] + size;
		strictest = Math.max(strictest, align);
	}
	return { offsets, size: Math.ceil(end / strictest) * strictest };
}
