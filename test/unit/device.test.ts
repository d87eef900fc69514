// SPDX-License-Identifier: MIT
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hevcFacts } from "../codecs/hevc/unit/support/player.ts";
import { constants as c } from "../support/abi.ts";
import { Core } from "./support/core.ts";
import { Device, type DeviceOptions, decoderFacts } from "./support/device.ts";
import { PROFILE, PROFILE_IN_MENU, PROFILE_MENU, standInFacts } from "./support/stand-in.ts";
import { encode, type Fields, LINEAR, sizeOf } from "./support/struct.ts";

const test = suite("device");
const HIGH_10 = c.VAProfileH264High10;
const ALL = [c.VAProfileH264ConstrainedBaseline, c.VAProfileH264Main, c.VAProfileH264High];

/** A display with these decoders. */
function display(...decoders: DeviceOptions[]): Core {
	return found(...decoders.map((options, i) => decoderFacts(options, i)));
}

function found(...decoders: Fields[]): Core {
	const core = new Core();
	for (const facts of decoders) assert.is(add(core, facts), c.VA_STATUS_SUCCESS);
	return core;
}

function add(core: Core, facts: Fields): number {
	core.giveStruct("core_decoder", facts);
	return core.call("display_add_decoder");
}

/** A decoder without one of its controls. */
function without(id: number, options: DeviceOptions = {}): Fields {
	const facts = decoderFacts(options);
	const controls = facts.controls.filter((control: Fields) => control.id !== id);
	return { ...facts, controls, control_count: controls.length };
}

const profiles = (core: Core) => core.words(core.call("display_profiles"));

test("profiles are what the device's menu says", () => {
	const core = display({});
	assert.equal(profiles(core), ALL);
	const deep = display({ tenBit: true });
	assert.equal(profiles(deep), [...ALL, HIGH_10]);
	for (const profile of [...ALL, HIGH_10])
		assert.equal(deep.words(deep.call("display_entrypoints", profile)), [c.VAEntrypointVLD]);
	assert.is(core.call("display_entrypoints", HIGH_10), 0);
	const narrow = display({ profiles: [c.V4L2_MPEG_VIDEO_H264_PROFILE_BASELINE] });
	assert.equal(profiles(narrow), [c.VAProfileH264ConstrainedBaseline]);
});

test("a profile of several depths is offered with those that CAPTURE has formats for, all of them by default", () => {
	const formats = (options: DeviceOptions): number[] => {
		const core = new Core(true);
		assert.is(add(core, standInFacts(options)), c.VA_STATUS_SUCCESS);
		assert.is(core.call("display_create_config", PROFILE, c.VAEntrypointVLD, 0), c.VA_STATUS_SUCCESS);
		const { rt_format } = core.answer("core_config");
		const count = core.call("display_surface_attributes", PROFILE, rt_format);
		const attributes = core.answers("core_surface_attribute", count);
		return attributes
			.filter(({ type }) => type === c.VASurfaceAttribPixelFormat)
			.map(({ value }) => value);
	};
	assert.equal(formats({}), [c.VA_FOURCC_NV12]);
	assert.equal(formats({ tenBit: true }), [c.VA_FOURCC_NV12, c.VA_FOURCC_P010]);
	const core = new Core(true);
	add(core, standInFacts({ captureFourcc: c.V4L2_PIX_FMT_NV16, tenBit: true }));
	assert.is(core.call("display_profiles"), 0, "8 bit is needed");
});

test("Main 10 is not offered where pictures of 10 bit come in a format of 8 bit, which cedrus of H6 does without a menu", () => {
	const facts = hevcFacts();
	const offered = (fourcc: number, depths: number): number[] =>
		profiles(found({ ...facts, coded: [{ ...facts.coded[0], captures: [{ fourcc, depths }] }] }));
	const { CORE_DEPTH_8: eight, CORE_DEPTH_10: ten, V4L2_PIX_FMT_NV12: nv12 } = c;
	assert.equal(offered(nv12, eight), [c.VAProfileHEVCMain]);
	assert.equal(offered(nv12, eight | ten), [c.VAProfileHEVCMain]);
	assert.equal(offered(nv12, ten), []);
	const both = [
		{ fourcc: nv12, depths: eight | ten },
		{ fourcc: c.V4L2_PIX_FMT_P010, depths: ten },
	];
	const coded = [{ ...facts.coded[0], capture_count: both.length, captures: both }];
	assert.equal(profiles(found({ ...facts, coded })), [c.VAProfileHEVCMain, c.VAProfileHEVCMain10]);
});

test("a profile's menu decides where there is one, and the codec where there is none", () => {
	const offered = (...more: Fields[]): number[] => {
		const core = new Core(true);
		add(core, standInFacts({}, more));
		return profiles(core);
	};
	assert.equal(offered(), [PROFILE], "the other one needs a menu");
	assert.equal(offered({ id: PROFILE_MENU, menu_mask: 1 << 4 }), [PROFILE_IN_MENU]);
	assert.equal(offered({ id: PROFILE_MENU, menu_mask: (1 << 3) | (1 << 4) }), [PROFILE, PROFILE_IN_MENU]);
});

test("a device without the profile menu takes the common profiles", () => {
	assert.equal(profiles(display({ profiles: null, tenBit: true })), ALL);
});

test("nothing is offered without decoders, without a format that can be shown, or without the controls", () => {
	assert.is(display().call("display_profiles"), 0);
	assert.is(display({ captureFourcc: c.V4L2_PIX_FMT_NV16 }).call("display_profiles"), 0);
	for (const id of [c.V4L2_CID_STATELESS_H264_PPS, c.V4L2_CID_STATELESS_H264_DECODE_PARAMS])
		assert.equal(profiles(found(without(id))), []);
	const core = found(without(c.V4L2_CID_STATELESS_H264_SPS));
	assert.is(core.call("display_profiles"), 0);
	assert.is(core.call("display_entrypoints", c.VAProfileH264High), 0);
	assert.is(
		core.call("display_create_config", c.VAProfileH264High, c.VAEntrypointVLD, 0),
		c.VA_STATUS_ERROR_UNSUPPORTED_PROFILE,
	);
	const memory = display().call("display_surface_memory", c.VA_FOURCC_NV12, 64, 64, c.VAProfileNone);
	assert.is(memory, c.VA_STATUS_ERROR_ALLOCATION_FAILED);
});

test("a decoder of other formats only, or of no size that it tells, is no trouble", () => {
	const facts = decoderFacts();
	const [coded] = facts.coded;
	assert.equal(profiles(found({ ...facts, coded: [{ ...coded, fourcc: c.V4L2_PIX_FMT_NV12 }] })), []);
	const other = { ...coded, fourcc: c.V4L2_PIX_FMT_NV12 };
	assert.equal(profiles(found({ ...facts, coded: [other, coded] })), [], "there is one coded format");
	assert.equal(profiles(found({ ...facts, coded_count: 2, coded: [other, coded] })), ALL);
	assert.equal(profiles(found({ ...facts, coded_count: 1000, control_count: 1000 })), ALL);
	assert.equal(profiles(found({ ...facts, control_count: 2 })), []);
	const limits = (sizes: Fields): number[] => {
		const core = found({ ...facts, coded: [{ ...coded, sizes }] });
		return [c.VAConfigAttribMaxPictureWidth, c.VAConfigAttribMaxPictureHeight].map((type) =>
			core.call("display_config_attribute", c.VAProfileH264High, c.VAEntrypointVLD, type),
		);
	};
	const kind = c.CORE_SIZES_CONTINUOUS;
	assert.equal(limits({ kind: c.CORE_SIZES_UNKNOWN, max_width: 64, max_height: 64 }), [4096, 4096]);
	assert.equal(limits({ kind, max_width: 0, max_height: 1088 }), [4096, 1088]);
	assert.equal(limits({ kind, max_width: 1920, max_height: 0 }), [1920, 4096]);
});

/** As VDPU381 and VDPU383 of Linux say: rkvdec.c, vdpu381_coded_fmts. */
const VAST = { maxWidth: 65472, maxHeight: 65472 };

test("a decoder is said to take no longer side than some level of its codec has, and surfaces take it", () => {
	const sides: [profile: number, facts: Fields, side: number][] = [
		[c.VAProfileH264High, decoderFacts(VAST), 16880],
		[c.VAProfileHEVCMain, hevcFacts(VAST), 16888],
		[PROFILE, standInFacts(VAST), 16896],
	];
	for (const [profile, facts, side] of sides) {
		const core = new Core(profile === PROFILE);
		assert.is(add(core, facts), c.VA_STATUS_SUCCESS);
		for (const type of [c.VAConfigAttribMaxPictureWidth, c.VAConfigAttribMaxPictureHeight])
			assert.is(core.call("display_config_attribute", profile, c.VAEntrypointVLD, type), side);
		for (const [width, height] of [
			[side, 64],
			[64, side],
		])
			assert.is(
				core.call("display_create_surface", c.VA_RT_FORMAT_YUV420, width, height, 0),
				c.VA_STATUS_SUCCESS,
				`${width}x${height}`,
			);
	}
});

test("a context for larger pictures than some level of the codec has is refused", () => {
	const profiles: [profile: number, device: () => Device, side: number][] = [
		[c.VAProfileH264High, () => new Device(VAST), 16880],
		[c.VAProfileHEVCMain, () => new Device({ ...VAST, facts: hevcFacts(VAST) }), 16888],
	];
	for (const [profile, device, side] of profiles) {
		// 35651584 samples are the most.
		for (const [width, height] of [
			[8192, 4352],
			[4352, 8192],
			[side, 2048],
			[2048, side],
		])
			assert.is(
				device().create(profile, width, height).status,
				c.VA_STATUS_SUCCESS,
				`${width}x${height}`,
			);
		for (const [width, height] of [
			[8208, 4352],
			[8192, 4368],
			[side + 8, 16],
			[16, side + 8],
			[65472, 65472],
		]) {
			const { status, message, values } = device().create(profile, width, height);
			assert.is(status, c.VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED, `${width}x${height}`);
			assert.is(message, c.CORE_MESSAGE_SIZE_NOT_SUPPORTED);
			assert.equal(values, [width, height]);
		}
	}
});

/** display_choose_decoder() where the decoders have so many contexts. */
function choose(
	core: Core,
	profile: number,
	width: number,
	height: number,
	contexts: number[] = [],
	deep = false,
) {
	core.give({ bytes: new Uint8Array(Uint32Array.from({ length: 8 }, (_, i) => contexts[i] ?? 0).buffer) });
	const format = deep ? c.VA_RT_FORMAT_YUV420_10 : c.VA_RT_FORMAT_YUV420;
	return core.call("display_choose_decoder", profile, format, width, height);
}

test("a context gets the decoder that is best for its size and depth, then the least used, then the largest", () => {
	const [small, large] = [
		{ maxWidth: 1920, maxHeight: 1088 },
		{ maxWidth: 4096, maxHeight: 2304 },
	];
	const HIGH = c.VAProfileH264High;
	const core = display(small, large, large);
	assert.is(choose(core, HIGH, 1920, 1080), 1, "of equals, the first of the largest");
	assert.is(choose(core, HIGH, 1920, 1080, [0, 1]), 2);
	assert.is(choose(core, HIGH, 1920, 1080, [0, 1, 1]), 0);
	assert.is(choose(core, HIGH, 1920, 1080, [1, 1, 1]), 1);
	assert.is(choose(core, HIGH, 3840, 2160, [0, 1, 2]), 1, "the small one cannot");
	assert.is(
		choose(core, HIGH, 3840, 2160, [0, 100_000, 99_999]),
		1,
		"beyond 65,535 contexts they are equal",
	);
	assert.is(choose(core, HIGH, 3840, 2160, [0, 5, 4]), 2);
	assert.is(choose(core, HIGH, 8192, 4320), 1, "nobody takes it: one of them will say so");
	const depths = new Core(true);
	for (const [index, tenBit] of [false, true].entries())
		add(depths, { ...standInFacts({ tenBit }), index });
	assert.is(choose(depths, PROFILE, 320, 256), 0);
	assert.is(choose(depths, PROFILE, 320, 256, [0, 9], true), 1, "only one has 10 bit");
});

test("of several decoders, a profile has the largest pictures and all the depths", () => {
	const [small, large] = [
		{ maxWidth: 1920, maxHeight: 1088 },
		{ tenBit: true, maxWidth: 4096, maxHeight: 1024 },
	];
	for (const options of [
		[small, large],
		[large, small],
	]) {
		const core = new Core(true);
		for (const each of options) add(core, standInFacts(each));
		const attribute = (type: number) =>
			core.call("display_config_attribute", PROFILE, c.VAEntrypointVLD, type);
		assert.is(attribute(c.VAConfigAttribMaxPictureWidth), 4096);
		assert.is(attribute(c.VAConfigAttribMaxPictureHeight), 1088);
		assert.is(attribute(c.VAConfigAttribRTFormat), c.VA_RT_FORMAT_YUV420 | c.VA_RT_FORMAT_YUV420_10);
	}
});

test("each profile goes to the decoder that has it", () => {
	const core = display({ captureFourcc: c.V4L2_PIX_FMT_NV16 }, {}, { maxWidth: 1920, tenBit: true });
	assert.is(choose(core, c.VAProfileH264Main, 1920, 1080), 1);
	assert.is(choose(core, HIGH_10, 1920, 1080), 2);
	assert.is(choose(display({}), HIGH_10, 1920, 1080), c.CORE_NONE);
	assert.is(core.call("display_create_config", HIGH_10, c.VAEntrypointVLD, 0), 0);
	assert.equal(core.answer("core_config"), {
		profile: HIGH_10,
		entrypoint: c.VAEntrypointVLD,
		rt_format: c.VA_RT_FORMAT_YUV420 | c.VA_RT_FORMAT_YUV420_10,
		coded_fourcc: c.V4L2_PIX_FMT_H264_SLICE,
		refusal: c.CORE_REFUSAL_NONE,
	});
});

test("more decoders than the display has room for are refused, not written past it", () => {
	const core = display(...Array(8).fill({}));
	assert.is(add(core, decoderFacts()), c.VA_STATUS_ERROR_MAX_NUM_EXCEEDED);
	assert.is(core.call("display_profiles"), 3);
});

test("config attributes: what is known has a value, all else is not supported", () => {
	const core = display({ maxWidth: 1920, maxHeight: 1088, tenBit: true });
	const known: Record<number, number> = {
		[c.VAConfigAttribRTFormat]: c.VA_RT_FORMAT_YUV420,
		[c.VAConfigAttribDecSliceMode]: c.VA_DEC_SLICE_MODE_NORMAL,
		[c.VAConfigAttribDecProcessing]: c.VA_DEC_PROCESSING_NONE,
		[c.VAConfigAttribMaxPictureWidth]: 1920,
		[c.VAConfigAttribMaxPictureHeight]: 1088,
	};
	for (let type = 0; type < 60; type++) {
		const value = core.call("display_config_attribute", c.VAProfileH264Main, c.VAEntrypointVLD, type);
		assert.is(value, known[type] ?? c.VA_ATTRIB_NOT_SUPPORTED, `attribute ${type}`);
	}
	const formats = core.call(
		"display_config_attribute",
		HIGH_10,
		c.VAEntrypointVLD,
		c.VAConfigAttribRTFormat,
	);
	assert.is(formats, c.VA_RT_FORMAT_YUV420 | c.VA_RT_FORMAT_YUV420_10);
	const other = core.call(
		"display_config_attribute",
		c.VAProfileH264Main,
		c.VAEntrypointVideoProc,
		c.VAConfigAttribRTFormat,
	);
	assert.is(other, c.VA_ATTRIB_NOT_SUPPORTED);
});

test("configs: wrong entry points and formats are refused by name", () => {
	const core = display({});
	const create = (format: number) => {
		core.giveStruct("core_attribute", { type: c.VAConfigAttribRTFormat, value: format });
		return core.call("display_create_config", c.VAProfileH264High, c.VAEntrypointVLD, 1);
	};
	assert.is(create(c.VA_RT_FORMAT_YUV444), c.VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT);
	assert.is(create(c.VA_RT_FORMAT_YUV420 | c.VA_RT_FORMAT_YUV444), 0);
	assert.is(core.answer("core_config").rt_format, c.VA_RT_FORMAT_YUV420);
	core.giveStructs("core_attribute", [
		{ type: c.VAConfigAttribEncryption, value: c.VA_RT_FORMAT_YUV444 }, // nothing of a decoder's
		{ type: c.VAConfigAttribRTFormat, value: c.VA_RT_FORMAT_YUV420 },
	]);
	assert.is(core.call("display_create_config", c.VAProfileH264High, c.VAEntrypointVLD, 2), 0);
	for (const [type, value, status] of [
		[c.VAConfigAttribDecSliceMode, c.VA_DEC_SLICE_MODE_NORMAL, 0],
		[c.VAConfigAttribDecSliceMode, c.VA_DEC_SLICE_MODE_BASE, c.VA_STATUS_ERROR_INVALID_VALUE],
		[c.VAConfigAttribEncPackedHeaders, 0, c.VA_STATUS_ERROR_INVALID_VALUE],
	]) {
		core.giveStruct("core_attribute", { type, value });
		assert.is(core.call("display_create_config", c.VAProfileH264High, c.VAEntrypointVLD, 1), status);
	}
	const entrypoint = core.call("display_create_config", c.VAProfileH264High, c.VAEntrypointEncSlice, 0);
	assert.is(entrypoint, c.VA_STATUS_ERROR_UNSUPPORTED_ENTRYPOINT);
});

test("configs that are refused: whoever wanted to decode is told, whoever only asked for another entry point is not", () => {
	const refusal = (core: Core, profile: number, entrypoint: number) => {
		assert.is.not(core.call("display_create_config", profile, entrypoint, 0), c.VA_STATUS_SUCCESS);
		return core.answer("core_config").refusal;
	};
	const core = display({});
	assert.is(refusal(core, c.VAProfileNone, c.VAEntrypointVideoProc), c.CORE_REFUSAL_NONE);
	assert.is(refusal(core, c.VAProfileH264High, c.VAEntrypointEncSlice), c.CORE_REFUSAL_NONE);
	assert.is(refusal(core, HIGH_10, c.VAEntrypointVLD), c.CORE_REFUSAL_NOT_OFFERED);
	assert.is(refusal(display(), c.VAProfileH264High, c.VAEntrypointVLD), c.CORE_REFUSAL_NO_DECODER);
	assert.is(refusal(display(), c.VAProfileNone, c.VAEntrypointVideoProc), c.CORE_REFUSAL_NONE);
	assert.is(core.call("display_create_config", c.VAProfileH264High, c.VAEntrypointVLD, 0), 0);
	assert.is(core.answer("core_config").refusal, c.CORE_REFUSAL_NONE, "after a refusal");
});

test("surface attributes name formats, sizes and memory", () => {
	const core = display({ maxWidth: 1920, maxHeight: 1088, tenBit: true });
	const both = c.VA_RT_FORMAT_YUV420 | c.VA_RT_FORMAT_YUV420_10;
	const listed = (rt_format: number): number[][] => {
		const count = core.call("display_surface_attributes", HIGH_10, rt_format);
		return core.answers("core_surface_attribute", count).map(({ type, flags, value_type, value }) => {
			const pointer = type === c.VASurfaceAttribExternalBufferDescriptor;
			assert.is(value_type, pointer ? c.VAGenericValueTypePointer : c.VAGenericValueTypeInteger);
			return [type, flags, value];
		});
	};
	const get = c.VA_SURFACE_ATTRIB_GETTABLE;
	const set = c.VA_SURFACE_ATTRIB_GETTABLE | c.VA_SURFACE_ATTRIB_SETTABLE;
	const eight = [c.VASurfaceAttribPixelFormat, set, c.VA_FOURCC_NV12];
	const ten = [c.VASurfaceAttribPixelFormat, set, c.VA_FOURCC_P010];
	const others = [
		[c.VASurfaceAttribMinWidth, get, 1],
		[c.VASurfaceAttribMinHeight, get, 1],
		[c.VASurfaceAttribMaxWidth, get, 1920],
		[c.VASurfaceAttribMaxHeight, get, 1088],
		[
			c.VASurfaceAttribMemoryType,
			set,
			c.VA_SURFACE_ATTRIB_MEM_TYPE_VA |
				c.VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME |
				c.VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
		],
		[c.VASurfaceAttribExternalBufferDescriptor, c.VA_SURFACE_ATTRIB_SETTABLE, 0],
	];
	assert.equal(listed(both), [eight, ten, ...others]);
	assert.equal(listed(c.VA_RT_FORMAT_YUV420), [eight, ...others]);
	assert.equal(listed(c.VA_RT_FORMAT_YUV420_10), [ten, ...others]);
	assert.is(core.call("display_surface_attributes", c.VAProfileHEVCMain, both), 0);
});

test("surfaces of 10 bit are for displays on which a decoder has a profile of 10 bit", () => {
	const create = (core: Core, format: number, fourcc?: number): number => {
		const attributes = fourcc ? [{ type: c.VASurfaceAttribPixelFormat, value: fourcc }] : [];
		core.giveStructs("core_surface_attribute", attributes);
		return core.call("display_create_surface", format, 128, 128, attributes.length);
	};
	const eight = display({}, {});
	for (const fourcc of [undefined, c.VA_FOURCC_P010])
		assert.is(create(eight, c.VA_RT_FORMAT_YUV420_10, fourcc), c.VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT);
	assert.is(
		create(eight, c.VA_RT_FORMAT_YUV420, c.VA_FOURCC_P010),
		c.VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT,
	);
	assert.is(create(eight, c.VA_RT_FORMAT_YUV420, c.VA_FOURCC_NV12), 0);
	assert.is(create(display({}, { tenBit: true }), c.VA_RT_FORMAT_YUV420_10, c.VA_FOURCC_P010), 0);
});

test("surfaces: attributes are understood without their flags", () => {
	const core = display({ tenBit: true });
	const create = (
		attributes: [number, number][],
		format = c.VA_RT_FORMAT_YUV420,
		width = 322,
		height = 242,
	) => {
		core.giveStructs(
			"core_surface_attribute",
			attributes.map(([type, value]) => ({ type, value })),
		);
		return core.call("display_create_surface", format, width, height, attributes.length);
	};
	assert.is(create([]), 0);
	assert.equal(core.answer("core_surface"), {
		fourcc: c.VA_FOURCC_NV12,
		width: 322,
		height: 242,
	});
	assert.is(create([], c.VA_RT_FORMAT_YUV420_10), 0);
	assert.is(core.answer("core_surface").fourcc, c.VA_FOURCC_P010);
	assert.is(
		create([
			[c.VASurfaceAttribUsageHint, 1],
			[c.VASurfaceAttribPixelFormat, c.VA_FOURCC_P010],
		]),
		0,
	);
	assert.is(core.answer("core_surface").fourcc, c.VA_FOURCC_P010);
	assert.is(
		create([[c.VASurfaceAttribPixelFormat, c.VA_FOURCC_YUY2]]),
		c.VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT,
	);
	const described: [number, number] = [c.VASurfaceAttribExternalBufferDescriptor, 1];
	for (const type of [c.VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME, c.VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2]) {
		assert.is(create([[c.VASurfaceAttribMemoryType, type], described]), 0);
	}
	for (const type of [c.VA_SURFACE_ATTRIB_MEM_TYPE_USER_PTR, c.VA_SURFACE_ATTRIB_MEM_TYPE_KERNEL_DRM, 0]) {
		const status = create([[c.VASurfaceAttribMemoryType, type], described]);
		assert.is(status, c.VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
	}
	assert.is(create([described]), c.VA_STATUS_ERROR_ATTR_NOT_SUPPORTED, "for the driver's own memory");
	assert.is(create([[c.VASurfaceAttribExternalBufferDescriptor, 0]]), 0);
	assert.is(create([[c.VASurfaceAttribDRMFormatModifiers, 0]]), c.VA_STATUS_ERROR_ATTR_NOT_SUPPORTED);
	assert.is(create([], c.VA_RT_FORMAT_YUV422), c.VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT);
	assert.is(create([], c.VA_RT_FORMAT_YUV420, 0, 64), c.VA_STATUS_ERROR_INVALID_PARAMETER);
	assert.is(create([], c.VA_RT_FORMAT_YUV420, 64, 70000), c.VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED);
});

test("memory that no decoder laid out has room for macroblocks, in a layout that its surfaces can have", () => {
	const core = display({ maxWidth: 640, maxHeight: 480 }, { tenBit: true });
	for (const fourcc of [c.VA_FOURCC_NV12, c.VA_FOURCC_P010]) {
		const bytes = fourcc === c.VA_FOURCC_P010 ? 2 : 1;
		assert.is(core.call("display_surface_memory", fourcc, 131, 97, c.VAProfileNone), 0);
		const { assumed, width, height } = core.answer("core_allocation");
		assert.equal([width, height], [132, 98], "chroma has whole samples");
		core.give({ bytes: encode("core_format", assumed as Fields) });
		assert.is(core.call("display_surface_layout", fourcc, 131, 97), 0);
		const layout = core.answer("core_layout");
		const pitch = Math.ceil((144 * bytes) / 64) * 64;
		assert.equal(
			[layout.pitches, layout.offsets],
			[
				[pitch, pitch, 0],
				[0, pitch * 112, 0],
			],
		);
		assert.is(layout.size, pitch * 112 * 1.5);
	}
});

test("memory before any context comes from the decoder of the latest config", () => {
	const core = display({ maxWidth: 640, maxHeight: 480 }, { tenBit: true });
	assert.is(core.call("display_surface_memory", c.VA_FOURCC_NV12, 320, 240, c.VAProfileH264High), 0);
	assert.equal(core.answer("core_allocation"), {
		decoder: 1,
		coded_fourcc: c.V4L2_PIX_FMT_H264_SLICE,
		width: 320,
		height: 240,
		capture_fourcc: c.V4L2_PIX_FMT_NV12,
		control_id: 0,
		control_address: 0,
		control_size: 0,
		sources: [
			c.CORE_SOURCE_CONTIGUOUS_HEAP,
			c.CORE_SOURCE_DECODER,
			c.CORE_SOURCE_SYSTEM_HEAP,
			c.CORE_SOURCE_UDMABUF,
		],
		ask_format: 1,
		assumed: {
			fourcc: c.V4L2_PIX_FMT_NV12,
			width: 320,
			height: 240,
			plane_count: 1,
			bytesperline: [320, 0],
			sizeimage: [320 * 240 * 1.5, 0],
		},
	});
	assert.is(core.call("display_surface_memory", c.VA_FOURCC_NV12, 1920, 1080, c.VAProfileH264High), 0);
	assert.is(core.answer("core_allocation").decoder, 1);
	assert.is(core.call("display_surface_memory", c.VA_FOURCC_NV12, 320, 240, HIGH_10), 0);
	assert.is(core.answer("core_allocation").decoder, 1, "the only one that has the profile");
	assert.is(core.call("display_surface_memory", c.VA_FOURCC_P010, 320, 240, c.VAProfileNone), 0);
	const deep = core.answer("core_allocation");
	assert.equal(
		[deep.decoder, deep.capture_fourcc, deep.control_id],
		[1, c.V4L2_PIX_FMT_P010, c.V4L2_CID_STATELESS_H264_SPS],
	);
	assert.equal((deep.assumed as Fields).bytesperline, [640, 0]);
	const sps = core.struct("v4l2_ctrl_h264_sps", deep.control_address);
	assert.equal([sps.bit_depth_luma_minus8, sps.bit_depth_chroma_minus8], [2, 2]);
	assert.is(
		core.call("display_surface_memory", c.VA_FOURCC_NV12, 8192, 64, c.VAProfileNone),
		c.VA_STATUS_ERROR_ALLOCATION_FAILED,
	);
});

test("surfaces larger than any picture in memory are refused", () => {
	const core = display({ tenBit: true, maxWidth: 16384, maxHeight: 16384 });
	const memory = (fourcc: number, width: number, height: number): number =>
		core.call("display_surface_memory", fourcc, width, height, c.VAProfileNone);
	assert.is(memory(c.VA_FOURCC_NV12, 16384, 10912), 0);
	assert.is(memory(c.VA_FOURCC_NV12, 16384, 10928), c.VA_STATUS_ERROR_ALLOCATION_FAILED);
	assert.is(memory(c.VA_FOURCC_P010, 16384, 10912), c.VA_STATUS_ERROR_ALLOCATION_FAILED);
});

test("the probe control asks for ten bits, of the codecs that have them", () => {
	const core = display();
	const probe = (facts: Fields, fourcc: number, depth: number) => {
		core.giveStruct("core_decoder", facts);
		return core.call("display_probe_control", fourcc, depth);
	};
	const deep = decoderFacts({ tenBit: true });
	assert.is(probe(deep, c.V4L2_PIX_FMT_H264_SLICE, 10), 1);
	const control = core.answer("core_control");
	assert.equal([control.id, control.size], [c.V4L2_CID_STATELESS_H264_SPS, sizeOf("v4l2_ctrl_h264_sps")]);
	assert.is(probe(deep, c.V4L2_PIX_FMT_H264_SLICE, 12), 0);
	assert.is(probe(deep, c.V4L2_PIX_FMT_NV12, 10), 0);
	assert.is(probe(decoderFacts(), c.V4L2_PIX_FMT_H264_SLICE, 10), 0, "the menu has no High 10");
	assert.is(probe(decoderFacts(), c.V4L2_PIX_FMT_H264_SLICE, 8), 1);
	assert.is(probe(decoderFacts({ profiles: null }), c.V4L2_PIX_FMT_H264_SLICE, 10), 1, "there is no menu");
});

const giveFormat = (core: Core, fields: object) =>
	core.giveStruct("core_format", {
		fourcc: c.V4L2_PIX_FMT_NV12,
		width: 384,
		height: 256,
		plane_count: 1,
		bytesperline: [384, 0],
		sizeimage: [384 * 256 * 2, 0],
		...fields,
	});

test("a surface's layout is the device's, padding included", () => {
	const core = display({});
	giveFormat(core, {});
	assert.is(core.call("display_surface_layout", c.VA_FOURCC_NV12, 322, 242), 0);
	assert.equal(core.answer("core_layout"), {
		fourcc: c.VA_FOURCC_NV12,
		width: 322,
		height: 242,
		plane_count: 2,
		pitches: [384, 384, 0],
		offsets: [0, 384 * 256, 0],
		...LINEAR,
		most_width: 384,
		most_height: 256,
		exportable: 1,
		size: 384 * 256 * 2,
	});
});

test("chroma of an odd height has the line more", () => {
	const core = display();
	const fits = (sizeimage: number): number => {
		giveFormat(core, { height: 255, sizeimage: [sizeimage] });
		return core.call("display_surface_layout", c.VA_FOURCC_NV12, 322, 255);
	};
	assert.is(fits(384 * (255 + 128)), c.VA_STATUS_SUCCESS);
	assert.is(fits(384 * (255 + 128) - 1), c.VA_STATUS_ERROR_INVALID_SURFACE);
});

test("lines are as long as the device wants, within reason", () => {
	const core = display();
	for (const [pitch, status] of [
		[384, c.VA_STATUS_SUCCESS],
		[67584, c.VA_STATUS_SUCCESS],
		[67585, c.VA_STATUS_ERROR_INVALID_SURFACE],
	]) {
		giveFormat(core, { bytesperline: [pitch], sizeimage: [pitch * 384] });
		assert.is(core.call("display_surface_layout", c.VA_FOURCC_NV12, 322, 242), status, String(pitch));
	}
});

test("a format that cannot hold the surface is refused", () => {
	const core = display({});
	for (const wrong of [
		{ fourcc: c.V4L2_PIX_FMT_P010 },
		{ width: 320 },
		{ height: 240 },
		{ sizeimage: [c.CORE_MAX_LAYOUT_SIZE + 1] },
		{ plane_count: 2 },
		{ bytesperline: [383, 0] },
		{ sizeimage: [384 * 256 * 1.5 - 1, 0] },
		{ width: 0x10000, bytesperline: [0x10000, 0] },
		{ bytesperline: [0xfffff000, 0] },
	]) {
		giveFormat(core, wrong);
		const status = core.call("display_surface_layout", c.VA_FOURCC_NV12, 322, 242);
		assert.is(status, c.VA_STATUS_ERROR_INVALID_SURFACE, JSON.stringify(wrong));
	}
	giveFormat(core, {});
	assert.is(
		core.call("display_surface_layout", c.VA_FOURCC_I420, 64, 64),
		c.VA_STATUS_ERROR_INVALID_SURFACE,
	);
});

test.run();
