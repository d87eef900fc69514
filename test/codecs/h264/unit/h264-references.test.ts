// SPDX-License-Identifier: MIT
// The decoded picture buffer: which entry names which picture, as what, and with which numbers.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Submission } from "../../../unit/support/device.ts";
import {
	ACTIVE,
	after,
	BOTTOM,
	c,
	dpb,
	entries,
	FIELD,
	FRAME,
	LONG,
	nonExisting,
	pair,
	short,
	TOP,
	VALID,
} from "./support/dpb.ts";
import {
	B,
	interlaced,
	intra,
	type Picture,
	Player,
	plain,
	predicted,
	type Reference,
	type Slice,
} from "./support/h264.ts";

test("short-term frames: timestamp, FrameNumWrap, both fields, order counts", () => {
	const player = after(3);
	assert.equal(dpb(player, { frameNum: 3 }, [short(2, { top: 9, bottom: -8 }), short(1), short(0)]), [
		[3000, 2, 2, FRAME, 9, -8, VALID | ACTIVE],
		[2000, 1, 1, FRAME, 2, 2, VALID | ACTIVE],
		[1000, 0, 0, FRAME, 0, 0, VALID | ACTIVE],
	]);
});

test("all 16 entries are read, and holes closed", () => {
	const player = after(3, { ...plain, numRefFrames: 1 });
	const holes: (Reference | null)[] = new Array(16).fill(null);
	holes[3] = short(1);
	holes[9] = { ...short(0), flags: c.VA_PICTURE_H264_INVALID };
	holes[15] = short(2);
	assert.equal(
		dpb(player, { frameNum: 3 }, holes).map(([timestamp]) => timestamp),
		[2000, 3000],
	);
	const { surface: _surface, ...nameless } = short(1);
	assert.equal(dpb(player, { frameNum: 3 }, [{ ...nameless, surface: c.VA_INVALID_SURFACE }]), []);
});

test("16 references", () => {
	const player = after(16, { ...plain, log2MaxFrameNum: 8, numRefFrames: 16 });
	const all = Array.from({ length: 16 }, (_, i) => short(15 - i));
	assert.equal(
		dpb(player, { frameNum: 16 }, all).map(([timestamp, number]) => [timestamp, number]),
		Array.from({ length: 16 }, (_, i) => [(16 - i) * 1000, 15 - i]),
	);
});

test("frame_num wraps (8-27)", () => {
	const player = after(16);
	assert.equal(
		dpb(player, { frameNum: 2 }, [short(15), short(2), short(1), short(3)]).map(
			([, pic_num, frame_num]) => [pic_num, frame_num],
		),
		[
			[-1, 15],
			[2, 2],
			[1, 1],
			[-13, 3],
		],
	);
});

test("long-term frames have their index, and no wrap", () => {
	const player = after(3);
	assert.equal(dpb(player, { frameNum: 1 }, [short(0), { ...short(2), frame: 5, long: true }]), [
		[1000, 0, 0, FRAME, 0, 0, VALID | ACTIVE],
		[3000, 5, 5, FRAME, 4, 4, VALID | ACTIVE | LONG],
	]);
});

test("an entry that is no reference is valid, not active", () => {
	assert.equal(dpb(after(2), { frameNum: 2 }, [short(1, { flags: 0 })]), [
		[2000, 1, 1, FRAME, 2, 2, VALID],
	]);
});

test("LongTermFrameIdx is the slices' where ReferenceFrames is behind (FFmpeg, first slice intra)", () => {
	const player = after(3);
	const stale: Reference = { ...short(1), frame: 1, long: true };
	const slices = [
		{ ...intra, idr: false, frameNum: 3 },
		{ ...predicted, frameNum: 3, firstMb: 9 },
	];
	const controls = player.controls(slices, {
		surface: 40,
		references: [short(2), stale],
		lists: [
			[[], []],
			[[{ ...stale, frame: 4 }], []],
		],
	});
	assert.equal(
		entries(controls).map(([timestamp, pic_num, frame_num]) => [timestamp, pic_num, frame_num]),
		[
			[3000, 2, 2],
			[2000, 4, 4],
		],
	);
});

// ---- fields -------------------------------------------------------------------------------------------------

test("two fields share the CAPTURE buffer and the timestamp, which is held in between", () => {
	for (const first of ["top", "bottom"] as const) {
		const player = new Player(interlaced);
		const [one, two] = pair(player, 10, 0, first);
		assert.equal([one.timestamp, one.hold, two.timestamp, two.hold], [1000n, true, 1000n, false]);
		assert.is(one.index, two.index);
		const flags = [one, two].map(({ controls }) => controls.v4l2_ctrl_h264_decode_params.flags & 6);
		assert.equal(flags, first === "top" ? [2, 6] : [6, 2]);
	}
});

test("the first field is a reference of the second, of its own parity only, with the same timestamp", () => {
	const player = new Player(interlaced);
	const [, second] = pair(player, 10, 0, "top");
	assert.equal(entries(second.controls), [[1000, 0, 0, TOP, 0, 1, VALID | ACTIVE | FIELD]]);
	const [, other] = pair(player, 11, 1, "bottom");
	assert.equal(entries(other.controls), [[2000, 2, 1, BOTTOM, 4, 5, VALID | ACTIVE | FIELD]]);
});

test("the second field knows the first field's order count, whatever the player repeats", () => {
	const player = new Player(interlaced);
	const [one, two] = pair(player, 10, 3, "top");
	const counts = ({ controls }: Submission): number[] => {
		const { top_field_order_cnt, bottom_field_order_cnt } = controls.v4l2_ctrl_h264_decode_params;
		return [top_field_order_cnt, bottom_field_order_cnt];
	};
	assert.equal(counts(one), [12, 0]);
	assert.equal(counts(two), [12, 13]);
	const [, last] = [
		...player.submit([{ ...predicted, frameNum: 4, field: "bottom" }], { surface: 11, bottom: 17 }),
		...player.submit([{ ...predicted, frameNum: 4, field: "top" }], { surface: 11, top: 16 }),
	];
	assert.equal(counts(last), [16, 17]);
});

test("a first field that ReferenceFrames leaves out is added, unless it is no reference", () => {
	const player = new Player(interlaced);
	player.submit([{ ...intra, field: "top" }], { surface: 10, top: 6, bottom: 0 });
	const [second] = player.submit([{ ...predicted, field: "bottom" }], { surface: 10, top: 0, bottom: 7 });
	assert.equal(entries(second.controls), [[1000, 0, 0, TOP, 6, 0, VALID | ACTIVE | FIELD]]);
	player.submit([{ ...predicted, field: "top", nalRefIdc: 0, frameNum: 1 }], { surface: 11, top: 8 });
	const [plainSecond] = player.submit([{ ...predicted, field: "bottom", nalRefIdc: 0, frameNum: 1 }], {
		surface: 11,
		bottom: 9,
	});
	assert.equal(entries(plainSecond.controls), []);
});

test("a first field is added with its own numbers, and told by its own parity whatever the player says", () => {
	const left = new Player(interlaced);
	left.submit([{ ...predicted, field: "bottom", frameNum: 3 }], { surface: 10, top: 0, bottom: 7 });
	const [added] = left.submit([{ ...predicted, field: "top", frameNum: 3 }], {
		surface: 10,
		top: 8,
		bottom: 0,
	});
	assert.equal(entries(added.controls), [[1000, 6, 3, BOTTOM, 0, 7, VALID | ACTIVE | FIELD]]);
	const merged = new Player(interlaced);
	merged.submit([{ ...predicted, field: "top", frameNum: 3 }], { surface: 10, top: 6, bottom: 0 });
	const own: Reference = { surface: 10, frame: 3, top: 6, bottom: 7 };
	const [given] = merged.submit([{ ...predicted, field: "bottom", frameNum: 3 }], {
		surface: 10,
		bottom: 7,
		references: [own],
	});
	assert.equal(entries(given.controls), [[1000, 6, 3, TOP, 6, 7, VALID | ACTIVE | FIELD]]);
});

test("frames coded as fields stay marked so, frames do not, until the surface is used again", () => {
	const player = new Player(interlaced);
	pair(player, 10, 0, "top");
	player.submit([{ ...predicted, frameNum: 1 }], { surface: 11, top: 4, bottom: 4 });
	const references = [short(1), { ...short(0), bottom: 1 }];
	assert.equal(
		dpb(player, { frameNum: 2 }, references).map((entry) => entry[6]),
		[VALID | ACTIVE, VALID | ACTIVE | FIELD],
	);
	player.submit([{ ...predicted, frameNum: 2 }], { surface: 10 });
	assert.equal(
		dpb(player, { frameNum: 3 }, [short(2, { surface: 10 })]).map((entry) => entry[6]),
		[VALID | ACTIVE],
	);
});

test("PicNum and LongTermPicNum of fields (8-30 to 8-33), by the parity of the current one", () => {
	const numbers = (field: "top" | "bottom"): unknown[] => {
		const player = new Player(interlaced);
		pair(player, 10, 0, "top");
		pair(player, 11, 1, "top");
		pair(player, 12, 2, "top");
		return dpb(player, { frameNum: 3, field }, [
			{ ...short(2), field: "top" },
			{ ...short(1), field: "bottom" },
			short(0),
			{ ...short(1), frame: 3, long: true, field: "bottom" },
		]).map(([, pic_num, , fields]) => [pic_num, fields]);
	};
	assert.equal(numbers("top"), [
		[5, TOP],
		[2, BOTTOM],
		[1, FRAME],
		[6, BOTTOM],
	]);
	assert.equal(numbers("bottom"), [
		[4, TOP],
		[3, BOTTOM],
		[1, FRAME],
		[7, BOTTOM],
	]);
});

test("a frame of which one field is left is active for fields, not for frames (8.2.4.2.1)", () => {
	const one: Reference = { ...short(1), field: "bottom" };
	const frame = dpb(after(2, interlaced), { frameNum: 2 }, [one]);
	assert.equal(frame, [[2000, 1, 1, BOTTOM, 2, 2, VALID]]);
	const field = dpb(after(2, interlaced), { frameNum: 2, field: "top" }, [one]);
	assert.equal(field, [[2000, 2, 1, BOTTOM, 2, 2, VALID | ACTIVE]]);
});

test("what is no second field starts a frame of its own", () => {
	const timestamps = (second: Partial<Slice>, surface = 10): bigint[] => {
		const player = new Player(interlaced);
		player.submit([{ ...intra, field: "top" }], { surface: 10 });
		player.device.completeAll();
		// An unpaired first field is held by the device until something else comes.
		const outcome = player.decode([{ ...predicted, field: "bottom", ...second }], { surface });
		assert.is(outcome.status, 0);
		return player.device.submissions.map(({ timestamp }) => timestamp);
	};
	assert.equal(timestamps({}), [1000n, 1000n]);
	assert.equal(timestamps({ frameNum: 1 }), [1000n, 2000n], "another frame_num");
	assert.equal(timestamps({ field: "top" }), [1000n, 2000n], "the same parity");
	assert.equal(timestamps({ field: "frame" }), [1000n, 2000n], "a frame");
	assert.equal(timestamps({}, 11), [1000n, 2000n], "another surface");
	const player = new Player(interlaced);
	pair(player, 10, 1, "top");
	player.submit([{ ...predicted, field: "top", frameNum: 1 }], { surface: 10 });
	assert.equal(
		player.device.submissions.map(({ timestamp }) => timestamp),
		[1000n, 1000n, 2000n],
		"a third field",
	);
});

test("after memory_management_control_operation 5 a first field counts as frame_num 0 (7.4.3)", () => {
	const player = new Player(interlaced);
	player.submit([{ ...predicted, field: "top", frameNum: 5, marking: [[5]] }], { surface: 10 });
	player.submit([{ ...predicted, field: "bottom", frameNum: 0 }], {
		surface: 10,
		references: [{ surface: 10, frame: 0, field: "top" }],
	});
	assert.equal(
		player.device.submissions.map(({ timestamp }) => timestamp),
		[1000n, 1000n],
	);
	assert.equal(
		dpb(player, { frameNum: 1 }, [short(0)]).map(([timestamp]) => timestamp),
		[1000],
	);
});

/** Entries behind a frame with operation 5 that was decoded with these counts, and that a reference has these of. */
function behindReset(
	reference: Partial<Reference>,
	lsb: number,
	top: number,
	sets = plain,
	nalRefIdc = 1,
): unknown[] {
	const player = new Player(sets);
	player.submit([intra], { surface: 10, top: 65536, bottom: 65536 });
	player.submit([{ ...predicted, frameNum: 1, orderCountLsb: 8, marking: [[5]] }], {
		surface: 11,
		top: 65544,
		bottom: 65545,
	});
	const references = [{ surface: 11, frame: 0, top: 65544, bottom: 65545, ...reference }];
	const slice = { ...predicted, frameNum: 1, orderCountLsb: lsb, nalRefIdc };
	player.submit([slice], { surface: 12, top, bottom: top, references });
	const [entry] = dpb(player, { frameNum: 2, orderCountLsb: (lsb + 2) % 16 }, references, { top: top + 2 });
	return (entry as unknown[]).slice(4, 6);
}

test("a frame with operation 5 counts from its own begin in the pictures behind it (8.2.1)", () => {
	assert.equal(behindReset({}, 2, 65538), [65536, 65537], "the player goes on counting from 65536");
	assert.equal(behindReset({}, 2, 2), [0, 1], "or from 0");
	assert.equal(behindReset({ top: 0, bottom: 1 }, 2, 2), [0, 1], "the player has done so itself");
	assert.equal(behindReset({ surface: 10 }, 2, 65538), [65544, 65545], "another frame");
	assert.equal(behindReset({}, 14, 65534), [65536, 65537], "a picture before it in output order");
	const counted = { ...plain, orderCountType: 2 };
	assert.equal(behindReset({}, 0, 65538, counted), [65536, 65537], "type 2 counts frames");
	assert.equal(behindReset({}, 0, 65537, counted, 0), [65536, 65537], "and what is no reference lower");
	const cycles = { ...plain, orderCountType: 1 };
	assert.equal(
		behindReset({}, 0, 65538, cycles),
		[65544, 65545],
		"type 1, of which VA-API says too little",
	);
});

test("the picture right behind a frame with operation 5 sees it count from its own begin, frames or slices", () => {
	for (const sliceBased of [false, true]) {
		const player = new Player(plain, { sliceBased });
		player.submit([{ ...predicted, frameNum: 1, orderCountLsb: 8, marking: [[5]] }], {
			surface: 11,
			top: 65544,
			bottom: 65545,
		});
		const references = [{ surface: 11, frame: 0, top: 65544, bottom: 65545 }];
		const [entry] = dpb(player, { frameNum: 1, orderCountLsb: 2 }, references, { top: 65538 });
		assert.equal((entry as unknown[]).slice(4, 6), [65536, 65537], sliceBased ? "slices" : "frames");
	}
});

// ---- gaps, losses, strangers --------------------------------------------------------------------------------

test("a surface that was never decoded is concealed by the reference before the gap", () => {
	const player = after(3);
	const references = [{ surface: 90, frame: 4 }, { surface: 91, frame: 3 }, short(2), short(0)];
	assert.equal(
		dpb(player, { frameNum: 5 }, references).map(([timestamp, , frame_num, , , , flags]) => [
			timestamp,
			frame_num,
			flags,
		]),
		[
			[3000, 4, VALID | ACTIVE],
			[3000, 3, VALID | ACTIVE],
			[3000, 2, VALID | ACTIVE],
			[1000, 0, VALID | ACTIVE],
		],
	);
});

test("concealment takes what precedes in frame_num, also over the wrap, never what follows", () => {
	const player = after(16);
	assert.equal(
		dpb(player, { frameNum: 1 }, [{ surface: 90, frame: 0 }, short(15), short(14)]).map(
			([timestamp]) => timestamp,
		),
		[16000, 16000, 15000],
	);
	assert.equal(
		dpb(player, { frameNum: 8 }, [short(7), { surface: 90, frame: 6 }, short(5)]).map(
			([timestamp]) => timestamp,
		),
		[8000, 6000, 6000],
	);
	assert.equal(
		dpb(player, { frameNum: 8 }, [short(7), { surface: 90, frame: 6 }]).map(([timestamp]) => timestamp),
		[8000, 0],
		"nothing precedes it",
	);
});

test("concealment takes the first entry as well as any, and none of the same frame_num", () => {
	const timestamps = (references: Reference[]): unknown[] =>
		dpb(after(4), { frameNum: 5 }, references).map(([timestamp]) => timestamp);
	assert.equal(timestamps([short(2), { surface: 90, frame: 4 }]), [3000, 3000]);
	assert.equal(timestamps([short(3), { surface: 90, frame: 3 }, short(2)]), [4000, 3000, 3000]);
});

test("a frame is a reference when either field is, to what conceals with it", () => {
	for (const nalRefIdcs of [
		[1, 0],
		[0, 1],
		[0, 0],
	]) {
		const player = after(1, interlaced);
		for (const [i, field] of (["top", "bottom"] as const).entries())
			player.submit([{ ...predicted, frameNum: 1, field, nalRefIdc: nalRefIdcs[i] }], { surface: 11 });
		const [[timestamp]] = dpb(player, { frameNum: 3 }, [{ surface: 11, frame: 2 }]);
		assert.is(timestamp, nalRefIdcs.includes(1) ? 2000 : 0, String(nalRefIdcs));
	}
});

test("an entry that is invalid, or long-term where the list's is not, is no sharer of its surface", () => {
	const slice: Slice = { ...predicted, frameNum: 5 };
	const named = (known: Reference): unknown[] => {
		const lists: Picture["lists"] = [[[{ surface: 12, frame: 3 }], []]];
		const controls = after(3).controls([slice], { surface: 40, references: [known], lists });
		return entries(controls).map(([, , frame_num]) => frame_num);
	};
	assert.equal(named({ surface: 12, frame: 4 }), [4, 3]);
	assert.equal(named({ surface: 12, frame: 4, long: true }), [4]);
	assert.equal(named({ surface: 12, frame: 4, flags: c.VA_PICTURE_H264_INVALID }), []);
	assert.equal(named({ surface: 11, frame: 4 }), [4], "another surface");
});

test("long-term references neither conceal nor are concealed", () => {
	const player = after(3);
	assert.equal(
		dpb(player, { frameNum: 5 }, [
			{ surface: 90, frame: 4 },
			{ ...short(1), frame: 0, long: true },
		]).map(([timestamp]) => timestamp),
		[0, 2000],
	);
	assert.equal(
		dpb(player, { frameNum: 5 }, [short(2), { surface: 91, frame: 3, long: true }]).map(
			([timestamp]) => timestamp,
		),
		[3000, 0],
	);
});

test("an old picture in a gap frame's surface is not taken for it", () => {
	const player = after(3);
	player.submit([{ ...predicted, nalRefIdc: 0, frameNum: 3 }], { surface: 50 }); // shown and gone
	assert.equal(
		dpb(player, { frameNum: 5 }, [{ surface: 50, frame: 4 }, { surface: 10, frame: 3 }, short(2)]).map(
			([timestamp]) => timestamp,
		),
		[3000, 3000, 3000],
	);
});

test("a gap frame that shares the surface of the picture before it: both are named (FFmpeg merges them)", () => {
	const player = after(3);
	const gap: Reference = { surface: 12, frame: 4 };
	const slice: Slice = { ...predicted, frameNum: 5, active: [3, 1] };
	const references = [gap, short(1)];
	const controls = player.controls([slice], {
		surface: 40,
		references,
		lists: [[[gap, { surface: 12, frame: 3 }, short(2)], []]],
	});
	assert.equal(
		entries(controls).map(([timestamp, , frame_num]) => [timestamp, frame_num]),
		[
			[3000, 4],
			[2000, 1],
			[3000, 3],
			[3000, 2],
		],
	);
});

test("what a list alone names is a reference, whatever its marking says", () => {
	for (const named of [short(0), { ...short(0), flags: 0 }]) {
		const player = after(3);
		const controls = player.controls([{ ...predicted, frameNum: 3, active: [2, 1] }], {
			surface: 40,
			references: [short(2), short(1)],
			lists: [[[short(2), named], []]],
		});
		assert.equal(entries(controls), [
			[3000, 2, 2, FRAME, 4, 4, VALID | ACTIVE],
			[2000, 1, 1, FRAME, 2, 2, VALID | ACTIVE],
			[1000, 0, 0, FRAME, 0, 0, VALID | ACTIVE],
		]);
	}
});

test("a list adds no picture that its surface does not hold", () => {
	const player = after(3);
	const controls = player.controls([{ ...predicted, frameNum: 3, active: [3, 1] }], {
		surface: 40,
		references: [short(2)],
		lists: [[[short(2), { surface: 10, frame: 1 }, { surface: 77, frame: 0 }], []]],
	});
	assert.equal(
		entries(controls).map(([timestamp]) => timestamp),
		[3000],
	);
});

test("a list's long-term marking of what ReferenceFrames has as short-term adds no second entry", () => {
	const player = after(3);
	const controls = player.controls([{ ...predicted, frameNum: 3, active: [1, 1] }], {
		surface: 40,
		references: [short(2), short(1)],
		lists: [[[{ ...short(1), long: true, frame: 0 }], []]],
	});
	assert.equal(
		entries(controls).map(([timestamp]) => timestamp),
		[3000, 2000],
	);
});

test("a picture does not conceal what precedes it, even in its own surface", () => {
	const player = after(5);
	assert.equal(
		dpb(player, { frameNum: 5 }, [{ surface: 14, frame: 2 }]).map(([timestamp]) => timestamp),
		[0],
	);
});

test("what the lists add is added once, with both fields, and never more than fit", () => {
	const gap = (field?: "top" | "bottom"): Reference => ({ surface: 12, frame: 3, field });
	const player = after(3, interlaced);
	const slice: Slice = { ...predicted, type: B, field: "top", frameNum: 5, active: [2, 1] };
	const controls = player.controls([slice], {
		surface: 40,
		references: [{ surface: 12, frame: 4 }],
		lists: [[[gap("top"), gap("bottom")], [gap("top")]]],
	});
	assert.equal(
		entries(controls).map(([timestamp, , frame_num, fields]) => [timestamp, frame_num, fields]),
		[
			[3000, 4, FRAME],
			[3000, 3, FRAME],
		],
	);
	const many = Array.from({ length: 32 }, (_, i) => ({ surface: 12, frame: 40 + i }));
	const wide = after(3, { ...plain, log2MaxFrameNum: 8 });
	const flooded = wide.controls([{ ...predicted, frameNum: 90, active: [32, 1] }], {
		surface: 40,
		references: [{ surface: 12, frame: 80 }],
		lists: [[many, []]],
	});
	assert.is(entries(flooded).length, 16);
});

test("invalid entries of lists, and the lists of intra slices, add nothing", () => {
	const gap: Reference = { surface: 12, frame: 3 };
	const references = [{ surface: 12, frame: 4 }];
	const count = (slice: Slice, reference: Reference): number =>
		entries(after(3).controls([slice], { surface: 40, references, lists: [[[reference], []]] })).length;
	assert.is(count({ ...predicted, frameNum: 5 }, gap), 2);
	assert.is(count({ ...predicted, frameNum: 5 }, { ...gap, flags: c.VA_PICTURE_H264_INVALID | 8 }), 1);
	assert.is(count({ ...intra, idr: false, frameNum: 5 }, gap), 1);
	assert.is(count({ ...predicted, frameNum: 5 }, { ...gap, flags: 0 }), 1, "no reference");
});

test("non-existing frames without a surface keep their place", () => {
	const player = after(2);
	const gap: Reference = {
		surface: c.VA_INVALID_SURFACE,
		frame: 2,
		flags: c.VA_PICTURE_H264_SHORT_TERM_REFERENCE | nonExisting,
	};
	assert.equal(
		dpb(player, { frameNum: 3 }, [gap, short(1)]).map(([timestamp, , frame_num]) => [
			timestamp,
			frame_num,
		]),
		[
			[2000, 2],
			[2000, 1],
		],
	);
});

test("a reference whose CAPTURE buffer went to another surface is concealed", () => {
	const player = new Player(plain, { captureBuffers: 3 });
	player.submit([intra], { surface: 10 });
	for (let i = 1; i < 5; i++)
		player.submit([{ ...predicted, frameNum: i }], { surface: 10 + i, references: [short(0)] });
	player.device.completeAll();
	assert.equal(
		dpb(player, { frameNum: 5 }, [short(4), short(1), short(0)]).map(([timestamp]) => timestamp),
		[5000, 1000, 1000],
	);
});

test("a destroyed surface names nothing", () => {
	const player = after(3);
	player.device.completeAll();
	player.device.core.call("context_forget_surface", 11);
	assert.equal(
		dpb(player, { frameNum: 3 }, [short(1)]).map(([timestamp]) => timestamp),
		[0],
	);
});

test.run();
