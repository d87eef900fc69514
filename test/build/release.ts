// SPDX-License-Identifier: MIT
// Releases: what is written where, what is refused, and that the same tree gives the same bytes.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../tools/lib/run.ts";
import {
	compareVersions,
	releasedChangelog,
	sectionOf,
	versionOf,
	withVersion,
} from "../../tools/release/version.ts";
import { attempt, copyTree, digest, edit, expect, FOLDERS, scratchPath, succeed } from "./lib.ts";

const CHANGES = "# Changelog\n\n## Unreleased\n\n- New.\n\n## 1.2.3, 2026-01-01\n\n- Old.\n";

function fails(action: () => void, words: RegExp): void {
	try {
		action();
	} catch (error) {
		expect(words.test((error as Error).message), (error as Error).message);
		return;
	}
	expect(false, `no error ${words}`);
}

async function texts(): Promise<void> {
	const meson =
		"project('x', 'c',\n  version: '1.2.3',\n  license: 'MIT')\ndependency('libva', version: '>=1.17')\n";
	expect(versionOf(meson) === "1.2.3", versionOf(meson));
	expect(withVersion(meson, "2.0.0") === meson.replace("1.2.3", "2.0.0"), withVersion(meson, "2.0.0"));
	fails(() => versionOf("dependency('libva', version: '>=1.17')"), /declares no version/);
	expect(
		compareVersions("1.10.0", "1.9.9") > 0 && compareVersions("1.2.3", "1.2.3") === 0,
		"versions are numbers",
	);
	expect(sectionOf(CHANGES, "1.2.3") === "- Old." && sectionOf(CHANGES, "1.2") === "", "sections");
	const released = releasedChangelog(CHANGES, "1.3.0", "2026-02-03");
	expect(
		sectionOf(released, "1.3.0") === "- New." && released.includes("\n## 1.3.0, 2026-02-03\n"),
		released,
	);
	fails(() => releasedChangelog(CHANGES, "1.2.3", "2026-02-03"), /section 1\.2\.3 already/);
	fails(() => releasedChangelog(released, "1.4.0", "2026-02-03"), /nothing under/);
}

/** Files that name the version, of those that git knows and that speak of this project alone. */
async function onePlace(): Promise<void> {
	const version = versionOf(readFileSync(join(root, "meson.build"), "utf8"));
	const about = [
		...FOLDERS,
		"docs",
		"README.md",
		"NOTICE",
		"package.json",
		"meson.build",
		"meson_options.txt",
	];
	const word = `(^|[^0-9.])${version.replaceAll(".", "\\.")}($|[^0-9.])`;
	const { output } = await attempt(["git", "grep", "-nE", word, "--", ...about], root);
	// What is needed of others may have the same number.
	const lines = output.split("\n").filter((line) => line !== "" && !line.includes(`>= ${version}`));
	expect(lines.length === 1 && lines[0].startsWith("meson.build:"), `${version} stands in: ${output}`);
}

async function wholeRelease(): Promise<void> {
	const tree = copyTree(scratchPath("release", "tree"));
	const git = ["git", "-c", "user.name=test", "-c", "user.email=test@localhost"];
	// What is a link, and what is built, is no part of the tree.
	appendFileSync(join(tree, ".gitignore"), "/node_modules\n/build\n");
	await succeed([...git, "init", "-q"], tree);
	const top = [
		"meson.build",
		"meson_options.txt",
		"CHANGELOG.md",
		"package.json",
		"asconfig.json",
		".gitignore",
	];
	await succeed([...git, "add", ...FOLDERS, ...top], tree);
	await succeed(["sh", "-c", "git ls-files -o --exclude-standard | xargs rm -f"], tree);
	await succeed([...git, "commit", "-q", "-m", "x"], tree);
	const out = scratchPath("release", "out");
	const release = (...words: string[]) =>
		attempt([process.execPath, "tools/run.mjs", "tools/release.ts", ...words, "--out", out], tree);
	const refused = async (words: RegExp, ...given: string[]): Promise<void> => {
		const { code, output } = await release(...given);
		expect(code === 2 && words.test(output), `${given.join(" ")}: status ${code}, ${output}`);
		expect(!existsSync(out), "something was made");
	};
	await refused(/name one version/);
	await refused(/name one version/, "1.2");
	await refused(/is older than/, "0.0.1");
	edit(join(tree, "CHANGELOG.md"), () => "# Changelog\n\n## Unreleased\n");
	await refused(/commit or put away/, "98.7.6");
	await succeed([...git, "commit", "-qam", "nothing new"], tree);
	await refused(/nothing under/, "98.7.6");
	writeFileSync(join(tree, "CHANGELOG.md"), CHANGES);
	await succeed([...git, "commit", "-qam", "something new"], tree);
	const made = await release("98.7.6");
	expect(made.code === 0, made.output);
	expect(/git tag v98\.7\.6/.test(made.output), `it does not say what is left: ${made.output}`);
	expect(versionOf(readFileSync(join(tree, "meson.build"), "utf8")) === "98.7.6", "meson.build");
	expect(readFileSync(join(out, "CHANGES"), "utf8") === "- New.\n", "CHANGES");
	await succeed(["sha256sum", "--quiet", "-c", "SHA256SUMS"], out);
	const archive = join(out, "v4l2-request-drv-video-98.7.6.tar.gz");
	const before = digest(archive);
	const recipe = readFileSync(join(out, "PKGBUILD"), "utf8");
	const sha256 = (await succeed(["sha256sum", archive], out)).split(" ")[0];
	expect(recipe.includes("pkgver=98.7.6\n") && recipe.includes(`sha256sums=(${sha256})`), recipe);
	for (const name of ["PKGBUILD", "APKBUILD", "libva-v4l2-request-driver.spec"])
		expect(!/@\w+@/.test(readFileSync(join(out, name), "utf8")), `${name} has words to fill in`);
	const listed = await succeed(["tar", "-xOf", archive, "v4l2-request-drv-video-98.7.6/meson.build"], out);
	expect(versionOf(listed) === "98.7.6", "the archive has another version");
	const again = await release("98.7.6");
	expect(
		again.code === 0 && digest(archive) === before,
		`made again, the archive differs: ${again.output}`,
	);
}

export const releaseTests = [
	{ name: "version and changelog of a release, as texts", run: texts },
	{ name: "the version stands in one place", run: onePlace },
	{
		name: "a release: version, section, archive, recipes and sums, and what it refuses",
		run: wholeRelease,
	},
];
