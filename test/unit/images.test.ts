// SPDX-License-Identifier: MIT
// VAImages, exported descriptors, and the copies between surfaces and images, carried out as the glue does.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../support/abi.ts";
import { Core } from "./support/core.ts";
import { type DeviceOptions, decoderFacts } from "./support/device.ts";
import { type Fields, LINEAR } from "./support/struct.ts";

const test = suite("images");
const REFUSED = 0x80000000;
const FORMATS = [c.VA_FOURCC_NV12, c.VA_FOURCC_I420, c.VA_FOURCC_YV12, c.VA_FOURCC_P010];
/** A display with a decoder of this kind. */
function display(options: DeviceOptions): Core {
	const core = new Core();
	core.giveStruct("core_decoder", decoderFacts(options));
	assert.is(core.call("display_add_decoder"), 0);
	return core;
}

const core = display({ tenBit: true });

const sampleSize = (fourcc: number) => (fourcc === c.VA_FOURCC_P010 ? 2 : 1);

/** The layout of an image of its own. */
function image(fourcc: number, width: number, height: number): Fields {
	assert.is(core.call("display_create_image", fourcc, width, height), 0);
	return core.answer("core_layout");
}

/** The layout of a surface in padded memory. */
function surface(fourcc: number): Fields {
	const [pitch, lines] = [384 * sampleSize(fourcc), 256];
	const offsets = [0, pitch * lines, 0];
	return {
		fourcc,
		width: 322,
		height: 242,
		plane_count: 2,
		pitches: [pitch, pitch, 0],
		offsets,
		size: pitch * 400,
	};
}

test("image formats", () => {
	const listed = (core: Core): number[][] =>
		core
			.answers("VAImageFormat", core.call("display_image_formats"))
			.map(({ fourcc, byte_order, bits_per_pixel, depth }) => [
				fourcc,
				byte_order,
				bits_per_pixel,
				depth,
			]);
	const format = (fourcc: number) => [fourcc, c.VA_LSB_FIRST, 12 * sampleSize(fourcc), 0];
	assert.equal(listed(core), FORMATS.map(format));
	// Without a decoder for 10 bit there are no pictures of 10 bit.
	const eight = display({});
	assert.equal(listed(eight), FORMATS.filter((fourcc) => fourcc !== c.VA_FOURCC_P010).map(format));
	const refused = c.VA_STATUS_ERROR_INVALID_IMAGE_FORMAT;
	assert.is(eight.call("display_create_image", c.VA_FOURCC_P010, 64, 64), refused);
	assert.is(eight.call("display_create_image", c.VA_FOURCC_I420, 64, 64), 0);
});

test("image layouts: planes one after another, in lines of whole 64 bytes, chroma of planar ones in half lines", () => {
	const layout = (fourcc: number, width: number, height: number): unknown[] => {
		const { pitches, offsets, size, plane_count, ...rest } = image(fourcc, width, height);
		assert.equal(rest, {
			fourcc,
			width,
			height,
			...LINEAR,
			most_width: 0,
			most_height: 0,
			exportable: 0,
		});
		return [plane_count, pitches, offsets, size];
	};
	assert.equal(layout(c.VA_FOURCC_NV12, 1, 1), [2, [64, 64, 0], [0, 64, 0], 128]);
	assert.equal(layout(c.VA_FOURCC_NV12, 64, 33), [2, [64, 64, 0], [0, 64 * 33, 0], 64 * (33 + 17)]);
	assert.equal(layout(c.VA_FOURCC_NV12, 65, 2), [2, [128, 128, 0], [0, 256, 0], 384]);
	assert.equal(layout(c.VA_FOURCC_P010, 31, 4), [2, [64, 64, 0], [0, 256, 0], 384]);
	assert.equal(layout(c.VA_FOURCC_P010, 33, 4), [2, [128, 128, 0], [0, 512, 0], 768]);
	for (const planar of [c.VA_FOURCC_I420, c.VA_FOURCC_YV12])
		assert.equal(layout(planar, 100, 5), [3, [128, 64, 64], [0, 640, 640 + 192], 640 + 384]);
	assert.equal(layout(c.VA_FOURCC_NV12, 16384, 2)[1], [16384, 16384, 0]);
	// As large as the glue takes a layout (CORE_MAX_LAYOUT_SIZE), and one row of luma and chroma more.
	assert.is(layout(c.VA_FOURCC_NV12, 16384, 10922)[3], c.CORE_MAX_LAYOUT_SIZE - 16384);
	assert.is(
		core.call("display_create_image", c.VA_FOURCC_NV12, 16384, 10924),
		c.VA_STATUS_ERROR_INVALID_PARAMETER,
	);
});

test("an image of the size of the surface that got memory last has the layout of that surface", () => {
	const other = display({ tenBit: true });
	const answer = (fourcc: number, width: number, height: number): Fields => {
		assert.is(other.call("display_create_image", fourcc, width, height), 0);
		return other.answer("core_layout");
	};
	other.giveStruct("core_format", {
		fourcc: c.V4L2_PIX_FMT_NV12,
		width: 176,
		height: 160,
		plane_count: 1,
		bytesperline: [192, 0],
		sizeimage: [192 * 160 * 2, 0],
	});
	assert.is(other.call("display_surface_layout", c.VA_FOURCC_NV12, 176, 144), 0);
	const surface = other.answer("core_layout");
	assert.equal(
		[surface.pitches, surface.offsets],
		[
			[192, 192, 0],
			[0, 192 * 160, 0],
		],
	);
	assert.equal(answer(c.VA_FOURCC_NV12, 176, 144), surface);
	// A surface whose memory is not handed out after all.
	other.giveStruct("core_format", {
		fourcc: c.V4L2_PIX_FMT_NV12,
		width: 176,
		height: 160,
		plane_count: 1,
		bytesperline: [176, 0],
		sizeimage: [176 * 160 * 2, 0],
	});
	assert.is(other.call("display_surface_layout", c.VA_FOURCC_NV12, 176, 144), 0);
	assert.is(other.answer("core_layout").exportable, 0);
	assert.equal(answer(c.VA_FOURCC_NV12, 176, 144), surface);
	// A surface that got none, an image of another format or size: the image's own.
	assert.not(other.call("display_surface_layout", c.VA_FOURCC_NV12, 178, 144) === 0);
	assert.equal(answer(c.VA_FOURCC_NV12, 176, 144), surface);
	assert.equal(answer(c.VA_FOURCC_NV12, 178, 144).pitches, [192, 192, 0]);
	assert.equal(answer(c.VA_FOURCC_NV12, 176, 146).pitches, [192, 192, 0]);
	assert.equal(answer(c.VA_FOURCC_P010, 176, 144).pitches, [384, 384, 0]);
});

test("images of unknown formats, without a size or too large are refused", () => {
	const refused = (fourcc: number, width: number, height: number): number =>
		core.call("display_create_image", fourcc, width, height);
	assert.is(refused(c.VA_FOURCC_YUY2, 64, 64), c.VA_STATUS_ERROR_INVALID_IMAGE_FORMAT);
	for (const [width, height] of [
		[0, 64],
		[64, 0],
		[16897, 64],
		[64, 16897],
	])
		assert.is(refused(c.VA_FOURCC_NV12, width, height), c.VA_STATUS_ERROR_INVALID_PARAMETER);
});

test("exports: separate layers have one plane each, composed ones both", () => {
	const nothing = {
		drm_format: 0,
		num_planes: 0,
		object_index: [0, 0, 0, 0],
		offset: [0, 0, 0, 0],
		pitch: [0, 0, 0, 0],
	};
	const noObject = { fd: 0, size: 0, drm_format_modifier: 0n };
	for (const [fourcc, luma, chroma, whole] of [
		[c.VA_FOURCC_NV12, c.DRM_FORMAT_R8, c.DRM_FORMAT_GR88, c.DRM_FORMAT_NV12],
		[c.VA_FOURCC_P010, c.DRM_FORMAT_R16, c.DRM_FORMAT_GR1616, c.DRM_FORMAT_P010],
	]) {
		const layout = surface(fourcc);
		const [pitch] = layout.pitches;
		const second = layout.offsets[1];
		const exported = (flags: number, ...layers: Fields[]): void => {
			core.giveStruct("core_layout", layout);
			assert.is(core.call("display_export", flags), 0);
			assert.equal(core.answer("VADRMPRIMESurfaceDescriptor"), {
				fourcc,
				width: 322,
				height: 242,
				num_objects: 1,
				objects: [{ ...noObject, size: layout.size }, noObject, noObject, noObject],
				num_layers: layers.length,
				layers: [...layers, nothing, nothing, nothing].slice(0, 4),
			});
		};
		const separate = c.VA_EXPORT_SURFACE_SEPARATE_LAYERS | c.VA_EXPORT_SURFACE_READ_ONLY;
		exported(
			separate,
			{ ...nothing, drm_format: luma, num_planes: 1, pitch: [pitch, 0, 0, 0] },
			{
				...nothing,
				drm_format: chroma,
				num_planes: 1,
				offset: [second, 0, 0, 0],
				pitch: [pitch, 0, 0, 0],
			},
		);
		for (const flags of [c.VA_EXPORT_SURFACE_COMPOSED_LAYERS, 0]) {
			const offset = [0, second, 0, 0];
			exported(flags, {
				...nothing,
				drm_format: whole,
				num_planes: 2,
				offset,
				pitch: [pitch, pitch, 0, 0],
			});
		}
	}
	const both = c.VA_EXPORT_SURFACE_SEPARATE_LAYERS | c.VA_EXPORT_SURFACE_COMPOSED_LAYERS;
	assert.is(core.call("display_export", both), c.VA_STATUS_ERROR_INVALID_PARAMETER);
	core.giveStruct("core_layout", image(c.VA_FOURCC_I420, 64, 64));
	assert.is(core.call("display_export", 0), c.VA_STATUS_ERROR_INVALID_SURFACE);
});

// ---- copies ---------------------------------------------------------------------------------------------

/** Carries out the copies of the last answer. */
function carryOut(count: number, source: Uint8Array, target: Uint8Array): void {
	for (const copy of core.answers("core_copy", count)) {
		for (let row = 0; row < copy.rows; row++) {
			const from = copy.source_offset + row * copy.source_pitch;
			const to = copy.destination_offset + row * copy.destination_pitch;
			const second = copy.second_offset + row * copy.second_pitch;
			for (let byte = 0; byte < copy.row_bytes; byte++) {
				const part =
					Math.floor(byte / (2 * copy.sample_size)) * copy.sample_size + (byte % copy.sample_size);
				const odd = Math.floor(byte / copy.sample_size) % 2 === 1;
				if (copy.kind === c.CORE_COPY_ROWS) target[to + byte] = source[from + byte];
				else if (copy.kind === c.CORE_COPY_SPLIT)
					target[(odd ? second : to) + part] = source[from + byte];
				else target[to + byte] = source[(odd ? second : from) + part];
			}
		}
	}
}

/** Where a sample is: component 0 Y, 1 Cb, 2 Cr; column and row count its own samples. */
function place(layout: Fields, component: number, column: number, row: number): number {
	const size = sampleSize(layout.fourcc);
	if (component === 0 || layout.plane_count === 3) {
		const plane = layout.fourcc === c.VA_FOURCC_YV12 && component > 0 ? 3 - component : component;
		return layout.offsets[plane] + row * layout.pitches[plane] + column * size;
	}
	return layout.offsets[1] + row * layout.pitches[1] + (2 * column + component - 1) * size;
}

/** What a copy of a rectangle leaves in the target: samples that both sides have, and nothing else. */
function expected(
	source: Fields,
	bytes: Uint8Array,
	destination: Fields,
	[sourceX, sourceY, width, height, x, y]: number[],
): Uint8Array {
	const target = new Uint8Array(destination.size).fill(0xee);
	const size = sampleSize(source.fourcc);
	const chroma = (from: number, to: number, length: number) =>
		Math.min(...[from, to].map((at) => Math.ceil((at + length) / 2) - Math.floor(at / 2)));
	for (const component of [0, 1, 2]) {
		const half = (value: number) => (component === 0 ? value : value >> 1);
		const columns = component === 0 ? width : chroma(sourceX, x, width);
		const rows = component === 0 ? height : chroma(sourceY, y, height);
		for (let row = 0; row < rows; row++) {
			for (let column = 0; column < columns; column++) {
				const from = place(source, component, half(sourceX) + column, half(sourceY) + row);
				const to = place(destination, component, half(x) + column, half(y) + row);
				for (let byte = 0; byte < size; byte++) target[to + byte] = bytes[from + byte];
			}
		}
	}
	return target;
}

const noise = (size: number) => Uint8Array.from({ length: size }, (_, i) => (i * 7 + (i >> 8) * 3) & 0x7f);
/** The same on both sides, or 8 bit between interleaved and planar. */
const pairs = [
	[c.VA_FOURCC_NV12, c.VA_FOURCC_NV12],
	[c.VA_FOURCC_NV12, c.VA_FOURCC_I420],
	[c.VA_FOURCC_NV12, c.VA_FOURCC_YV12],
	[c.VA_FOURCC_P010, c.VA_FOURCC_P010],
];
const side = (length: number) => fc.tuple(fc.integer({ min: 1, max: length }), fc.nat(9), fc.nat(9));

for (const direction of ["get", "put"]) {
	test(`${direction}: any rectangle, sample by sample, and nothing beside it`, () => {
		fc.assert(
			fc.property(
				fc.constantFrom(...pairs),
				side(60),
				side(40),
				([own, other], horizontal, vertical) => {
					const [width, left, x] = horizontal;
					const [height, top, y] = vertical;
					const layouts = {
						surface: surface(own),
						image: image(other, left + width, top + height),
					};
					const [source, destination] =
						direction === "get"
							? [layouts.surface, layouts.image]
							: [layouts.image, layouts.surface];
					const rectangle =
						direction === "get" ? [x, y, width, height, 0, 0] : [left, top, width, height, x, y];
					core.giveStructs("core_layout", [source, destination]);
					const count =
						direction === "get"
							? core.call("display_get_image", x, y, width, height)
							: core.call("display_put_image", ...rectangle);
					assert.is(count, 2);
					const bytes = noise(source.size);
					const target = new Uint8Array(destination.size).fill(0xee);
					carryOut(count, bytes, target);
					assert.is(target.length, destination.size);
					assert.is(
						Buffer.compare(target, expected(source, bytes, destination, rectangle)),
						0,
						String(rectangle),
					);
				},
			),
			{ numRuns: 150 },
		);
	});
}

test("rectangles outside either side and unlike formats are refused", () => {
	const attempt = (from: object, to: object, ...rectangle: number[]) => {
		core.giveStructs("core_layout", [from, to]);
		return core.call("display_get_image", ...rectangle);
	};
	const nv12 = surface(c.VA_FOURCC_NV12);
	const deep = surface(c.VA_FOURCC_P010);
	const invalid = REFUSED + c.VA_STATUS_ERROR_INVALID_PARAMETER;
	assert.is(attempt(nv12, nv12, 0, 0, 322, 242), 2);
	for (const rectangle of [
		[0, 0, 323, 242],
		[0, 0, 322, 243],
		[322, 0, 1, 1],
		[0, 242, 1, 1],
		[1, 0, 322, 1],
		[0, 1, 1, 242],
		[0, 0, 0, 1],
		[0, 0, 1, 0],
		[0xffffffff, 0, 2, 1],
	]) {
		assert.is(attempt(nv12, nv12, ...rectangle), invalid, String(rectangle));
	}
	assert.is(attempt(nv12, { ...nv12, width: 10 }, 0, 0, 11, 1), invalid);
	assert.is(attempt(nv12, { ...nv12, height: 10 }, 0, 0, 1, 11), invalid);
	core.giveStructs("core_layout", [nv12, { ...nv12, width: 10, height: 10 }]);
	assert.is(core.call("display_put_image", 0, 0, 5, 5, 6, 0), invalid);
	core.giveStructs("core_layout", [nv12, { ...nv12, width: 10, height: 10 }]);
	assert.is(core.call("display_put_image", 0, 0, 5, 5, 0, 6), invalid);
	const unlike = REFUSED + c.VA_STATUS_ERROR_INVALID_IMAGE_FORMAT;
	assert.is(attempt(nv12, deep, 0, 0, 10, 10), unlike);
	const planar = { ...nv12, fourcc: c.VA_FOURCC_I420 };
	assert.is(attempt(planar, { ...nv12, fourcc: c.VA_FOURCC_YV12 }, 0, 0, 10, 10), unlike);
	assert.is(attempt(deep, deep, 0, 0, 10, 10), 2);
});

test.run();
