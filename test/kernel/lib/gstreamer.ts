// SPDX-License-Identifier: MIT
// Whose GStreamer decodes a codec with its stateless element: this machine's, or that of a newer Debian, whose programs run in the guest as they are.
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Codec } from "../../codecs/codec.ts";
import { distroRoot, madeRoot } from "../../distro/root.ts";

/** The first Debian with a GStreamer that is new enough for all codecs. */
const RELEASE = "trixie";
/** In the guest: all of this machine's folders, with the programs and settings of the release. */
const PLACE = "/run/gstreamer-release";

/** This machine's GStreamer 1.x, as x; 0 where there is none. */
function ownVersion(): number {
	const said = spawnSync("gst-launch-1.0", ["--version"], { encoding: "utf8" }).stdout ?? "";
	return Number(/GStreamer 1\.(\d+)/.exec(said)?.[1] ?? 0);
}

/** Whether this machine's GStreamer plays the codec's streams. */
const isOwnEnough = (codec: Codec): boolean => ownVersion() >= codec.gstreamer.least;

/**
 * The files of a Debian release whose GStreamer plays the codec; "" where this machine's own does. Makes them where they are
 * missing, which takes some minutes. Throws RootUnavailable where they cannot be made.
 */
export async function gstreamerRoot(codec: Codec): Promise<string> {
	return isOwnEnough(codec) ? "" : (await distroRoot(RELEASE)).folder;
}

/** Whether no files must be made for that: tests do not. */
export const isGstreamerThere = (codec: Codec): boolean => isOwnEnough(codec) || madeRoot(RELEASE) !== null;

/** The version of that GStreamer, as Debian has it. */
export function gstreamerVersion(root: string): string {
	const query = ["--admindir", join(root || "/", "var/lib/dpkg"), "-W", "libgstreamer1.0-0"];
	return execFileSync("dpkg-query", query, { encoding: "utf8" }).trim().split("\t")[1];
}

/** Lines of a shell script after which programs of the release can be run. Both releases have /bin and /lib in /usr. */
export const releaseMounts = (root: string): string[] => [
	`mkdir -p ${PLACE}`,
	`mount --rbind / ${PLACE}`,
	...["usr", "etc"].map((name) => `mount --bind ${root}/${name} ${PLACE}/${name}`),
];

/** What a command of the release begins with. */
export const insideRelease: string[] = ["chroot", PLACE];
