// SPDX-License-Identifier: MIT
// The picture that the fake hardware writes (fake/memory.c): each sample tells the job and its own place.

export function lumaSample(job: number, x: number, y: number): number {
	return (7 * job + 3 * x + 5 * y) & 255;
}

/** x counts bytes: Cb is even, Cr odd. */
export function chromaSample(job: number, x: number, y: number): number {
	return (x & 1 ? 13 * job + 5 * x + 3 * y + 128 : 11 * job + 3 * x + 7 * y + 64) & 255;
}

/** The number of the job, modulo 256, that painted an NV12 picture, or what is wrong with it. */
export function paintedBy(nv12: Uint8Array, width: number, height: number): number | string {
	// 183 is the inverse of 7 modulo 256.
	const job = (nv12[0] * 183) & 255;
	for (let y = 0; y < height; y++) {
		for (let x = 0; x < width; x++) {
			const wanted = lumaSample(job, x, y);
			if (nv12[y * width + x] !== wanted) {
				return `luma (${x}, ${y}) is ${nv12[y * width + x]} and not ${wanted}, as job ${job} paints it`;
			}
		}
	}
	const chroma = width * height;
	for (let y = 0; y < height / 2; y++) {
		for (let x = 0; x < width; x++) {
			const wanted = chromaSample(job, x, y);
			if (nv12[chroma + y * width + x] !== wanted) {
				return `chroma byte ${x} of line ${y} is ${nv12[chroma + y * width + x]} and not ${wanted}, as job ${job} paints it`;
			}
		}
	}
	return job;
}
