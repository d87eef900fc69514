// SPDX-License-Identifier: MIT
// Debian of another architecture, unpacked and not installed: nothing of it runs to make it. Its libraries are what programs are built
// with; its players and its Node run in emulators.
import { existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Target } from "../../tools/lib/build.ts";
import { hasProgram, run } from "../../tools/lib/run.ts";
import { cacheFolder, isMade, keepMade, keyOf, published, RootUnavailable, removeUnused } from "./root.ts";

/** The first Debian whose 32-bit ports count time in 64 bits, players included. */
const release = "trixie";
const libraries = ["libavcodec-dev", "libdav1d-dev", "libva-dev", "libdrm-dev", "libgcc-s1"];
const players = ["ffmpeg", "mpv", "vainfo"];
/** What runs the unit tests. */
const node = ["nodejs"];
/** What a guest boots with (test/kernel/init), which is in every Debian that is installed. */
const system = [
	"base-files",
	"bash",
	"coreutils",
	"dash",
	"grep",
	"hostname",
	"mount",
	"perl-base",
	"sed",
	"util-linux",
];
const packages = [...libraries, ...players, ...node, ...system];

const roots = new Map<string, Promise<string>>();

/**
 * The folder of the root, from the cache or made now, once in a process. It ages, so it is made anew each month, and when other packages
 * are wanted. Throws RootUnavailable where it cannot be made.
 */
export function foreignRoot({ debian }: Target): Promise<string> {
	let root = roots.get(debian);
	if (!root) {
		root = findRoot(debian);
		roots.set(debian, root);
	}
	return root;
}

async function findRoot(debian: string): Promise<string> {
	const place = cacheFolder();
	const kind = `${debian}-${release}`;
	const folder = join(place, keyOf(kind, packages.join(" ")));
	if (isMade(folder)) return folder;
	if (!hasProgram("mmdebstrap")) {
		throw new RootUnavailable(
			`Debian ${release} for ${debian} needs mmdebstrap: run \`node tools/bootstrap.mjs distro\``,
		);
	}
	mkdirSync(place, { recursive: true });
	await removeUnused(place);
	const building = `${folder}-building-${process.pid}`;
	process.stderr.write(`distro: unpacking packages of Debian ${release} for ${debian}, once a month\n`);
	try {
		const options = ["--quiet", "--variant=extract", `--architectures=${debian}`];
		const { code, output } = await run(
			[
				"mmdebstrap",
				...options,
				`--include=${packages.join(",")}`,
				release,
				building,
				published(release),
			],
			{ quiet: true },
		);
		if (code !== 0) {
			throw new RootUnavailable(
				`Debian ${release} for ${debian} cannot be unpacked, which needs the network:\n${output.trim().slice(-2000)}`,
			);
		}
		// What base-files would make when it is installed.
		if (!existsSync(join(building, "lib"))) symlinkSync("usr/lib", join(building, "lib"));
		mkdirSync(join(building, "mnt"), { recursive: true });
		keepMade(building, folder);
	} finally {
		rmSync(building, { recursive: true, force: true });
	}
	return folder;
}
