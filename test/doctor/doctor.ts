// SPDX-License-Identifier: MIT
// Runs the doctor of the build on the simulated device.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../tools/lib/run.ts";
import { buildFolder, built, driverPath, RENDER_NODE, simulatorPath } from "../clients/lib/device.ts";
import { type Outcome, run } from "../clients/lib/process.ts";

export const doctorPath = join(buildFolder, "doctor", "v4l2-request-doctor");

/** What libva finds in the one folder where it looks. */
export interface Folder {
	/** Names of links to this driver, */
	links?: string[];
	/** of copies of another driver, */
	others?: string[];
	/** and of files that are no library. */
	broken?: string[];
}

export interface State {
	/** V4L2SIM_..., LIBVA_..., OTHER_DRIVER; "" takes a variable away. */
	environment?: Record<string, string>;
	/** The folder of drivers; else it has this driver alone, which LIBVA_DRIVER_NAME names. */
	folder?: Folder;
	/** Where the loader finds libva, there is no library. */
	withoutLibva?: boolean;
	/** Without the simulated device. */
	bare?: boolean;
	/** Seconds until it is killed: 60 unless told. */
	timeout?: number;
}

const DRIVER = "v4l2_request_drv_video.so";

function makeFolder(path: string, { links = [], others = [], broken = [] }: Folder): void {
	mkdirSync(path);
	// A copy, so that links lead to a file of its name in the folder, as a package has them.
	if (links.includes(DRIVER)) copyFileSync(driverPath, join(path, DRIVER));
	for (const name of links) if (name !== DRIVER) symlinkSync(DRIVER, join(path, name));
	for (const name of others) copyFileSync(built("other_driver.so"), join(path, name));
	for (const name of broken) writeFileSync(join(path, name), "no library\n");
}

/** Runs the doctor in a state; the folder of drivers is called DRIVERS in what it says. */
export async function doctor(state: State, ...words: string[]): Promise<Outcome> {
	const scratch = mkdtempSync(join(tmpdir(), "doctor-"));
	const drivers = join(scratch, "dri");
	const libraries = join(scratch, "lib");
	try {
		makeFolder(drivers, state.folder ?? { links: [DRIVER] });
		makeFolder(libraries, { broken: ["libva.so.2"] });
		const env: NodeJS.ProcessEnv = {
			PATH: process.env.PATH,
			HOME: process.env.HOME,
			LIBVA_DRIVERS_PATH: drivers,
			...(state.folder ? {} : { LIBVA_DRIVER_NAME: "v4l2_request" }),
			...(state.bare ? {} : { LD_PRELOAD: simulatorPath(true), V4L2SIM_KIND: "h264:frame" }),
			...(state.withoutLibva ? { LD_LIBRARY_PATH: libraries } : {}),
			V4L2SIM_RENDER: RENDER_NODE,
			...state.environment,
		};
		for (const [name, value] of Object.entries(env)) if (value === "") delete env[name];
		const outcome = await run({
			program: doctorPath,
			arguments: words,
			env,
			timeout: state.timeout ?? 60,
		});
		const hide = (text: string) => withoutProject(text.replaceAll(drivers, "DRIVERS"));
		return { ...outcome, stdout: hide(outcome.stdout), stderr: hide(outcome.stderr) };
	} finally {
		rmSync(scratch, { recursive: true, force: true });
	}
}

// biome-ignore lint/suspicious/noExplicitAny: the shape is that of doctor/json.c
export type Report = any;

/** The same as data, for what does not depend on this machine: its own DRM nodes and memory are left out. */
export async function report(state: State): Promise<{ status: number | null; report: Report }> {
	const { status, stdout, stderr } = await doctor(state, "--json");
	if (stderr !== "") throw new Error(`it says on stderr: ${stderr}`);
	const all = JSON.parse(stdout);
	all.displays = all.displays.filter(
		({ node }: Report) => node === (state.environment?.V4L2SIM_RENDER ?? RENDER_NODE),
	);
	if (!state.environment?.V4L2SIM_MEMORY)
		all.problems = all.problems.filter(({ problem }: Report) => !/memory/.test(problem));
	return { status, report: all };
}

/** The project may lie in the home folder, which the doctor calls ~. */
const inHome = root.startsWith(`${homedir()}/`) ? `~${root.slice(homedir().length)}` : root;
const withoutProject = (text: string): string =>
	text.replaceAll(root, "PROJECT").replaceAll(inHome, "PROJECT");

/** A text as it would be on any machine: where the project is, versions, its own memory and the numbers that it leaves to simulated nodes. */
export function unified(text: string): string {
	const numbers: Record<string, string[]> = { video: [], media: [] };
	const renumber = (_: string, kind: string, number: string): string => {
		if (!numbers[kind].includes(number)) numbers[kind].push(number);
		return `/dev/${kind}${numbers[kind].indexOf(number)}`;
	};
	return withoutProject(text)
		.replace(/^To do, so that it is faster:\n(?: {2}- .*\n)+\n/m, "")
		.replace(/^Memory for pictures.*\n(?: .*\n)+/m, "Memory\n")
		.replace(/^Machine\n(?: {2}(?!LIBVA_).*\n)+/m, "Machine\n")
		.replace(/VA-API {6}\d+\.\d+/g, "VA-API      VERSION")
		.replace(/\b\d+\.\d+\.\d+\b/g, "VERSION")
		.replace(/\/dev\/(video|media)(\d+)/g, renumber);
}
