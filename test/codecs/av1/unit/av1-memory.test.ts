// SPDX-License-Identifier: MIT
// Film grain with surfaces whose memory a decoder cannot take: a CAPTURE buffer that gets other memory loses its timestamp (vb2:
// __prepare_dmabuf()), and with it the picture that pictures in flight refer to.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../../../support/abi.ts";
import type { Submission } from "../../../unit/support/device.ts";
import type { Fields } from "../../../unit/support/struct.ts";
import { Av1Player, INTER, INTRA_ONLY, KEY, SWITCH, told } from "./support/player.ts";

const test = suite("av1-memory");

/** The timestamps of the pictures that a request refers to. */
function referredTo(submission: Submission): bigint[] {
	const { frame } = told(submission);
	if (![INTER, SWITCH].includes(frame.frame_type)) return [];
	return frame.ref_frame_idx.map((slot: number) => frame.reference_frame_ts[slot]);
}

/** A player on a decoder whose CAPTURE queue is vb2's. */
class Vb2Player extends Av1Player {
	/** Surfaces that are laid out otherwise: EXDEV. */
	readonly unsuitable = new Set<number>();
	/** How often a surface's memory was made anew. */
	private readonly memories = new Map<number, number>();
	private readonly buffers = new Map<number, { memory: string; timestamp: bigint }>();
	private queued = { index: 0, timestamp: 0n };

	constructor() {
		super();
		this.device.fails = (step) => this.step(step);
	}

	/** The surface is destroyed, and another one gets its name. */
	renew(surface: number): void {
		this.device.core.call("context_forget_surface", surface);
		this.memories.set(surface, (this.memories.get(surface) ?? 0) + 1);
	}

	private step(step: Fields): number {
		if (step.op === "QUEUE_OUTPUT") this.queued.timestamp = step.timestamp;
		if (step.op === "QUEUE_CAPTURE") return this.queueCapture(step);
		if (step.op === "QUEUE_REQUEST") {
			const buffer = this.buffers.get(this.queued.index);
			if (buffer) buffer.timestamp = this.queued.timestamp;
		}
		return 0;
	}

	private queueCapture({ index, surface, flags }: Fields): number {
		const own = (flags & c.CORE_CAPTURE_OWN_MEMORY) !== 0;
		if (!own && this.unsuitable.has(surface)) return c.EXDEV;
		const memory = own ? "own" : `${surface} ${this.memories.get(surface) ?? 0}`;
		const before = this.buffers.get(index);
		if (before && before.memory !== memory)
			for (const job of this.device.jobs)
				assert.not.ok(
					referredTo(job).includes(before.timestamp),
					`a picture in flight refers to what was in buffer ${index}`,
				);
		this.buffers.set(index, { memory, timestamp: before?.memory === memory ? before.timestamp : 0n });
		this.queued.index = index;
		return 0;
	}

	/** Whether each picture that a frame refers to is in a buffer. */
	check(submission: Submission): void {
		const there = [...this.buffers.values()].map(({ timestamp }) => timestamp);
		for (const timestamp of referredTo(submission))
			assert.ok(there.includes(timestamp), "a reference is in no buffer");
	}
}

const step = fc.record({
	kind: fc.integer({ min: 0, max: 60 }),
	slot: fc.integer({ min: 0, max: 8 }),
	refIdx: fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 7, maxLength: 7 }),
	grain: fc.boolean(),
	display: fc.integer({ min: 500, max: 505 }),
	done: fc.integer({ min: 0, max: 3 }),
	renewed: fc.option(fc.integer({ min: 500, max: 505 }), { freq: 6 }),
});

/** Plays steps, with these surfaces of another layout; those that are made anew may change theirs. */
function play(steps: fc.Arbitrary<unknown>[] | Fields[], unsuitable: number[], changes: boolean): void {
	const player = new Vb2Player();
	for (const surface of unsuitable) player.unsuitable.add(surface);
	player.told({ type: KEY });
	for (const { kind, slot, refIdx, grain, display, done, renewed } of steps as Fields[]) {
		if (renewed !== null) {
			player.renew(renewed);
			if (changes && !player.unsuitable.delete(renewed)) player.unsuitable.add(renewed);
		}
		const type = kind === 0 ? KEY : kind < 3 ? INTRA_ONLY : INTER;
		const refresh = type === KEY ? 0xff : slot < 8 ? 1 << slot : 0;
		const { submission } = player.told({ type, refresh, refIdx, grain }, (picture) => {
			if (grain) picture.current_display_picture = display;
		});
		player.check(submission);
		for (let i = 0; i < done; i++) player.device.complete();
	}
}

for (const [what, unsuitable, changes] of [
	["none", [], false],
	["some surfaces that are shown", [500, 502, 505], false],
	["all surfaces", Array.from({ length: 600 }, (_, i) => i), false],
	["surfaces that come and go", [501], true],
] as [string, number[], boolean][])
	test(`what pictures in flight refer to stays where it is: of another layout are ${what}`, () => {
		fc.assert(
			fc.property(fc.array(step, { minLength: 30, maxLength: 60 }), (steps) =>
				play(steps, unsuitable, changes),
			),
			{ numRuns: 25, endOnFailure: true, includeErrorInReport: true },
		);
	});

test("a buffer that went over to memory of its own stays the surface's", () => {
	const player = new Vb2Player();
	player.unsuitable.add(500);
	player.told({ type: KEY });
	const shown = (picture: Fields) => {
		picture.current_display_picture = 500;
	};
	const grainy = (refresh: number) => player.told({ refresh, grain: true }, shown).submission;
	const first = grainy(2);
	// Another picture takes its slot, so that its surface is free, and is in flight when that is decoded to.
	player.told({ refresh: 2 });
	assert.is(grainy(0).index, first.index);
	assert.ok(player.device.jobs.length > 1);
});

test.run();
