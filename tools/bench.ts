// SPDX-License-Identifier: MIT
// npm run bench [-- --json FILE]: what the driver costs, per picture, on a fixed clip over the simulated device.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Table from "cli-table3";
import { Command } from "commander";
import { hardwareArguments } from "../test/clients/lib/decode.ts";
import { buildFolder, type DeviceLog, ensureBuild, withDevice } from "../test/clients/lib/device.ts";
import { run } from "../test/clients/lib/process.ts";
import { configure } from "./lib/build.ts";
import { mustRun, root } from "./lib/run.ts";

const options = new Command()
	.name("npm run bench --")
	.option("--json <file>", "write the figures here as well")
	.option("--no-instructions", "leave out what needs valgrind")
	.parse()
	.opts<{ json?: string; instructions: boolean }>();

const folder = join(root, "build", "bench");
const CLIP = { size: "640x360", pictures: 120, short: 40 };
/** Under valgrind everything is some fifty times slower. */
const VALGRIND_CLIP = join(root, "fixtures", "long-gop.264");
const VALGRIND = { long: 40, short: 16 };
/** What the device takes for each picture when its own speed is the measure: more than the model needs for any. */
const DELAY_US = 12_000;
const PROFILE_HIGH = "7"; // VAProfileH264High
const FILL_ROUNDS = "40";

interface Probe {
	pictures: number;
	bitstream_bytes: number;
	copied_bytes: number;
	driver_ns: number;
	system_ns: number;
	system_calls: number;
}

interface Figure {
	name: string;
	value: number;
	unit: string;
	aim?: { most?: number; least?: number };
	note: string;
}

function makeClip(): string {
	const path = join(folder, "clip.264");
	if (!existsSync(path)) {
		const made = spawnSync("ffmpeg", [
			...["-v", "error", "-y", "-f", "lavfi"],
			...[
				"-i",
				`testsrc2=size=${CLIP.size}:rate=25,noise=alls=12:allf=t:all_seed=3,trim=end_frame=${CLIP.pictures}`,
			],
			...["-pix_fmt", "yuv420p", "-c:v", "libx264", "-threads", "1", "-profile:v", "high", "-qp", "26"],
			...["-x264-params", "bframes=2:b-adapt=0:ref=3:keyint=60", "-f", "h264", path],
		]);
		if (made.status !== 0) throw new Error(`ffmpeg could not make the clip: ${made.stderr}`);
	}
	return path;
}

async function compileProbe(): Promise<string> {
	const out = join(folder, "probe.so");
	const flags = ["-std=c17", "-D_GNU_SOURCE", "-O2", "-fno-builtin", "-fPIC", "-shared"];
	await mustRun(["cc", ...flags, "-o", out, join(root, "test", "bench", "probe.c"), "-ldl"]);
	return out;
}

/** The driver once more, with every memcpy a call that the probe can see. */
async function visibleDriver(): Promise<string> {
	const build = await configure("bench/driver", ["-Dc_args=-fno-builtin-memcpy -fno-builtin-memmove"]);
	await mustRun(["ninja", "-C", build, "--quiet", "v4l2_request_drv_video.so"]);
	return build;
}

interface Session {
	log: DeviceLog;
	probe: Probe | null;
	seconds: number;
}

/** ffmpeg over the clip, its pictures left on the surfaces: nothing but the driver's own copies. */
async function ffmpeg(
	clip: string,
	pictures: number,
	more: { driver?: string; probe?: string; record?: string; wrapper?: string[] } = {},
): Promise<Session> {
	const probeOut = join(folder, "probe.json");
	rmSync(probeOut, { force: true });
	const environment: Record<string, string> = {
		...(more.driver ? { LIBVA_DRIVERS_PATH: more.driver } : {}),
		...(more.probe ? { LD_PRELOAD: more.probe, BENCH_PROBE: probeOut } : {}),
		...(more.record ? { BENCH_RECORD: more.record } : {}),
	};
	const { result, log } = await withDevice({ environment }, (env, node) => {
		const decode = hardwareArguments(clip, "yuv420p", node).filter(
			(a, i, all) => a !== "-vf" && all[i - 1] !== "-vf",
		);
		const [program, ...args] = [...(more.wrapper ?? []), "ffmpeg", ...decode];
		return run({
			program,
			arguments: [...args, "-frames:v", String(pictures), "-f", "null", "-"],
			env,
			timeout: 900,
		});
	});
	if (result.status !== 0 || log.complaint() !== "") {
		throw new Error(`the clip is not decoded: ${log.complaint() || result.stderr}`);
	}
	const probe = existsSync(probeOut) ? JSON.parse(readFileSync(probeOut, "utf8")) : null;
	return { log, probe, seconds: result.seconds };
}

const isIoctl = (name: string): boolean => /^(VIDIOC|MEDIA|DMA_BUF)_/.test(name) || name === "other";
const ioctls = (log: DeviceLog): number =>
	Object.entries(log.calls).reduce((n, [name, calls]) => n + (isIoctl(name) ? calls : 0), 0);

async function perPicture(clip: string, probe: string): Promise<Figure[]> {
	const short = await ffmpeg(clip, CLIP.short, { probe });
	const long = await ffmpeg(clip, CLIP.pictures, { probe });
	const pictures = long.log.pictures - short.log.pictures;
	if (!short.probe || !long.probe) throw new Error("the probe wrote nothing");
	const names = Object.keys(long.log.calls)
		.filter(isIoctl)
		.map((name) => ({ name, n: (long.log.calls[name] - (short.log.calls[name] ?? 0)) / pictures }))
		.filter(({ n }) => n >= 0.05)
		.map(({ name, n }) => `${name.replace(/^VIDIOC_/, "")} ${n.toFixed(1)}`);
	return [
		{
			name: "ioctls",
			value: (ioctls(long.log) - ioctls(short.log)) / pictures,
			unit: "a picture",
			aim: { most: 8 },
			note: names.join(", "),
		},
		{
			name: "driver time",
			value: (long.probe.driver_ns - short.probe.driver_ns) / pictures / 1000,
			unit: "us a picture",
			note: "CreateBuffer to EndPicture and DestroyBuffer, without ioctl and poll",
		},
	];
}

async function copies(clip: string, probe: string): Promise<Figure> {
	const driver = await visibleDriver();
	const { probe: found } = await ffmpeg(clip, CLIP.pictures, { driver, probe });
	if (!found || found.bitstream_bytes === 0) throw new Error("the probe saw no bitstream");
	return {
		name: "copies",
		value: found.copied_bytes / found.bitstream_bytes,
		unit: "of each byte of bitstream",
		aim: { most: 2 },
		note: `${Math.round(found.bitstream_bytes / found.pictures)} bytes a picture; followed from the player's memory on`,
	};
}

/** Self cost by function of one object, from an uncompressed callgrind file. */
function selfCost(path: string, object: RegExp): Map<string, number> {
	const cost = new Map<string, number>();
	let inside = false;
	let name = "";
	let skip = false;
	for (const line of readFileSync(path, "utf8").split("\n")) {
		if (line.startsWith("ob=")) inside = object.test(line);
		else if (line.startsWith("fn=")) name = line.slice(3);
		else if (line.startsWith("calls=")) skip = true;
		else if (/^[+\-*\d]/.test(line)) {
			if (!skip && inside) cost.set(name, (cost.get(name) ?? 0) + Number(line.split(" ")[1]));
			skip = false;
		}
	}
	return cost;
}

const total = (cost: Map<string, number>, wanted: (name: string) => boolean = () => true): number =>
	[...cost].reduce((n, [name, c]) => n + (wanted(name) ? c : 0), 0);

async function instructions(): Promise<Figure[]> {
	const costs: Map<string, number>[] = [];
	const pictures: number[] = [];
	for (const count of [VALGRIND.short, VALGRIND.long]) {
		const out = join(folder, `callgrind.${count}`);
		const wrapper = [
			...[
				"valgrind",
				"--quiet",
				"--tool=callgrind",
				"--trace-children=no",
				`--callgrind-out-file=${out}`,
			],
			...["--compress-strings=no", "--compress-pos=no"],
		];
		const { log } = await ffmpeg(VALGRIND_CLIP, count, { wrapper });
		costs.push(selfCost(out, /v4l2_request_drv_video/));
		pictures.push(log.pictures);
	}
	const n = pictures[1] - pictures[0];
	const ofCore = (name: string) => /w2c_core/.test(name);
	const core = (total(costs[1], ofCore) - total(costs[0], ofCore)) / n;
	const all = (total(costs[1]) - total(costs[0])) / n;
	return [
		{
			name: "instructions",
			value: all,
			unit: "a picture",
			note: `of the driver alone: core ${Math.round(core)}, glue ${Math.round(all - core)}`,
		},
	];
}

async function buildFill(): Promise<string> {
	const bench = join(root, "test", "bench");
	const wasm = join(folder, "core.wasm");
	const node = process.execPath;
	const include = ["-I", folder, "-I", join(root, "glue-c", "core")];
	await mustRun([
		node,
		join(root, "tools", "compile-core.mjs"),
		"--entry",
		join(bench, "core", "index.ts"),
		"--out",
		wasm,
	]);
	const wasm2c = join(root, "tools", "wasm2c.mjs");
	await mustRun([node, wasm2c, wasm, "-n", "core", "-o", join(folder, "core_wasm.c")]);
	const object = join(folder, "core_wasm.o");
	await mustRun(["cc", "-O3", "-w", ...include, "-c", join(folder, "core_wasm.c"), "-o", object]);
	const program = join(folder, "fill_bench");
	const sources = ["fill_bench.c", "fill_core.c", "fill_c.c"].map((name) => join(bench, name));
	const runtime = join(root, "glue-c", "core", "wasm-rt.c");
	const flags = ["-O3", "-std=c17", "-D_GNU_SOURCE", ...include];
	await mustRun(["cc", ...flags, ...sources, runtime, object, "-o", program, "-lpthread"]);
	return program;
}

/** Instructions of the work itself: without crossing the guard, and without the copies into the core's memory. */
async function fillInstructions(program: string, record: string, who: "core" | "c"): Promise<number> {
	const out = join(folder, `callgrind.fill.${who}`);
	const valgrind = ["valgrind", "--quiet", "--tool=callgrind", `--callgrind-out-file=${out}`];
	const flags = ["--compress-strings=no", "--compress-pos=no"];
	await mustRun([...valgrind, ...flags, program, record, PROFILE_HIGH, who, FILL_ROUNDS]);
	const cost = selfCost(out, /fill_bench/);
	const harness = /^(main|one|length_of|load|fail|all)$|call_|guarded|wasm_rt/;
	return total(cost, (name) =>
		who === "core" ? /^w2c_core/.test(name) : !harness.test(name) && !name.startsWith("_"),
	);
}

async function coreAgainstC(clip: string, probe: string): Promise<Figure[]> {
	const program = await buildFill();
	const record = join(folder, "record");
	await ffmpeg(clip, CLIP.pictures, { probe, record });
	const same = (await mustRun([program, record, PROFILE_HIGH, "compare"])).match(/same (\d+)/);
	const timed = (await mustRun([program, record, PROFILE_HIGH, "time", FILL_ROUNDS])).match(
		/core ([\d.]+) c ([\d.]+)/,
	);
	if (!same || !timed) throw new Error("fill_bench said nothing");
	const figures: Figure[] = [
		{
			name: "core / C, time",
			value: Number(timed[1]) / Number(timed[2]),
			unit: "ratio",
			aim: { most: 1.1 },
			note: `${timed[1]} ns against ${timed[2]} ns a picture, guard and copies included; ${same[1]} pictures with the same controls`,
		},
	];
	if (options.instructions) {
		const core = await fillInstructions(program, record, "core");
		const c = await fillInstructions(program, record, "c");
		const each = Number(FILL_ROUNDS) * Number(same[1]);
		figures.push({
			name: "core / C, instructions",
			value: core / c,
			unit: "ratio",
			aim: { most: 1.1 },
			note: `${Math.round(core / each)} against ${Math.round(c / each)} a picture, fill code alone`,
		});
	}
	return figures;
}

/** mpv as fast as it can, against what the device would need if somebody always had the next picture ready. */
async function throughput(clip: string): Promise<Figure[]> {
	const measure = (frames: number) =>
		withDevice({ environment: { V4L2SIM_DELAY_US: String(DELAY_US) } }, (env, node) =>
			run({
				program: "mpv",
				arguments: [
					...["--no-config", "--no-audio", "--msg-level=all=warn", "--vo=null", "--untimed"],
					...["--hwdec=vaapi-copy", `--vaapi-device=${node}`, `--frames=${frames}`, clip],
				],
				env,
			}),
		);
	const short = await measure(CLIP.short);
	const long = await measure(CLIP.pictures);
	const pictures = long.log.pictures - short.log.pictures;
	const alone = (pictures * DELAY_US) / 1e6;
	const wall = long.result.seconds - short.result.seconds;
	return [
		{
			name: "in flight",
			value: long.log.inFlight,
			unit: "pictures",
			aim: { least: 4 },
			note: "most at once, with mpv (vaapi-copy)",
		},
		{
			name: "throughput",
			value: alone / wall,
			unit: "of the device's speed",
			aim: { least: 0.9 },
			note: `${(pictures / wall).toFixed(1)} pictures a second, where the device alone does ${(pictures / alone).toFixed(1)}`,
		},
	];
}

const missed = (f: Figure): boolean =>
	f.aim !== undefined &&
	((f.aim.most !== undefined && f.value > f.aim.most) ||
		(f.aim.least !== undefined && f.value < f.aim.least));

await ensureBuild();
mkdirSync(folder, { recursive: true });
const step = (what: string) => process.stderr.write(`${what}\n`);
const clip = makeClip();
const probe = await compileProbe();
step("ioctls and time");
const figures = await perPicture(clip, probe);
step("copies");
figures.push(await copies(clip, probe));
if (options.instructions) {
	step("instructions (valgrind)");
	figures.push(...(await instructions()));
}
step("core against C");
figures.push(...(await coreAgainstC(clip, probe)));
step("throughput");
figures.push(...(await throughput(clip)));

const table = new Table({
	head: ["", "value", "", "aim", "of what"],
	style: { head: [], border: [] },
	wordWrap: true,
	colWidths: [24, 10, 28, 10, 70],
});
for (const f of figures) {
	const aim =
		f.aim?.most !== undefined
			? `<= ${f.aim.most}`
			: f.aim?.least !== undefined
				? `>= ${f.aim.least}`
				: "";
	const value = f.value >= 1000 ? String(Math.round(f.value)) : f.value.toFixed(2);
	table.push([f.name, value, f.unit, aim ? `${aim}${missed(f) ? " MISSED" : ""}` : "", f.note]);
}
console.log(table.toString());
if (options.json) {
	const clipFacts = {
		...CLIP,
		build: buildFolder === join(root, "build", "default") ? "build/default" : "other",
	};
	writeFileSync(options.json, `${JSON.stringify({ clip: clipFacts, figures }, null, "\t")}\n`);
}
const late = figures.filter(missed);
console.log(
	late.length === 0 ? "Every aim is reached." : `Not reached: ${late.map((f) => f.name).join(", ")}.`,
);
