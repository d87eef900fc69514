// SPDX-License-Identifier: MIT
// What Firefox asks before it decodes by VA-API: its own small program, which asks for every codec's profiles.
import { existsSync } from "node:fs";
import { codecs } from "../codecs/codecs.ts";
import { withDevice } from "./lib/device.ts";
import { run } from "./lib/process.ts";
import { expectEqual, Skip, test } from "./lib/suite.ts";
import { sentences } from "./vainfo.ts";

/** The program. Its arguments: --drm NODE. */
export const VAAPITEST = "/usr/lib/firefox-esr/vaapitest";

/** Of what it prints: a bit for each codec (codec.ts); 0 where it says that there is none. */
export function hardwareCodecs(printed: string): number {
	if (printed.includes("VAAPI_SUPPORTED\nFALSE\n")) return 0;
	return Number(/^VAAPI_SUPPORTED\nTRUE\nVAAPI_HWCODECS\n(\d+)$/m.exec(printed)?.[1]);
}

/** Throws Skip where Firefox is not installed. */
export function needsVaapitest(): void {
	if (!existsSync(VAAPITEST))
		throw new Skip("firefox-esr is missing: run `node tools/bootstrap.mjs browsers`");
}

/** Adds a test for each kind of device of each codec. */
export function firefoxTests(): void {
	for (const codec of codecs) {
		for (const mode of codec.modes)
			test(`Firefox's vaapitest asks a ${mode} device of ${codec.title} alone`, async () => {
				needsVaapitest();
				const { result, log } = await withDevice({ mode, codecs: codec.name }, (env, node) =>
					run({ program: VAAPITEST, arguments: ["--drm", node], env, timeout: 20 }),
				);
				expectEqual(result.status, 0, `exit code (${result.stderr})`);
				expectEqual(hardwareCodecs(result.stdout), codec.firefox, `codecs (${result.stdout})`);
				expectEqual(sentences(result.stderr).join(), "", "the driver says");
				expectEqual(log.openAtExit.video ?? 0, 0, "video nodes left open");
			});
	}
}
