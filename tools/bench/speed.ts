// SPDX-License-Identifier: MIT
// Driver time, pictures in flight, throughput. Times depend on the machine and on what else it does.
import { withDevice } from "../../test/clients/lib/device.ts";
import { run } from "../../test/clients/lib/process.ts";
import { clip, type Figure, ffmpeg, LONG, type Measured, SHORT } from "./lib.ts";

/** What the device takes for each picture when its own speed is the measure: more than the model needs for any. */
const DELAY_US = 12_000;

/** The driver's own time for a picture: the difference of a long and a short run, so that the start does not count. */
export async function driverTime(codec: Measured): Promise<Figure[]> {
	const short = await ffmpeg(clip(codec), SHORT, { probe: true });
	const long = await ffmpeg(clip(codec), LONG, { probe: true });
	if (!short.probe || !long.probe) throw new Error("the probe wrote nothing");
	const pictures = long.log.pictures - short.log.pictures;
	const driver = (long.probe.driver_ns - short.probe.driver_ns) / pictures / 1e3;
	const device = ((long.log.busySeconds - short.log.busySeconds) / pictures) * 1e6;
	return [
		{
			name: `${codec.title}: driver time`,
			value: driver,
			unit: "us a picture",
			note: `vaCreateBuffer to vaEndPicture and vaDestroyBuffer, copies included, without ioctl and poll: ${((100 * driver) / device).toFixed(1)} % of the ${device.toFixed(0)} us that the simulated device decodes`,
		},
	];
}

/** mpv as fast as it can, against what the device would need if somebody always had the next picture ready. */
export async function throughput(codec: Measured): Promise<Figure[]> {
	const measure = (frames: number) =>
		withDevice({ environment: { V4L2SIM_DELAY_US: String(DELAY_US) } }, (env, node) =>
			run({
				program: "mpv",
				arguments: [
					...["--no-config", "--no-audio", "--msg-level=all=warn", "--vo=null", "--untimed"],
					...["--hwdec=vaapi-copy", `--vaapi-device=${node}`, `--frames=${frames}`, clip(codec)],
				],
				env,
			}),
		);
	const short = await measure(SHORT);
	const long = await measure(LONG);
	const pictures = long.log.pictures - short.log.pictures;
	const alone = (pictures * DELAY_US) / 1e6;
	const wall = long.result.seconds - short.result.seconds;
	return [
		{
			name: "in flight",
			value: long.log.inFlight,
			unit: "pictures",
			aim: { least: 4 },
			note: "most at once, with mpv (vaapi-copy)",
		},
		{
			name: "throughput",
			value: alone / wall,
			unit: "of the device's speed",
			aim: { least: 0.9 },
			note: `${(pictures / wall).toFixed(1)} pictures a second with mpv, where a device of ${DELAY_US / 1000} ms a picture does ${(pictures / alone).toFixed(1)}`,
		},
	];
}
