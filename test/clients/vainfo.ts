// SPDX-License-Identifier: MIT
import type { Codec } from "../codecs/codec.ts";
import { codecs } from "../codecs/codecs.ts";
import { h264 } from "../codecs/h264/codec.ts";
import { type DeviceOptions, withDevice } from "./lib/device.ts";
import { type Outcome, run } from "./lib/process.ts";
import { expect, expectEqual, test } from "./lib/suite.ts";

/** Runs vainfo on a device. Gives its outcome, and what it had left open at its exit. */
export async function vainfo(
	options: DeviceOptions,
	...more: string[]
): Promise<Outcome & { open: Record<string, number> }> {
	const { result, log } = await withDevice(options, (env, node) =>
		run({
			program: "vainfo",
			arguments: ["--display", "drm", "--device", node, ...more],
			env,
			timeout: 20,
		}),
	);
	return { ...result, open: log.openAtExit };
}

/** "VAProfileH264Main: VAEntrypointVLD", in the order of the output. */
export const profilesOf = (text: string): string[] =>
	[...text.matchAll(/(VAProfile\w+)\s*:\s*(VAEntrypoint\w+)/g)].map((m) => `${m[1]}: ${m[2]}`);

/** Those of a driver's profiles that vainfo, whose output this is, has names for: that of libva before 2.18 has none for High 10. */
export const namedBy = (text: string, profiles: string[]): string[] =>
	profiles.filter((line) => !line.startsWith("VAProfileH264High10") || !text.includes("<unknown profile>"));

/** The driver's own sentences, as libva's error callback prints them. */
export const sentences = (text: string): string[] =>
	text.split("\n").filter((l) => l.includes("v4l2_request:"));

const offered = (...of: Codec[]): string =>
	of
		.flatMap(({ profiles }) => profiles.map((profile) => `${profile}: VAEntrypointVLD`))
		.sort()
		.join("\n");

/** A device of these codecs, and its profiles in vainfo. */
async function lists(options: DeviceOptions, of: Codec[]): Promise<void> {
	const shown = await vainfo(options);
	expectEqual(shown.status, 0, shown.stderr);
	expectEqual(profilesOf(shown.stdout).sort().join("\n"), offered(...of), "profiles");
	expectEqual(sentences(shown.stderr).length, 0, `it complains: ${shown.stderr}`);
	expect(/Driver version: .*\S/.test(shown.stdout), "it names the driver");
	expectEqual(shown.open.video ?? 0, 0, "video nodes left open");
}

/** Adds the tests of what vainfo lists. */
export function vainfoTests(): void {
	for (const codec of codecs) {
		for (const mode of codec.modes)
			test(`vainfo lists the ${codec.title} profiles of the ${mode} device`, () =>
				lists({ mode, codecs: codec.name }, [codec]));
	}

	test("vainfo lists the profiles of a decoder of all codecs, and of a decoder for each", async () => {
		await lists({}, codecs);
		const kinds = codecs.map(({ name }) => `${name}:frame`);
		await lists({ environment: { V4L2SIM_KIND: kinds.join(",") } }, codecs);
	});

	test("vainfo -a answers all attributes", async () => {
		const shown = await vainfo({}, "-a");
		expectEqual(shown.status, 0, shown.stderr);
		expect(
			/VAConfigAttribRTFormat\s*:\s*VA_RT_FORMAT_YUV420/.test(shown.stdout),
			`no RT format in ${shown.stdout}`,
		);
		expect(
			/VAConfigAttribMaxPictureWidth\s*:\s*4096/.test(shown.stdout),
			"the size that the device enumerates",
		);
	});

	test("vainfo lists only what the device's menu has", async () => {
		const environment = { V4L2SIM_PROFILES: "h264.constrained_baseline,h264.main" };
		await lists({ codecs: "h264", environment }, [{ ...h264, profiles: h264.profiles.slice(0, 2) }]);
	});

	test("vainfo with several decoders of one codec and a scaler lists each profile once", async () => {
		await lists({ environment: { V4L2SIM_KIND: "scaler,h264:frame,h264:slice" } }, [h264]);
	});

	const broken: [what: string, environment: Record<string, string>, says: RegExp][] = [
		["no device", { V4L2SIM_NONE: "1" }, /no .*decoder/i],
		["no permission", { V4L2SIM_PERMISSION: "1" }, /permission|access/i],
		["a device without the Request API", { V4L2SIM_NO_REQUESTS: "1" }, /request/i],
		["only a scaler", { V4L2SIM_KIND: "scaler" }, /none .* is a video decoder|no .*decoder/i],
		[
			"LIBVA_V4L2_REQUEST_VIDEO_PATH that does not exist",
			{ LIBVA_V4L2_REQUEST_VIDEO_PATH: "/dev/video77" },
			/\/dev\/video77/,
		],
	];
	for (const [what, environment, says] of broken) {
		test(`vainfo with ${what}: an empty list and one sentence`, async () => {
			const shown = await vainfo({ environment });
			expectEqual(shown.status, 0, `status (${shown.stderr})`);
			expectEqual(profilesOf(shown.stdout).length, 0, "profiles");
			const said = sentences(shown.stderr);
			expectEqual(said.length, 1, `sentences: ${shown.stderr}`);
			expect(says.test(said[0]), `it says: ${said[0]}`);
		});
	}
}
