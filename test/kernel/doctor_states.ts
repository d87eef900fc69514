// SPDX-License-Identifier: MIT
// The doctor in states that only a real /dev has: nodes of groups, of seats and of rules, and containers that leave nodes out. It runs as
// users do: installed, with nothing set, as an ordinary user where access counts. What it says to do is kept as golden texts.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../tools/lib/run.ts";
import { driverPath } from "../clients/lib/device.ts";
import { expect, expectEqual, test } from "../clients/lib/suite.ts";
import { doctorPath, type Report, unified } from "../doctor/doctor.ts";
import { type Done, inGuest } from "./visl/steps.ts";

interface State {
	name: string;
	/** For a shell of the guest, before the doctor; $nodes are all video and media nodes, $media and $video the decoder's. */
	before?: string;
	/** Options of bubblewrap, and words before the doctor's name in it; none: outside of it, as the user nobody. */
	box?: string;
	/** Its problems, with what lets the user open the node. */
	problems: string[];
}

const NOBODY = 65534;
const SEATS = "/run/systemd/seats";

/** Installs driver and doctor in the guest, as a package does, and finds visl's nodes. */
function install(): string {
	const folder = execFileSync("pkg-config", ["--variable=driverdir", "libva"], { encoding: "utf8" }).trim();
	return [
		`mkdir -p ${folder}`,
		`install -m 755 ${driverPath} ${folder}/v4l2_request_drv_video.so`,
		`ln -sf v4l2_request_drv_video.so ${folder}/vgem_drv_video.so`,
		`install -m 755 ${doctorPath} /usr/bin/v4l2-request-doctor`,
		'for each in /sys/class/video4linux/*; do [ "$(cat "$each/name")" != visl ] || video=/dev/$(basename "$each"); done',
		'media=/dev/$(basename "$(echo /sys/class/video4linux/"$(basename "$video")"/device/media*)")',
		"nodes=$(echo /dev/media* /dev/video*)",
		"chmod 755 /dev/dri; chmod 666 /dev/dri/*",
		// udev's own record of a tag, and logind's of a seat.
		`tag() { mkdir -p /run/udev/tags/uaccess; for each; do : >/run/udev/tags/uaccess/c$(printf '%d:%d' 0x$(stat -c %t $each) 0x$(stat -c %T $each)); done; }`,
		`session() { mkdir -p ${SEATS}; printf 'IS_SEAT0=1\\nACTIVE=1\\nACTIVE_UID=%s\\n' $1 >${SEATS}/seat0; }`,
		// Marks of containers as well: the tests themselves may run in one.
		`fresh() { rm -rf /.dockerenv /run/.containerenv /.flatpak-info /run/udev ${SEATS} /etc/udev/rules.d/60-v4l2-request-memory.rules /usr/lib/udev/rules.d/60-v4l2-request-memory.rules; chown root:video $nodes; chmod 660 $nodes; sed -i 's/^video:.*/video:x:44:/' /etc/group; }`,
		"opens() { chmod 666 $nodes; }",
	].join("\n");
}

const rules = join(root, "packaging", "60-v4l2-request-memory.rules");
/** A heap that a decoder without an MMU reaches, as boards have it. */
const heap = "mknod -m 600 /dev/dma_heap/linux,cma c 252 7; chmod 755 /dev/dma_heap; opens";
const noHeap = "rm -f /dev/dma_heap/linux,cma";

const access: State[] = [
	{ name: "a group, without logind", problems: ["node-refused join"] },
	{
		name: "a group that the account was added to",
		before: "sed -i 's/^video:.*/video:x:44:nobody/' /etc/group",
		problems: ["node-refused log-in-again"],
	},
	{
		name: "a group, and the user has the active session",
		before: `session ${NOBODY}`,
		problems: ["node-refused join"],
	},
	{
		name: "a group and the seat, where another user has the active session",
		before: "tag $nodes; session 1000",
		problems: ["node-refused log-in-locally"],
	},
	{
		name: "a group and the seat, where no session is active",
		before: `tag $nodes; mkdir -p ${SEATS}; echo IS_SEAT0=1 >${SEATS}/seat0`,
		problems: ["node-refused log-in-locally"],
	},
	{
		name: "the seat alone, where another user has the active session",
		before: "chgrp root $nodes; tag $nodes; session 1000",
		problems: ["node-refused log-in-locally"],
	},
	{
		name: "the seat, where the user has the active session",
		before: `tag $nodes; session ${NOBODY}`,
		problems: ["node-refused log-in-locally-again"],
	},
	{ name: "root alone", before: `chgrp root $nodes; session ${NOBODY}`, problems: ["node-refused rule"] },
	{ name: "a group that may only read", before: "chmod 640 $nodes", problems: ["node-refused rule"] },
	{
		name: "the GPU's node is the seat's",
		before: "opens; chmod 600 /dev/dri/renderD128; tag /dev/dri/renderD128; session 1000",
		problems: ["display-refused log-in-locally"],
	},
	{
		name: "memory whose rule is not installed",
		before: `chmod 666 /dev/dri/renderD128; ${heap}`,
		problems: ["memory-refused rule"],
	},
	{
		name: "memory whose rule is installed, and not applied",
		before: `${heap}; install -D -m 644 ${rules} /usr/lib/udev/rules.d/60-v4l2-request-memory.rules`,
		problems: ["memory-refused apply-rule"],
	},
	{
		name: "memory whose rule was applied, for others",
		before: `${heap}; install -D -m 644 ${rules} /usr/lib/udev/rules.d/60-v4l2-request-memory.rules; chgrp video /dev/dma_heap/linux,cma; chmod 660 /dev/dma_heap/linux,cma; tag /dev/dma_heap/linux,cma; session 1000`,
		problems: ["memory-refused log-in-locally"],
	},
	{
		name: "memory whose rule was taken back",
		before: `${heap}; install -D -m 644 ${rules} /usr/lib/udev/rules.d/60-v4l2-request-memory.rules; install -D -m 644 /dev/null /etc/udev/rules.d/60-v4l2-request-memory.rules`,
		problems: ["memory-refused rule"],
	},
	{
		name: "everything opens",
		before: `${heap}; chmod 666 /dev/dma_heap/linux,cma`,
		problems: [],
	},
];

const bind = (...nodes: string[]): string => nodes.map((node) => `--dev-bind ${node} ${node}`).join(" ");
const boxes: State[] = [
	{ name: "a sandbox of no known kind, with /dev/dri alone", box: "", problems: ["node-hidden"] },
	{
		name: "docker, with /dev/dri alone",
		before: ": >/.dockerenv",
		box: "",
		problems: ["node-hidden"],
	},
	{
		name: "docker, without the media node",
		before: ": >/.dockerenv",
		box: bind("$video"),
		problems: ["node-hidden"],
	},
	{
		name: "podman, without the video node",
		before: ": >/run/.containerenv",
		box: bind("$media"),
		problems: ["node-hidden"],
	},
	{
		name: "podman, with a media node that may not be opened",
		before: ": >/run/.containerenv",
		box: `--bind $media $media ${bind("$video")}`,
		problems: ["node-kept-out"],
	},
	{
		name: "flatpak, with /dev/dri alone",
		before: ": >/.flatpak-info",
		box: "",
		problems: ["node-hidden"],
	},
	{ name: "a snap, with /dev/dri alone", box: "--setenv SNAP /snap/player/1", problems: ["node-hidden"] },
	{
		name: "lxc, with /dev/dri alone and without /sys",
		box: "--tmpfs /sys --dir /sys/dev/char/226:128/device/drm --setenv container lxc",
		problems: ["no-decoder"],
	},
	{
		name: "docker, with the decoder's nodes",
		before: ": >/.dockerenv",
		box: bind("$media", "$video", "/dev/dma_heap"),
		problems: [],
	},
];

function script({ box, before }: State): string {
	const user = `setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups`;
	const inBox = `bwrap --ro-bind / / --dev /dev --proc /proc ${bind("/dev/dri")} ${box}`;
	const lines = ["unset $(compgen -e LIBVA_)", `fresh; ${before ?? ":"}`, "cd /"];
	// The status is the doctor's.
	return [
		...lines,
		`${box === undefined ? user : inBox} v4l2-request-doctor --json`,
		"status=$?",
		before?.includes("linux,cma") ? noHeap : ":",
		"exit $status",
	].join("\n");
}

function check(state: State, { code, stdout, stderr }: Done): string {
	expectEqual(stderr, "", `${state.name}: on stderr`);
	const report = JSON.parse(stdout);
	// Beside visl are devices of other kinds, and no contiguous memory but what a state makes.
	const counted = report.problems.filter(
		({ problem, weight }: Report) => problem !== "no-memory" && weight !== "remark",
	);
	expectEqual(
		counted
			.map(({ problem, access: of }: Report) => (of ? `${problem} ${of.remedy}` : problem))
			.join(", "),
		state.problems.join(", "),
		`problems of ${state.name}`,
	);
	const blocks = counted.some(({ weight }: Report) => weight === "blocks");
	expectEqual(code, blocks ? 1 : 0, `status of ${state.name}`);
	expectEqual(report.works, !blocks, `${state.name} works`);
	const seat = report.seat === null ? "" : `  seat: ${report.seat}\n`;
	return `${state.name}\n${seat}${counted.map((each: Report) => `  - ${each.do}.\n`).join("")}`;
}

async function examine(states: State[], golden: string, write: boolean): Promise<void> {
	const before = install();
	const steps = states.map((state) => ({
		name: state.name,
		command: `${before}\n${script(state)}`,
		device: null,
	}));
	const done = await inGuest(steps, undefined, 60 + 30 * steps.length);
	const text = unified(states.map((state) => check(state, done.get(state.name) as Done)).join(""));
	const path = join(root, "test", "doctor", "golden", golden);
	if (write) writeFileSync(path, text);
	expect(
		existsSync(path),
		`there is no ${path}: run \`npm run doctor:boards -- --write\`, and read what it wrote`,
	);
	expectEqual(text, readFileSync(path, "utf8"), "what it says to do");
}

/** Adds the tests of who may open nodes, and of nodes that are not in /dev. */
export function doctorStateTests(write = false): void {
	test("doctor: groups, seats and rules, as an ordinary user with nothing set", () =>
		examine(access, "lab-access.txt", write));
	test("doctor: nodes that a container or sandbox leaves out", () =>
		examine(boxes, "lab-boxes.txt", write));
}
