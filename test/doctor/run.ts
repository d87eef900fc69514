// SPDX-License-Identifier: MIT
// The doctor on the simulated device: node tools/run.mjs test/doctor/run.ts [--write] [part of a name ...]
// --write: the golden texts become what the doctor says now.
import {
	chmodSync,
	chownSync,
	copyFileSync,
	existsSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { hostname, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { root } from "../../tools/lib/run.ts";
import { buildFolder, ensureBuild } from "../clients/lib/device.ts";
import { run } from "../clients/lib/process.ts";
import { expect, expectEqual, runTests, Skip, test } from "../clients/lib/suite.ts";
import { namedBy, profilesOf, vainfo } from "../clients/vainfo.ts";
import { doctor, doctorPath, type Report, report, unified } from "./doctor.ts";
import { measureTests } from "./measure.ts";
import { reportTests } from "./reports.ts";
import { type Expected, states } from "./states.ts";

const write = process.argv.includes("--write");
const only = process.argv.slice(2).filter((word) => word !== "--write");

async function asData({
	name,
	state,
	works,
	problems,
	outcome,
	says,
	verdicts,
	served,
}: Expected): Promise<void> {
	const { status, report: found } = await report(state);
	expectEqual(
		found.problems.map(({ problem }: Report) => problem).join(),
		problems.join(),
		`problems of ${name}`,
	);
	expectEqual(found.works, works, "works");
	expectEqual(status, works ? 0 : 1, "status");
	if (outcome) expectEqual(found.displays[0]?.outcome, outcome, "what libva does");
	if (says) expect(says.test(found.problems[0].do), `it says: ${found.problems[0].do}`);
	for (const [profile, verdict] of Object.entries(verdicts ?? {})) {
		const row = found.profiles.find((each: Report) => each.profile === profile);
		expectEqual(row?.decoders[0]?.verdict, verdict, `verdict of ${profile}`);
	}
	for (const [profile, place] of Object.entries(served ?? {})) {
		const row = found.profiles.find((each: Report) => each.profile === profile);
		expectEqual(row?.served_by, found.decoders[place].video, `what serves ${profile}`);
	}
	expect(
		found.profiles.every(({ profile }: Report) => /^VAProfile[A-Z0-9]\w+$/.test(profile)),
		"a profile without a name: doctor/names.c",
	);
}

async function asText({ name, state }: Expected): Promise<void> {
	const path = join(root, "test", "doctor", "golden", `${name.replaceAll(" ", "-")}.txt`);
	const said = unified((await doctor(state)).stdout);
	if (write) writeFileSync(path, said);
	expect(existsSync(path), `there is no ${path}: run this with --write, and read what it wrote`);
	expectEqual(said, readFileSync(path, "utf8"), "text");
}

for (const expected of states) {
	test(`${expected.name}: data`, () => asData(expected));
	if (expected.golden) test(`${expected.name}: text`, () => asText(expected));
	test(`${expected.name}: --check says nothing`, async () => {
		const { status, stdout, stderr } = await doctor(expected.state, "--check");
		expectEqual(stdout + stderr, "", "output");
		expectEqual(status, expected.works ? 0 : 1, "status");
	});
}

test("each line of a problem begins with what to do, and is one sentence", async () => {
	for (const { name, state } of states) {
		for (const { do: line } of (await report(state)).report.problems)
			expect(/^[A-Z][a-z]+ [^\n]{10,}[^.\n]$/.test(line), `${name}: ${line}`);
	}
});

test("the doctor and vainfo list the same profiles", async () => {
	const asked = states.filter(({ state, outcome }) => !state.folder && outcome !== "refused");
	for (const { name, state } of asked) {
		const { report: found } = await report(state);
		const environment = { V4L2SIM_KIND: "h264:frame", ...state.environment };
		const shown = await vainfo({ grey: true, environment });
		const offered = found.profiles
			.filter(({ served_by }: Report) => served_by !== null)
			.map(({ profile }: Report) => `${profile}: VAEntrypointVLD`);
		const known = namedBy(shown.stdout, offered);
		expectEqual(profilesOf(shown.stdout).sort().join("\n"), known.sort().join("\n"), name);
	}
});

test("without any /dev/dri node it asks for one", async () => {
	if (existsSync("/dev/dri")) throw new Skip("this machine has DRM nodes of its own");
	const { report: found } = await report({ environment: { V4L2SIM_RENDER: "/dev/dri/renderD250" } });
	expectEqual(found.problems.map(({ problem }: Report) => problem).join(), "no-display", "problems");
});

test("without a device, a driver and a variable it still ends with an answer", async () => {
	const { status, stdout } = await doctor({ bare: true, folder: {} });
	expect(status === 0 || status === 1, `status ${status}`);
	expect(/Video decoding can/.test(stdout), stdout);
});

test("with privileges by its file it says that libva ignores the environment", async () => {
	if (process.getuid?.() !== 0) throw new Skip("only root can give a file to another user");
	// /tmp may be mounted without such privileges.
	const folder = mkdtempSync(join(buildFolder, "secure-"));
	const path = join(folder, "doctor");
	const env = { LIBVA_DRIVER_NAME: "v4l2_request" };
	const ask = (program: string, ...words: string[]) => run({ program, arguments: words, env });
	try {
		chmodSync(folder, 0o755);
		copyFileSync(doctorPath, path);
		chownSync(path, 65534, 65534);
		chmodSync(path, 0o4755);
		expectEqual(JSON.parse((await ask(path, "--json")).stdout).secure, true, "secure");
		const line = /^ {2}privileged by its file: libva ignores the environment$/m;
		expect(line.test((await ask(path)).stdout), "no line about it");
		expectEqual(JSON.parse((await ask(doctorPath, "--json")).stdout).secure, false, "of another");
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
});

test("a report is a new file without personal data", async () => {
	const folder = mkdtempSync(join(tmpdir(), "report-"));
	const path = join(folder, "report.txt");
	// A home that things below it are found in.
	const environment = { HOME: folder, LIBVA_V4L2_REQUEST_TRACE: join(folder, "trace") };
	try {
		const made = await doctor({ environment }, "--report", path);
		expectEqual(made.status, 0, made.stderr);
		expectEqual(made.stdout.trim(), path, "it says where the file is");
		const text = readFileSync(path, "utf8");
		const { username, homedir } = userInfo();
		const words = [hostname(), folder, ...(username === "root" ? [] : [username, homedir])];
		for (const word of words) expect(!text.includes(word), `it has ${word}`);
		expect(text.includes("LIBVA_V4L2_REQUEST_TRACE=~/trace"), "the variable's value");
		expect(JSON.parse(text.slice(text.indexOf("\n{") + 1)).works === true, "the data");
		const again = await doctor({ environment }, "--report", path);
		expectEqual(again.status, 2, "status where the file is there");
		expect(/cannot be written/.test(again.stderr), again.stderr);
		expectEqual(statSync(path).size, Buffer.byteLength(text), "the file is as it was");
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
});

test("wrong words are refused with the usage", async () => {
	for (const words of [["--jsn"], ["--json", "--check"], ["film.mp4"], ["--report", "a", "b"]]) {
		const { status, stdout, stderr } = await doctor({}, ...words);
		expectEqual(status, 2, words.join(" "));
		expect(stdout === "" && /^usage: |\nusage: /.test(stderr), stderr);
	}
});

measureTests(write);
reportTests();

await ensureBuild();
await runTests(2, only);
