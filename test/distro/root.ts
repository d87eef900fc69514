// SPDX-License-Identifier: MIT
// Roots of Debian releases: made once by mmdebstrap with what the project's own bootstrap installs, and kept outside the tree by
// what they were made from.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
	copyFileSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { hasProgram, root as project } from "../../tools/lib/run.ts";
import { tested } from "./tested.ts";

export const releases = tested.map(({ release }) => release);

/** What a newcomer's machine has before anything of the project: README.md, "Try it now". */
const newcomer = ["ca-certificates", "git", "nodejs", "npm"];

/** Why there can be no such root here; the sentence says what to do. */
export class RootUnavailable extends Error {}

const isRoot = process.getuid?.() === 0;
const bootstrap = join(project, "tools", "bootstrap.mjs");

/** Where roots are kept: V4L2_REQUEST_DISTRO, or a folder of the user's cache. */
export function cacheFolder(): string {
	const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
	return process.env.V4L2_REQUEST_DISTRO || join(cache, "v4l2-request-distro");
}

export interface Root {
	release: string;
	/** The release's files. Nobody writes there once it is made. */
	folder: string;
	/** What outlives a run: npm's downloads, the lab's kernels. It is /root/.cache in a guest of this release. */
	cache: string;
}

/** The release of this machine by its code name, such as "bookworm"; "" where it is not Debian. */
export function ownRelease(): string {
	const text = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
	const value = (name: string) => new RegExp(`^${name}="?([^"\n]*)`, "m").exec(text)?.[1] ?? "";
	return value("ID") === "debian" ? value("VERSION_CODENAME") || "sid" : "";
}

/** A root ages: security updates, and all of sid. So it is made anew each month. */
function key(release: string): string {
	return keyOf(release, newcomer.join(" "), readFileSync(bootstrap, "utf8"));
}

/** The folder's name of a release's root that is made of these parts, this month. */
export function keyOf(release: string, ...parts: string[]): string {
	const hash = createHash("sha256");
	hash.update(new Date().toISOString().slice(0, 7));
	for (const part of parts) hash.update(part);
	return `${release}-${hash.digest("hex").slice(0, 16)}`;
}

/** What says in the cache when a root was used last: a file beside it, for nobody writes to a root. */
const stampOf = (folder: string): string => `${folder}.used`;

/** Whether the root is in the cache; it is taken for used from now on. */
export function isMade(folder: string): boolean {
	if (!existsSync(folder)) return false;
	writeFileSync(stampOf(folder), "");
	return true;
}

/** No run takes as long, so that what another process uses stays. */
const UNUSED_DAYS = 3;
/** Roots, and what a run that was killed left: a root that was being made, its archive, an overlay. */
const REMOVABLE = /-[0-9a-f]{16}(-building-\d+)?(\.tar)?$|-building-\d+(\.tar)?$|^run-\w{6}$/;

/** Removes from the cache what nobody used for days, of whatever kind. now: in milliseconds. */
export async function removeUnused(place: string, now = Date.now()): Promise<void> {
	for (const name of readdirSync(place).filter((each) => REMOVABLE.test(each))) {
		const folder = join(place, name);
		// The time of the last change of its inode: tar gives a root's own folder the time that it has in the archive.
		const changed = statSync(folder, { throwIfNoEntry: false })?.ctimeMs ?? now;
		const used = statSync(stampOf(folder), { throwIfNoEntry: false })?.mtimeMs ?? 0;
		if (now - Math.max(changed, used) < UNUSED_DAYS * 24 * 3600 * 1000) continue;
		await remove(folder);
		rmSync(stampOf(folder), { force: true });
	}
}

/** The release's root where it is in the cache; null where it is to be made. */
export function madeRoot(release: string): Root | null {
	const place = cacheFolder();
	const folder = join(place, key(release));
	return isMade(folder) ? { release, folder, cache: join(place, "cache", release) } : null;
}

/** The release's root from the cache, or made now. Progress goes to stderr. */
export async function distroRoot(release: string): Promise<Root> {
	const place = cacheFolder();
	const folder = join(place, key(release));
	const cache = join(place, "cache", release);
	mkdirSync(cache, { recursive: true });
	const made = { release, folder, cache };
	if (isMade(folder)) return made;

	needPrograms(release);
	await removeUnused(place);
	const building = join(place, `${release}-building-${process.pid}`);
	try {
		say(`making a root of Debian ${release}, once a month`);
		await unpack(release, building, newcomer);
		say(`installing there what the project needs`);
		await settle({ ...made, folder: building });
		keepMade(building, folder);
	} finally {
		await remove(building);
	}
	return made;
}

function needPrograms(release: string): void {
	const missing = ["mmdebstrap", "unshare", ...(isRoot ? [] : ["newuidmap"])].filter(
		(name) => !hasProgram(name),
	);
	if (missing.length > 0) {
		throw new RootUnavailable(
			`a root of Debian ${release} needs ${missing.join(", ")}: run \`node tools/bootstrap.mjs distro\``,
		);
	}
}

/** The release as it was published, without its updates, as a line of sources.list. */
export const published = (release: string): string => `deb http://deb.debian.org/debian ${release} main`;

export interface PlainOptions {
	/** Of Debian, the machine's own first. */
	architectures?: string[];
	/** Lines of sources.list; where there are none, the release with its updates. */
	sources?: string[];
}

/** plainRoot()'s folder, by what is in it. */
const plainKey = (release: string, packages: string[], options: PlainOptions): string =>
	keyOf(
		`plain-${release}`,
		packages.join(" "),
		(options.architectures ?? []).join(" "),
		...(options.sources ?? []),
	);

/** plainRoot() where it is in the cache; null where it is to be made. */
export function madePlainRoot(release: string, packages: string[], options: PlainOptions = {}): Root | null {
	const place = cacheFolder();
	const folder = join(place, plainKey(release, packages, options));
	return isMade(folder) ? { release, folder, cache: join(place, "cache", release) } : null;
}

/** A release's root with these packages and what they need, and nothing of the project; from the cache, or made now. */
export async function plainRoot(
	release: string,
	packages: string[],
	options: PlainOptions = {},
): Promise<Root> {
	const place = cacheFolder();
	const folder = join(place, plainKey(release, packages, options));
	const cache = join(place, "cache", release);
	mkdirSync(cache, { recursive: true });
	if (isMade(folder)) return { release, folder, cache };
	needPrograms(release);
	await removeUnused(place);
	const building = `${folder}-building-${process.pid}`;
	try {
		say(`making a root of Debian ${release} with ${packages.join(" ")}, once a month`);
		await unpack(release, building, packages, options);
		keepMade(building, folder);
	} finally {
		await remove(building);
	}
	return { release, folder, cache };
}

/** Gives a root its name, unless another process was first. */
export function keepMade(building: string, folder: string): void {
	if (!existsSync(folder)) renameSync(building, folder);
}

/** Files of other users can be there, so that only who has these users can remove them. */
async function remove(folder: string): Promise<void> {
	if (!existsSync(folder)) return;
	if (isRoot) rmSync(folder, { recursive: true, force: true });
	else await outcome(["unshare", ...userNamespace, "rm", "-rf", folder]);
}

async function unpack(
	release: string,
	folder: string,
	packages: string[],
	{ architectures = [], sources = [] }: PlainOptions = {},
): Promise<void> {
	const archive = `${folder}.tar`;
	try {
		const options = [
			"--variant=apt",
			`--include=${packages.join(",")}`,
			...(architectures.length > 0 ? [`--architectures=${architectures.join(",")}`] : []),
			`--mode=${isRoot ? "root" : "unshare"}`,
			// A mirror may lag behind by more than the days for which sid's lists are valid; their signatures still count.
			...(release === "sid" ? ['--aptopt=Acquire::Check-Valid-Until "false"'] : []),
		];
		await must(["mmdebstrap", "--quiet", ...options, release, archive, ...sources], RootUnavailable);
		mkdirSync(folder);
		await must([
			...(isRoot ? [] : ["unshare", ...userNamespace]),
			...["tar", "-xf", archive, "-C", folder, "--exclude=./dev/*"],
		]);
	} finally {
		rmSync(archive, { force: true });
	}
}

/** Lets bootstrap install all Debian packages, as a newcomer's first command does. */
async function settle(root: Root): Promise<void> {
	const inside = "/media";
	const files = ["package.json", "package-lock.json", ".npmrc", "tools/bootstrap.mjs"];
	const script = [
		"set -e",
		`cd ${inside}`,
		// What one release lacks is no reason to do without the rest.
		"node tools/bootstrap.mjs --try test kernel lint",
		"apt-get clean",
	];
	const copy = mkdtempSync(join(tmpdir(), "distro-"));
	try {
		mkdirSync(join(copy, "tools"));
		for (const file of files) copyFileSync(join(project, file), join(copy, file));
		const { code, output } = await enter(root, script.join("\n"), {
			keep: true,
			folders: { [inside]: copy },
		});
		if (code !== 0) throw new RootUnavailable(`Debian ${root.release} could not be prepared:\n${output}`);
	} finally {
		rmSync(copy, { recursive: true, force: true });
	}
}

// ---- inside

/** An ordinary user is root of a user namespace, with the other users of /etc/subuid. */
const userNamespace = ["--map-root-user", "--map-auto", "--setuid", "0", "--setgid", "0"];

export interface EnterOptions {
	/** What changes stays in the root; otherwise it goes to an overlay and vanishes. */
	keep?: boolean;
	/** Folders of this machine, writable, by their place inside. */
	folders?: Record<string, string>;
	/** Shows the output as it comes. */
	show?: boolean;
	/** The script reads this process's terminal. */
	interactive?: boolean;
}

/** The first process inside: mounts, then the script. $1: the folder for this run. */
const init = `set -e
root=$1
run=$2
if [ -e "$run/overlay" ]; then
	mount -t overlay -o "lowerdir=$root,upperdir=$run/overlay/upper,workdir=$run/overlay/work" root "$run/overlay/merged"
	root=$run/overlay/merged
else
	mount --bind "$root" "$root"
fi
cd "$root"
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
mount -t tmpfs -o mode=1777 tmp tmp
mount --bind "$run" mnt
cat /etc/resolv.conf >etc/resolv.conf
while read -r inside outside; do
	mkdir -p "./$inside"
	mount --bind "$outside" "./$inside"
done <"$run/folders"
while read -r file; do
	[ -e "./$file" ] && mount --bind "$file" "./$file"
done <"$run/files"
exec chroot . /bin/sh /mnt/script
`;

/**
 * Runs a shell script in a root, as root of it, with this machine's network, proxies and certificates.
 * Returns its status and all that it said.
 */
export async function enter(
	root: Root,
	script: string,
	options: EnterOptions = {},
): Promise<{ code: number; output: string }> {
	const run = mkdtempSync(join(cacheFolder(), "run-"));
	try {
		if (!options.keep) {
			for (const name of ["upper", "work", "merged"])
				mkdirSync(join(run, "overlay", name), { recursive: true });
		}
		const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
		const environment = {
			PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
			HOME: "/root",
			LANG: "C.UTF-8",
			TERM: process.env.TERM ?? "dumb",
			// npm's downloads are kept between runs.
			npm_config_cache: "/root/.cache/npm",
			npm_config_prefer_offline: "true",
			...passedOn(),
		};
		const lines = Object.entries(environment).map(([name, value]) => `export ${name}=${quote(value)}`);
		writeFileSync(join(run, "script"), `${lines.join("\n")}\ncd /root\n${script}\n`);
		writeFileSync(join(run, "init"), init);
		const folders = { "root/.cache": root.cache, ...options.folders };
		writeFileSync(
			join(run, "folders"),
			Object.entries(folders)
				.map(([inside, outside]) => `${inside} ${outside}\n`)
				.join(""),
		);
		const certificates = "/etc/ssl/certs/ca-certificates.crt";
		writeFileSync(join(run, "files"), existsSync(certificates) ? `${certificates}\n` : "");
		const namespaces = ["--mount", "--pid", "--fork", "--kill-child", ...(isRoot ? [] : userNamespace)];
		return await outcome(
			["unshare", ...namespaces, "sh", join(run, "init"), root.folder, run],
			options.show,
			options.interactive,
		);
	} finally {
		await remove(run);
	}
}

/** Of this machine's environment: how to reach the network. */
function passedOn(): Record<string, string> {
	const wanted = /^(https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS)$/i;
	return Object.fromEntries(
		Object.entries(process.env).filter(([name, value]) => wanted.test(name) && value !== undefined),
	) as Record<string, string>;
}

function outcome(
	command: string[],
	show = false,
	interactive = false,
): Promise<{ code: number; output: string }> {
	return new Promise((resolve) => {
		const child = spawn(command[0], command.slice(1), {
			stdio: interactive ? "inherit" : ["ignore", "pipe", "pipe"],
		});
		let output = "";
		const take = (stream: NodeJS.WriteStream) => (text: string) => {
			output += text;
			if (show) stream.write(text);
		};
		child.stdout?.setEncoding("utf8").on("data", take(process.stdout));
		child.stderr?.setEncoding("utf8").on("data", take(process.stderr));
		child.on("error", (error) => resolve({ code: 127, output: error.message }));
		child.on("close", (code) => resolve({ code: code ?? 1, output }));
	});
}

async function must(command: string[], Kind: new (message: string) => Error = Error): Promise<void> {
	const { code, output } = await outcome(command);
	if (code !== 0) throw new Kind(`\`${command.join(" ")}\` failed:\n${output.trim().slice(-3000)}`);
}

function say(sentence: string): void {
	process.stderr.write(`distro: ${sentence}\n`);
}
