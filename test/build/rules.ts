// SPDX-License-Identifier: MIT
// The udev rules of the packages: whether udev takes them, whether they are for the nodes that the driver opens, and whether they count as
// soon as the package is installed.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { hasProgram, root } from "../../tools/lib/run.ts";
import { expect, scratchPath, succeed } from "./lib.ts";

const rules = join(root, "packaging", "60-v4l2-request-memory.rules");
const postinst = join(root, "packaging", "debian", "v4l2-request-va-driver.postinst");

/** `udevadm verify` is of systemd 254 and later. */
function withoutVerify(): string | false {
	const said = hasProgram("udevadm")
		? spawnSync("udevadm", ["--version"], { encoding: "utf8" }).stdout
		: "";
	return (
		!(Number.parseInt(said, 10) >= 254) &&
		"udevadm verify is not here: it is of systemd 254 and later (Debian 13)"
	);
}

async function verified(): Promise<void> {
	// The group is Debian's; where the test runs there may be none of that name.
	await succeed(["udevadm", "verify", "--resolve-names=never", rules], root);
}

/** The rules name each node that the driver opens for memory, and no other. */
async function nodes(): Promise<void> {
	const lines = readFileSync(rules, "utf8").split("\n");
	const ruled = lines.flatMap((line) => {
		const [, subsystem, names] = /^SUBSYSTEM=="(\w+)", KERNEL=="([^"]+)", /.exec(line) ?? [];
		const folder = subsystem === "dma_heap" ? "/dev/dma_heap/" : "/dev/";
		return names ? names.split("|").map((name) => `${folder}${name}`) : [];
	});
	const source = readFileSync(join(root, "glue-c", "memory", "heap.c"), "utf8");
	const opened = [...source.matchAll(/"(\/dev\/[^"]+)"/g)].map(([, path]) => path);
	expect(opened.length > 3, `heap.c opens ${opened.join(", ")}`);
	expect(
		ruled.sort().join() === opened.sort().join(),
		`rules: ${ruled.join(", ")}; the driver opens: ${opened.join(", ")}`,
	);
	for (const line of lines.filter((each) => each !== "" && !each.startsWith("#")))
		expect(line.endsWith(', GROUP="video", MODE="0660", TAG+="uaccess"'), line);
}

/** What rpm runs behind an installation. */
function scriptOfSpec(): string {
	const spec = readFileSync(join(root, "packaging", "rpm", "libva-v4l2-request-driver.spec"), "utf8");
	const [, script = ""] = /^%post\n([\s\S]*?)^%/m.exec(spec) ?? [];
	const path = scratchPath("spec", "post");
	writeFileSync(path, script);
	return path;
}

/** Runs a script with a udevadm that keeps a record of what it is told; hasUdev: udev runs. */
async function installed(script: string, word: string, hasUdev: boolean, status = 0): Promise<string[]> {
	const folder = scratchPath(`${basename(script)}-${word}-${hasUdev}-${status}`, "bin");
	const record = join(folder, "record");
	mkdirSync(folder, { recursive: true });
	writeFileSync(join(folder, "udevadm"), `#!/bin/sh\necho "$@" >>${record}\nexit ${status}\n`);
	chmodSync(join(folder, "udevadm"), 0o755);
	const inside = [
		...(hasUdev ? ["mkdir /run/udev", ": >/run/udev/control"] : []),
		`PATH=${folder}:$PATH sh -e ${script} ${word}`,
	];
	await succeed(["bwrap", "--dev-bind", "/", "/", "--tmpfs", "/run", "sh", "-ec", inside.join("\n")], root);
	return existsSync(record) ? readFileSync(record, "utf8").trim().split("\n") : [];
}

async function counted(): Promise<void> {
	for (const [script, word] of [
		[postinst, "configure"],
		[scriptOfSpec(), "1"],
	]) {
		const told = await installed(script, word, true);
		expect(told[0] === "control --reload", `${script}: first: ${told[0]}`);
		expect(
			told.slice(1).join() ===
				"trigger --subsystem-match=dma_heap,trigger --subsystem-match=misc --sysname-match=udmabuf",
			`${script}: told: ${told.join(", ")}`,
		);
		expect((await installed(script, word, true, 1)).length === 3, "a udevadm that fails ends it");
		expect((await installed(script, word, false)).length === 0, "udev is told where none runs");
	}
	const none = await installed(postinst, "abort-upgrade", true);
	expect(none.length === 0, "udev is told where nothing is installed");
}

const noBox = (): string | false => !hasProgram("bwrap") && "bwrap is not installed (package bubblewrap)";

export const ruleTests = [
	{ name: "udev rules: udev takes them", skip: withoutVerify(), run: verified },
	{ name: "udev rules: they are for the nodes of memory that the driver opens", run: nodes },
	{
		name: "udev rules: they count as soon as the package is installed",
		skip: noBox(),
		run: counted,
	},
];
