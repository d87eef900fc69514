// SPDX-License-Identifier: MIT
// Where the sources of the lab's kernels are: in a package of this Debian release, or, for a kernel that this release lacks, in
// the cache, fetched once from the archive that has it. This machine's own package lists and packages stay as they are.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasProgram } from "../../../tools/lib/run.ts";
import { cacheFolder, LabUnavailable } from "./place.ts";

interface Origin {
	/** Linux, as Debian's packages are named. */
	version: string;
	/** The suite of Debian's archive that has it, where no stable release of its own does. */
	suite?: string;
}

/** The usual kernel first. */
const origins: Origin[] = [
	{ version: "6.12" },
	{ version: "6.1" },
	{ version: "7.3", suite: "trixie-backports" },
];

export const kernelVersions = origins.map(({ version }) => version);
/** What a guest runs unless told otherwise, and the one kernel that tests build when it is not built yet. */
export const usualKernel = kernelVersions[0];

export interface Source {
	/** Debian's version of the package, such as 6.12.117-1~deb12u1. */
	packageVersion: string;
	tarball: string;
}

const packageOf = (version: string): string => `linux-source-${version}`;
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** The sources that are here already; null: there are none. */
export function sourceOf(version: string): Source | null {
	const name = packageOf(version);
	const installed = `/usr/src/${name}.tar.xz`;
	if (existsSync(installed)) return { packageVersion: installedVersion(name), tarball: installed };
	const place = fetchedFolder();
	const files = existsSync(place) ? readdirSync(place) : [];
	for (const file of files) {
		const [, of, packageVersion] = /^(.*)_(.*)\.tar\.xz$/.exec(file) ?? [];
		if (of === name)
			return { packageVersion: decodeURIComponent(packageVersion), tarball: join(place, file) };
	}
	return null;
}

/** The sources of that kernel, fetched now if need be. Throws LabUnavailable where they cannot be had. */
export function obtainSource(version: string): Source {
	const here = sourceOf(version);
	if (here) return here;
	const suite = origins.find((origin) => origin.version === version)?.suite;
	if (!suite) {
		throw new LabUnavailable(
			`the lab needs Debian's ${packageOf(version)}, which is not installed: \`node tools/bootstrap.mjs kernel\` (as root) installs it where this release has it`,
		);
	}
	fetchSource(packageOf(version), suite);
	return sourceOf(version) as Source;
}

const fetchedFolder = (): string => join(cacheFolder(), "sources");

function installedVersion(name: string): string {
	return execFileSync("dpkg-query", ["-W", "-f", "$" + "{Version}", name], { encoding: "utf8" });
}

/** The mirror that this machine's apt has Debian from. */
function mirror(): string {
	const format = "$(LABEL) $(REPO_URI)";
	const said = spawnSync("apt-get", ["indextargets", "--format", format, "Created-By: Packages"], {
		encoding: "utf8",
	});
	const line = (said.stdout ?? "").split("\n").find((each) => each.startsWith("Debian "));
	if (!line)
		throw new LabUnavailable("apt has no mirror of Debian in its package lists: run `apt-get update`");
	return line.slice("Debian ".length);
}

/** Downloads a package with lists and a state of its own, verified by Debian's keys, and keeps the tarball that it holds. */
function fetchSource(name: string, suite: string): void {
	if (!hasProgram("apt-get") || !existsSync(keyring)) {
		throw new LabUnavailable(`fetching ${name} needs apt and the package debian-archive-keyring`);
	}
	const place = mkdtempSync(join(tmpdir(), "lab-source-"));
	try {
		for (const folder of ["state/lists/partial", "cache/archives/partial"])
			mkdirSync(join(place, folder), { recursive: true });
		const list = join(place, "sources.list");
		writeFileSync(list, `deb [signed-by=${keyring}] ${mirror()} ${suite} main\n`);
		const own = [
			`Dir::Etc::sourcelist=${list}`,
			"Dir::Etc::sourceparts=/dev/null",
			`Dir::State=${join(place, "state")}`,
			`Dir::Cache=${join(place, "cache")}`,
			// Root's downloads would be made by another user, who may not write here.
			"APT::Sandbox::User=root",
		].flatMap((option) => ["-o", option]);
		const run = (command: string, words: string[]) => {
			const { status, stderr, error } = spawnSync(command, words, { cwd: place, encoding: "utf8" });
			if (status === 0) return;
			const reason = error?.message ?? stderr.trim().split("\n").slice(-3).join("; ");
			throw new LabUnavailable(`${name} cannot be fetched from ${suite}: ${reason}`);
		};
		console.error(`lab: fetching ${name} from Debian's ${suite}, once`);
		run("apt-get", [...own, "-q", "update"]);
		run("apt-get", [...own, "-q", "download", name]);
		const deb = readdirSync(place).find((file) => file.endsWith(".deb"));
		if (!deb) throw new LabUnavailable(`${name} cannot be fetched from ${suite}: apt downloaded nothing`);
		const version = deb.split("_")[1];
		run("dpkg-deb", ["-x", deb, "unpacked"]);
		mkdirSync(fetchedFolder(), { recursive: true });
		const kept = join(fetchedFolder(), `${name}_${version}.tar.xz`);
		run("cp", [join("unpacked", "usr", "src", `${name}.tar.xz`), `${kept}.${process.pid}`]);
		renameSync(`${kept}.${process.pid}`, kept);
	} finally {
		rmSync(place, { recursive: true, force: true });
	}
}
