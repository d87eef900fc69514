// SPDX-License-Identifier: MIT
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../support/layout.ts";
import { Core } from "./support/core.ts";
import { type DeviceOptions, decoderFacts } from "./support/device.ts";
import { type Fields, sizeOf } from "./support/struct.ts";

const test = suite("device");
const HIGH_10 = 36;
const REFUSED = 0x80000000;
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
	const narrow = display({ profiles: [c.V4L2_MPEG_VIDEO_H264_PROFILE_BASELINE] });
	assert.equal(profiles(narrow), [c.VAProfileH264ConstrainedBaseline]);
});

test("a device without the profile menu takes the common profiles", () => {
	assert.equal(profiles(display({ profiles: null, tenBit: true })), ALL);
});

test("nothing is offered without decoders, without a linear format, or without the controls", () => {
	assert.is(display().call("display_profiles"), 0);
	assert.is(display({ captureFourcc: c.V4L2_PIX_FMT_NV12_4L4 }).call("display_profiles"), 0);
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

test("each profile goes to the decoder that has it", () => {
	const core = display({ captureFourcc: c.V4L2_PIX_FMT_NV12_4L4 }, { maxWidth: 1920 }, { tenBit: true });
	assert.is(core.call("display_create_config", c.VAProfileH264Main, c.VAEntrypointVLD, 0), 0);
	assert.is(core.answer("core_config").decoder, 1);
	assert.is(core.call("display_create_config", HIGH_10, c.VAEntrypointVLD, 0), 0);
	assert.equal(core.answer("core_config"), {
		profile: HIGH_10,
		entrypoint: c.VAEntrypointVLD,
		rt_format: c.VA_RT_FORMAT_YUV420_10,
		decoder: 2,
		coded_fourcc: c.V4L2_PIX_FMT_H264_SLICE,
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
	const entrypoint = core.call("display_create_config", c.VAProfileH264High, c.VAEntrypointEncSlice, 0);
	assert.is(entrypoint, c.VA_STATUS_ERROR_UNSUPPORTED_ENTRYPOINT);
});

test("surface attributes name formats, sizes and memory", () => {
	const core = display({ maxWidth: 1920, maxHeight: 1088, tenBit: true });
	const both = c.VA_RT_FORMAT_YUV420 | c.VA_RT_FORMAT_YUV420_10;
	const count = core.call("display_surface_attributes", HIGH_10, both);
	const found = core.answers("core_surface_attribute", count).map((x) => [x.type, x.value]);
	assert.equal(found, [
		[c.VASurfaceAttribPixelFormat, c.VA_FOURCC_NV12],
		[c.VASurfaceAttribPixelFormat, c.VA_FOURCC_P010],
		[c.VASurfaceAttribMinWidth, 1],
		[c.VASurfaceAttribMinHeight, 1],
		[c.VASurfaceAttribMaxWidth, 1920],
		[c.VASurfaceAttribMaxHeight, 1088],
		[c.VASurfaceAttribMemoryType, c.VA_SURFACE_ATTRIB_MEM_TYPE_VA],
	]);
	assert.is(core.call("display_surface_attributes", c.VAProfileHEVCMain, both), 0);
});

test("surfaces: attributes are understood without their flags", () => {
	const core = display({});
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
	assert.equal(core.answer("core_surface"), { fourcc: c.VA_FOURCC_NV12, width: 322, height: 242 });
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
	const prime: [number, number] = [c.VASurfaceAttribMemoryType, c.VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2];
	assert.is(create([prime]), c.VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
	assert.is(create([[c.VASurfaceAttribDRMFormatModifiers, 0]]), c.VA_STATUS_ERROR_ATTR_NOT_SUPPORTED);
	assert.is(create([], c.VA_RT_FORMAT_YUV422), c.VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT);
	assert.is(create([], c.VA_RT_FORMAT_YUV420, 0, 64), c.VA_STATUS_ERROR_INVALID_PARAMETER);
	assert.is(create([], c.VA_RT_FORMAT_YUV420, 64, 70000), c.VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED);
});

test("memory before any context comes from the decoder of the latest config", () => {
	const core = display({ maxWidth: 640, maxHeight: 480 }, { tenBit: true });
	assert.is(core.call("display_surface_memory", c.VA_FOURCC_NV12, 320, 240, c.VAProfileH264High), 0);
	assert.equal(core.answer("core_allocation"), {
		decoder: 0,
		coded_fourcc: c.V4L2_PIX_FMT_H264_SLICE,
		width: 320,
		height: 240,
		capture_fourcc: c.V4L2_PIX_FMT_NV12,
		control_id: 0,
		control_address: 0,
		control_size: 0,
	});
	assert.is(core.call("display_surface_memory", c.VA_FOURCC_NV12, 1920, 1080, c.VAProfileH264High), 0);
	assert.is(core.answer("core_allocation").decoder, 1, "the first is too small");
	assert.is(core.call("display_surface_memory", c.VA_FOURCC_P010, 320, 240, c.VAProfileNone), 0);
	const deep = core.answer("core_allocation");
	assert.equal(
		[deep.decoder, deep.capture_fourcc, deep.control_id],
		[1, c.V4L2_PIX_FMT_P010, c.V4L2_CID_STATELESS_H264_SPS],
	);
	const sps = core.struct("v4l2_ctrl_h264_sps", deep.control_address);
	assert.equal([sps.bit_depth_luma_minus8, sps.bit_depth_chroma_minus8], [2, 2]);
	assert.is(
		core.call("display_surface_memory", c.VA_FOURCC_NV12, 8192, 64, c.VAProfileNone),
		c.VA_STATUS_ERROR_ALLOCATION_FAILED,
	);
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
		size: 384 * 256 * 2,
	});
});

test("a format that cannot hold the surface is refused", () => {
	const core = display({});
	for (const wrong of [
		{ fourcc: c.V4L2_PIX_FMT_P010 },
		{ width: 320 },
		{ height: 240 },
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

test("image formats and layouts", () => {
	const core = display();
	const count = core.call("display_image_formats");
	const formats = core.answers("VAImageFormat", count);
	assert.equal(
		formats.map((x) => [x.fourcc, x.byte_order, x.bits_per_pixel]),
		[
			[c.VA_FOURCC_NV12, c.VA_LSB_FIRST, 12],
			[c.VA_FOURCC_I420, c.VA_LSB_FIRST, 12],
			[c.VA_FOURCC_YV12, c.VA_LSB_FIRST, 12],
			[c.VA_FOURCC_P010, c.VA_LSB_FIRST, 24],
		],
	);
	for (const { fourcc } of formats) {
		for (const [width, height] of [
			[1, 1],
			[17, 33],
			[1920, 1080],
		]) {
			assert.is(core.call("display_create_image", fourcc, width, height), 0);
			const layout = core.answer("core_layout");
			const sample = fourcc === c.VA_FOURCC_P010 ? 2 : 1;
			const planar = layout.plane_count === 3;
			const chroma = Math.ceil(width / 2) * sample * (planar ? 1 : 2);
			assert.ok(layout.pitches[0] >= width * sample && layout.pitches[1] >= chroma);
			// planes follow each other and end inside
			const rows = [height, Math.ceil(height / 2), Math.ceil(height / 2)];
			for (let plane = 0; plane < layout.plane_count; plane++) {
				const end = layout.offsets[plane] + layout.pitches[plane] * rows[plane];
				assert.ok(end <= (plane + 1 < layout.plane_count ? layout.offsets[plane + 1] : layout.size));
			}
		}
	}
	assert.is(
		core.call("display_create_image", c.VA_FOURCC_YUY2, 64, 64),
		c.VA_STATUS_ERROR_INVALID_IMAGE_FORMAT,
	);
	assert.is(
		core.call("display_create_image", c.VA_FOURCC_NV12, 0, 64),
		c.VA_STATUS_ERROR_INVALID_PARAMETER,
	);
	assert.is(
		core.call("display_create_image", c.VA_FOURCC_NV12, 64, 70000),
		c.VA_STATUS_ERROR_INVALID_PARAMETER,
	);
});

const surfaceLayout = (fourcc: number, pitch = 384, luma = 384 * 256) => ({
	fourcc,
	width: 322,
	height: 242,
	plane_count: 2,
	pitches: [pitch, pitch, 0],
	offsets: [0, luma, 0],
	size: luma * 2,
});

test("exports: separate layers have one plane each, composed ones both", () => {
	const core = display();
	const prime = c.VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2;
	for (const [fourcc, luma, chroma, whole] of [
		[c.VA_FOURCC_NV12, c.DRM_FORMAT_R8, c.DRM_FORMAT_GR88, c.DRM_FORMAT_NV12],
		[c.VA_FOURCC_P010, c.DRM_FORMAT_R16, c.DRM_FORMAT_GR1616, c.DRM_FORMAT_P010],
	]) {
		core.giveStruct("core_layout", surfaceLayout(fourcc));
		assert.is(
			core.call(
				"display_export",
				prime,
				c.VA_EXPORT_SURFACE_SEPARATE_LAYERS | c.VA_EXPORT_SURFACE_READ_ONLY,
			),
			0,
		);
		let got = core.answer("VADRMPRIMESurfaceDescriptor");
		assert.equal(
			[got.fourcc, got.width, got.height, got.num_objects, got.num_layers],
			[fourcc, 322, 242, 1, 2],
		);
		assert.equal([got.objects[0].size, got.objects[0].drm_format_modifier], [384 * 512, 0n]);
		assert.equal(
			[
				got.layers[0].drm_format,
				got.layers[0].num_planes,
				got.layers[0].offset[0],
				got.layers[0].pitch[0],
			],
			[luma, 1, 0, 384],
		);
		assert.equal(
			[
				got.layers[1].drm_format,
				got.layers[1].num_planes,
				got.layers[1].offset[0],
				got.layers[1].pitch[0],
			],
			[chroma, 1, 384 * 256, 384],
		);
		for (const flags of [c.VA_EXPORT_SURFACE_COMPOSED_LAYERS, 0]) {
			core.giveStruct("core_layout", surfaceLayout(fourcc));
			assert.is(core.call("display_export", prime, flags), 0);
			got = core.answer("VADRMPRIMESurfaceDescriptor");
			assert.equal([got.num_layers, got.layers[0].drm_format, got.layers[0].num_planes], [1, whole, 2]);
			assert.equal([got.layers[0].offset[1], got.layers[0].pitch[1]], [384 * 256, 384]);
		}
	}
	const both = c.VA_EXPORT_SURFACE_SEPARATE_LAYERS | c.VA_EXPORT_SURFACE_COMPOSED_LAYERS;
	assert.is(core.call("display_export", prime, both), c.VA_STATUS_ERROR_INVALID_PARAMETER);
	assert.is(
		core.call("display_export", c.VA_SURFACE_ATTRIB_MEM_TYPE_VA, 0),
		c.VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE,
	);
});

/** Carries out copies as the glue does, and compares each sample with the surface's. */
function copied(core: Core, count: number, source: Uint8Array, size: number): Uint8Array {
	const target = new Uint8Array(size).fill(0xee);
	for (let i = 0; i < count; i++) {
		const copy = core.answer("core_copy", i);
		for (let row = 0; row < copy.rows; row++) {
			const from = copy.source_offset + row * copy.source_pitch;
			const to = copy.destination_offset + row * copy.destination_pitch;
			const second = copy.second_offset + row * copy.second_pitch;
			for (let byte = 0; byte < copy.row_bytes; byte++) {
				const pair = Math.floor(byte / (2 * copy.sample_size));
				const part = pair * copy.sample_size + (byte % copy.sample_size);
				const odd = Math.floor(byte / copy.sample_size) % 2 === 1;
				if (copy.kind === c.CORE_COPY_ROWS) target[to + byte] = source[from + byte];
				else if (copy.kind === c.CORE_COPY_SPLIT)
					target[(odd ? second : to) + part] = source[from + byte];
				else target[to + byte] = source[(odd ? second : from) + part];
			}
		}
	}
	return target;
}

for (const [name, fourcc] of [
	["NV12", c.VA_FOURCC_NV12],
	["I420", c.VA_FOURCC_I420],
	["YV12", c.VA_FOURCC_YV12],
] as const) {
	test(`a rectangle goes to a ${name} image and back, sample by sample`, () => {
		const core = display();
		core.call("display_create_image", fourcc, 64, 48);
		const image = core.answer("core_layout");
		const surface = surfaceLayout(c.VA_FOURCC_NV12);
		const pixels = Uint8Array.from({ length: surface.size }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
		const [x, y, width, height] = [6, 10, 50, 30];
		core.giveStructs("core_layout", [surface, image]);
		const count = core.call("display_get_image", x, y, width, height);
		assert.is(count, 2);
		const got = copied(core, count, pixels, image.size);
		const planes = fourcc === c.VA_FOURCC_YV12 ? [2, 1] : [1, 2];
		for (let row = 0; row < height; row++) {
			for (let column = 0; column < width; column++) {
				assert.is(got[row * image.pitches[0] + column], pixels[(y + row) * 384 + x + column]);
				for (const part of [0, 1]) {
					const want = pixels[384 * 256 + ((y + row) >> 1) * 384 + ((x + column) >> 1) * 2 + part];
					const plane = image.plane_count === 2 ? 1 : planes[part];
					const column2 = image.plane_count === 2 ? (column >> 1) * 2 + part : column >> 1;
					assert.is(got[image.offsets[plane] + (row >> 1) * image.pitches[plane] + column2], want);
				}
			}
		}
		core.giveStructs("core_layout", [image, surface]);
		const back = core.call("display_put_image", 0, 0, width, height, x, y);
		const restored = copied(core, back, got, surface.size);
		for (let row = 0; row < height; row++) {
			const at = (y + row) * 384 + x;
			assert.equal(restored.subarray(at, at + width), pixels.subarray(at, at + width));
			const chroma = 384 * 256 + ((y + row) >> 1) * 384 + x;
			assert.equal(restored.subarray(chroma, chroma + width), pixels.subarray(chroma, chroma + width));
		}
	});
}

test("rectangles outside either side and unlike formats are refused", () => {
	const core = display();
	const attempt = (surface: object, image: object, ...rectangle: number[]) => {
		core.giveStructs("core_layout", [surface, image]);
		return core.call("display_get_image", ...rectangle);
	};
	const nv12 = surfaceLayout(c.VA_FOURCC_NV12);
	const invalid = REFUSED + c.VA_STATUS_ERROR_INVALID_PARAMETER;
	for (const rectangle of [
		[0, 0, 323, 242],
		[0, 0, 322, 243],
		[322, 0, 1, 1],
		[1, 0, 322, 1],
		[0, 0, 0, 1],
		[0xffffffff, 0, 2, 1],
	]) {
		assert.is(attempt(nv12, nv12, ...rectangle), invalid, String(rectangle));
	}
	assert.is(attempt(nv12, { ...nv12, width: 10 }, 0, 0, 11, 1), invalid);
	const unlike = REFUSED + c.VA_STATUS_ERROR_INVALID_IMAGE_FORMAT;
	assert.is(attempt(nv12, surfaceLayout(c.VA_FOURCC_P010), 0, 0, 10, 10), unlike);
	assert.is(
		attempt({ ...nv12, fourcc: c.VA_FOURCC_I420 }, { ...nv12, fourcc: c.VA_FOURCC_YV12 }, 0, 0, 10, 10),
		unlike,
	);
	assert.is(attempt(surfaceLayout(c.VA_FOURCC_P010), surfaceLayout(c.VA_FOURCC_P010), 0, 0, 10, 10), 2);
});

test.run();
