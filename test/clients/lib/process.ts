// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { inEmulator } from "./foreign.ts";

export interface Run {
	program: string;
	arguments: string[];
	env?: NodeJS.ProcessEnv;
	/** Seconds until it is killed; 120 unless told. */
	timeout?: number;
	/** Standard output goes here; it is kept as text otherwise. */
	onOutput?: (chunk: Buffer) => void;
}

export interface Outcome {
	status: number | null;
	signal: NodeJS.Signals | null;
	timedOut: boolean;
	stdout: string;
	stderr: string;
	seconds: number;
}

/** All that a program would have shown in a terminal: mpv's status line goes to stderr before 0.40, and to stdout since. */
export function terminal({ stdout, stderr }: Outcome): string {
	return `${stdout}\n${stderr}`;
}

/** Runs a program to its end. Never rejects for what the program does. */
export function run(wanted: Run): Promise<Outcome> {
	const r = inEmulator(wanted);
	return new Promise((resolve, reject) => {
		const started = process.hrtime.bigint();
		const child = spawn(r.program, r.arguments, {
			env: r.env ?? process.env,
			stdio: ["ignore", "pipe", "pipe"],
		});
		const out: Buffer[] = [];
		const err: Buffer[] = [];
		let timedOut = false;
		const timer = setTimeout(
			() => {
				timedOut = true;
				child.kill("SIGKILL");
			},
			(r.timeout ?? 120) * 1000,
		);
		child.stdout.on("data", (chunk: Buffer) => {
			if (r.onOutput) r.onOutput(chunk);
			else out.push(chunk);
		});
		child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
		child.on("error", reject);
		child.on("close", (status, signal) => {
			clearTimeout(timer);
			resolve({
				status,
				signal,
				timedOut,
				stdout: Buffer.concat(out).toString(),
				stderr: Buffer.concat(err).toString(),
				seconds: Number(process.hrtime.bigint() - started) / 1e9,
			});
		});
	});
}

/** Takes chunks of a stream of equally large pictures and hashes each of them. */
export class PictureHasher {
	readonly hashes: string[] = [];
	private hash = createHash("md5");
	private missing: number;
	private kept: Buffer[] = [];

	constructor(
		private readonly pictureBytes: number,
		/** Pictures whose bytes are handed on, by number. */
		private readonly keep?: (index: number) => boolean,
		private readonly onPicture?: (index: number, bytes: Buffer | null) => void,
	) {
		this.missing = pictureBytes;
	}

	write(chunk: Buffer): void {
		let at = 0;
		while (at < chunk.length) {
			const part = chunk.subarray(at, at + this.missing);
			this.hash.update(part);
			const index = this.hashes.length;
			const keep = this.keep?.(index) ?? false;
			if (keep) this.kept.push(Buffer.from(part));
			at += part.length;
			this.missing -= part.length;
			if (this.missing > 0) continue;
			this.hashes.push(this.hash.digest("hex"));
			this.onPicture?.(index, keep ? Buffer.concat(this.kept) : null);
			this.hash = createHash("md5");
			this.kept = [];
			this.missing = this.pictureBytes;
		}
	}

	/** Bytes of a picture that never got complete. */
	get remainder(): number {
		return this.pictureBytes - this.missing;
	}
}

/** Runs jobs, at most `width` at once, and keeps their order in the results. */
export async function parallel<T, R>(
	items: T[],
	width: number,
	job: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
	const results: R[] = new Array(items.length);
	let next = 0;
	await Promise.all(
		Array.from({ length: Math.min(width, items.length) }, async () => {
			while (next < items.length) {
				const index = next++;
				results[index] = await job(items[index], index);
			}
		}),
	);
	return results;
}
