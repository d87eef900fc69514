// SPDX-License-Identifier: MIT
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../support/abi.ts";
import { Core } from "./support/core.ts";
import { type DeviceOptions, decoderFacts } from "./support/device.ts";
import type { Fields } from "./support/struct.ts";

const test = suite("doctor");

function display(...decoders: Fields[]): Core {
	const core = new Core();
	for (const facts of decoders) {
		core.giveStruct("core_decoder", facts);
		assert.is(core.call("display_add_decoder"), c.VA_STATUS_SUCCESS);
	}
	return core;
}

const decoder = (options: DeviceOptions = {}, more: Fields = {}): Fields => ({
	...decoderFacts(options),
	...more,
});

/** A list with these places set, the others 0. */
const list = (length: number, entries: [place: number, value: number][] = []): number[] => {
	const numbers = new Array<number>(length).fill(0);
	for (const [place, value] of entries) numbers[place] = value;
	return numbers;
};
const findings = (...found: number[]) =>
	list(
		c.CORE_FINDINGS,
		found.map((each) => [each, 1]),
	);
const libraries = (...found: number[]) =>
	list(
		c.CORE_LIBRARIES,
		found.map((each) => [each, 1]),
	);

/** A machine on which nothing is wrong. */
const well: Fields = {
	findings: findings(),
	has_libva: 1,
	libraries: libraries(c.CORE_LIBRARY_OURS),
	is_installed: 1,
	is_named: 0,
	same_version: 1,
	sources_there: 1 << c.CORE_SOURCE_CONTIGUOUS_HEAP,
	sources_open: 1 << c.CORE_SOURCE_CONTIGUOUS_HEAP,
};

function problems(core: Core, machine: Fields): [problem: number, weight: number][] {
	core.giveStruct("core_machine", { ...well, ...machine });
	const count = core.call("doctor_diagnose");
	return core.answers("core_problem", count).map(({ problem, weight }) => [problem, weight]);
}

test("a machine on which nothing is wrong has no problem", () => {
	assert.equal(problems(display(decoder()), {}), []);
});

test("a node that does not serve blocks where no decoder serves, and is worth a look elsewhere", () => {
	const pairs: [finding: number, problem: number][] = [
		[c.CORE_FINDING_REFUSED, c.CORE_PROBLEM_NODE_REFUSED],
		[c.CORE_FINDING_KEPT_OUT, c.CORE_PROBLEM_NODE_KEPT_OUT],
		[c.CORE_FINDING_FAILED, c.CORE_PROBLEM_NODE_FAILED],
		[c.CORE_FINDING_HIDDEN, c.CORE_PROBLEM_NODE_HIDDEN],
		[c.CORE_FINDING_NO_REQUESTS, c.CORE_PROBLEM_NO_REQUESTS],
		[c.CORE_FINDING_LEFT_OUT, c.CORE_PROBLEM_NODE_LEFT_OUT],
		[c.CORE_FINDING_MISNAMED, c.CORE_PROBLEM_NODE_MISNAMED],
	];
	for (const [finding, problem] of pairs) {
		const machine = { findings: findings(finding) };
		assert.equal(problems(display(), machine), [[problem, c.CORE_WEIGHT_BLOCKS]]);
		assert.equal(problems(display(decoder()), machine), [[problem, c.CORE_WEIGHT_REMARK]]);
	}
	const two = { findings: findings(c.CORE_FINDING_FAILED, c.CORE_FINDING_REFUSED) };
	assert.equal(
		problems(display(), two).map(([problem]) => problem),
		[c.CORE_PROBLEM_NODE_REFUSED, c.CORE_PROBLEM_NODE_FAILED],
		"what a user can do most about comes first",
	);
});

test("that there is no decoder is said where nothing else explains it", () => {
	const none = { findings: findings(c.CORE_FINDING_NO_DECODER) };
	assert.equal(problems(display(), none), [[c.CORE_PROBLEM_NO_DECODER, c.CORE_WEIGHT_BLOCKS]]);
	assert.equal(
		problems(display(decoder()), none),
		[],
		"an empty media device beside a decoder is no trouble",
	);
	const useless = decoder({ captureFourcc: c.V4L2_PIX_FMT_NV16 });
	assert.equal(problems(display(useless), {}), [[c.CORE_PROBLEM_NOTHING_OFFERED, c.CORE_WEIGHT_BLOCKS]]);
});

test("what keeps libva from this driver blocks; one node that loads it is enough", () => {
	const of = (machine: Fields): number[] =>
		problems(display(decoder()), machine).map(([problem, weight]) => {
			assert.is(weight, c.CORE_WEIGHT_BLOCKS);
			return problem;
		});
	assert.equal(of({ has_libva: 0 }), [c.CORE_PROBLEM_NO_LIBVA]);
	assert.equal(of({ libraries: libraries() }), [c.CORE_PROBLEM_NO_DISPLAY]);
	assert.equal(of({ libraries: libraries(c.CORE_LIBRARY_REFUSED) }), [c.CORE_PROBLEM_DISPLAY_REFUSED]);
	const others = [c.CORE_LIBRARY_OTHER, c.CORE_LIBRARY_NOT_FOUND];
	for (const other of others) {
		const seen = { libraries: libraries(other) };
		assert.equal(of({ ...seen, is_installed: 0, is_named: 1 }), [c.CORE_PROBLEM_NOT_INSTALLED]);
		assert.equal(of({ ...seen, is_named: 1 }), [c.CORE_PROBLEM_WRONG_NAME]);
		assert.equal(of(seen), [c.CORE_PROBLEM_NOT_CHOSEN]);
	}
	assert.equal(of({ libraries: libraries(c.CORE_LIBRARY_NAMESAKE, ...others) }), [c.CORE_PROBLEM_NAMESAKE]);
	assert.equal(of({ libraries: libraries(c.CORE_LIBRARY_BROKEN, ...others) }), [c.CORE_PROBLEM_BROKEN]);
	const all = [c.CORE_LIBRARY_BROKEN, c.CORE_LIBRARY_NAMESAKE, c.CORE_LIBRARY_OURS, ...others];
	assert.equal(of({ libraries: libraries(...all) }), []);
});

test("another version of the driver than the doctor's is worth a look", () => {
	assert.equal(problems(display(decoder()), { same_version: 0 }), [
		[c.CORE_PROBLEM_OTHER_VERSION, c.CORE_WEIGHT_REMARK],
	]);
});

test("memory other than the decoder's own is missed where the decoder can reach it", () => {
	const bit = (...sources: number[]) => sources.reduce((set, source) => set | (1 << source), 0);
	const { CORE_SOURCE_SYSTEM_HEAP: system, CORE_SOURCE_UDMABUF: udmabuf } = c;
	const contiguous = c.CORE_SOURCE_CONTIGUOUS_HEAP;
	const of = (mmus: number[], there: number, open: number): number[] => {
		const core = display(...mmus.map((mmu, index) => decoder({}, { mmu, index })));
		const found = problems(core, { sources_there: there, sources_open: open });
		return found.flatMap(([problem, weight], index) => {
			assert.is(weight, c.CORE_WEIGHT_SLOWS);
			return [problem, core.answer("core_problem", index).source];
		});
	};
	/** The one problem, if there is one, and the source that it is about. */
	const refused = (source: number) => [c.CORE_PROBLEM_MEMORY_REFUSED, source];
	const absent = (source: number) => [c.CORE_PROBLEM_NO_MEMORY, source];
	assert.equal(of([0], bit(contiguous, system), bit(contiguous)), []);
	assert.equal(
		of([0], bit(contiguous, system), bit(system)),
		refused(contiguous),
		"scattered memory is out of its reach",
	);
	assert.equal(of([0], bit(system), bit(system)), absent(contiguous));
	assert.equal(of([0], bit(contiguous, system, udmabuf), 0), refused(contiguous));
	for (const source of [system, udmabuf, contiguous]) {
		assert.equal(of([1], bit(source), bit(source)), []);
		assert.equal(of([1], bit(source), 0), refused(source));
	}
	assert.equal(of([1], bit(contiguous, udmabuf), 0), refused(udmabuf), "the one that is tried first");
	assert.equal(of([1], 0, 0), absent(system));
	assert.equal(
		of([1, 0], bit(system, contiguous), bit(system)),
		refused(contiguous),
		"each decoder counts",
	);
	assert.equal(of([1, 0], bit(system), bit(system)), absent(contiguous));
	assert.equal(
		of([0, 1], bit(system), 0),
		refused(system),
		"what can be opened comes before what is not there",
	);
	const blocked = problems(display(), { ...well, sources_open: 0 });
	assert.equal(
		blocked.map(([, weight]) => weight),
		[c.CORE_WEIGHT_BLOCKS],
		"speed is no matter where nothing decodes",
	);
});

test("a node that is refused has the remedy that asks least of the user", () => {
	const of = (facts: Fields): number => {
		const core = display();
		const none = { has_group: 0, is_member: 0, is_for_seat: 0, is_ruled: 0, seat: c.CORE_SEAT_UNKNOWN };
		core.giveStruct("core_access", { ...none, ...facts });
		return core.call("doctor_judge_access");
	};
	const [unknown, away, own] = [c.CORE_SEAT_UNKNOWN, c.CORE_SEAT_INACTIVE, c.CORE_SEAT_ACTIVE];
	/** The remedy in each seat. */
	const table: [facts: Fields, unknown: number, away: number, own: number][] = [
		[{}, c.CORE_REMEDY_RULE, c.CORE_REMEDY_RULE, c.CORE_REMEDY_RULE],
		[{ has_group: 1 }, c.CORE_REMEDY_JOIN, c.CORE_REMEDY_JOIN, c.CORE_REMEDY_JOIN],
		[
			{ is_for_seat: 1 },
			c.CORE_REMEDY_LOG_IN_LOCALLY,
			c.CORE_REMEDY_LOG_IN_LOCALLY,
			c.CORE_REMEDY_LOG_IN_LOCALLY_AGAIN,
		],
		[
			{ has_group: 1, is_for_seat: 1 },
			c.CORE_REMEDY_JOIN,
			c.CORE_REMEDY_LOG_IN_LOCALLY,
			c.CORE_REMEDY_LOG_IN_LOCALLY_AGAIN,
		],
	];
	for (const [facts, ...remedies] of table)
		for (const [place, seat] of [unknown, away, own].entries())
			assert.is(of({ ...facts, seat }), remedies[place], JSON.stringify({ ...facts, seat }));
	for (const seat of [unknown, away, own]) {
		const member = { has_group: 1, is_member: 1, is_for_seat: 1, seat };
		assert.is(of(member), c.CORE_REMEDY_LOG_IN_AGAIN);
		assert.is(of({ ...member, is_ruled: 1 }), c.CORE_REMEDY_APPLY_RULE);
		assert.is(of({ is_ruled: 1, seat }), c.CORE_REMEDY_APPLY_RULE);
	}
});

test("a verdict names what is missing", () => {
	const without = (id: number): Fields => {
		const facts = decoderFacts();
		const controls = facts.controls.filter((control: Fields) => control.id !== id);
		return { ...facts, controls, control_count: controls.length };
	};
	const of = (facts: Fields, profile: number): Fields => {
		const core = display(facts);
		assert.is(core.call("doctor_verdict", 0, profile), 1);
		return core.answer("core_verdict");
	};
	const fourcc = c.V4L2_PIX_FMT_H264_SLICE;
	const nothing = { control: 0, depths: 0, max_width: 0, max_height: 0 };
	const { max_width, max_height, ...offered } = of(decoder(), c.VAProfileH264High);
	assert.equal(offered, {
		verdict: c.CORE_VERDICT_OFFERED,
		coded_fourcc: fourcc,
		control: 0,
		depths: c.CORE_DEPTH_8,
	});
	assert.is(max_width, decoderFacts().coded[0].sizes.max_width);
	assert.is(max_height, decoderFacts().coded[0].sizes.max_height);
	assert.equal(of(without(c.V4L2_CID_STATELESS_H264_PPS), c.VAProfileH264High), {
		...nothing,
		verdict: c.CORE_VERDICT_NO_CONTROL,
		coded_fourcc: fourcc,
		control: c.V4L2_CID_STATELESS_H264_PPS,
	});
	assert.equal(of(decoder({ captureFourcc: c.V4L2_PIX_FMT_NV16 }), c.VAProfileH264High), {
		...nothing,
		verdict: c.CORE_VERDICT_NO_CAPTURE_FORMAT,
		coded_fourcc: fourcc,
		depths: c.CORE_DEPTH_8,
	});
	const narrow = decoder({ profiles: [c.V4L2_MPEG_VIDEO_H264_PROFILE_MAIN] });
	assert.equal(of(narrow, c.VAProfileH264High), {
		...nothing,
		verdict: c.CORE_VERDICT_NOT_IN_MENU,
		coded_fourcc: fourcc,
		control: c.V4L2_CID_MPEG_VIDEO_H264_PROFILE,
	});
	assert.equal(of(decoder(), c.VAProfileVP9Profile0), {
		...nothing,
		verdict: c.CORE_VERDICT_NO_CODED_FORMAT,
		coded_fourcc: c.V4L2_PIX_FMT_VP9_FRAME,
	});
	assert.equal(of(decoder(), 0x7777), {
		...nothing,
		verdict: c.CORE_VERDICT_NO_SUCH_PROFILE,
		coded_fourcc: 0,
	});
	assert.is(display(decoder()).call("doctor_verdict", 1, c.VAProfileH264High), 0, "there is one decoder");
});

test("every offered profile is among those that are judged", () => {
	const core = display(decoder({ tenBit: true }));
	const offered = core.words(core.call("display_profiles"));
	const all = core.words(core.call("doctor_profiles"));
	assert.is(new Set(all).size, all.length);
	for (const profile of offered) assert.ok(all.includes(profile));
	for (const profile of all) {
		assert.is(core.call("doctor_verdict", 0, profile), 1);
		assert.is(
			core.answer("core_verdict").verdict === c.CORE_VERDICT_OFFERED,
			offered.includes(profile),
			`profile ${profile}`,
		);
	}
});

const run: Fields = {
	end: c.CORE_MEASURE_END_DONE,
	wanted: c.CORE_MEASURE_WAY_COPY,
	took: c.CORE_MEASURE_WAY_COPY,
	has_screen: 1,
	pictures: 250,
	elapsed_ms: 12_000,
	played_ms: 10_000,
	cpu_ms: 3000,
};

function judgeRun(more: Fields): { verdict: number; rate: Fields } {
	const core = display();
	core.giveStruct("core_measure_run", { ...run, ...more });
	const verdict = core.call("doctor_judge_run");
	return { verdict, rate: core.answer("core_measure_rate") };
}

test("a run's rate leaves out how long the player took to start, where that is known", () => {
	assert.equal(judgeRun({}), {
		verdict: c.CORE_MEASURE_RUN_MEASURED,
		rate: { tenth_fps: 250, cpu_percent: 25 },
	});
	assert.is(judgeRun({ played_ms: 0 }).rate.tenth_fps, 208);
	assert.is(judgeRun({ pictures: 4_000_000, played_ms: 1000 }).rate.tenth_fps, 40_000_000);
	assert.equal(judgeRun({ played_ms: 0, elapsed_ms: 0 }).rate, { tenth_fps: 0, cpu_percent: 0 });
});

test("a run is measured only if the player decoded as it was told, and gave a picture", () => {
	const software = { took: c.CORE_MEASURE_WAY_SOFTWARE };
	const direct = { wanted: c.CORE_MEASURE_WAY_DIRECT };
	const cases: [more: Fields, verdict: number][] = [
		[{ end: c.CORE_MEASURE_END_STOPPED }, c.CORE_MEASURE_RUN_MEASURED],
		[{ pictures: 0 }, c.CORE_MEASURE_RUN_FAILED],
		[{ end: c.CORE_MEASURE_END_FAILED }, c.CORE_MEASURE_RUN_FAILED],
		[{ end: c.CORE_MEASURE_END_HUNG }, c.CORE_MEASURE_RUN_HUNG],
		[{ end: c.CORE_MEASURE_END_MISSING }, c.CORE_MEASURE_RUN_MISSING],
		[{ end: c.CORE_MEASURE_END_NO_DRIVER }, c.CORE_MEASURE_RUN_NO_DRIVER],
		[{ end: c.CORE_MEASURE_END_NOT_TRIED }, c.CORE_MEASURE_RUN_NOT_TRIED],
		[software, c.CORE_MEASURE_RUN_FELL_BACK],
		[{ ...software, has_screen: 0 }, c.CORE_MEASURE_RUN_FELL_BACK],
		[{ ...software, ...direct }, c.CORE_MEASURE_RUN_FELL_BACK],
		[direct, c.CORE_MEASURE_RUN_FELL_BACK],
		[{ ...software, ...direct, has_screen: 0 }, c.CORE_MEASURE_RUN_NO_SCREEN],
		[{ ...software, wanted: c.CORE_MEASURE_WAY_SOFTWARE, has_screen: 0 }, c.CORE_MEASURE_RUN_MEASURED],
	];
	for (const [more, verdict] of cases)
		assert.is(judgeRun(more).verdict, verdict, `verdict of ${JSON.stringify(more)}`);
});

test("a clip without pictures is a fault only where its profile is offered", () => {
	const core = display(decoder());
	const judge = (profile: number, more: Fields): number => {
		const none = {
			end: c.CORE_MEASURE_END_DONE,
			has_sum: 0,
			is_same: 0,
			is_compared: 0,
			difference: c.CORE_NONE,
		};
		core.giveStruct("core_measure_clip", { ...none, profile, ...more });
		return core.call("doctor_judge_clip");
	};
	const [offered, other] = [c.VAProfileH264High, c.VAProfileHEVCMain];
	assert.is(judge(offered, { has_sum: 1, is_same: 1 }), c.CORE_MEASURE_CLIP_RIGHT);
	assert.is(judge(offered, { has_sum: 1 }), c.CORE_MEASURE_CLIP_WRONG);
	assert.is(judge(other, { has_sum: 1 }), c.CORE_MEASURE_CLIP_WRONG);
	assert.is(judge(offered, {}), c.CORE_MEASURE_CLIP_FAILED);
	assert.is(judge(other, {}), c.CORE_MEASURE_CLIP_NOT_OFFERED);
	for (const [end, verdict] of [
		[c.CORE_MEASURE_END_FAILED, c.CORE_MEASURE_CLIP_FAILED],
		[c.CORE_MEASURE_END_HUNG, c.CORE_MEASURE_CLIP_HUNG],
		[c.CORE_MEASURE_END_MISSING, c.CORE_MEASURE_CLIP_NO_PLAYER],
		[c.CORE_MEASURE_END_NO_DRIVER, c.CORE_MEASURE_CLIP_NO_DRIVER],
	])
		assert.is(judge(offered, { end }), verdict);
});

test("MPEG-2's samples may be rounded in the decoder's own way, and no others", () => {
	const core = display(decoder());
	const judge = (profile: number, more: Fields): number => {
		const other = {
			end: c.CORE_MEASURE_END_DONE,
			has_sum: 1,
			is_same: 0,
			is_compared: 0,
			difference: c.CORE_NONE,
		};
		core.giveStruct("core_measure_clip", { ...other, profile, ...more });
		return core.call("doctor_judge_clip");
	};
	for (const profile of [c.VAProfileMPEG2Simple, c.VAProfileMPEG2Main]) {
		assert.is(judge(profile, { is_same: 1 }), c.CORE_MEASURE_CLIP_RIGHT);
		assert.is(judge(profile, {}), c.CORE_MEASURE_CLIP_ROUNDED);
		assert.is(judge(profile, { is_compared: 1 }), c.CORE_MEASURE_CLIP_WRONG);
		assert.is(judge(profile, { is_compared: 1, difference: 8 }), c.CORE_MEASURE_CLIP_RIGHT);
		assert.is(judge(profile, { is_compared: 1, difference: 9 }), c.CORE_MEASURE_CLIP_WRONG);
	}
	const exact = [
		c.VAProfileH264High,
		c.VAProfileHEVCMain,
		c.VAProfileVP8Version0_3,
		c.VAProfileVP9Profile0,
	];
	for (const profile of [...exact, c.VAProfileAV1Profile0]) {
		assert.is(judge(profile, {}), c.CORE_MEASURE_CLIP_WRONG);
		assert.is(judge(profile, { is_compared: 1, difference: 1 }), c.CORE_MEASURE_CLIP_WRONG);
	}
});

test("a measurement is good when something is right and nothing is wrong", () => {
	const judge = (runs: number[], clips: number[]): number => {
		const core = display();
		const once = (length: number, places: number[]) =>
			list(
				length,
				places.map((place) => [place, 1]),
			);
		core.giveStruct("core_measure_sum", {
			runs: once(c.CORE_MEASURE_RUNS, runs),
			clips: once(c.CORE_MEASURE_CLIPS, clips),
		});
		return core.call("doctor_judge_measurement");
	};
	const [measured, right] = [c.CORE_MEASURE_RUN_MEASURED, c.CORE_MEASURE_CLIP_RIGHT];
	assert.is(judge([], []), 0);
	assert.is(judge([measured], []), 1);
	assert.is(judge([], [right]), 1);
	for (const run of [c.CORE_MEASURE_RUN_HUNG, c.CORE_MEASURE_RUN_FAILED, c.CORE_MEASURE_RUN_FELL_BACK])
		assert.is(judge([measured, run], [right]), 0);
	for (const clip of [c.CORE_MEASURE_CLIP_WRONG, c.CORE_MEASURE_CLIP_HUNG, c.CORE_MEASURE_CLIP_FAILED])
		assert.is(judge([measured], [right, clip]), 0);
	const { CORE_MEASURE_RUN_MISSING, CORE_MEASURE_RUN_NO_SCREEN, CORE_MEASURE_CLIP_NOT_OFFERED } = c;
	assert.is(
		judge([CORE_MEASURE_RUN_MISSING, CORE_MEASURE_RUN_NO_SCREEN], [right, CORE_MEASURE_CLIP_NOT_OFFERED]),
		1,
	);
	assert.is(judge([CORE_MEASURE_RUN_MISSING], [CORE_MEASURE_CLIP_NOT_OFFERED]), 0);
});

test.run();
