// SPDX-License-Identifier: MIT
// ioctls per picture by name, from the simulated device's own log.
import type { DeviceLog } from "../../test/clients/lib/device.ts";
import type { DeviceMode } from "../../test/codecs/codec.ts";
import { clip, type Figure, ffmpeg, LONG, type Measured, SHORT, slicesOf } from "./lib.ts";

/** `other` are ioctls that the device does not know; everything else in the log is not an ioctl (open, mmap, poll). */
const isIoctl = (name: string): boolean => /^(VIDIOC|MEDIA|DMA_BUF)_/.test(name) || name === "other";
const isReadback = (name: string): boolean => name.startsWith("DMA_BUF_");

type Counts = [name: string, perPicture: number][];

function perPicture(long: DeviceLog, short: DeviceLog): Counts {
	const pictures = long.pictures - short.pictures;
	return Object.keys(long.calls)
		.filter(isIoctl)
		.map((name): [string, number] => [
			name,
			((long.calls[name] ?? 0) - (short.calls[name] ?? 0)) / pictures,
		])
		.filter(([, n]) => n !== 0);
}

const total = (counts: Counts): number => counts.reduce((sum, [, n]) => sum + n, 0);
const named = (counts: Counts): string =>
	counts
		.map(
			([name, n]) =>
				`${name.replace(/^(VIDIOC|DMA_BUF)_(IOCTL_)?|^MEDIA_(REQUEST_)?(IOC_)?/, "")} ${n.toFixed(1)}`,
		)
		.join(", ");

async function measure(
	codec: Measured,
	mode: DeviceMode,
	slices: number,
	readback: boolean,
): Promise<Counts> {
	const options = { mode, readback };
	const short = await ffmpeg(clip(codec, slices), SHORT, options);
	const long = await ffmpeg(clip(codec, slices), LONG, options);
	return perPicture(long.log, short.log);
}

/**
 * ioctls for a picture, those that read it back apart from the others. Of a codec that may have to decode pictures twice if they are read at
 * once, for a player that decodes ahead.
 */
export async function ioctls(codec: Measured): Promise<Figure[]> {
	const figures: Figure[] = [];
	for (const mode of codec.modes) {
		for (const slices of codec.bench.slices) {
			const counts = await measure(codec, mode, slices, !codec.decodesAgain);
			const decoding = counts.filter(([name]) => !isReadback(name));
			const readback = counts.filter(([name]) => isReadback(name));
			// A slice-based device takes one request, and so one OUTPUT buffer, for each slice.
			const manyRequests = mode === "slice" && slices > 1;
			figures.push({
				name: `${codec.title}: ioctls, ${mode}-based, ${slicesOf(codec, slices)}`,
				value: total(decoding),
				unit: "a picture",
				aim: manyRequests ? undefined : { most: codec.bench.mostIoctls ?? 8 },
				note: `${named(decoding)}${manyRequests ? "; five for each slice, which is a request of its own, and two for the picture" : ""}${readback.length > 0 ? `. To read it back: ${named(readback)}` : ""}`,
			});
		}
	}
	if (codec.decodesAgain) {
		figures.push(await decodedTwice(codec, true, "read at once"));
		figures.push({ ...(await decodedTwice(codec, false, "read later")), aim: { most: 0 } });
	}
	return figures;
}

/** How many of a clip's pictures the device decodes a second time. */
async function decodedTwice(codec: Measured, readback: boolean, when: string): Promise<Figure> {
	const { jobs, pictures } = (await ffmpeg(clip(codec), LONG, { readback })).log;
	return {
		name: `${codec.title}: pictures decoded twice, ${when}`,
		value: (100 * (jobs - pictures)) / pictures,
		unit: "percent",
		note: `${jobs - pictures} of ${pictures}: they found no free slot, and the next picture has them as a reference`,
	};
}
