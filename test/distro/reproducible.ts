// SPDX-License-Identifier: MIT
// npm run test:reproducible [-- ARCHITECTURE ...]: the Debian packages built twice from one source archive, in other surroundings, have the same
// bytes; and they are what packages of that architecture must be.
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { closingLine, mustRun, nothing, tool } from "../../tools/lib/run.ts";
import { architectures, buildDebian, type Surroundings } from "../../tools/package/debian.ts";
import { differencesOf, faultsOfPackages } from "./built.ts";
import { RootUnavailable } from "./root.ts";

const surroundings: Surroundings[] = [
	{ place: "/media", before: [] },
	{
		place: "/srv/elsewhere",
		before: [
			"umask 0002",
			"export TZ=Pacific/Kiritimati LC_ALL=C DEB_BUILD_OPTIONS=parallel=1 USER=nobody HOME=/tmp",
		],
	},
];

const named = process.argv.slice(2);
const unknown = named.filter((name) => !architectures.includes(name));
if (unknown.length > 0) {
	console.error(`reproducible: there is no ${unknown.join(", ")}; there are: ${architectures.join(", ")}`);
	process.exit(2);
}

/** Packages and the source package; .buildinfo and .changes tell of the surroundings. */
const isCompared = (path: string): boolean => /\.(deb|dsc|tar\.\w+)$/.test(path);

const sum = nothing();
function check(name: string, faults: string[]): void {
	console.log(`  ${faults.length === 0 ? "ok  " : "FAIL"}  ${name}`);
	for (const fault of faults) console.log(`        ${fault}`);
	sum[faults.length === 0 ? "passed" : "failed"]++;
}

async function compare(
	archive: string,
	version: string,
	architecture: string,
	folder: string,
): Promise<void> {
	const release = { version, epoch: 1_700_000_000, maintainer: "nobody <nobody@localhost>", homepage: "" };
	const built: string[][] = [];
	const stages = surroundings.map((_, index) => join(folder, `${architecture}-${index}`));
	for (const [index, each] of surroundings.entries()) {
		mkdirSync(stages[index]);
		const files = await buildDebian(archive, architecture, release, stages[index], each);
		built.push(files.filter(isCompared).sort());
	}
	check(
		`${architecture}: built twice, ${built[0].length} files are the same`,
		differencesOf(built[0], built[1]),
	);
	check(`${architecture}: files and binaries`, faultsOfPackages(stages[0], architecture));
}

const folder = mkdtempSync(join(tmpdir(), "reproducible-"));
try {
	await mustRun(tool("tools/dist.ts", "--out", folder));
	const archive = readdirSync(folder).find((name) => name.endsWith(".tar.gz")) ?? "";
	const version = /-([\d.]+)\.tar\.gz$/.exec(archive)?.[1] ?? "";
	for (const architecture of named.length > 0 ? named : architectures) {
		try {
			await compare(join(folder, archive), version, architecture, folder);
		} catch (error) {
			if (!(error instanceof RootUnavailable)) throw error;
			console.log(`  skip  ${architecture}: ${error.message}`);
			sum.skipped++;
		}
	}
} finally {
	rmSync(folder, { recursive: true, force: true });
}
console.log(closingLine(sum));
process.exitCode = sum.failed > 0 ? 1 : 0;
