// SPDX-License-Identifier: MIT
// One player of the stress run: mpv, life after life, with seeks, pauses and kills between its pictures.
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DeviceLog, withDevice } from "../../test/clients/lib/device.ts";
import type { DeviceMode } from "../../test/codecs/codec.ts";
import type { Dice } from "./dice.ts";
import { canvasFilter, type Film, PictureHasher } from "./films.ts";

export interface Sample {
	pictures: number;
	residentKib: number;
	/** Open descriptors: of surfaces' memory, and all others. */
	surfaces: number;
	others: number;
}

/** What a player did and what came of it, over all of its lives. */
export interface Account {
	film: string;
	shown: number;
	wrong: number;
	seeks: number;
	pauses: number;
	kills: number;
	lives: number;
	/** Of the lives that ended by themselves: only those write the device's log. */
	logs: DeviceLog[];
	/** Pictures of those lives. */
	logged: number;
	/** Samples of each life. */
	samples: Sample[][];
	/** One sentence each, with the life it is from. */
	faults: string[];
}

interface Life {
	pictures: number;
	/** Ends with SIGKILL instead of by itself. */
	killed: boolean;
}

/** Pictures between two interventions. */
const QUIET = { least: 20, most: 160 };
const PAUSE_MS = { least: 5, most: 120 };
const SAMPLE_EVERY_MS = 50;
/** No player is so slow that a second passes without a picture, on any machine: then it hangs. */
const PATIENCE_MS = 120_000;

/** What an open descriptor is of; "" when it was closed meanwhile. */
function targetOf(path: string): string {
	try {
		return readlinkSync(path);
	} catch {
		return "";
	}
}

function sampleOf(pid: number): Omit<Sample, "pictures"> | null {
	try {
		const resident = readFileSync(`/proc/${pid}/status`, "utf8").match(/VmRSS:\s+(\d+)/);
		const open = readdirSync(`/proc/${pid}/fd`).map((fd) => targetOf(`/proc/${pid}/fd/${fd}`));
		const surfaces = open.filter((target) => target.includes("simulated-dma-buf")).length;
		return { residentKib: Number(resident?.[1] ?? 0), surfaces, others: open.length - surfaces };
	} catch {
		return null;
	}
}

/** mpv's input socket; commands given before it is there are lost, which the dice do not mind. */
class Remote {
	private socket: Socket | null = null;

	constructor(path: string) {
		const attempt = (left: number) => {
			const socket = connect(path);
			socket.on("connect", () => {
				this.socket = socket;
			});
			socket.on("data", () => {});
			socket.on("error", () => {
				this.socket = null;
				if (left > 0) setTimeout(attempt, 50, left - 1);
			});
		};
		attempt(100);
	}

	/** False: nobody listens (yet, or any more). */
	say(...command: (string | number | boolean)[]): boolean {
		return this.socket?.write(`${JSON.stringify({ command })}\n`) ?? false;
	}

	close(): void {
		this.socket?.destroy();
	}
}

/** Each picture must be one of the film's, and follow the one before unless the player was told to go elsewhere. */
class Judge {
	shown = 0;
	wrong = 0;
	private last: number;
	/** Jumps that have a reason. */
	private allowed = 0;

	constructor(private readonly film: Film) {
		this.last = film.hashes.length - 1; // the first picture is the film's first
	}

	allowJump(): void {
		this.allowed++;
	}

	take(hash: string): void {
		this.shown++;
		const places = this.film.places.get(hash) ?? [];
		const next = (this.last + 1) % this.film.hashes.length;
		if (places.includes(next)) {
			this.last = next;
		} else if (places.length > 0 && this.allowed > 0) {
			this.allowed--;
			this.last = places[0];
		} else {
			this.wrong++;
			if (places.length > 0) this.last = places[0];
		}
	}
}

async function live(
	film: Film,
	mode: DeviceMode,
	life: Life,
	dice: Dice,
	account: Account,
	tick: () => void,
) {
	const folder = mkdtempSync(join(tmpdir(), "stress-"));
	const judge = new Judge(film);
	const samples: Sample[] = [];
	const name = `life ${account.lives + 1}`;
	let stderr = "";
	const rounds = Math.ceil(life.pictures / film.hashes.length) + 1;
	const { result, log } = await withDevice({ mode }, (env, node) => {
		const child = spawn(
			"mpv",
			[
				...["--no-config", "--no-audio", "--no-sub", "--msg-level=all=warn"],
				...[
					"--hwdec=vaapi-copy",
					"--hwdec-codecs=all", // MPEG-2 is none of its default
					`--vaapi-device=${node}`,
					`--input-ipc-server=${join(folder, "mpv")}`,
				],
				// Not framemd5: a muxer with timestamps refuses a picture that is late after a seek.
				...["--o=-", "--of=rawvideo", "--ovc=rawvideo"],
				`--vf=lavfi=[${canvasFilter}],format=yuv420p`,
				...Array(rounds).fill(film.path),
			],
			{ env, stdio: ["ignore", "pipe", "pipe"] },
		);
		const remote = new Remote(join(folder, "mpv"));
		const pictures = new PictureHasher();
		let due = dice.between(QUIET.least, QUIET.most);
		let ending = false;
		let stuck = setTimeout(() => child.kill("SIGABRT"), PATIENCE_MS);
		const intervene = () => {
			due = judge.shown + dice.between(QUIET.least, QUIET.most);
			const seek = dice.chance(0.6);
			const target = dice.between(0, Math.floor(film.seconds * 10)) / 10;
			const how = dice.chance(0.5) ? "absolute+exact" : "absolute+keyframes";
			const rest_ms = dice.between(PAUSE_MS.least, PAUSE_MS.most);
			if (seek && remote.say("seek", target, how)) {
				judge.allowJump();
				account.seeks++;
			} else if (!seek && remote.say("set_property", "pause", true)) {
				account.pauses++;
				setTimeout(() => remote.say("set_property", "pause", false), rest_ms);
			}
		};
		child.stderr.on("data", (chunk) => {
			stderr += chunk;
		});
		child.stdout.on("data", (chunk) => {
			clearTimeout(stuck);
			stuck = setTimeout(() => child.kill("SIGABRT"), PATIENCE_MS);
			for (const hash of pictures.take(chunk)) {
				judge.take(hash);
				tick();
			}
			if (ending) return;
			if (judge.shown >= life.pictures) {
				ending = true;
				if (life.killed) child.kill("SIGKILL");
				else remote.say("quit");
			} else if (judge.shown >= due) {
				intervene();
			}
		});
		const timer = setInterval(() => {
			const now = child.pid ? sampleOf(child.pid) : null;
			if (now) samples.push({ ...now, pictures: judge.shown });
		}, SAMPLE_EVERY_MS);
		return new Promise<string>((resolve) => {
			child.on("close", (status, signal) => {
				clearInterval(timer);
				clearTimeout(stuck);
				remote.close();
				const killed = life.killed && signal === "SIGKILL";
				resolve(killed ? "" : signal ? `died of ${signal}` : status === 0 ? "" : `status ${status}`);
			});
		});
	});
	rmSync(folder, { recursive: true, force: true });
	account.lives++;
	account.shown += judge.shown;
	account.wrong += judge.wrong;
	account.samples.push(samples);
	if (life.killed) account.kills++;
	const say = (bad: boolean, what: string) => bad && account.faults.push(`${film.name}, ${name}: ${what}`);
	say(result !== "", `${result}: ${stderr.trim().split("\n").at(-1)}`);
	say(judge.wrong > 0, `${judge.wrong} wrong pictures`);
	const bad = stderr
		.split("\n")
		.find((line) => /v4l2_request|vaapi|VA-?API|[Ff]ailed|[Ee]rror|[Ff]all/.test(line));
	say(bad !== undefined, `mpv says: ${bad}`);
	if (life.killed) return;
	account.logs.push(log);
	account.logged += judge.shown;
	say(log.pictures < judge.shown, `${log.pictures} pictures from the device, ${judge.shown} shown`);
	say(log.complaint() !== "", log.complaint());
}

/** Plays this many pictures, in as many runs of the player as the dice say. */
export async function play(
	film: Film,
	options: { mode: DeviceMode; pictures: number; life: number },
	dice: Dice,
	tick: () => void,
): Promise<Account> {
	const account: Account = {
		film: film.name,
		shown: 0,
		wrong: 0,
		seeks: 0,
		pauses: 0,
		kills: 0,
		lives: 0,
		logs: [],
		logged: 0,
		samples: [],
		faults: [],
	};
	while (account.shown < options.pictures && account.faults.length === 0) {
		const left = options.pictures - account.shown;
		const last = left <= options.life;
		// The first life is short and killed, the last ends by itself: each run has one of both.
		const first = account.lives === 0;
		const most = first ? Math.floor(options.life / 4) : options.life;
		const pictures = last && !first ? left : dice.between(Math.floor(most / 3), most);
		const killed = first || (dice.chance(0.4) && !last);
		await live(film, options.mode, { pictures, killed }, dice, account, tick);
	}
	return account;
}
