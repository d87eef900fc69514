// SPDX-License-Identifier: MIT
// npm run test:recipes [-- part of a name]: builds the recipes for Arch, Alpine and RPM from a source archive on this machine, and compares their
// files with those that `meson install` has. Alpine's abuild is not in Debian: the APKBUILD's own functions are run instead.
import type { SpawnOptions } from "node:child_process";
import {
	chmodSync,
	copyFileSync,
	existsSync,
	lstatSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { hasProgram, mustRun, run, tool } from "../../tools/lib/run.ts";
import { recipesFor } from "../../tools/release/recipes.ts";
import { expect, runTests, Skip, test } from "../clients/lib/suite.ts";

const folder = mkdtempSync(join(tmpdir(), "recipes-"));
// makepkg runs as another user.
chmodSync(folder, 0o755);
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
await mustRun(tool("tools/dist.ts", "--out", folder));
const archive = join(folder, readdirSync(folder).find((name) => name.endsWith(".tar.gz")) ?? "");
const version = /-([\d.]+)\.tar\.gz$/.exec(archive)?.[1] ?? "";
const top = `v4l2-request-drv-video-${version}`;
const recipes = recipesFor(version, archive);

/** What a command says on stdout and stderr; throws all of it if it fails. */
async function succeed(command: string[], options: SpawnOptions = {}): Promise<string> {
	const { code, output } = await run(command, { ...options, quiet: true });
	if (code !== 0) throw new Error(`${command.join(" ")} failed:\n${output.slice(-3000)}`);
	return output;
}

/** A folder for one recipe, with it and the archive in it. */
function place(name: string): string {
	const path = join(folder, name);
	mkdirSync(path);
	copyFileSync(archive, join(path, basename(archive)));
	for (const { name: file, text } of recipes) writeFileSync(join(path, file), text);
	return path;
}

const needs = (...programs: string[]): void => {
	const missing = programs.filter((each) => !hasProgram(each));
	if (missing.length > 0)
		throw new Skip(
			`${missing.join(", ")} not installed (Debian: rpm, makepkg, pacman-package-manager, libarchive-tools)`,
		);
};

/** Paths below a folder, of files and links, as they are in a package: manual pages may be compressed there. */
function filesBelow(path: string): string[] {
	return readdirSync(path, { recursive: true, encoding: "utf8" })
		.filter((file) => !lstatSync(join(path, file)).isDirectory())
		.map((file) => `/${file}`);
}

/** What `meson install` would put where, with libraries in this folder. */
async function expected(libraries: string): Promise<string[]> {
	const source = mkdtempSync(join(folder, "source-"));
	await succeed(["tar", "-xf", archive, "-C", source, "--strip-components=1"]);
	const build = join(source, "output");
	const options = ["--prefix", "/usr", "--libdir", libraries, "-Dboard_tests=true"];
	await succeed(["meson", "setup", build, source, ...options, `-Ddriverdir=${libraries}/dri`]);
	const listed = JSON.parse(await succeed(["meson", "introspect", "--installed", build])) as Record<
		string,
		string
	>;
	return Object.values(listed);
}

async function compare(files: string[], libraries: string): Promise<void> {
	const plain = (list: string[]): string =>
		list
			.map((file) => file.replace(/(\/man\/.*)\.(gz|zst)$/, "$1"))
			.filter((file) => !/\/(licenses|\.build-id)(\/|$)/.test(file) && !/^\/\.[A-Z]+$/.test(file))
			.sort()
			.join("\n");
	const wanted = plain(await expected(libraries));
	expect(wanted.includes("/dri/panfrost_drv_video.so\n"), `meson installs ${wanted}`);
	expect(plain(files) === wanted, `the package has\n${plain(files)}\nand meson installs\n${wanted}`);
}

test("Arch: makepkg makes a package of meson's files", async () => {
	needs("makepkg", "pacman", "bsdtar", "setpriv");
	const path = place("arch");
	await succeed(["chown", "-R", "65534:65534", path]);
	const user =
		process.getuid?.() === 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
	const env = { ...process.env, HOME: path, PKGEXT: ".pkg.tar", CARCH: "x86_64" };
	await succeed([...user, "makepkg", "--nodeps", "--nocheck"], { cwd: path, env });
	const made = readdirSync(path).find((name) => name.endsWith(".pkg.tar"));
	expect(made !== undefined, `makepkg made ${readdirSync(path).join(", ")}`);
	const listed = await succeed(["tar", "-tf", join(path, made)]);
	const files = listed.split("\n").filter((file) => file !== "" && !file.endsWith("/"));
	await compare(
		files.map((file) => `/${file}`),
		"lib",
	);
});

test("RPM: rpmbuild makes packages of meson's files", async () => {
	needs("rpmbuild", "rpm");
	const path = place("rpm");
	const options = [
		"--define",
		`_topdir ${path}/top`,
		"--define",
		`_sourcedir ${path}`,
		"--define",
		"_lib lib64",
	];
	await succeed(["rpmbuild", "-bb", "--nodeps", ...options, join(path, "libva-v4l2-request-driver.spec")], {
		cwd: path,
	});
	const packages = readdirSync(join(path, "top", "RPMS"), { recursive: true, encoding: "utf8" })
		.filter((file) => file.endsWith(".rpm"))
		.map((file) => join(path, "top", "RPMS", file));
	expect(packages.length === 2, `packages: ${packages.join(", ")}`);
	const listed = await succeed(["rpm", "-qp", "--qf", "[%{FILEMODES:perms} %{FILENAMES}\n]", ...packages]);
	const files = listed.split("\n").filter((line) => line !== "" && !line.startsWith("d"));
	await compare(
		files.map((line) => line.slice(line.indexOf(" ") + 1)),
		"lib64",
	);
});

test("Alpine: the APKBUILD's functions install meson's files", async () => {
	const path = place("alpine");
	mkdirSync(join(path, "src"));
	await succeed(["tar", "-xf", archive, "-C", join(path, "src")]);
	const moved = join(path, "moved");
	const script = [
		"set -e",
		`srcdir=${join(path, "src")} pkgdir=${join(path, "pkg")}`,
		". ./APKBUILD",
		'cd "$builddir"; build',
		'cd "$builddir"; package',
		`amove() { for each; do mkdir -p ${moved}/\${each%/*}; mv "$pkgdir/$each" ${moved}/$each; done; }`,
		"_tests",
	];
	await succeed(["sh", "-c", script.join("\n")], { cwd: path });
	expect(
		existsSync(join(moved, "usr", "bin", "v4l2-request-tests")),
		"the tests are no package of their own",
	);
	await compare([...filesBelow(join(path, "pkg")), ...filesBelow(moved)], "lib");
	await succeed([
		"sh",
		"-c",
		`cd ${path} && sed -n '/^sha512sums/,$p' APKBUILD | grep ${top} | sha512sum -c -`,
	]);
});

test("each recipe keeps out the package that has a driver of the same file name", async () => {
	expect(recipes.length === 3, `there are ${recipes.length} recipes`);
	for (const { name, text } of recipes)
		expect(/^(conflicts=\(|Conflicts: +|depends="!)libva-v4l2-request\b/m.test(text), `${name} does not`);
});

await runTests(1, process.argv.slice(2));
