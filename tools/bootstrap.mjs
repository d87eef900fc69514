// SPDX-License-Identifier: MIT
// Makes a fresh Debian machine ready: installs what is missing, or names it. Plain Node, since nothing is there yet.
//   node tools/bootstrap.mjs [purpose ...]      purposes: build (default), cross, start, test, kernel, screens, browsers, distro, aarch64, lint, bench, fuzz
//   node tools/bootstrap.mjs --check [purpose ...]   only says what is missing
//   node tools/bootstrap.mjs --try [purpose ...]     what cannot be installed is named, and that is no failure
// As root it runs apt-get; otherwise it prints the command to run. npm packages are installed for anyone.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Debian packages by purpose; a purpose includes those it names with @, and does without those with ? where Debian has none. */
const purposes = {
	build: ["gcc", "libc6-dev", "pkg-config", "meson", "ninja-build", "libva-dev", "libdrm-dev"],
	cross: [
		...["@build", "gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross"],
		...["gcc-arm-linux-gnueabihf", "libc6-dev-armhf-cross"],
	],
	simulator: ["@build", "libavcodec-dev", "libavutil-dev", "libdav1d-dev"],
	start: ["@simulator", "mpv", "ffmpeg", "vainfo"],
	test: [
		...["@start", "@cross", "@fuzz", "qemu-user", "x264", "aom-tools", "svt-av1", "strace"],
		...["vlc-bin", "vlc-plugin-base", "vlc-plugin-video-output"],
	],
	bench: ["@start", "valgrind"],
	// clang with libFuzzer, and what counts lines.
	fuzz: ["@simulator", "clang", "libclang-rt-dev", "llvm"],
	// The lab (test/kernel): kernels of its own, and the independent client.
	kernel: [
		...["linux-source-6.1?", "linux-source-6.12?"],
		...["gcc", "libc6-dev", "make", "flex", "bison", "bc", "xz-utils", "ccache"],
		...[
			"@start",
			"strace",
			"bubblewrap",
			"v4l-utils",
			"gstreamer1.0-tools",
			"gstreamer1.0-plugins-base",
			"gstreamer1.0-plugins-good",
		],
		...["gstreamer1.0-plugins-bad", "gstreamer1.0-vaapi?"],
	],
	// A Wayland compositor in the lab, and what takes its picture.
	screens: ["@kernel", "sway", "grim", "libegl1", "libgl1-mesa-dri"],
	browsers: ["@screens", "firefox-esr", "chromium"],
	// Roots of other Debian releases (test/distro).
	distro: ["git", "mmdebstrap", "uidmap", "debian-archive-keyring"],
	// A kernel and players for arm64 (test/kernel/aarch64).
	aarch64: ["@kernel", "@cross", "@distro", "qemu-system-arm"],
	lint: ["@simulator", "cppcheck"],
};

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const args = process.argv.slice(2);
const onlyCheck = args.includes("--check");
const onlyTry = args.includes("--try");
const wanted = args.filter((arg) => !arg.startsWith("--"));
if (wanted.length === 0) wanted.push("build");

const [major] = process.versions.node.split(".").map(Number);
if (major < 18)
	fail(
		`Node ${process.versions.node} is too old: 18 or later is needed (Debian 12 and later have it: apt-get install nodejs npm)`,
	);

const packages = new Set();
const optional = new Set();
const collect = (name) => {
	if (!purposes[name]) fail(`there is no purpose ${name}; there are: ${Object.keys(purposes).join(", ")}`);
	for (const entry of purposes[name]) {
		if (entry.startsWith("@")) collect(entry.slice(1));
		else if (entry.endsWith("?")) optional.add(entry.slice(0, -1));
		else packages.add(entry);
	}
};
for (const name of wanted) collect(name);
if (!inPath("npm") && !npmReady()) packages.add("npm");

const missing = missingPackages([...packages]) ?? [];
const wished = missingPackages([...optional]) ?? [];
if (missing.length > 0 || wished.some(isAvailable) || (wished.length > 0 && !hasPackageLists())) {
	await installDebian(missing, wished);
}
if (!npmReady()) await installNpm();

/** null where there is no dpkg. */
function missingPackages(names) {
	if (!inPath("dpkg-query")) {
		const programs = ["gcc", "pkg-config", "meson", "ninja"].filter((program) => !inPath(program));
		if (programs.length > 0) {
			fail(
				`this is not Debian, so please install what Debian calls ${names.join(" ")} (missing at least: ${programs.join(", ")})`,
			);
		}
		return null;
	}
	// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own notation
	const format = "${db:Status-Abbrev}\t${Package}\t${Provides}\n";
	let listing = "";
	try {
		listing = execFileSync("dpkg-query", ["-W", "-f", format], { encoding: "utf8", maxBuffer: 16 << 20 });
	} catch (error) {
		listing = error.stdout ?? "";
	}
	const installed = new Set();
	for (const line of listing.split("\n")) {
		const [status, name, provides = ""] = line.split("\t");
		if (!/^.i/.test(status ?? "")) continue;
		installed.add(name);
		for (const each of provides.split(",")) installed.add(each.trim().split(" ")[0]);
	}
	// npm and node may come from elsewhere than Debian.
	return names.filter((name) => !installed.has(name) && !(name === "npm" && inPath("npm")));
}

/** Whether this release has a package of exactly that name: apt-cache takes a name that it does not know for a pattern. */
function isAvailable(name) {
	try {
		const said = execFileSync("apt-cache", ["show", "--no-all-versions", name], {
			encoding: "utf8",
			stdio: ["ignore", "pipe", "ignore"],
		});
		return said.split("\n").includes(`Package: ${name}`);
	} catch {
		return false;
	}
}

/** On a fresh machine apt knows no package at all before its first update. */
function hasPackageLists() {
	return isAvailable("libc6");
}

/** missing: what is needed. wished: what is used where the release has it. */
async function installDebian(missing, wished) {
	const isRoot = process.getuid() === 0;
	const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
	if (isRoot && !onlyCheck) await run("apt-get", ["update", "-q"], env);
	const unknown = hasPackageLists() ? missing.filter((name) => !isAvailable(name)) : [];
	if (unknown.length > 0) {
		const sentence = `this release has no package ${unknown.join(", ")}`;
		if (!onlyTry) fail(sentence);
		say(`${sentence}: what needs it is skipped`);
	}
	const names = [...missing.filter((name) => !unknown.includes(name)), ...wished.filter(isAvailable)];
	if (names.length === 0) return;
	const command = `apt-get install -y --no-install-recommends ${names.join(" ")}`;
	if (onlyCheck || !isRoot) {
		const sudo = isRoot ? "" : "sudo ";
		fail(
			`${names.length} Debian package(s) are missing. Please run:\n  ${sudo}apt-get update && ${sudo}${command}`,
		);
	}
	say(`installing ${names.length} Debian package(s): ${names.join(" ")}`);
	await run("apt-get", command.split(" ").slice(1), env, /^(Setting up|Get:)/);
}

/** Is what package-lock.json names what is installed? */
function npmReady() {
	const lockOf = (path) => {
		try {
			return JSON.parse(readFileSync(join(root, path), "utf8")).packages;
		} catch {
			return null;
		}
	};
	const wantedPackages = lockOf("package-lock.json");
	const installed = lockOf("node_modules/.package-lock.json");
	if (!wantedPackages || !installed) return false;
	return Object.entries(wantedPackages).every(
		([path, { version, optional }]) =>
			path === "" || optional || (installed[path]?.version === version && existsSync(join(root, path))),
	);
}

async function installNpm() {
	if (onlyCheck) fail("the npm packages are missing. Please run:\n  npm ci");
	say("installing the npm packages");
	await run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], process.env);
}

/** Runs a program; shows a line now and then, and everything if it fails. */
function run(command, parameters, env, progress) {
	return new Promise((resolve) => {
		const child = spawn(command, parameters, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
		let output = "";
		let rest = "";
		let steps = 0;
		const take = (text) => {
			output += text;
			const lines = (rest + text).split("\n");
			rest = lines.pop();
			for (const line of lines) {
				if (progress?.test(line) && ++steps % 20 === 0) say(`... ${line.slice(0, 76)}`);
			}
		};
		child.stdout.setEncoding("utf8").on("data", take);
		child.stderr.setEncoding("utf8").on("data", take);
		child.on("error", (error) => fail(`cannot run ${command}: ${error.message}`));
		child.on("close", (code) => {
			if (code !== 0) {
				process.stderr.write(output);
				fail(
					`\`${command} ${parameters.join(" ")}\` failed (see above). Run it by hand, then this again.`,
				);
			}
			resolve();
		});
	});
}

function inPath(name) {
	return (process.env.PATH ?? "")
		.split(delimiter)
		.some((folder) => folder && existsSync(join(folder, name)));
}

function say(sentence) {
	console.log(`bootstrap: ${sentence}`);
}

function fail(sentence) {
	console.error(`bootstrap: ${sentence}`);
	process.exit(onlyTry ? 0 : 1);
}
