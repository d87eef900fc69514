// SPDX-License-Identifier: MIT
// The version, which stands in meson.build alone, and the section of CHANGELOG.md that tells of it.

const DECLARED = /^( {2}version: ')([\d.]+)(',)$/m;
const SECTION = /^## (.+)$/gm;

/** The version in the text of meson.build. */
export function versionOf(meson: string): string {
	const found = DECLARED.exec(meson);
	if (!found) throw new Error("meson.build declares no version");
	return found[2];
}

/** meson.build with another version. */
export function withVersion(meson: string, version: string): string {
	versionOf(meson);
	return meson.replace(DECLARED, `$1${version}$3`);
}

/** Below 0, 0 or above, as versions X.Y.Z are ordered. */
export function compareVersions(a: string, b: string): number {
	const [left, right] = [a, b].map((each) => each.split(".").map(Number));
	for (let i = 0; i < 3; i++) if (left[i] !== right[i]) return left[i] - right[i];
	return 0;
}

/** What a section of CHANGELOG.md says ("Unreleased", or a version, whatever follows it in the title); "" without such a section. */
export function sectionOf(changelog: string, name: string): string {
	const titles = [...changelog.matchAll(SECTION)];
	const at = titles.findIndex(([, title]) => title.split(/[ ,]/)[0] === name);
	if (at < 0) return "";
	const end = titles[at + 1]?.index ?? changelog.length;
	return changelog.slice((titles[at].index ?? 0) + titles[at][0].length, end).trim();
}

/** CHANGELOG.md whose unreleased section is that of a version. Throws when it says nothing, or the version has one already. */
export function releasedChangelog(changelog: string, version: string, day: string): string {
	if (sectionOf(changelog, version) !== "")
		throw new Error(`CHANGELOG.md has a section ${version} already`);
	if (sectionOf(changelog, "Unreleased") === "")
		throw new Error('CHANGELOG.md has nothing under "## Unreleased": write there what is new');
	return changelog.replace(/^## Unreleased$/m, `## ${version}, ${day}`);
}
