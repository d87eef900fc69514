// SPDX-License-Identifier: MIT
// Reads what recorder.c wrote: the jobs that a client gave to a stateless decoder, each with the controls in effect.
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** One request: a frame, a field or a slice. */
export interface Job {
	/** Of the decoder's file: which of a client's decoding sessions it belongs to. */
	session: number;
	timestamp: bigint;
	/** V4L2_BUF_FLAG_... of the OUTPUT buffer. */
	flags: number;
	output: Buffer;
	/** What the decoder works with: controls by id, as v4l2_ctrl_request_setup() leaves them. */
	controls: Map<number, Buffer>;
	/** Those of them that came with this request. */
	submitted: Set<number>;
}

export interface Recording {
	jobs: Job[];
	/** Whether the client ended without an error. */
	complete: boolean;
	/** Ioctls that failed: number of the ioctl and errno, with counts. */
	failed: Map<string, number>;
}

const RECORD_SIZE = 32;
const CONTROLS = 1;
const OUTPUT = 2;
const QUEUED = 3;
const REINIT = 4;
const CLOSED = 5;
const FAILED = 6;

interface Request {
	video: number;
	controls: Map<number, Buffer>;
	output: { timestamp: bigint; flags: number; bytes: Buffer } | null;
}

/** The state of one process: descriptors are its own. */
class Reader {
	readonly jobs: Job[] = [];
	readonly failed = new Map<string, number>();
	private readonly requests = new Map<number, Request>();
	/** Controls in effect, by video descriptor. */
	private readonly effective = new Map<number, Map<number, Buffer>>();
	private readonly sessions = new Map<number, number>();
	private sessionCount = 0;

	read(bytes: Buffer, path: string): void {
		let at = 0;
		while (at < bytes.length) {
			const size = bytes.length - at < RECORD_SIZE ? 0 : bytes.readUInt32LE(at + 28);
			const end = at + RECORD_SIZE + size;
			if (end > bytes.length) throw new Error(`${path} ends within a record`);
			this.take(bytes.subarray(at, at + RECORD_SIZE), bytes.subarray(at + RECORD_SIZE, end), path);
			at = end;
		}
	}

	private take(head: Buffer, payload: Buffer, path: string): void {
		const fd = head.readInt32LE(4);
		const request = head.readInt32LE(8);
		switch (head.readUInt32LE(0)) {
			case CONTROLS:
				this.takeControls(fd, request, payload);
				break;
			case OUTPUT:
				if (request < 0) break;
				this.request(request, fd).output = {
					flags: head.readUInt32LE(12),
					timestamp: head.readBigUInt64LE(16),
					bytes: payload,
				};
				break;
			case QUEUED:
				this.queue(request);
				break;
			case REINIT:
				this.requests.delete(request);
				break;
			case CLOSED:
				this.requests.delete(fd);
				this.effective.delete(fd);
				this.sessions.delete(fd);
				break;
			case FAILED: {
				const name = `${_IOC(head.readUInt32LE(12))} errno ${head.readUInt32LE(24)}`;
				this.failed.set(name, (this.failed.get(name) ?? 0) + 1);
				break;
			}
			default:
				throw new Error(`${path}: unknown record ${head.readUInt32LE(0)}`);
		}
	}

	private request(fd: number, video: number): Request {
		let request = this.requests.get(fd);
		if (!request) {
			request = { video, controls: new Map(), output: null };
			this.requests.set(fd, request);
		}
		return request;
	}

	private inEffect(video: number): Map<number, Buffer> {
		let controls = this.effective.get(video);
		if (!controls) {
			controls = new Map();
			this.effective.set(video, controls);
		}
		return controls;
	}

	private takeControls(video: number, request: number, payload: Buffer): void {
		const into = request < 0 ? this.inEffect(video) : this.request(request, video).controls;
		for (let at = 0; at < payload.length; ) {
			const size = payload.readUInt32LE(at + 4);
			into.set(payload.readUInt32LE(at), payload.subarray(at + 8, at + 8 + size));
			at += 8 + size;
		}
	}

	private queue(fd: number): void {
		const request = this.requests.get(fd);
		if (!request?.output) throw new Error("a request was queued without an OUTPUT buffer");
		const controls = this.inEffect(request.video);
		for (const [id, bytes] of request.controls) controls.set(id, bytes);
		if (!this.sessions.has(request.video)) this.sessions.set(request.video, this.sessionCount++);
		this.jobs.push({
			session: this.sessions.get(request.video) as number,
			timestamp: request.output.timestamp,
			flags: request.output.flags,
			output: request.output.bytes,
			controls: new Map(controls),
			submitted: new Set(request.controls.keys()),
		});
	}
}

function _IOC(request: number): string {
	const type = String.fromCharCode((request >> 8) & 0xff);
	return `'${type}' ${request & 0xff}`;
}

/** All that a client recorded under this path, of all its processes. */
export function readRecording(path: string, complete: boolean): Recording {
	const name = basename(path);
	const recording: Recording = { jobs: [], complete, failed: new Map() };
	const files = readdirSync(dirname(path)).filter((file) => file.startsWith(`${name}.`));
	for (const file of files.sort()) {
		const reader = new Reader();
		const full = join(dirname(path), file);
		reader.read(readFileSync(full), full);
		recording.jobs.push(...reader.jobs);
		for (const [what, n] of reader.failed)
			recording.failed.set(what, (recording.failed.get(what) ?? 0) + n);
	}
	return recording;
}
