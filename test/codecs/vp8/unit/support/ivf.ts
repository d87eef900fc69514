// SPDX-License-Identifier: MIT
// The frames of an IVF file: a header of 32 bytes, and before each frame its size and timestamp in 12.

export function ivfFrames(file: Uint8Array): Uint8Array[] {
	const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
	const frames: Uint8Array[] = [];
	for (let at = view.getUint16(6, true); at + 12 <= file.length; ) {
		const size = view.getUint32(at, true);
		frames.push(file.subarray(at + 12, at + 12 + size));
		at += 12 + size;
	}
	return frames;
}
