// SPDX-License-Identifier: MIT
// What a list of events is, and how it is played: to the core on the device model of the unit tests, which complains of
// everything that no kernel would take. Pictures are those of the fixtures of all codecs, with something wrong.
import fc from "fast-check";
import { progressBar } from "../../../tools/lib/progress.ts";
import { Player } from "../../codecs/h264/unit/support/h264.ts";
import { constants as c } from "../../support/abi.ts";
import { Device } from "../../unit/support/device.ts";

interface Buffer_ {
	type: number;
	places: number[];
	bytes: string;
}
interface Clip {
	name: string;
	profile: number;
	width: number;
	height: number;
	pictures: { frame: number; buffers: Buffer_[] }[];
}
interface Described {
	decoders: string[];
	clips: Clip[];
}

/** What is wrong with a picture: with which buffer, and where in it. */
interface Patch {
	buffer: number;
	at: number;
	how: "flip" | "word" | "cut" | "drop" | "double";
	value: number;
}

type Event =
	| { kind: "picture"; shift: number; patches: Patch[]; begins: boolean; ends: boolean; exported: boolean }
	| { kind: "clip"; clip: number; position: number }
	| { kind: "parameter"; type: number; bytes: number[] }
	| { kind: "surface"; what: "sync" | "ask" | "state" | "show" | "forget" | "damaged"; surface: number }
	| {
			kind: "device";
			what: "done" | "flagged" | "all done" | "silent" | "answers" | "copies fail" | "copies";
	  }
	| { kind: "fault"; step: number; times: number; error: number };

export interface List {
	decoder: number;
	clip: number;
	strict: boolean;
	imports: boolean;
	hold: boolean;
	outputLength: number;
	events: Event[];
}

const ERRORS = [c.EINVAL, c.ENOMEM, c.EBUSY, c.ENODEV, c.EIO, c.EXDEV, c.ENOSPC, c.EMFILE, c.EAGAIN].map(
	(e, i) => e ?? i + 1,
);
const POOL = 20;

let described: Described = { decoders: [], clips: [] };
let decoders: Uint8Array[] = [];

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));

/** Takes the description of a world, which each list of calls is played in. */
export function open(given: Described): void {
	described = given;
	decoders = given.decoders.map(bytesOf);
}

// ---- playing -------------------------------------------------------------------------------------

function patched(
	buffers: { type: number; bytes: Uint8Array }[],
	patches: Patch[],
): { type: number; bytes: Uint8Array }[] {
	const list = [...buffers];
	for (const { buffer, at, how, value } of patches) {
		if (list.length === 0) break;
		const place = buffer % list.length;
		const { type, bytes } = list[place];
		const offset = at % Math.max(bytes.length, 1);
		if (how === "drop") list.splice(place, 1);
		else if (how === "double") list.splice(place, 0, list[place]);
		else if (how === "cut") list[place] = { type, bytes: bytes.subarray(0, offset) };
		else if (how === "flip" && bytes.length > 0) bytes[offset] ^= value & 255 || 1;
		else if (how === "word" && bytes.length >= 4)
			new DataView(bytes.buffer, bytes.byteOffset).setUint32(
				Math.min(offset & ~3, bytes.length - 4),
				value,
				true,
			);
	}
	return list;
}

/** One context, and what happens to it. */
class Life {
	readonly device: Device;
	private readonly player: Player;
	private clip: Clip;
	private position = 0;
	played = 0;

	constructor(list: List) {
		this.clip = described.clips[list.clip % described.clips.length];
		this.device = new Device({
			decoder: decoders[list.decoder % decoders.length],
			strict: list.strict,
			imports: list.imports,
			hold: list.hold,
			outputLength: list.outputLength || undefined,
		});
		this.player = new Player(undefined, this.device);
		this.device.create(this.clip.profile, this.clip.width, this.clip.height);
	}

	private picture(event: Event & { kind: "picture" }): void {
		const { frame, buffers } = this.clip.pictures[this.position++ % this.clip.pictures.length];
		const surface = (number: number): number => 100 + ((number + event.shift) % POOL);
		const copies = buffers.map(({ type, places, bytes }) => {
			const copy = bytesOf(bytes);
			const view = new DataView(copy.buffer);
			for (const place of places) {
				const named = view.getUint32(place, true);
				if (named !== c.CORE_NONE) view.setUint32(place, surface(named), true);
			}
			return { type, bytes: copy };
		});
		if (event.begins) this.player.begin(surface(frame), this.clip.width, this.clip.height);
		// As glue-c/va/picture.c: slice parameters wait for their data.
		let waiting: Uint8Array[] = [];
		for (const { type, bytes } of patched(copies, event.patches)) {
			if (bytes.length === 0) continue;
			if (type === c.VASliceParameterBufferType && event.begins)
				waiting.push(bytes.slice(0, c.CORE_PARAMETER_CAPACITY));
			else if (type === c.VASliceDataBufferType) {
				for (const parameters of waiting) {
					if (this.slice(parameters, bytes) !== 0) break;
				}
				waiting = [];
			} else if (bytes.length <= c.CORE_PARAMETER_CAPACITY) this.player.parameter(type, bytes);
		}
		if (event.ends) this.player.end(event.exported ? 1 : 0);
	}

	/** give_slice() of glue-c/va/picture.c: the slice lies where its parameters say. */
	private slice(parameters: Uint8Array, data: Uint8Array): number {
		const words = new DataView(parameters.slice(0, 8).buffer);
		const [size, offset] =
			parameters.length >= 8 ? [words.getUint32(0, true), words.getUint32(4, true)] : [0, 0];
		return this.player.slice(parameters, data.subarray(offset, offset + size), data.length).status;
	}

	private surface({ what, surface }: Event & { kind: "surface" }): void {
		const { device } = this;
		if (what === "sync") device.event("context_sync_surface", surface);
		else if (what === "ask") device.event("context_ask_surface", surface);
		else if (what === "state") device.core.call("context_surface_state", surface);
		else if (what === "forget") device.core.call("context_forget_surface", surface);
		else if (what === "damaged") device.core.call("context_damaged_surface");
		else {
			device.shown.add(surface);
			device.event("context_surface_exported", surface);
		}
	}

	private happens({ what }: Event & { kind: "device" }): void {
		const { device } = this;
		if (what === "done") device.complete();
		else if (what === "flagged") device.complete(c.V4L2_BUF_FLAG_ERROR);
		else if (what === "all done") device.completeAll();
		else if (what === "silent") device.answers = () => false;
		else if (what === "answers") device.answers = () => device.complete();
		else device.copies = () => what === "copies";
	}

	private fault({ step, times, error }: Event & { kind: "fault" }): void {
		let seen = 0;
		this.device.fails = ({ op }) => {
			// It fails for want of room alone, which the model knows.
			if (op === "APPEND") return 0;
			seen++;
			return seen > step && seen <= step + times ? error : 0;
		};
	}

	play(event: Event): void {
		this.played++;
		if (event.kind === "picture") this.picture(event);
		else if (event.kind === "clip") {
			this.clip = described.clips[event.clip % described.clips.length];
			this.position = event.position;
		} else if (event.kind === "parameter")
			this.player.parameter(event.type, Uint8Array.from(event.bytes));
		else if (event.kind === "surface") this.surface(event);
		else if (event.kind === "device") this.happens(event);
		else this.fault(event);
	}
}

// ---- lists ---------------------------------------------------------------------------------------

/** Numbers that limits are about. */
const number = fc.oneof(
	fc.integer({ min: 0, max: 40 }),
	fc.integer({ min: 0, max: 31 }).map((bit) => (2 ** bit) >>> 0),
	fc.integer({ min: 0, max: 3 }).map((less) => 0xffffffff - less),
	fc.nat(0xffffffff),
);
const patch: fc.Arbitrary<Patch> = fc.record({
	buffer: fc.nat(5),
	at: fc.oneof(fc.nat(300), fc.nat(3000)),
	how: fc.constantFrom("flip", "flip", "word", "word", "cut", "drop", "double"),
	value: number,
});
const surface = fc.oneof(
	{ weight: 9, arbitrary: fc.integer({ min: 100, max: 100 + POOL }) },
	{ weight: 1, arbitrary: number },
);
const often = fc.integer({ min: 0, max: 15 }).map((n) => n > 0);
const seldom = fc.integer({ min: 0, max: 15 }).map((n) => n === 0);
const picture: fc.Arbitrary<Event> = fc.record({
	kind: fc.constant("picture" as const),
	shift: fc.integer({ min: 0, max: 15 }).map((n) => Math.max(0, n - 13)),
	patches: fc.oneof(
		{ weight: 2, arbitrary: fc.constant<Patch[]>([]) },
		{ weight: 1, arbitrary: fc.array(patch, { minLength: 1, maxLength: 3 }) },
	),
	begins: often,
	ends: often,
	exported: seldom,
});
const event: fc.Arbitrary<Event> = fc.oneof(
	{ weight: 12, arbitrary: picture },
	{
		weight: 5,
		arbitrary: fc.record({
			kind: fc.constant("surface" as const),
			what: fc.constantFrom("sync", "sync", "ask", "state", "show", "forget", "damaged"),
			surface,
		}),
	},
	{
		weight: 3,
		arbitrary: fc.record({
			kind: fc.constant("device" as const),
			what: fc.constantFrom(
				"done",
				"flagged",
				"all done",
				"silent",
				"answers",
				"answers",
				"copies fail",
				"copies",
			),
		}),
	},
	{
		weight: 2,
		arbitrary: fc.record({
			kind: fc.constant("fault" as const),
			step: fc.nat(12),
			times: fc.constantFrom(0, 1, 1, 1, 2, 5),
			error: fc.constantFrom(...ERRORS),
		}),
	},
	{
		weight: 1,
		arbitrary: fc.record({
			kind: fc.constant("clip" as const),
			clip: fc.nat(1000),
			position: fc.nat(20),
		}),
	},
	{
		weight: 1,
		arbitrary: fc.record({
			kind: fc.constant("parameter" as const),
			type: fc.nat(64),
			bytes: fc.array(fc.nat(255), { minLength: 1, maxLength: 400 }),
		}),
	},
);
const list: fc.Arbitrary<List> = fc.record({
	decoder: fc.nat(8),
	clip: fc.nat(1000),
	strict: fc.boolean(),
	imports: often,
	hold: often,
	outputLength: fc.constantFrom(0, 0, 0, 1000),
	events: fc.array(event, { minLength: 1, maxLength: 60, size: "max" }),
});

function playList(given: List, told: (event: Event | "destroy") => void = () => {}): number {
	const life = new Life(given);
	for (const each of given.events) {
		told(each);
		life.play(each);
	}
	// Nothing goes wrong any more: the end must come.
	life.device.fails = () => 0;
	told("destroy");
	life.device.event("context_destroy");
	return life.played;
}

/** Plays one list and prints each event. Gives what is wrong, or null. */
export function replay(given: List): string | null {
	try {
		playList(given, (event) => console.log(`  ${JSON.stringify(event)}`));
		return null;
	} catch (error) {
		return (error as Error).message;
	}
}

interface Played {
	runs: number;
	events: number;
	failure: { seed: number; sentence: string; list: List } | null;
}

/** Plays lists made from the seed until the limit of seconds or of lists. Stops at the first fault, whose list is made as short as it gets. */
export function play(limit: { seconds?: number; lists?: number; seed: number }): Played {
	const bar = progressBar("core {bar} {value}/{total} s, {runs} lists", (limit.seconds ?? 0) > 120);
	const started = Date.now();
	const seconds = (): number => Math.round((Date.now() - started) / 1000);
	let runs = 0;
	let events = 0;
	if (limit.seconds) bar.start(limit.seconds, 0, { runs });
	const { failed, counterexample, errorInstance, seed } = fc.check(
		fc.property(list, (given) => {
			runs++;
			events += playList(given);
			if (limit.seconds) bar.update(Math.min(seconds(), limit.seconds), { runs });
		}),
		{
			seed: limit.seed,
			numRuns: limit.lists ?? 1_000_000_000,
			...(limit.seconds
				? { interruptAfterTimeLimit: limit.seconds * 1000, markInterruptAsFailure: false }
				: {}),
		},
	);
	bar.stop();
	if (!failed || !counterexample) return { runs, events, failure: null };
	return {
		runs,
		events,
		failure: { seed, sentence: String(errorInstance).split("\n")[0], list: counterexample[0] },
	};
}
