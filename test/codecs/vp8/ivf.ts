// SPDX-License-Identifier: MIT
// IVF files: a header of 32 bytes, and before each frame its size and timestamp in 12.

const HEADER = 32;
const FRAME_HEADER = 12;

/** The frames of a file, without their headers. */
export function ivfFrames(file: Uint8Array): Uint8Array[] {
	const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
	const frames: Uint8Array[] = [];
	for (let at = view.getUint16(6, true); at + FRAME_HEADER <= file.length; ) {
		const size = view.getUint32(at, true);
		frames.push(file.subarray(at + FRAME_HEADER, at + FRAME_HEADER + size));
		at += FRAME_HEADER + size;
	}
	return frames;
}

/** A file like the one given, of these frames. */
export function ivfOf(like: Uint8Array, frames: Uint8Array[]): Buffer {
	const parts = frames.flatMap((frame, i) => {
		const header = Buffer.alloc(FRAME_HEADER);
		header.writeUInt32LE(frame.length, 0);
		header.writeBigUInt64LE(BigInt(i), 4);
		return [header, frame];
	});
	const header = Buffer.from(like.subarray(0, HEADER));
	header.writeUInt32LE(frames.length, 24);
	return Buffer.concat([header, ...parts]);
}

/** A file of frames of this codec, 25 a second. */
export function ivfFile(fourcc: string, width: number, height: number, frames: Uint8Array[]): Buffer {
	const header = Buffer.alloc(HEADER);
	header.write("DKIF");
	header.writeUInt16LE(HEADER, 6);
	header.write(fourcc, 8);
	header.writeUInt16LE(width, 12);
	header.writeUInt16LE(height, 14);
	header.writeUInt32LE(25, 16);
	header.writeUInt32LE(1, 20);
	return ivfOf(header, frames);
}

/** One file of several: frames are counted on, and the first's header tells how many there are. */
export const joinIvf = (files: Uint8Array[]): Buffer => ivfOf(files[0], files.flatMap(ivfFrames));
