// SPDX-License-Identifier: MIT
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../support/layout.ts";
import { type DeviceOptions, type Exports, instantiate, writeDecoder } from "./support/scripted-device.ts";
import { plain, sizeOf, view } from "./support/structs.ts";

const test = suite("device");
const HIGH_10 = 36;
const REFUSED = 0x80000000;
const ALL = [c.VAProfileH264ConstrainedBaseline, c.VAProfileH264Main, c.VAProfileH264High];

function display(...decoders: DeviceOptions[]): Exports {
	const core = instantiate();
	for (const [i, options] of decoders.entries()) {
		writeDecoder(core, options, i);
		assert.is(core.display_add_decoder(), c.VA_STATUS_SUCCESS);
	}
	return core;
}

const decoder = (core: Exports) => view(core.memory, "core_decoder", core.core_input_address());
const input = (core: Exports, struct: string, i = 0) => view(core.memory, struct, core.core_input_address() + i * sizeOf(struct));
const output = (core: Exports, struct: string, i = 0) => view(core.memory, struct, core.core_output_address() + i * sizeOf(struct));
const words = (core: Exports, count: number) => [...new Uint32Array(core.memory.buffer, core.core_output_address(), count)];

test("profiles are what the device's menu says", () => {
	const core = display({});
	assert.equal(words(core, core.display_profiles()), ALL);
	const deep = display({ deep: true });
	assert.equal(words(deep, deep.display_profiles()), [...ALL, HIGH_10]);
	const narrow = instantiate();
	writeDecoder(narrow);
	decoder(narrow).controls[0].menu_mask = 1 << c.V4L2_MPEG_VIDEO_H264_PROFILE_BASELINE;
	narrow.display_add_decoder();
	assert.equal(words(narrow, narrow.display_profiles()), [c.VAProfileH264ConstrainedBaseline]);
});

test("a device without the profile menu takes the common profiles", () => {
	const core = instantiate();
	writeDecoder(core, { deep: true });
	decoder(core).controls[0].id = 1;
	core.display_add_decoder();
	assert.equal(words(core, core.display_profiles()), ALL);
});

test("nothing is offered without decoders, without a linear format, or without the controls", () => {
	assert.is(display().display_profiles(), 0);
	assert.is(display({ captureFourcc: c.V4L2_PIX_FMT_NV12_4L4 }).display_profiles(), 0);
	const core = instantiate();
	writeDecoder(core);
	decoder(core).controls[3].id = 1;
	core.display_add_decoder();
	assert.is(core.display_profiles(), 0);
	assert.is(core.display_entrypoints(c.VAProfileH264High), 0);
	assert.is(core.display_create_config(c.VAProfileH264High, c.VAEntrypointVLD, 0), c.VA_STATUS_ERROR_UNSUPPORTED_PROFILE);
	const memory = display().display_surface_memory(c.VA_FOURCC_NV12, 64, 64, c.VAProfileNone);
	assert.is(memory, c.VA_STATUS_ERROR_ALLOCATION_FAILED);
});

test("each profile goes to the decoder that has it", () => {
	const core = display({ captureFourcc: c.V4L2_PIX_FMT_NV12_4L4 }, { maxWidth: 1920 }, { deep: true });
	assert.is(core.display_create_config(c.VAProfileH264Main, c.VAEntrypointVLD, 0), 0);
	assert.is(output(core, "core_config").decoder, 1);
	assert.is(core.display_create_config(HIGH_10, c.VAEntrypointVLD, 0), 0);
	assert.equal(plain(output(core, "core_config")), {
		profile: HIGH_10,
		entrypoint: c.VAEntrypointVLD,
		rt_format: c.VA_RT_FORMAT_YUV420_10,
		decoder: 2,
		coded_fourcc: c.V4L2_PIX_FMT_H264_SLICE,
	});
});

test("more decoders than the display has room for are refused, not written past it", () => {
	const core = display(...Array(8).fill({}));
	writeDecoder(core);
	assert.is(core.display_add_decoder(), c.VA_STATUS_ERROR_MAX_NUM_EXCEEDED);
	assert.is(core.display_profiles(), 3);
});

test("config attributes: what is known has a value, all else is not supported", () => {
	const core = display({ maxWidth: 1920, maxHeight: 1088, deep: true });
	const known: Record<number, number> = {
		[c.VAConfigAttribRTFormat]: c.VA_RT_FORMAT_YUV420,
		[c.VAConfigAttribDecSliceMode]: c.VA_DEC_SLICE_MODE_NORMAL,
		[c.VAConfigAttribDecProcessing]: c.VA_DEC_PROCESSING_NONE,
		[c.VAConfigAttribMaxPictureWidth]: 1920,
		[c.VAConfigAttribMaxPictureHeight]: 1088,
	};
	for (let type = 0; type < 60; type++) {
		const value = core.display_config_attribute(c.VAProfileH264Main, c.VAEntrypointVLD, type) >>> 0;
		assert.is(value, known[type] ?? c.VA_ATTRIB_NOT_SUPPORTED, `attribute ${type}`);
	}
	const formats = core.display_config_attribute(HIGH_10, c.VAEntrypointVLD, c.VAConfigAttribRTFormat);
	assert.is(formats, c.VA_RT_FORMAT_YUV420 | c.VA_RT_FORMAT_YUV420_10);
	const other = core.display_config_attribute(c.VAProfileH264Main, c.VAEntrypointVideoProc, c.VAConfigAttribRTFormat);
	assert.is(other >>> 0, c.VA_ATTRIB_NOT_SUPPORTED);
});

test("configs: wrong entry points and formats are refused by name", () => {
	const core = display({});
	const create = (format: number) => {
		input(core, "core_attribute").type = c.VAConfigAttribRTFormat;
		input(core, "core_attribute").value = format;
		return core.display_create_config(c.VAProfileH264High, c.VAEntrypointVLD, 1);
	};
	assert.is(create(c.VA_RT_FORMAT_YUV444), c.VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT);
	assert.is(create(c.VA_RT_FORMAT_YUV420 | c.VA_RT_FORMAT_YUV444), 0);
	assert.is(output(core, "core_config").rt_format, c.VA_RT_FORMAT_YUV420);
	const entrypoint = core.display_create_config(c.VAProfileH264High, c.VAEntrypointEncSlice, 0);
	assert.is(entrypoint, c.VA_STATUS_ERROR_UNSUPPORTED_ENTRYPOINT);
});

test("surface attributes name formats, sizes and memory", () => {
	const core = display({ maxWidth: 1920, maxHeight: 1088, deep: true });
	const both = c.VA_RT_FORMAT_YUV420 | c.VA_RT_FORMAT_YUV420_10;
	const count = core.display_surface_attributes(HIGH_10, both);
	const found = Array.from({ length: count }, (_, i) => output(core, "core_surface_attribute", i)).map((x) => [x.type, x.value]);
	assert.equal(found, [
		[c.VASurfaceAttribPixelFormat, c.VA_FOURCC_NV12],
		[c.VASurfaceAttribPixelFormat, c.VA_FOURCC_P010],
		[c.VASurfaceAttribMinWidth, 1],
		[c.VASurfaceAttribMinHeight, 1],
		[c.VASurfaceAttribMaxWidth, 1920],
		[c.VASurfaceAttribMaxHeight, 1088],
		[c.VASurfaceAttribMemoryType, c.VA_SURFACE_ATTRIB_MEM_TYPE_VA],
	]);
	assert.is(core.display_surface_attributes(c.VAProfileHEVCMain, both), 0);
});

test("surfaces: attributes are understood without their flags", () => {
	const core = display({});
	const create = (attributes: [number, number][], format = c.VA_RT_FORMAT_YUV420, width = 322, height = 242) => {
		for (const [i, [type, value]] of attributes.entries()) input(core, "core_surface_attribute", i).type = type;
		for (const [i, [, value]] of attributes.entries()) input(core, "core_surface_attribute", i).value = value;
		return core.display_create_surface(format, width, height, attributes.length);
	};
	assert.is(create([]), 0);
	assert.equal(plain(output(core, "core_surface")), { fourcc: c.VA_FOURCC_NV12, width: 322, height: 242 });
	assert.is(create([], c.VA_RT_FORMAT_YUV420_10), 0);
	assert.is(output(core, "core_surface").fourcc, c.VA_FOURCC_P010);
	assert.is(create([[c.VASurfaceAttribUsageHint, 1], [c.VASurfaceAttribPixelFormat, c.VA_FOURCC_P010]]), 0);
	assert.is(output(core, "core_surface").fourcc, c.VA_FOURCC_P010);
	assert.is(create([[c.VASurfaceAttribPixelFormat, c.VA_FOURCC_YUY2]]), c.VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT);
	const prime: [number, number] = [c.VASurfaceAttribMemoryType, c.VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2];
	assert.is(create([prime]), c.VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
	assert.is(create([[c.VASurfaceAttribDRMFormatModifiers, 0]]), c.VA_STATUS_ERROR_ATTR_NOT_SUPPORTED);
	assert.is(create([], c.VA_RT_FORMAT_YUV422), c.VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT);
	assert.is(create([], c.VA_RT_FORMAT_YUV420, 0, 64), c.VA_STATUS_ERROR_INVALID_PARAMETER);
	assert.is(create([], c.VA_RT_FORMAT_YUV420, 64, 70000), c.VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED);
});

test("memory before any context comes from the decoder of the latest config", () => {
	const core = display({ maxWidth: 640, maxHeight: 480 }, { deep: true });
	assert.is(core.display_surface_memory(c.VA_FOURCC_NV12, 320, 240, c.VAProfileH264High), 0);
	assert.equal(plain(output(core, "core_allocation")), {
		decoder: 0,
		coded_fourcc: c.V4L2_PIX_FMT_H264_SLICE,
		width: 320,
		height: 240,
		capture_fourcc: c.V4L2_PIX_FMT_NV12,
		control_id: 0,
		control_address: 0,
		control_size: 0,
	});
	assert.is(core.display_surface_memory(c.VA_FOURCC_NV12, 1920, 1080, c.VAProfileH264High), 0);
	assert.is(output(core, "core_allocation").decoder, 1, "the first is too small");
	assert.is(core.display_surface_memory(c.VA_FOURCC_P010, 320, 240, c.VAProfileNone), 0);
	const deep = output(core, "core_allocation");
	assert.equal([deep.decoder, deep.capture_fourcc, deep.control_id], [1, c.V4L2_PIX_FMT_P010, c.V4L2_CID_STATELESS_H264_SPS]);
	const sps = view(core.memory, "v4l2_ctrl_h264_sps", deep.control_address);
	assert.equal([sps.bit_depth_luma_minus8, sps.bit_depth_chroma_minus8], [2, 2]);
	assert.is(core.display_surface_memory(c.VA_FOURCC_NV12, 8192, 64, c.VAProfileNone), c.VA_STATUS_ERROR_ALLOCATION_FAILED);
});

test("the probe control asks for ten bits, of the codecs that have them", () => {
	const core = display();
	assert.is(core.display_probe_control(c.V4L2_PIX_FMT_H264_SLICE, 10), 1);
	const control = output(core, "core_control");
	assert.equal([control.id, control.size], [c.V4L2_CID_STATELESS_H264_SPS, sizeOf("v4l2_ctrl_h264_sps")]);
	assert.is(core.display_probe_control(c.V4L2_PIX_FMT_H264_SLICE, 12), 0);
	assert.is(core.display_probe_control(c.V4L2_PIX_FMT_NV12, 10), 0);
});

const format = (core: Exports, fields: object) =>
	Object.assign(input(core, "core_format"), {
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
	format(core, {});
	assert.is(core.display_surface_layout(c.VA_FOURCC_NV12, 322, 242), 0);
	assert.equal(plain(output(core, "core_layout")), {
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
		format(core, wrong);
		const status = core.display_surface_layout(c.VA_FOURCC_NV12, 322, 242);
		assert.is(status, c.VA_STATUS_ERROR_INVALID_SURFACE, JSON.stringify(wrong));
	}
	format(core, {});
	assert.is(core.display_surface_layout(c.VA_FOURCC_I420, 64, 64), c.VA_STATUS_ERROR_INVALID_SURFACE);
});

test("image formats and layouts", () => {
	const core = display();
	const count = core.display_image_formats();
	const formats = Array.from({ length: count }, (_, i) => output(core, "VAImageFormat", i));
	assert.equal(formats.map((x) => [x.fourcc, x.byte_order, x.bits_per_pixel]), [
		[c.VA_FOURCC_NV12, c.VA_LSB_FIRST, 12],
		[c.VA_FOURCC_I420, c.VA_LSB_FIRST, 12],
		[c.VA_FOURCC_YV12, c.VA_LSB_FIRST, 12],
		[c.VA_FOURCC_P010, c.VA_LSB_FIRST, 24],
	]);
	for (const { fourcc } of formats.map(plain)) {
		for (const [width, height] of [[1, 1], [17, 33], [1920, 1080]]) {
			assert.is(core.display_create_image(fourcc, width, height), 0);
			const layout = plain(output(core, "core_layout"));
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
	assert.is(core.display_create_image(c.VA_FOURCC_YUY2, 64, 64), c.VA_STATUS_ERROR_INVALID_IMAGE_FORMAT);
	assert.is(core.display_create_image(c.VA_FOURCC_NV12, 0, 64), c.VA_STATUS_ERROR_INVALID_PARAMETER);
	assert.is(core.display_create_image(c.VA_FOURCC_NV12, 64, 70000), c.VA_STATUS_ERROR_INVALID_PARAMETER);
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
		Object.assign(input(core, "core_layout"), surfaceLayout(fourcc));
		assert.is(core.display_export(prime, c.VA_EXPORT_SURFACE_SEPARATE_LAYERS | c.VA_EXPORT_SURFACE_READ_ONLY), 0);
		let got = output(core, "VADRMPRIMESurfaceDescriptor");
		assert.equal([got.fourcc, got.width, got.height, got.num_objects, got.num_layers], [fourcc, 322, 242, 1, 2]);
		assert.equal([got.objects[0].size, got.objects[0].drm_format_modifier], [384 * 512, 0n]);
		assert.equal([got.layers[0].drm_format, got.layers[0].num_planes, got.layers[0].offset[0], got.layers[0].pitch[0]], [luma, 1, 0, 384]);
		assert.equal([got.layers[1].drm_format, got.layers[1].num_planes, got.layers[1].offset[0], got.layers[1].pitch[0]], [chroma, 1, 384 * 256, 384]);
		for (const flags of [c.VA_EXPORT_SURFACE_COMPOSED_LAYERS, 0]) {
			Object.assign(input(core, "core_layout"), surfaceLayout(fourcc));
			assert.is(core.display_export(prime, flags), 0);
			got = output(core, "VADRMPRIMESurfaceDescriptor");
			assert.equal([got.num_layers, got.layers[0].drm_format, got.layers[0].num_planes], [1, whole, 2]);
			assert.equal([got.layers[0].offset[1], got.layers[0].pitch[1]], [384 * 256, 384]);
		}
	}
	const both = c.VA_EXPORT_SURFACE_SEPARATE_LAYERS | c.VA_EXPORT_SURFACE_COMPOSED_LAYERS;
	assert.is(core.display_export(prime, both), c.VA_STATUS_ERROR_INVALID_PARAMETER);
	assert.is(core.display_export(c.VA_SURFACE_ATTRIB_MEM_TYPE_VA, 0), c.VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
});

/** Carries out copies as the glue does, and compares each sample with the surface's. */
function copied(core: Exports, count: number, source: Uint8Array, size: number): Uint8Array {
	const target = new Uint8Array(size).fill(0xee);
	for (let i = 0; i < count; i++) {
		const copy = output(core, "core_copy", i);
		for (let row = 0; row < copy.rows; row++) {
			const from = copy.source_offset + row * copy.source_pitch;
			const to = copy.destination_offset + row * copy.destination_pitch;
			const second = copy.second_offset + row * copy.second_pitch;
			for (let byte = 0; byte < copy.row_bytes; byte++) {
				const pair = Math.floor(byte / (2 * copy.sample_size));
				const part = pair * copy.sample_size + (byte % copy.sample_size);
				const odd = Math.floor(byte / copy.sample_size) % 2 === 1;
				if (copy.kind === c.CORE_COPY_ROWS) target[to + byte] = source[from + byte];
				else if (copy.kind === c.CORE_COPY_SPLIT) target[(odd ? second : to) + part] = source[from + byte];
				else target[to + byte] = source[(odd ? second : from) + part];
			}
		}
	}
	return target;
}

for (const [name, fourcc] of [["NV12", c.VA_FOURCC_NV12], ["I420", c.VA_FOURCC_I420], ["YV12", c.VA_FOURCC_YV12]] as const) {
	test(`a rectangle goes to a ${name} image and back, sample by sample`, () => {
		const core = display();
		core.display_create_image(fourcc, 64, 48);
		const image = plain(output(core, "core_layout"));
		const surface = surfaceLayout(c.VA_FOURCC_NV12);
		const pixels = Uint8Array.from({ length: surface.size }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
		const [x, y, width, height] = [6, 10, 50, 30];
		Object.assign(input(core, "core_layout"), surface);
		Object.assign(input(core, "core_layout", 1), image);
		const count = core.display_get_image(x, y, width, height);
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
		Object.assign(input(core, "core_layout"), image);
		Object.assign(input(core, "core_layout", 1), surface);
		const back = core.display_put_image(0, 0, width, height, x, y);
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
		Object.assign(input(core, "core_layout"), surface);
		Object.assign(input(core, "core_layout", 1), image);
		return core.display_get_image(...rectangle) >>> 0;
	};
	const nv12 = surfaceLayout(c.VA_FOURCC_NV12);
	const invalid = REFUSED + c.VA_STATUS_ERROR_INVALID_PARAMETER;
	for (const rectangle of [[0, 0, 323, 242], [0, 0, 322, 243], [322, 0, 1, 1], [1, 0, 322, 1], [0, 0, 0, 1], [0xffffffff, 0, 2, 1]]) {
		assert.is(attempt(nv12, nv12, ...rectangle), invalid, String(rectangle));
	}
	assert.is(attempt(nv12, { ...nv12, width: 10 }, 0, 0, 11, 1), invalid);
	const unlike = REFUSED + c.VA_STATUS_ERROR_INVALID_IMAGE_FORMAT;
	assert.is(attempt(nv12, surfaceLayout(c.VA_FOURCC_P010), 0, 0, 10, 10), unlike);
	assert.is(attempt({ ...nv12, fourcc: c.VA_FOURCC_I420 }, { ...nv12, fourcc: c.VA_FOURCC_YV12 }, 0, 0, 10, 10), unlike);
	assert.is(attempt(surfaceLayout(c.VA_FOURCC_P010), surfaceLayout(c.VA_FOURCC_P010), 0, 0, 10, 10), 2);
});

test.run();
