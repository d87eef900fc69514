// SPDX-License-Identifier: MIT
// What the glue and a decoder are to the core: carries out plans, and remembers what a decoder would have got. It checks
// the order of things as the kernel does, and completes pictures when the core waits or when a test says so.
import { constants } from "../../support/layout.ts";
import { Core } from "./core.ts";
import { decode, type Fields, sizeOf } from "./struct.ts";

const controlStructs = new Map<number, string>([
	[constants.V4L2_CID_STATELESS_H264_SPS, "v4l2_ctrl_h264_sps"],
	[constants.V4L2_CID_STATELESS_H264_PPS, "v4l2_ctrl_h264_pps"],
	[constants.V4L2_CID_STATELESS_H264_SCALING_MATRIX, "v4l2_ctrl_h264_scaling_matrix"],
	[constants.V4L2_CID_STATELESS_H264_SLICE_PARAMS, "v4l2_ctrl_h264_slice_params"],
	[constants.V4L2_CID_STATELESS_H264_DECODE_PARAMS, "v4l2_ctrl_h264_decode_params"],
	[constants.V4L2_CID_STATELESS_H264_PRED_WEIGHTS, "v4l2_ctrl_h264_pred_weights"],
]);
const opNames = new Map(
	Object.entries(constants)
		.filter(([name]) => name.startsWith("CORE_OP_"))
		.map(([name, value]) => [value, name.slice("CORE_OP_".length)]),
);

export interface DeviceOptions {
	sliceBased?: boolean;
	annexB?: boolean;
	hold?: boolean;
	maxWidth?: number;
	maxHeight?: number;
	profiles?: number[];
	tenBit?: boolean;
	outputLength?: number;
	captureBuffers?: number;
	/** S_FMT rounds sizes up to this. */
	align?: number;
}

/** One request, as a decoder gets it. */
export interface Submission {
	/** By struct name. */
	controls: Record<string, Fields>;
	/** In the order of submission. */
	controlOrder: string[];
	timestamp: bigint;
	hold: boolean;
	surface: number;
	index: number;
	/** What is in the OUTPUT buffer: bytes of linear memory, and ranges of the VA data buffer. */
	pieces: { prefix: number[]; offset: number; size: number }[];
	slot: number;
}

export interface Outcome {
	status: number;
	message: number;
	values: number[];
}

const all = { h264: [1, 2, 4, 0] };

/** struct core_decoder of a device like this. */
export function decoderFacts(options: DeviceOptions = {}): Fields {
	const menu = (id: number, mask: number, value: number): Fields => ({
		id,
		type: constants.V4L2_CTRL_TYPE_MENU,
		maximum: 31 - Math.clz32(mask),
		default_value: value,
		elem_size: 4,
		elems: 1,
		menu_mask: mask,
	});
	const compound = (id: number): Fields => ({
		id,
		elem_size: sizeOf(controlStructs.get(id) ?? ""),
		elems: 1,
	});
	const profiles = options.profiles ?? [
		...all.h264,
		...(options.tenBit ? [constants.V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_10] : []),
	];
	const mode = options.sliceBased ? 0 : 1;
	const code = (options.annexB ?? !options.sliceBased) ? 1 : 0;
	const controls = [
		menu(constants.V4L2_CID_STATELESS_H264_DECODE_MODE, 1 << mode, mode),
		menu(constants.V4L2_CID_STATELESS_H264_START_CODE, 1 << code, code),
		menu(
			constants.V4L2_CID_MPEG_VIDEO_H264_PROFILE,
			profiles.reduce((mask, profile) => mask | (1 << profile), 0),
			profiles[0] ?? 0,
		),
		...[...controlStructs.keys()].map(compound),
	];
	const deep = options.tenBit ? [constants.V4L2_PIX_FMT_P010] : [];
	return {
		index: 0,
		coded_count: 1,
		control_count: controls.length,
		coded: [
			{
				fourcc: constants.V4L2_PIX_FMT_H264_SLICE,
				sizes: {
					kind: constants.CORE_SIZES_STEPWISE,
					min_width: 48,
					min_height: 48,
					max_width: options.maxWidth ?? 4096,
					max_height: options.maxHeight ?? 2304,
					step_width: 16,
					step_height: 16,
				},
				capture_count: 1,
				capture_formats: [constants.V4L2_PIX_FMT_NV12],
				deep_capture_count: deep.length,
				deep_capture_formats: deep,
			},
		],
		controls,
	};
}

interface Queue {
	format: Fields | null;
	buffers: number;
	streaming: boolean;
}

interface Slot {
	pieces: Submission["pieces"];
	length: number;
	used: number;
	controls: Submission["controls"];
	order: string[];
	queued: Fields | null;
}

/** A device with one context open on it. */
export class Device {
	readonly core = new Core();
	readonly submissions: Submission[] = [];
	/** Every step carried out: "SET_FORMAT", ... */
	readonly log: string[] = [];
	/** Controls set outside a request. */
	readonly settings: Record<string, Fields> = {};
	readonly menus: Record<number, number> = {};
	readonly waits: { token: number; timeout: number }[] = [];
	layout: Fields | null = null;
	allocation: Fields | null = null;
	/** Fails the next step of an operation with this errno. */
	failNext: { op: string; error: number } | null = null;
	/** A wait ends by itself: the device completes what it has. Set to false to run into the timeout. */
	answers = true;
	/** Buffers come back with this flag. */
	doneFlags = 0;
	/** What S_FMT on CAPTURE answers, over what was asked. */
	captureFormat: Fields = {};
	outputFormat: Fields = {};
	readonly output: Queue = { format: null, buffers: 0, streaming: false };
	readonly capture: Queue = { format: null, buffers: 0, streaming: false };
	private slots: Slot[] = [];
	private captureQueued: { index: number; surface: number } | null = null;
	private held: { index: number; surface: number; timestamp: bigint } | null = null;
	private inFlight: Submission[] = [];
	/** Held buffers that the device gave up. */
	private released: { index: number; timestamp: bigint }[] = [];

	constructor(readonly options: DeviceOptions = {}) {}

	/** vaCreateContext */
	create(profile: number, width: number, height: number): Outcome {
		this.core.giveStruct("core_decoder", decoderFacts(this.options));
		return this.event("context_create", profile, width, height);
	}

	/** Calls an export that answers with a plan, and carries the plan out to its end. */
	event(name: string, ...args: number[]): Outcome {
		this.core.call(name, ...args);
		return this.carryOut();
	}

	/** Hands everything in flight back to the core. */
	complete(flags = this.doneFlags): void {
		for (const { index, timestamp } of this.released.splice(0)) this.captureDone(index, flags, timestamp);
		for (const submission of this.inFlight.splice(0)) {
			this.core.call("context_output_done", submission.slot, flags);
			if (!submission.hold) this.captureDone(submission.index, flags, submission.timestamp);
		}
	}

	/** VIDIOC_DQBUF of one CAPTURE buffer. */
	captureDone(index: number, flags: number, timestamp: bigint): void {
		const low = Number(timestamp & 0xffffffffn);
		this.core.call("context_capture_done", index, flags, low | 0, Number(timestamp >> 32n));
	}

	get pending(): number {
		return this.inFlight.length;
	}

	private carryOut(): Outcome {
		for (let round = 0; round < 100; round++) {
			const plan = this.core.answer("core_plan");
			const failed = this.steps(plan);
			if (failed) {
				this.core.call("context_step_failed", failed.step, failed.error);
				continue;
			}
			switch (plan.then) {
				case constants.CORE_THEN_RETURN:
					return { status: plan.status, message: plan.message, values: plan.message_values };
				case constants.CORE_THEN_REPORT:
					this.core.call("context_report");
					break;
				default:
					this.waits.push({ token: plan.token, timeout: plan.timeout_ms });
					if (this.answers) this.complete();
					this.core.call("context_resume", plan.token, this.answers ? 0 : 1);
			}
		}
		throw new Error("the core never comes to an end");
	}

	private steps(plan: Fields): { step: number; error: number } | null {
		for (let step = 0; step < plan.step_count; step++) {
			const name = opNames.get(plan.steps[step].op) ?? "?";
			this.log.push(name);
			if (this.failNext?.op === name) {
				const { error } = this.failNext;
				this.failNext = null;
				return { step, error };
			}
			const error = this.step(name, plan.steps[step], plan);
			if (error !== 0) return { step, error };
		}
		return null;
	}

	private step(name: string, step: Fields, plan: Fields): number {
		const queue = step.queue === constants.CORE_QUEUE_OUTPUT ? this.output : this.capture;
		switch (name) {
			case "SET_FORMAT":
				return this.setFormat(queue, step);
			case "SET_CONTROLS":
				return this.setControls(step, plan);
			case "REQUEST_BUFFERS":
				return this.requestBuffers(queue, step);
			case "CREATE_BUFFERS": {
				const first = this.slots.length;
				for (let i = 0; i < step.count; i++) this.slots.push(emptySlot(step.size));
				this.core.giveStruct("core_buffers", {
					first,
					count: step.count,
					capabilities: this.capabilities(),
					length: step.size,
				});
				return 0;
			}
			case "STREAM_ON":
				if (queue.buffers === 0) return constants.EINVAL;
				queue.streaming = true;
				return 0;
			case "STREAM_OFF":
				queue.streaming = false;
				if (queue === this.output) for (const slot of this.slots) slot.queued = null;
				else this.captureQueued = null;
				return 0;
			case "USE_LAYOUT":
				this.layout = this.core.struct("core_layout", step.address);
				this.allocation = this.core.struct("core_allocation", step.second_address);
				return 0;
			case "APPEND": {
				const slot = this.slots[step.slot];
				if (slot.used + step.size + step.data_size > slot.length) return constants.ENOSPC;
				slot.used += step.size + step.data_size;
				slot.pieces.push({
					prefix: [...this.core.bytes(step.address, step.size)],
					offset: step.data_offset,
					size: step.data_size,
				});
				return 0;
			}
			case "MOVE_SLOT": {
				const from = this.slots[step.slot];
				const to = this.slots[step.index];
				if (to.pieces.length > 0) return constants.EINVAL;
				Object.assign(to, { pieces: from.pieces, used: from.used });
				Object.assign(from, { pieces: [], used: 0 });
				return 0;
			}
			case "CLEAR_SLOT":
				this.slots[step.slot] = emptySlot(this.slots[step.slot].length);
				return 0;
			case "QUEUE_CAPTURE":
				if (step.index >= this.capture.buffers || this.captureQueued) return constants.EINVAL;
				this.captureQueued = { index: step.index, surface: step.surface };
				return 0;
			case "QUEUE_OUTPUT":
				if (this.slots[step.slot].queued) return constants.EINVAL;
				this.slots[step.slot].queued = step;
				return 0;
			case "QUEUE_REQUEST":
				return this.queueRequest(step.slot);
			case "FLUSH":
				if (this.held) {
					const { index, timestamp } = this.held;
					this.held = null;
					this.captureDone(index, 0, timestamp);
				}
				return 0;
			default:
				throw new Error(`unknown step ${name}`);
		}
	}

	private capabilities(): number {
		const hold = this.options.hold ?? true;
		return (
			constants.V4L2_BUF_CAP_SUPPORTS_REQUESTS |
			(hold ? constants.V4L2_BUF_CAP_SUPPORTS_M2M_HOLD_CAPTURE_BUF : 0)
		);
	}

	private setFormat(queue: Queue, step: Fields): number {
		if (queue.streaming || this.capture.buffers > 0) return constants.EBUSY;
		const align = this.options.align ?? 16;
		const round = (size: number): number => Math.ceil(size / align) * align;
		const width = Math.min(round(step.width), this.options.maxWidth ?? 4096);
		const height = Math.min(round(step.height), this.options.maxHeight ?? 2304);
		const bytes = step.fourcc === constants.V4L2_PIX_FMT_P010 ? 2 : 1;
		queue.format =
			queue === this.output
				? {
						fourcc: step.fourcc,
						width,
						height,
						plane_count: 1,
						sizeimage: [step.size],
						...this.outputFormat,
					}
				: {
						fourcc: step.fourcc,
						width,
						height,
						plane_count: 1,
						bytesperline: [width * bytes],
						sizeimage: [(width * height * bytes * 3) / 2],
						...this.captureFormat,
					};
		this.core.giveStruct("core_format", queue.format);
		return 0;
	}

	private setControls(step: Fields, plan: Fields): number {
		for (let i = 0; i < step.count; i++) {
			const { id, address, size } = plan.controls[step.first_control + i];
			const name = controlStructs.get(id);
			const bytes = this.core.bytes(address, size);
			if (!name) {
				this.menus[id] = new DataView(bytes.buffer).getInt32(0, true);
				continue;
			}
			if (size !== sizeOf(name)) return constants.EINVAL;
			const value = decode(name, bytes);
			if (step.slot === constants.CORE_NONE) this.settings[name] = value;
			else {
				this.slots[step.slot].controls[name] = value;
				this.slots[step.slot].order.push(name);
			}
		}
		return 0;
	}

	private requestBuffers(queue: Queue, step: Fields): number {
		if (queue.streaming && step.count > 0) return constants.EBUSY;
		if (queue === this.output) {
			queue.buffers = step.count;
			const length = this.options.outputLength ?? queue.format?.sizeimage[0] ?? 0;
			this.slots = Array.from({ length: step.count }, () => emptySlot(length));
			this.core.giveStruct("core_buffers", {
				first: 0,
				count: step.count,
				capabilities: this.capabilities(),
				length,
			});
		} else {
			queue.buffers = Math.min(step.count, this.options.captureBuffers ?? 32);
			this.captureQueued = null;
			this.held = null;
			this.core.giveStruct("core_buffers", {
				first: 0,
				count: queue.buffers,
				capabilities: 0,
				length: 0,
			});
		}
		return 0;
	}

	private queueRequest(number: number): number {
		const slot = this.slots[number];
		if (!slot.queued || !this.output.streaming || !this.capture.streaming) return constants.EINVAL;
		const { timestamp, flags } = slot.queued;
		const hold = (flags & constants.CORE_HOLD_CAPTURE) !== 0;
		// __v4l2_m2m_try_queue(): another timestamp releases what is held, and the next buffer is taken.
		if (this.held && this.held.timestamp !== timestamp) {
			this.released.push(this.held);
			this.held = null;
		}
		const target = this.held ?? this.captureQueued;
		if (!target) throw new Error("a request without a CAPTURE buffer");
		if (!this.held) this.captureQueued = null;
		const { index, surface } = target;
		this.held = hold ? { index, surface, timestamp } : null;
		const submission = {
			controls: slot.controls,
			controlOrder: slot.order,
			timestamp,
			hold,
			surface,
			index,
			pieces: slot.pieces,
			slot: number,
		};
		this.submissions.push(submission);
		this.inFlight.push(submission);
		this.slots[number] = emptySlot(slot.length);
		return 0;
	}
}

function emptySlot(length: number): Slot {
	return { pieces: [], length, used: 0, controls: {}, order: [], queued: null };
}
