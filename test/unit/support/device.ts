// SPDX-License-Identifier: MIT
// What the glue and a decoder are to the core: carries out plans on queues that are a few arrays, logs every step,
// remembers what a decoder would have got, and fails, completes or stays silent as a test says.
import { constants as c } from "../../support/abi.ts";
import { Core } from "./core.ts";
import { decode, type Fields, type PointerBits, sizeOf } from "./struct.ts";

const structOfControl = new Map<number, string>([
	[c.V4L2_CID_STATELESS_H264_SPS, "v4l2_ctrl_h264_sps"],
	[c.V4L2_CID_STATELESS_H264_PPS, "v4l2_ctrl_h264_pps"],
	[c.V4L2_CID_STATELESS_H264_SCALING_MATRIX, "v4l2_ctrl_h264_scaling_matrix"],
	[c.V4L2_CID_STATELESS_H264_SLICE_PARAMS, "v4l2_ctrl_h264_slice_params"],
	[c.V4L2_CID_STATELESS_H264_DECODE_PARAMS, "v4l2_ctrl_h264_decode_params"],
	[c.V4L2_CID_STATELESS_H264_PRED_WEIGHTS, "v4l2_ctrl_h264_pred_weights"],
]);
const opNames = new Map(
	Object.entries(c)
		.filter(([name]) => name.startsWith("CORE_OP_"))
		.map(([name, value]) => [value, name.slice("CORE_OP_".length)]),
);

export interface DeviceOptions {
	sliceBased?: boolean;
	annexB?: boolean;
	hold?: boolean;
	maxWidth?: number;
	maxHeight?: number;
	/** V4L2_MPEG_VIDEO_H264_PROFILE_*; null: there is no such menu. */
	profiles?: number[] | null;
	tenBit?: boolean;
	captureFourcc?: number;
	/** Of 10 bit. */
	deepFourcc?: number;
	outputLength?: number;
	/** REQBUFS gives at most so many. */
	outputBuffers?: number;
	captureBuffers?: number;
	/** CAPTURE takes V4L2_MEMORY_DMABUF. */
	imports?: boolean;
	/** Calls that wait for a bad picture fail. */
	strict?: boolean;
	/** How wide the player's pointers are. */
	pointers?: PointerBits;
	/** S_FMT rounds sizes up to this. */
	align?: number;
	/** struct core_decoder, where it is not decoderFacts(). */
	contextFacts?: Fields;
	/** What the decoder is instead of one for H.264; the core then has the stand-in codec. */
	facts?: Fields;
	/** The same of any decoder, as the bytes of its struct core_decoder; the core is the driver's. */
	decoder?: Uint8Array;
}

/** struct core_decoder of a device like this. */
export function decoderFacts(options: DeviceOptions = {}, index = 0): Fields {
	const menu = (id: number, items: number[]): Fields => ({
		id,
		type: c.V4L2_CTRL_TYPE_MENU,
		maximum: Math.max(...items),
		default_value: items[0],
		elem_size: 4,
		elems: 1,
		menu_mask: items.reduce((mask, item) => mask | (1 << item), 0),
	});
	const deep = options.tenBit ? [c.V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_10] : [];
	const { profiles = [1, 2, 4, 0, ...deep], sliceBased = false, annexB = !sliceBased } = options;
	const controls = [
		menu(c.V4L2_CID_STATELESS_H264_DECODE_MODE, [sliceBased ? 0 : 1]),
		menu(c.V4L2_CID_STATELESS_H264_START_CODE, [annexB ? 1 : 0]),
		...(profiles ? [menu(c.V4L2_CID_MPEG_VIDEO_H264_PROFILE, profiles)] : []),
		...[...structOfControl].map(([id, struct]) => ({ id, elem_size: sizeOf(struct), elems: 1 })),
	];
	const captures = [
		{ fourcc: options.captureFourcc ?? c.V4L2_PIX_FMT_NV12, depths: c.CORE_DEPTH_8 },
		...deep.map(() => ({
			fourcc: options.deepFourcc ?? c.V4L2_PIX_FMT_P010,
			depths: c.CORE_DEPTH_10,
		})),
	];
	const coded = {
		fourcc: c.V4L2_PIX_FMT_H264_SLICE,
		sizes: {
			kind: c.CORE_SIZES_STEPWISE,
			min_width: 48,
			min_height: 48,
			max_width: options.maxWidth ?? 4096,
			max_height: options.maxHeight ?? 2304,
			step_width: 16,
			step_height: 16,
		},
		capture_count: captures.length,
		captures,
	};
	return { index, coded_count: 1, control_count: controls.length, coded: [coded], controls };
}

/** One request, as a decoder gets it. */
export class Submission {
	/** What is in the OUTPUT buffer: bytes of linear memory, and ranges of the VA data buffer. */
	pieces: { prefix: number[]; offset: number; size: number }[] = [];
	readonly controlBytes = new Map<string, Uint8Array>();
	/** Controls without a struct, by id. */
	readonly rawControls = new Map<number, Uint8Array>();
	/** The OUTPUT buffer is in the request. */
	bound = false;
	timestamp = 0n;
	hold = false;
	/** What is in the OUTPUT buffer stays when it comes back. */
	kept = false;
	surface = c.CORE_NONE;
	index = c.CORE_NONE;

	constructor(readonly slot: number) {}

	/** By struct name. */
	get controls(): Record<string, Fields> {
		return Object.fromEntries([...this.controlBytes].map(([name, bytes]) => [name, decode(name, bytes)]));
	}

	/** In the order of submission. */
	get controlOrder(): string[] {
		return [...this.controlBytes.keys()];
	}

	get bytes(): number {
		return this.pieces.reduce((sum, { prefix, size }) => sum + prefix.length + size, 0);
	}
}

export interface Outcome {
	status: number;
	message: number;
	values: number[];
	/** Of BAD_PICTURE: the field that is wrong, in place of the value. */
	field?: string;
}

/** What no kernel would say, since no caller would do it. */
function must(holds: boolean, otherwise: string): void {
	if (!holds) throw new Error(otherwise);
}

class Queue {
	format: Fields = {};
	buffers = 0;
	streaming = false;
}

/** A device with one context open on it. */
export class Device {
	readonly core: Core;
	/** Every step, with the name of its operation, its controls, and the structs it points to. */
	readonly log: Fields[] = [];
	/** Every request that was queued; those the device has yet to work on; those it is done with. */
	readonly submissions: Submission[] = [];
	readonly jobs: Submission[] = [];
	readonly completed: Submission[] = [];
	/** Controls set outside a request. */
	readonly settings: Record<string, Fields> = {};
	/** The same of codecs without structs of their own: the bytes, by control id. */
	readonly rawSettings = new Map<number, Uint8Array>();
	/** Surfaces that pictures were copied to, each as it was asked for. */
	readonly delivered: number[] = [];
	/** Surfaces that somebody outside has a descriptor of. */
	readonly exported = new Set<number>();
	/** Surfaces in memory of the player's. */
	readonly imported = new Set<number>();
	/** Surfaces whose memory somebody outside has seen. */
	readonly shown = new Set<number>();
	/** What such a copy comes to. */
	copies: () => boolean = () => true;
	waits = 0;
	/** For each of them, the surface whose picture was waited for, or CORE_NONE. */
	readonly waitedFor: number[] = [];
	/** Surfaces whose readers were waited for, each as it was asked for; and whether they are done in time. */
	readonly readersOf: number[] = [];
	readers: () => boolean = () => true;
	pauses = 0;
	/** The longest that the last wait may take, in milliseconds. */
	patience = 0;
	/** Answers a step with an errno, or 0. */
	fails: (step: Fields, nth: number) => number = () => 0;
	/** What a wait comes to: by default the oldest job completes. False: it times out. */
	answers: () => boolean = () => this.complete();
	/** What S_FMT answers, over what was asked. */
	outputFormat: Fields = {};
	captureFormat: Fields = {};

	private readonly output = new Queue();
	private readonly capture = new Queue();
	/** The OUTPUT buffers: how many bytes each takes, and the request that is being put together in it. */
	private lengths: number[] = [];
	private slots: Submission[] = [];
	/** CAPTURE buffers that are queued, first the one for the next job; and the one queued last. */
	private captures: Fields[] = [];
	lastCapture: Fields = {};
	/** The CAPTURE buffer that is kept for the next request of the same timestamp. */
	private held: { index: number; timestamp: bigint } | null = null;
	/** CAPTURE buffers have memory of their own only. */
	private mapped = false;
	/** The held buffer was given up: it comes with the next wait. */
	private flushed = false;
	private stepCount = 0;

	constructor(readonly options: DeviceOptions = {}) {
		this.core = new Core(options.facts !== undefined);
		this.core.call("core_set_pointer_bytes", (options.pointers ?? 64) / 8);
	}

	get streaming(): boolean[] {
		return [this.output.streaming, this.capture.streaming];
	}

	/** vaCreateContext */
	create(profile: number, width: number, height: number): Outcome {
		const { decoder, facts, contextFacts } = this.options;
		if (decoder) this.core.give({ bytes: decoder });
		else this.core.giveStruct("core_decoder", facts ?? contextFacts ?? decoderFacts(this.options));
		return this.event(
			"context_create",
			profile,
			width,
			height,
			this.options.strict ? c.CORE_CONTEXT_STRICT : 0,
		);
	}

	private outcomeOf({ status, message, message_values: values }: Fields): Outcome {
		if (message !== c.CORE_MESSAGE_BAD_PICTURE) return { status, message, values };
		return { status, message, values: [], field: this.core.text(values[0]) };
	}

	/** Calls an export that answers with a plan, and carries the plan out to its end. */
	event(name: string, ...args: number[]): Outcome {
		this.core.call(name, ...args);
		for (let round = 0; round < 10000; round++) {
			const plan = this.core.plan();
			const failed = this.carryOut(plan);
			if (failed) {
				this.core.call("context_step_failed", failed.step, failed.error);
			} else if (plan.then === c.CORE_THEN_RETURN) {
				return this.outcomeOf(plan);
			} else if (plan.then === c.CORE_THEN_REPORT) {
				this.core.call("context_report");
			} else if (plan.then === c.CORE_THEN_WAIT_READERS) {
				must(plan.timeout_ms > 0, "a wait for readers that is none");
				this.readersOf.push(plan.surface);
				this.core.call("context_resume", plan.token, this.readers() ? 0 : 1);
			} else if (plan.then === c.CORE_THEN_PAUSE) {
				this.pauses++;
				this.core.call("context_resume", plan.token, 0);
			} else {
				must(plan.then === c.CORE_THEN_WAIT, `a plan that ends with ${plan.then}`);
				this.waits++;
				this.waitedFor.push(plan.surface);
				this.patience = plan.timeout_ms;
				this.core.call("context_resume", plan.token, this.answers() ? 0 : 1);
			}
		}
		throw new Error("the core never comes to an end");
	}

	/** vaQuerySurfaceStatus: the plan is carried out, and its wait is not waited for. */
	ask(surface: number): void {
		this.core.call("context_ask_surface", surface);
		const failed = this.carryOut(this.core.plan());
		if (!failed) return;
		this.core.call("context_step_failed", failed.step, failed.error);
		must(this.carryOut(this.core.plan()) === null, "a step failed once more");
	}

	/** The oldest job is done. False when there is none, or the queues are stopped. */
	complete(flags = 0): boolean {
		if (this.flushed) return this.giveBack(0);
		const job = this.output.streaming && this.capture.streaming ? this.jobs.shift() : undefined;
		if (!job) return false;
		this.completed.push(job);
		// __v4l2_m2m_try_queue(): a held buffer goes with its own timestamp only.
		if (this.held && this.held.timestamp !== job.timestamp) this.giveBack(0);
		this.core.call("context_output_done", job.slot, flags);
		this.held ??= { index: this.captures.shift()?.index, timestamp: job.timestamp };
		must(this.held.index === job.index, "a job without its CAPTURE buffer");
		if (!job.hold) this.giveBack(flags);
		return true;
	}

	/** All jobs are done. */
	completeAll(): void {
		while (this.complete());
	}

	/** The operations logged. */
	names(): string[] {
		return this.log.map(({ op }) => op);
	}

	private giveBack(flags: number): boolean {
		if (!this.held) return false;
		const { index } = this.held;
		this.held = null;
		this.flushed = false;
		const surface = this.core.call("context_capture_done", index, flags) >>> 0;
		if (surface === c.CORE_NONE) return true;
		this.delivered.push(surface);
		if (!this.copies()) this.core.call("context_copy_failed", surface);
		return true;
	}

	private carryOut(plan: Fields): { step: number; error: number } | null {
		for (const [i, raw] of plan.steps.entries()) {
			const step = this.read(raw, plan);
			this.log.push(step);
			const error = this.fails(step, this.stepCount++) || this.perform(step);
			if (error !== 0) return { step: i, error };
		}
		return null;
	}

	/** A step with what it points to in linear memory. */
	private read(raw: Fields, plan: Fields): Fields {
		const step: Fields = { ...raw, op: opNames.get(raw.op) };
		if (step.op === "SET_CONTROLS") {
			step.controls = Array.from({ length: step.count }, (_, i) => {
				const { id, address, size } = plan.controls[step.first_control + i];
				return { id, bytes: this.core.bytes(address, size) };
			});
		}
		if (step.op === "APPEND") step.prefix = [...this.core.bytes(step.address, step.size)];
		if (step.op === "USE_LAYOUT") {
			step.layout = this.core.struct("core_layout", step.address);
			step.allocation = this.core.struct("core_allocation", step.second_address);
		}
		return step;
	}

	/** 0 or an errno. */
	private perform(step: Fields): number {
		const isOutput = step.queue === c.CORE_QUEUE_OUTPUT;
		const queue = isOutput ? this.output : this.capture;
		const slot = this.slots[step.slot];
		switch (step.op) {
			case "SET_FORMAT":
				if (queue.buffers > 0 || this.capture.buffers > 0) return c.EBUSY;
				queue.format = isOutput ? this.codedFormat(step) : this.pictureFormat(step);
				this.core.giveStruct("core_format", queue.format);
				return 0;
			case "SET_CONTROLS":
				must(step.count > 0, "S_EXT_CTRLS without controls");
				for (const control of step.controls) this.setControl(control, slot);
				return 0;
			case "REQUEST_BUFFERS": {
				if (queue.streaming) return c.EBUSY;
				this.mapped = (step.flags & c.CORE_MAP_CAPTURE) !== 0;
				if (!isOutput && !this.mapped && this.options.imports === false) return c.EINVAL;
				const { outputBuffers = 32, captureBuffers = 32 } = this.options;
				queue.buffers = Math.min(step.count, isOutput ? outputBuffers : captureBuffers);
				if (!isOutput) {
					this.core.giveStruct("core_buffers", { count: queue.buffers });
					return 0;
				}
				this.slots = [];
				this.lengths = [];
				return this.addSlots(queue.buffers, this.options.outputLength ?? queue.format.sizeimage[0]);
			}
			case "CREATE_BUFFERS":
				return this.addSlots(step.count, step.size);
			case "STREAM_ON":
				must(queue.buffers > 0, "a queue without buffers cannot stream");
				queue.streaming = true;
				return 0;
			case "STREAM_OFF":
				queue.streaming = false;
				if (isOutput) {
					this.jobs.length = 0;
					// slot_renew()
					this.slots.forEach(({ bound }, i) => {
						if (bound) this.slots[i] = new Submission(i);
					});
				} else {
					this.captures = [];
					this.held = null;
					this.flushed = false;
				}
				return 0;
			case "USE_LAYOUT":
				return 0;
			case "APPEND":
				must(!this.jobs.some((job) => job.slot === step.slot), `slot ${step.slot} is the device's`);
				if (slot.bytes + step.size + step.data_size > this.lengths[step.slot]) return c.ENOSPC;
				slot.pieces.push({ prefix: step.prefix, offset: step.data_offset, size: step.data_size });
				return 0;
			case "MOVE_SLOT":
				must(this.slots[step.index].bytes === 0, `slot ${step.index} is not empty`);
				this.slots[step.index].pieces = slot.pieces;
				slot.pieces = [];
				return 0;
			case "CLEAR_SLOT":
				this.slots[step.slot] = new Submission(step.slot);
				return 0;
			case "QUEUE_CAPTURE":
				must(step.index < this.capture.buffers, `there is no CAPTURE buffer ${step.index}`);
				must(
					this.captures.every(({ index }) => index !== step.index),
					`CAPTURE buffer ${step.index} queued twice`,
				);
				must(
					!this.mapped || (step.flags & c.CORE_CAPTURE_OWN_MEMORY) !== 0,
					"a mapped buffer takes no surface's memory",
				);
				this.captures.push(step);
				this.lastCapture = step;
				return 0;
			case "QUEUE_OUTPUT":
				must(!slot.bound, `slot ${step.slot} is in its request already`);
				slot.bound = true;
				slot.timestamp = step.timestamp;
				slot.hold = (step.flags & c.CORE_HOLD_CAPTURE) !== 0;
				return 0;
			case "QUEUE_REQUEST":
				slot.kept = (step.flags & c.CORE_KEEP_DATA) !== 0;
				must(slot.bound, "a request without its OUTPUT buffer");
				must(!this.jobs.some((job) => job.slot === step.slot), `slot ${step.slot} is the device's`);
				must(
					this.output.streaming && this.capture.streaming,
					"a request while the queues are stopped",
				);
				slot.index = this.lastCapture.index;
				slot.surface = this.lastCapture.surface;
				this.submissions.push(slot);
				this.jobs.push(slot);
				this.slots[step.slot] = new Submission(step.slot);
				if (slot.kept) this.slots[step.slot].pieces = [...slot.pieces];
				return 0;
			case "FLUSH": {
				// v4l2_m2m_ioctl_stateless_decoder_cmd(): the last request loses its hold, or the buffer is given back.
				const last = this.jobs.at(-1);
				if (last) last.hold = false;
				else this.flushed = this.held !== null;
				return 0;
			}
			default:
				throw new Error(`unknown step ${step.op}`);
		}
	}

	private codedFormat({ fourcc, width, height, size }: Fields): Fields {
		const rounded = this.rounded(width, height);
		return { fourcc, ...rounded, plane_count: 1, sizeimage: [size], ...this.outputFormat };
	}

	private pictureFormat({ fourcc, width, height }: Fields): Fields {
		const rounded = this.rounded(width, height);
		const packed = fourcc === c.V4L2_PIX_FMT_NV15 || fourcc === c.V4L2_PIX_FMT_NV15_4L4;
		const pitch = (rounded.width * (fourcc === c.V4L2_PIX_FMT_P010 ? 8 : packed ? 5 : 4)) / 4;
		const sizeimage = [(pitch * rounded.height * 3) / 2];
		return {
			fourcc,
			...rounded,
			plane_count: 1,
			bytesperline: [pitch],
			sizeimage,
			...this.captureFormat,
		};
	}

	private rounded(width: number, height: number): { width: number; height: number } {
		const { align = 16, maxWidth = 4096, maxHeight = 2304 } = this.options;
		const round = (size: number, most: number) => Math.min(Math.ceil(size / align) * align, most);
		return { width: round(width, maxWidth), height: round(height, maxHeight) };
	}

	private setControl({ id, bytes }: { id: number; bytes: Uint8Array }, slot: Submission | undefined): void {
		if (this.options.facts || this.options.decoder) {
			(slot ? slot.rawControls : this.rawSettings).set(id, bytes);
			return;
		}
		const name = structOfControl.get(id);
		must(bytes.length === (name ? sizeOf(name) : 4), `control ${id} of ${bytes.length} bytes`);
		if (!name) return;
		if (slot) slot.controlBytes.set(name, bytes);
		else this.settings[name] = decode(name, bytes);
	}

	private addSlots(count: number, length: number): number {
		const first = this.slots.length;
		for (let i = 0; i < count; i++) {
			this.slots.push(new Submission(first + i));
			this.lengths.push(length);
		}
		const hold = this.options.hold === false ? 0 : c.V4L2_BUF_CAP_SUPPORTS_M2M_HOLD_CAPTURE_BUF;
		const capabilities = c.V4L2_BUF_CAP_SUPPORTS_REQUESTS | hold;
		this.core.giveStruct("core_buffers", { first, count, capabilities, length });
		return 0;
	}
}
