// SPDX-License-Identifier: MIT
// The glue's part, played in Node: carries out plans on a device that is a few arrays, records every step, and
// fails, completes or stays silent as a test says.
import { readFileSync } from "node:fs";
import { constants } from "../../support/layout.ts";
import { sizeOf, type View, view } from "./structs.ts";

const c = constants;
const module = new WebAssembly.Module(readFileSync(process.env.CORE_WASM ?? "build/default/core.wasm"));

export type Exports = Record<string, (...args: number[]) => number> & { memory: WebAssembly.Memory };

/** A fresh instance of the very wasm that ships. An abort becomes an Error with its message. */
export function instantiate(): Exports {
	const text = (memory: WebAssembly.Memory, address: number) => {
		if (address === 0) return "";
		const length = new DataView(memory.buffer).getUint32(address - 4, true);
		return Buffer.from(memory.buffer, address, length).toString("utf16le");
	};
	const core: Exports = new WebAssembly.Instance(module, {
		env: {
			__cov: (globalThis as any).__cov ?? (() => {}),
			abort: (message: number, file: number, line: number) => {
				throw new Error(`${text(core.memory, message)} at ${text(core.memory, file)}:${line}`);
			},
		},
	}).exports as Exports;
	return core;
}

export interface Step {
	op: number;
	queue: number;
	slot: number;
	index: number;
	surface: number;
	fourcc: number;
	width: number;
	height: number;
	count: number;
	size: number;
	data_offset: number;
	data_size: number;
	flags: number;
	timestamp: bigint;
	prefix: Buffer;
	controls: { id: number; bytes: Buffer }[];
}

interface Job {
	slot: number;
	timestamp: bigint;
	hold: boolean;
	/** In the OUTPUT buffer. */
	bytes: number;
}

export interface DeviceOptions {
	frameBased?: boolean;
	startCodes?: boolean;
	hold?: boolean;
	maxWidth?: number;
	maxHeight?: number;
	deep?: boolean;
	outputLength?: number;
	captureFourcc?: number;
	align?: number;
}

export interface Outcome {
	status: number;
	message: number;
	values: [number, number];
}

export const NAMES: Record<number, string> = Object.fromEntries(
	Object.entries(c)
		.filter(([name]) => name.startsWith("CORE_OP_"))
		.map(([name, value]) => [value, name.slice(8)]),
);

/** The facts of a decoder, into the input area. */
export function writeDecoder(core: Exports, options: DeviceOptions = {}, index = 0): void {
	const decoder = view(core.memory, "core_decoder", core.core_input_address());
	new Uint8Array(core.memory.buffer, core.core_input_address(), sizeOf("core_decoder")).fill(0);
	decoder.index = index;
	decoder.coded_count = 1;
	const coded = decoder.coded[0];
	coded.fourcc = c.V4L2_PIX_FMT_H264_SLICE;
	coded.sizes = {
		kind: c.CORE_SIZES_STEPWISE,
		min_width: 48,
		max_width: options.maxWidth ?? 4096,
		step_width: 16,
		min_height: 48,
		max_height: options.maxHeight ?? 2304,
		step_height: 16,
	};
	coded.capture_count = 1;
	coded.capture_formats[0] = options.captureFourcc ?? c.V4L2_PIX_FMT_NV12;
	if (options.deep) {
		coded.deep_capture_count = 1;
		coded.deep_capture_formats[0] = c.V4L2_PIX_FMT_P010;
	}
	const menus: [number, number][] = [
		[c.V4L2_CID_MPEG_VIDEO_H264_PROFILE, options.deep ? 0b110111 : 0b010111],
		[c.V4L2_CID_STATELESS_H264_DECODE_MODE, options.frameBased === false ? 1 : 2],
		[c.V4L2_CID_STATELESS_H264_START_CODE, options.startCodes === false ? 1 : 2],
	];
	const plain = [c.V4L2_CID_STATELESS_H264_SPS, c.V4L2_CID_STATELESS_H264_PPS, c.V4L2_CID_STATELESS_H264_DECODE_PARAMS];
	decoder.control_count = menus.length + plain.length;
	for (const [i, [id, mask]] of menus.entries()) decoder.controls[i] = { id, type: c.V4L2_CTRL_TYPE_MENU, menu_mask: mask };
	for (const [i, id] of plain.entries()) decoder.controls[menus.length + i] = { id, elems: 1 };
}

export class ScriptedDevice {
	readonly core = instantiate();
	readonly steps: Step[] = [];
	readonly jobs: Job[] = [];
	readonly completed: Job[] = [];
	/** CAPTURE buffers in the order they were queued. */
	readonly captures: number[] = [];
	/** Answers a step with an errno, or 0. */
	fails: (step: Step, nth: number) => number = () => 0;
	/** What a wait comes to: by default the oldest job completes. False: nothing ever happens. */
	answers: () => boolean = () => this.complete();
	waits = 0;
	reports = 0;
	streaming = [false, false];
	buffers = [0, 0];
	held: { timestamp: bigint } | null = null;
	private count = 0;
	private readonly fill: number[] = [];
	private readonly lengths: number[] = [];

	constructor(readonly options: DeviceOptions = {}) {}

	get plan(): View {
		return view(this.core.memory, "core_plan", this.core.core_output_address());
	}

	/** Calls an export and carries out its plan to the end. */
	call(name: string, ...args: number[]): Outcome {
		this.core[name](...args);
		for (let turns = 0; turns < 10000; turns++) {
			const failed = this.carryOut();
			if (failed) {
				this.core.context_step_failed(failed.step, failed.error);
				continue;
			}
			const { then, status, message, message_values, token } = this.plan;
			if (then === c.CORE_THEN_RETURN) return { status, message, values: [message_values[0], message_values[1]] };
			if (then === c.CORE_THEN_REPORT) {
				this.reports++;
				this.core.context_report();
			} else {
				this.waits++;
				this.core.context_resume(token, this.answers() ? 0 : 1);
			}
		}
		throw new Error("the plan never ends");
	}

	create(profile: number, width: number, height: number): Outcome {
		writeDecoder(this.core, this.options);
		return this.call("context_create", profile, width, height);
	}

	parameter(type: number, bytes: Uint8Array): Outcome {
		new Uint8Array(this.core.memory.buffer).set(bytes, this.core.core_input_address());
		return this.call("context_render_parameter", type, bytes.length);
	}

	slice(parameters: Uint8Array, data: Uint8Array, available = data.length): Outcome {
		const input = this.core.core_input_address();
		const memory = new Uint8Array(this.core.memory.buffer);
		memory.set(parameters, input);
		const wanted = this.core.context_slice_header_size(parameters.length);
		memory.set(data.subarray(0, wanted), input + c.CORE_PARAMETER_CAPACITY);
		return this.call("context_render_slice", parameters.length, available);
	}

	/** The oldest job is done. False when there is none. */
	complete(flags = 0): boolean {
		if (this.released) {
			this.released = false;
			return this.releaseHeld();
		}
		const job = this.streaming[0] && this.streaming[1] ? this.jobs.shift() : undefined;
		if (!job) return false;
		this.completed.push(job);
		if (this.held && this.held.timestamp !== job.timestamp) this.releaseHeld();
		this.core.context_output_done(job.slot, flags);
		this.fill[job.slot] = 0;
		this.held = { timestamp: job.timestamp };
		if (!job.hold) this.releaseHeld(flags);
		return true;
	}

	names(from = 0): string[] {
		return this.steps.slice(from).map((step) => NAMES[step.op]);
	}

	private releaseHeld(flags = 0): boolean {
		const held = this.held;
		if (!held) return false;
		this.held = null;
		const index = this.captures.shift();
		if (index === undefined) throw new Error("the device has no CAPTURE buffer for a job");
		this.core.context_capture_done(index, flags, Number(held.timestamp & 0xffffffffn), Number(held.timestamp >> 32n));
		return true;
	}

	private carryOut(): { step: number; error: number } | null {
		const plan = this.plan;
		for (let i = 0; i < plan.step_count; i++) {
			const step = this.readStep(plan.steps[i]);
			this.steps.push(step);
			const error = this.fails(step, this.count++) || this.perform(step);
			if (error) return { step: i, error };
		}
		return null;
	}

	private readStep(raw: View): Step {
		const plan = this.plan;
		const bytes = (address: number, size: number) => Buffer.from(Buffer.from(this.core.memory.buffer, address, size));
		const step: any = { controls: [], prefix: Buffer.alloc(0) };
		for (const name of Object.keys(raw)) step[name] = raw[name];
		if (step.op === c.CORE_OP_SET_CONTROLS) {
			for (let i = 0; i < step.count; i++) {
				const { id, address, size } = plan.controls[step.first_control + i];
				step.controls.push({ id, bytes: bytes(address, size) });
			}
		}
		if (step.op === c.CORE_OP_APPEND) step.prefix = bytes(step.address, step.size);
		return step;
	}

	private result(struct: string, value: object): void {
		Object.assign(view(this.core.memory, struct, this.core.core_input_address()), value);
	}

	private perform(step: Step): number {
		const align = (value: number) => Math.ceil(value / (this.options.align ?? 16)) * (this.options.align ?? 16);
		switch (step.op) {
			case c.CORE_OP_SET_FORMAT: {
				const width = Math.min(align(step.width), this.options.maxWidth ?? 4096);
				const height = Math.min(align(step.height), this.options.maxHeight ?? 2304);
				const deep = step.fourcc === c.V4L2_PIX_FMT_P010 ? 2 : 1;
				if (this.buffers[step.queue] > 0) return c.EBUSY;
				const size = step.queue === c.CORE_QUEUE_OUTPUT ? step.size : (width * deep * height * 3) / 2;
				const pitch = step.queue === c.CORE_QUEUE_OUTPUT ? 0 : width * deep;
				const fourcc = step.queue === c.CORE_QUEUE_CAPTURE ? (this.options.captureFourcc ?? step.fourcc) : step.fourcc;
				this.result("core_format", { fourcc, width, height, plane_count: 1, bytesperline: [pitch], sizeimage: [size] });
				return 0;
			}
			case c.CORE_OP_REQUEST_BUFFERS: {
				if (this.streaming[step.queue]) return c.EBUSY;
				this.buffers[step.queue] = step.count;
				const hold = this.options.hold === false ? 0 : c.V4L2_BUF_CAP_SUPPORTS_M2M_HOLD_CAPTURE_BUF;
				const length = this.options.outputLength ?? 65536;
				if (step.queue === c.CORE_QUEUE_OUTPUT) {
					this.fill.length = 0;
					this.lengths.length = 0;
					for (let i = 0; i < step.count; i++) this.lengths.push(length);
				}
				this.result("core_buffers", { first: 0, count: step.count, capabilities: hold, length });
				return 0;
			}
			case c.CORE_OP_CREATE_BUFFERS: {
				const first = this.buffers[0];
				this.buffers[0] += step.count;
				for (let i = 0; i < step.count; i++) this.lengths.push(step.size);
				this.result("core_buffers", { first, count: step.count, capabilities: 0, length: step.size });
				return 0;
			}
			case c.CORE_OP_STREAM_ON:
				this.streaming[step.queue] = true;
				return 0;
			case c.CORE_OP_STREAM_OFF:
				this.streaming[step.queue] = false;
				if (step.queue === c.CORE_QUEUE_CAPTURE) this.captures.length = 0;
				else {
					this.jobs.length = 0;
					this.bound.clear();
				}
				return 0;
			case c.CORE_OP_APPEND: {
				const filled = (this.fill[step.slot] ?? 0) + step.size + step.data_size;
				if (filled > this.lengths[step.slot]) return c.ENOSPC;
				this.fill[step.slot] = filled;
				return 0;
			}
			case c.CORE_OP_MOVE_SLOT:
				this.fill[step.index] = this.fill[step.slot];
				this.fill[step.slot] = 0;
				return 0;
			case c.CORE_OP_CLEAR_SLOT:
				this.fill[step.slot] = 0;
				this.bound.delete(step.slot);
				return 0;
			case c.CORE_OP_QUEUE_CAPTURE:
				if (this.captures.includes(step.index)) throw new Error(`CAPTURE buffer ${step.index} queued twice`);
				this.captures.push(step.index);
				return 0;
			case c.CORE_OP_QUEUE_OUTPUT:
				if (this.bound.has(step.slot)) throw new Error(`slot ${step.slot} is in its request already`);
				this.bound.set(step.slot, {
					slot: step.slot,
					timestamp: step.timestamp,
					hold: (step.flags & c.CORE_HOLD_CAPTURE) !== 0,
					bytes: this.fill[step.slot],
				});
				return 0;
			case c.CORE_OP_QUEUE_REQUEST:
				if (!this.bound.has(step.slot)) throw new Error("a request without its OUTPUT buffer");
				this.jobs.push(this.bound.get(step.slot) as Job);
				this.bound.delete(step.slot);
				return 0;
			case c.CORE_OP_FLUSH: {
				const last = this.jobs.at(-1);
				if (last) last.hold = false;
				else this.released = this.held !== null;
				return 0;
			}
			default:
				return 0;
		}
	}

	/** In a request that is not queued. */
	private readonly bound = new Map<number, Job>();
	/** A held buffer was flushed: it comes back with the next wait. */
	private released = false;
}
