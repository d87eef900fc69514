// SPDX-License-Identifier: MIT
// Whose GStreamer decodes a codec with its stateless element: this machine's, or that of a newer Debian, whose programs run in the guest as they are.
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Codec } from "../../codecs/codec.ts";
import { distroRoot, madePlainRoot, madeRoot, plainRoot } from "../../distro/root.ts";

/** What of a release has the stateless elements, and the parsers before them. */
const packages = ["gstreamer1.0-tools", "gstreamer1.0-plugins-bad"];
/** Debian releases with their GStreamer 1.x, and the files of each: of sid nothing but GStreamer. */
const releases = [
	{ version: 26, made: () => madeRoot("trixie"), make: () => distroRoot("trixie") },
	{ version: 28, made: () => madePlainRoot("sid", packages), make: () => plainRoot("sid", packages) },
];
/** In the guest: all of this machine's folders, with the programs and settings of the release. */
const PLACE = "/run/gstreamer-release";

/** This machine's GStreamer 1.x, as x; 0 where there is none. */
function ownVersion(): number {
	const said = spawnSync("gst-launch-1.0", ["--version"], { encoding: "utf8" }).stdout ?? "";
	return Number(/GStreamer 1\.(\d+)/.exec(said)?.[1] ?? 0);
}

/** The first Debian release with GStreamer 1.`least`; null where this machine's own is new enough. */
function releaseWith(least: number): (typeof releases)[number] | null {
	if (ownVersion() >= least) return null;
	const found = releases.find(({ version }) => version >= least);
	if (!found) throw new Error(`no release of Debian that is known here has GStreamer 1.${least}`);
	return found;
}

/**
 * The files of a Debian release whose GStreamer plays the codec, 1.`least`; "" where this machine's own does. Makes them where they
 * are missing, which takes some minutes. Throws RootUnavailable where they cannot be made.
 */
export async function gstreamerRoot(codec: Codec, least = codec.gstreamer.least): Promise<string> {
	return (await releaseWith(least)?.make())?.folder ?? "";
}

/** Whether no files must be made for that: tests do not. */
export function isGstreamerThere(codec: Codec): boolean {
	const release = releaseWith(codec.gstreamer.least);
	return release === null || release.made() !== null;
}

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
