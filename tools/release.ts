// SPDX-License-Identifier: MIT
// npm run release -- X.Y.Z [--target amd64 ...] [--out FOLDER]: makes of this tree a release: the version in meson.build, the section in
// CHANGELOG.md, and in build/release/X.Y.Z the source archive, Debian packages (of no target unless told), the recipes for Arch,
// Alpine and RPM with version and sums, and SHA256SUMS. What is left to do (commit, tag, publish) it says.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { mustRun, root, tool } from "./lib/run.ts";
import { recipesFor, sumOf } from "./release/recipes.ts";
import { compareVersions, releasedChangelog, sectionOf, versionOf, withVersion } from "./release/version.ts";

function stop(sentence: string): never {
	console.error(`release: ${sentence}`);
	process.exit(2);
}

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: { target: { type: "string", multiple: true, default: [] }, out: { type: "string" } },
});
const [version = ""] = positionals;
if (positionals.length !== 1 || !/^\d+\.\d+\.\d+$/.test(version)) stop("name one version, as 1.2.3");

const path = (name: string): string => join(root, name);
const read = (name: string): string => readFileSync(path(name), "utf8");
const git = (...words: string[]): string =>
	execFileSync("git", ["-C", root, ...words], { encoding: "utf8" }).trim();

/** Writes version and section; does nothing where both are there, so that a release can be made again. */
function prepare(): void {
	const meson = read("meson.build");
	const changelog = read("CHANGELOG.md");
	const before = versionOf(meson);
	if (before === version && sectionOf(changelog, version) !== "") return;
	if (git("status", "--porcelain") !== "") stop("commit or put away what is changed in this tree first");
	if (compareVersions(version, before) < 0)
		stop(`${version} is older than ${before}, which meson.build has`);
	let released = "";
	try {
		released = releasedChangelog(changelog, version, new Date().toISOString().slice(0, 10));
	} catch (error) {
		stop((error as Error).message);
	}
	writeFileSync(path("CHANGELOG.md"), released);
	writeFileSync(path("meson.build"), withVersion(meson, version));
}

prepare();
const out = resolve(values.out ?? path(join("build", "release", version)));
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
await mustRun(tool("tools/dist.ts", "--out", out));
const archive = join(out, `v4l2-request-drv-video-${version}.tar.gz`);
for (const target of values.target)
	process.stdout.write(await mustRun(tool("tools/package.ts", "--target", target, "--out", out)));
for (const { name, text } of recipesFor(version, archive)) writeFileSync(join(out, name), text);
writeFileSync(join(out, "CHANGES"), `${sectionOf(read("CHANGELOG.md"), version)}\n`);
const files = readdirSync(out).sort();
writeFileSync(
	join(out, "SHA256SUMS"),
	files.map((name) => `${sumOf("sha256", join(out, name))}  ${name}\n`).join(""),
);
for (const name of [...files, "SHA256SUMS"]) console.log(relative(process.cwd(), join(out, name)));
if (git("status", "--porcelain") !== "")
	console.log(`now: git commit -am "Release ${version}" && git tag v${version}; then publish these files`);
