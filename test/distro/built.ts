// SPDX-License-Identifier: MIT
// What the Debian packages of an architecture must be, whoever built them: their files, and what kind of ELF the binaries are.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { root } from "../../tools/lib/run.ts";

interface Architecture {
	triplet: string;
	/** The file's header, as readelf shows it. */
	header: RegExp[];
}

const KINDS: Record<string, Architecture> = {
	amd64: {
		triplet: "x86_64-linux-gnu",
		header: [/Class: +ELF64/, /Machine: +Advanced Micro Devices X86-64/],
	},
	arm64: { triplet: "aarch64-linux-gnu", header: [/Class: +ELF64/, /Machine: +AArch64/] },
	armhf: {
		triplet: "arm-linux-gnueabihf",
		header: [/Class: +ELF32/, /Machine: +ARM/, /Version5 EABI, hard-float ABI/],
	},
};

/** That of Debian 12, the oldest release for which packages are. */
const GLIBC = [2, 36];
/** What glibc of a 32-bit machine has for 64-bit time or offsets as well, under other names. */
const NARROW =
	/UND (clock_gettime|fcntl|fopen|fstat|ftruncate|gmtime|ioctl|lseek|mmap|open|pthread_cond_timedwait|readdir|stat|time)@/;
const DRIVER = "v4l2_request_drv_video.so";
const DOCTOR = "usr/bin/v4l2-request-doctor";
const SCENES = "usr/bin/v4l2-request-scenes";

const rows = (...path: string[]): string[][] =>
	readFileSync(join(root, ...path), "utf8")
		.trim()
		.split("\n")
		.filter((line) => !line.startsWith("#"))
		.map((line) => line.split("\t"));

/** Each package's files besides /usr/share/doc, with a link as "NAME -> TARGET". */
function expectedFiles(triplet: string): Record<string, string[]> {
	const dri = `usr/lib/${triplet}/dri`;
	const clips = "usr/share/v4l2-request-tests";
	return {
		"v4l2-request-va-driver": [
			`${dri}/${DRIVER}`,
			...rows("packaging", "links.tsv").map(([name]) => `${dri}/${name}_drv_video.so -> ${DRIVER}`),
			"usr/lib/udev/rules.d/60-v4l2-request-memory.rules",
			"usr/share/man/man7/v4l2_request_drv_video.7.gz",
		],
		"v4l2-request-doctor": [DOCTOR, "usr/share/man/man1/v4l2-request-doctor.1.gz"],
		"v4l2-request-va-driver-tests": [
			SCENES,
			"usr/bin/v4l2-request-tests",
			"usr/share/man/man1/v4l2-request-scenes.1.gz",
			"usr/share/man/man1/v4l2-request-tests.1.gz",
			`${clips}/clips.tsv`,
			...new Set([
				...rows("packaging", "board", "clips.tsv").map(
					([file, codec]) => `${clips}/${codec}/${file}`,
				),
				...rows("packaging", "board", "films.tsv").map(([film]) => `${clips}/${film}`),
			]),
		],
	};
}

const said = (...command: string[]): string =>
	execFileSync(command[0], command.slice(1), { encoding: "utf8" });

/** Files and links of a package. */
function filesOf(deb: string): string[] {
	return said("dpkg-deb", "-c", deb)
		.split("\n")
		.filter((line) => /^[-l]/.test(line))
		.map((line) => line.slice(line.indexOf("./") + 2))
		.filter((name) => !name.startsWith("usr/share/doc/"));
}

function difference(what: string, found: string[], expected: string[]): string[] {
	const lacks = expected.filter((name) => !found.includes(name));
	const extra = found.filter((name) => !expected.includes(name));
	return [
		...(lacks.length > 0 ? [`${what} lacks ${lacks.join(", ")}`] : []),
		...(extra.length > 0 ? [`${what} has ${extra.join(", ")} besides`] : []),
	];
}

/** The newest version of glibc of which a binary needs something. */
function newestGlibc(symbols: string): number[] {
	const versions = [...symbols.matchAll(/@GLIBC_(\d+)\.(\d+)/g)].map(([, major, minor]) => [
		+major,
		+minor,
	]);
	return versions.sort(([a, b], [c, d]) => a - c || b - d).at(-1) ?? [0, 0];
}

const digest = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

/** How the files of two builds differ, by their names and bytes, one sentence each. */
export function differencesOf(first: string[], second: string[]): string[] {
	const names = (paths: string[]) => paths.map((path) => basename(path));
	if (first.length === 0) return ["nothing was built"];
	const places = new Map(second.map((path) => [basename(path), path]));
	const changed = first.filter((path) => {
		const other = places.get(basename(path));
		return other !== undefined && digest(path) !== digest(other);
	});
	return [
		...difference("the second build", names(second), names(first)),
		...names(changed).map((name) => `${name} has other bytes in the second build`),
	];
}

/** What is wrong with a binary, one sentence each. */
function faultsOfElf(path: string, name: string, architecture: string): string[] {
	const header = said("readelf", "--wide", "-h", path);
	const dynamic = said("readelf", "--wide", "-d", path);
	const segments = said("readelf", "--wide", "-l", path);
	const symbols = said("readelf", "--wide", "--dyn-syms", path);
	const faults: string[] = [];
	const expect = (right: boolean, fault: string) => {
		if (!right) faults.push(`${architecture} ${name} ${fault}`);
	};
	for (const wanted of KINDS[architecture].header) expect(wanted.test(header), `is not ${wanted.source}`);
	expect(/Type: +DYN/.test(header), "does not run at any address");
	expect(/\(FLAGS(_1)?\).*NOW/.test(dynamic), "binds its symbols late");
	expect(segments.includes("GNU_RELRO"), "leaves its relocations writable");
	expect(!/GNU_STACK.*RWE/.test(segments), "has a stack that can be executed");
	expect(!/LOAD.*RWE/.test(segments), "has memory that can be written and executed");
	expect(!/\((RPATH|RUNPATH|TEXTREL)\)/.test(dynamic), "has a RPATH, a RUNPATH or a TEXTREL");
	const needed = [...dynamic.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, library]) => library);
	const usual = /^(libc\.so\.6|libm\.so\.6|libgcc_s\.so\.1|ld-linux\S*)$/;
	const libva = name === SCENES.slice(SCENES.lastIndexOf("/") + 1) ? /^libva(-drm)?\.so\.2$/ : /^$/;
	expect(
		needed.every((library) => usual.test(library) || libva.test(library)),
		`needs ${needed.join(", ")}`,
	);
	const [major, minor] = newestGlibc(symbols);
	expect(
		major < GLIBC[0] || (major === GLIBC[0] && minor <= GLIBC[1]),
		`needs glibc ${major}.${minor}, which Debian 12 has not`,
	);
	if (architecture === "armhf") {
		expect(/UND __ioctl_time64@/.test(symbols), "does not take 64-bit time");
		expect(!NARROW.test(symbols), "takes 32-bit time or offsets");
	}
	if (name === DRIVER) {
		const exported = symbols
			.split("\n")
			.filter((line) => /GLOBAL +DEFAULT +\d/.test(line))
			.map((line) => line.trim().split(/\s+/)[7]);
		expect(
			exported.length > 0 && exported.every((symbol) => /^__vaDriverInit_1_\d+$/.test(symbol)),
			`exports ${exported.join(", ")}`,
		);
	}
	return faults;
}

/**
 * What is wrong with the packages of an architecture in a folder, one sentence each. Needs dpkg-deb and readelf, which know
 * binaries of any architecture.
 */
export function faultsOfPackages(folder: string, architecture: string): string[] {
	const { triplet } = KINDS[architecture];
	const debs = readdirSync(folder).filter(
		(name) => /_(amd64|arm64|armhf)\.deb$/.test(name) && !name.includes("-dbgsym_"),
	);
	const faults: string[] = [];
	const scratch = mkdtempSync(join(tmpdir(), "built-"));
	try {
		for (const [name, expected] of Object.entries(expectedFiles(triplet))) {
			const deb = debs.find(
				(each) => each.startsWith(`${name}_`) && each.endsWith(`_${architecture}.deb`),
			);
			if (!deb) {
				faults.push(`there is no package ${name} for ${architecture}`);
				continue;
			}
			faults.push(...difference(deb, filesOf(join(folder, deb)), expected));
			said("dpkg-deb", "-x", join(folder, deb), scratch);
		}
		for (const path of [join("usr", "lib", triplet, "dri", DRIVER), DOCTOR, SCENES]) {
			const whole = join(scratch, path);
			const name = path.slice(path.lastIndexOf("/") + 1);
			if (!statSync(whole, { throwIfNoEntry: false })) faults.push(`${architecture} has no ${name}`);
			else faults.push(...faultsOfElf(whole, name, architecture));
		}
	} finally {
		rmSync(scratch, { recursive: true, force: true });
	}
	return faults;
}
