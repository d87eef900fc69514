// SPDX-License-Identifier: MIT
// Debian's packages: the source archive with packaging/debian, built by dpkg-buildpackage in a root of the oldest supported release.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { enter, plainRoot, published, type Root } from "../../test/distro/root.ts";
import { mustRun, root } from "../lib/run.ts";

/** The oldest release that is supported: what is built there runs on later ones. */
export const oldest = "bookworm";
export const SOURCE = "v4l2-request-va-driver";
/** The architecture of this machine, as Debian has it. */
const own = { x64: "amd64", arm64: "arm64", arm: "armhf" }[process.arch as string] ?? process.arch;
export const architectures = ["amd64", "arm64", "armhf"];

/**
 * The release's root in which packages of an architecture are built. What is built against the release as it was published runs with all its
 * updates, too, and a mirror may lag behind with those of one architecture.
 */
export async function buildRoot(architecture: string): Promise<Root> {
	const foreign = architecture !== own;
	const of = (name: string) => (foreign ? `${name}:${architecture}` : name);
	// pkgconf has the program that finds libraries of its own architecture.
	const across = foreign ? [`crossbuild-essential-${architecture}`, of("pkgconf")] : [];
	const packages = [
		"build-essential",
		...across,
		"debhelper",
		"fakeroot",
		"lintian",
		"meson",
		"pkg-config",
	];
	return await plainRoot(oldest, [...packages, of("libva-dev"), of("libdrm-dev")], {
		architectures: foreign ? [own, architecture] : [],
		sources: [published(oldest)],
	});
}

/** RFC 5322, as debian/changelog has dates. */
const dated = (epoch: number): string => new Date(epoch * 1000).toUTCString().replace("GMT", "+0000");

export interface Release {
	version: string;
	/** Seconds of the last commit. */
	epoch: number;
	/** "Name <address>" */
	maintainer: string;
	/** Where the project lives; "": nowhere yet. */
	homepage: string;
}

/** One entry: what is new stands in the upstream changelog, which goes into the packages as well. */
function changelog({ version, epoch, maintainer }: Release): string {
	return `${SOURCE} (${version}-1~upstream) unstable; urgency=medium

  * New upstream version.

 -- ${maintainer}  ${dated(epoch)}
`;
}

/** LICENSE without its title and copyright, as a paragraph of debian/copyright. */
function licence(): string {
	const text = readFileSync(join(root, "LICENSE"), "utf8");
	const body = text.slice(text.indexOf("Permission is hereby granted")).trim();
	return body
		.split("\n")
		.map((line) => (line === "" ? " ." : ` ${line}`))
		.join("\n");
}

/** Puts debian/ into an unpacked source archive. */
export function addDebian(source: string, release: Release): void {
	const folder = join(source, "debian");
	cpSync(join(root, "packaging", "debian"), folder, { recursive: true });
	for (const name of ["control", "copyright"]) {
		const path = join(folder, name);
		const text = readFileSync(path, "utf8")
			.replace("@maintainer@", release.maintainer)
			.replace("@homepage@\n", release.homepage ? `Homepage: ${release.homepage}\n` : "")
			.replace("@licence@", licence());
		writeFileSync(path, text);
	}
	writeFileSync(join(folder, "changelog"), changelog(release));
}

/** Where and how a package is built, which must not be seen in it. */
export interface Surroundings {
	/** The folder in the root. */
	place: string;
	/** Lines of shell before the build. */
	before: string[];
}

/**
 * Builds the packages of an architecture from a source archive, in a folder of its own; gives the paths of all files made.
 * stage: an empty folder that stays the caller's.
 */
export async function buildDebian(
	archive: string,
	architecture: string,
	release: Release,
	stage: string,
	{ place, before }: Surroundings = { place: "/media", before: [] },
): Promise<string[]> {
	const name = `${SOURCE}-${release.version}`;
	mkdirSync(join(stage, name), { recursive: true });
	await mustRun(["tar", "-xf", archive, "--strip-components=1", "-C", join(stage, name)]);
	cpSync(archive, join(stage, `${SOURCE}_${release.version}.orig.tar.gz`));
	addDebian(join(stage, name), release);
	const cross = architecture === own ? "" : `-a${architecture} -Pcross,nocheck`;
	const script = [
		"set -e",
		...before,
		`cd ${place}/${name}`,
		// The archive must do without it.
		"! command -v node",
		`dpkg-buildpackage -us -uc ${cross} >${place}/build.log 2>&1 || { tail -n 60 ${place}/build.log; exit 1; }`,
		`chown -R --reference=${place}/build.log ${place}`,
	];
	const { code, output } = await enter(await buildRoot(architecture), script.join("\n"), {
		folders: { [place]: stage },
	});
	if (code !== 0) throw new Error(`dpkg-buildpackage failed for ${architecture}:\n${output.slice(-4000)}`);
	return readdirSync(stage)
		.filter((file) => /\.(deb|dsc|changes|buildinfo|tar\.\w+)$/.test(file))
		.map((file) => join(stage, file));
}

/** What a project without a public address cannot have: --homepage gives one. */
const WITHOUT_ADDRESS = /^(I|P): \S+ source: (debian-watch-file-is-missing|no-homepage-field)\b/;

/** What lintian has to say of the packages, pedantic, besides that they have no public address; "" if nothing. */
export async function lint(stage: string, architecture: string): Promise<string> {
	const script = `cd /media && lintian --allow-root --pedantic --display-info --tag-display-limit 0 --fail-on none *.changes`;
	const { code, output } = await enter(await buildRoot(architecture), script, {
		folders: { media: stage },
	});
	if (code !== 0) throw new Error(`lintian could not judge the packages for ${architecture}:\n${output}`);
	return output
		.split("\n")
		.filter((line) => /^[EWIPX]: /.test(line) && !WITHOUT_ADDRESS.test(line))
		.join("\n");
}

/** Moves what was built to a folder. */
export function keep(files: string[], folder: string): string[] {
	mkdirSync(folder, { recursive: true });
	return files.map((file) => {
		const to = join(folder, file.slice(file.lastIndexOf("/") + 1));
		if (existsSync(to)) writeFileSync(to, "");
		renameSync(file, to);
		return to;
	});
}
