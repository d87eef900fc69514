// SPDX-License-Identifier: MIT
// The doctor on the kernel's own V4L2 core with visl, and on the chips' own kernel drivers: what it says is kept as golden texts,
// and its profiles are those that libva lists in the same guest.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../tools/lib/run.ts";
import { expect, expectEqual, test } from "../clients/lib/suite.ts";
import { namedBy, profilesOf } from "../clients/vainfo.ts";
import { doctorPath, type Report, unified } from "../doctor/doctor.ts";
import { kernelOf } from "./hardware/boards.ts";
import { guest } from "./lib/guest.ts";

const MARK = "----";

/** Text, data and what vainfo says, of one guest. */
async function ask(board: string | undefined): Promise<{ text: string; report: Report; list: string }> {
	const node = "/dev/dri/renderD128";
	const kernel = board && kernelOf(board);
	const script = [
		`${doctorPath}; echo "${MARK}status $?"`,
		`${doctorPath} --json; echo "${MARK}"`,
		`vainfo --display drm --device ${node} 2>/dev/null`,
	].join("\n");
	const { stdout } = await guest(["sh", "-c", script], { board, kernel, quiet: true, timeout: 300 });
	const [text, json, list] = stdout.split(new RegExp(`^${MARK}(?:status \\d+)?\\n`, "m"));
	return {
		text: unified(text),
		report: JSON.parse(json),
		list,
	};
}

async function examine(board: string | undefined, write: boolean): Promise<void> {
	const { text, report, list } = await ask(board);
	expectEqual(report.works, true, `works (${text})`);
	const served = report.profiles
		.filter(({ served_by }: Report) => served_by !== null)
		.map(({ profile }: Report) => `${profile}: VAEntrypointVLD`);
	expectEqual(namedBy(list, served).sort().join("\n"), profilesOf(list).sort().join("\n"), "profiles");
	const path = join(root, "test", "doctor", "golden", `lab-${board ?? "visl"}.txt`);
	if (write) writeFileSync(path, text);
	expect(
		existsSync(path),
		`there is no ${path}: run \`npm run doctor:boards -- --write\`, and read what it wrote`,
	);
	expectEqual(text, readFileSync(path, "utf8"), "text");
}

/** Adds the tests on visl and on these device trees. */
export function doctorTests(trees: string[], write = false): void {
	test("doctor: on visl", () => examine(undefined, write));
	for (const tree of trees) test(`doctor: on ${tree}, Linux ${kernelOf(tree)}`, () => examine(tree, write));
}
