// SPDX-License-Identifier: MIT
// Memory that the player brings along: what is taken as it is described, and what is refused, with which reason.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../support/abi.ts";
import { Core } from "./support/core.ts";
import { encode, type Fields, LINEAR } from "./support/struct.ts";

const test = suite("import");
const WIDTH = 322;
const HEIGHT = 242;
const PITCH = 384;
const CHROMA = PITCH * 256;
const SIZE = CHROMA * 1.5;

interface Asked {
	fourcc?: number;
	external?: Fields;
	descriptor?: Fields;
}

/** VAStatus, and core_import. */
function asked({ fourcc = c.VA_FOURCC_NV12, external, descriptor }: Asked): [number, Fields] {
	const core = new Core();
	core.give(
		{ bytes: encode("core_external", external ?? {}) },
		{ at: c.CORE_PARAMETER_CAPACITY, bytes: encode("VADRMPRIMESurfaceDescriptor", descriptor ?? {}) },
	);
	const status = core.call("display_import", fourcc, WIDTH, HEIGHT);
	return [status, core.answer("core_import")];
}

const buffers: Fields = {
	memory_type: c.VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME,
	surfaces: 3,
	memory_size: SIZE + 4096,
	fourcc: c.VA_FOURCC_NV12,
	width: WIDTH,
	height: HEIGHT,
	data_size: SIZE,
	num_planes: 2,
	num_buffers: 3,
	pitches: [PITCH, PITCH, 0],
	offsets: [0, CHROMA, 0],
};
const prime: Fields = {
	memory_type: c.VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
	surfaces: 1,
	memory_size: SIZE + 4096,
};
const composed: Fields = {
	fourcc: c.VA_FOURCC_NV12,
	width: WIDTH,
	height: HEIGHT,
	num_objects: 1,
	objects: [{ size: SIZE, drm_format_modifier: BigInt(c.DRM_FORMAT_MOD_LINEAR) }],
	num_layers: 1,
	layers: [{ drm_format: c.DRM_FORMAT_NV12, num_planes: 2, offset: [0, CHROMA], pitch: [PITCH, PITCH] }],
};
const separate: Fields = {
	...composed,
	num_layers: 2,
	layers: [
		{ drm_format: c.DRM_FORMAT_R8, num_planes: 1, offset: [0], pitch: [PITCH] },
		{ drm_format: c.DRM_FORMAT_GR88, num_planes: 1, offset: [CHROMA], pitch: [PITCH] },
	],
};
const expected: Fields = {
	fourcc: c.VA_FOURCC_NV12,
	width: WIDTH,
	height: HEIGHT,
	plane_count: 2,
	pitches: [PITCH, PITCH, 0],
	offsets: [0, CHROMA, 0],
	...LINEAR,
	most_width: 0,
	most_height: 0,
	exportable: 1,
	size: SIZE,
};

test("linear memory is taken as the player describes it", () => {
	assert.equal(asked({ external: buffers }), [0, { refusal: 0, layout: expected }]);
	for (const descriptor of [composed, separate])
		assert.equal(asked({ external: prime, descriptor }), [0, { refusal: 0, layout: expected }]);
	const unsaid = { ...composed, objects: [{ drm_format_modifier: 0x00ffffffffffffffn }] };
	const [status, answer] = asked({ external: prime, descriptor: unsaid });
	assert.equal(
		[status, answer.layout.size],
		[0, SIZE + 4096],
		"what the dma-buf has, where nothing is said",
	);
	const untold = asked({ external: { ...buffers, data_size: 0 } });
	assert.equal([untold[0], untold[1].layout.size], [0, SIZE + 4096]);
});

test("pitches and offsets are the player's choice, as long as the planes are inside and apart", () => {
	const layers = [{ ...composed.layers[0], pitch: [512, 448], offset: [64, 64 + 512 * HEIGHT] }];
	const memory_size = 64 + 512 * HEIGHT + 448 * (HEIGHT / 2);
	const described = { ...composed, objects: [{ size: 0 }], layers };
	const [status, { layout }] = asked({ external: { ...prime, memory_size }, descriptor: described });
	assert.is(status, 0);
	assert.equal(
		[layout.pitches, layout.offsets],
		[
			[512, 448, 0],
			[64, 64 + 512 * HEIGHT, 0],
		],
	);
	const [short, { refusal }] = asked({
		external: { ...prime, memory_size: memory_size - 1 },
		descriptor: described,
	});
	assert.equal([short, refusal], [c.VA_STATUS_ERROR_INVALID_PARAMETER, c.CORE_IMPORT_TOO_SMALL]);
});

test("of memory larger than any picture, the part that a layout may have is taken", () => {
	const described = { ...composed, objects: [{ size: 0 }] };
	const [status, { layout }] = asked({
		external: { ...prime, memory_size: 0x7fffffff },
		descriptor: described,
	});
	assert.equal([status, layout.size], [0, c.CORE_MAX_LAYOUT_SIZE]);
});

test("10 bit has layers of its own", () => {
	const wide = { offset: [0, CHROMA * 2], pitch: [PITCH * 2, PITCH * 2] };
	const deep = {
		...composed,
		fourcc: c.VA_FOURCC_P010,
		objects: [{ size: SIZE * 2 }],
		layers: [{ drm_format: c.DRM_FORMAT_P010, num_planes: 2, ...wide }],
	};
	const external = { ...prime, memory_size: SIZE * 2 };
	const fourcc = c.VA_FOURCC_P010;
	assert.is(asked({ fourcc, external, descriptor: deep })[0], 0);
	const layers = [c.DRM_FORMAT_R16, c.DRM_FORMAT_GR1616].map((drm_format, i) => ({
		drm_format,
		num_planes: 1,
		offset: [wide.offset[i]],
		pitch: [wide.pitch[i]],
	}));
	assert.is(asked({ fourcc, external, descriptor: { ...deep, num_layers: 2, layers } })[0], 0);
	const narrow = { ...deep, layers: [{ ...deep.layers[0], pitch: [PITCH, PITCH] }] };
	assert.is(asked({ fourcc, external, descriptor: narrow })[1].refusal, c.CORE_IMPORT_PLANES);
});

test("what cannot be decoded to is refused, with the reason", () => {
	const layer = composed.layers[0];
	const [luma, chroma] = separate.layers;
	const bad = c.VA_STATUS_ERROR_INVALID_PARAMETER;
	const memory = c.VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE;
	const format = c.VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT;
	const object = composed.objects[0];
	const cases: [Asked, number, number][] = [
		[{ external: { ...buffers, num_buffers: 2 } }, bad, c.CORE_IMPORT_COUNT],
		[{ external: { ...buffers, tiled: 1 } }, memory, c.CORE_IMPORT_NOT_LINEAR],
		[{ external: { ...buffers, fourcc: c.VA_FOURCC_P010 } }, format, c.CORE_IMPORT_FORMAT],
		[{ external: { ...buffers, num_planes: 3 } }, bad, c.CORE_IMPORT_PLANES],
		[{ external: { ...buffers, width: WIDTH - 1 } }, bad, c.CORE_IMPORT_SIZE],
		[{ external: { ...buffers, height: HEIGHT - 1 } }, bad, c.CORE_IMPORT_SIZE],
		[{ external: { ...buffers, data_size: CHROMA } }, bad, c.CORE_IMPORT_TOO_SMALL],
		[{ external: { ...buffers, memory_size: CHROMA } }, bad, c.CORE_IMPORT_TOO_SMALL],
		[{ external: { ...buffers, pitches: [WIDTH - 1, PITCH] } }, bad, c.CORE_IMPORT_PLANES],
		[{ external: { ...buffers, pitches: [PITCH, 0] } }, bad, c.CORE_IMPORT_PLANES],
		[{ external: { ...buffers, pitches: [0xffffffff, PITCH] } }, bad, c.CORE_IMPORT_PLANES],
		[{ external: { ...buffers, offsets: [0, PITCH * HEIGHT - 1] } }, bad, c.CORE_IMPORT_PLANES],
		[{ external: { ...buffers, offsets: [0xffffff00, CHROMA] } }, bad, c.CORE_IMPORT_PLANES],
		[{ external: { ...buffers, offsets: [0, 0xffffff00] } }, bad, c.CORE_IMPORT_TOO_SMALL],
		[{ external: { ...prime, surfaces: 2 }, descriptor: composed }, bad, c.CORE_IMPORT_COUNT],
		...([
			[{ num_objects: 2 }, memory, c.CORE_IMPORT_OBJECTS],
			[{ num_objects: 0 }, memory, c.CORE_IMPORT_OBJECTS],
			[{ objects: [{ ...object, drm_format_modifier: 1n }] }, memory, c.CORE_IMPORT_NOT_LINEAR],
			[{ fourcc: c.VA_FOURCC_I420 }, format, c.CORE_IMPORT_FORMAT],
			[{ width: WIDTH - 2 }, bad, c.CORE_IMPORT_SIZE],
			[{ height: HEIGHT - 2 }, bad, c.CORE_IMPORT_SIZE],
			[{ objects: [{ ...object, size: CHROMA }] }, bad, c.CORE_IMPORT_TOO_SMALL],
			[{ num_layers: 0 }, bad, c.CORE_IMPORT_PLANES],
			[{ num_layers: 3 }, bad, c.CORE_IMPORT_PLANES],
			[{ layers: [{ ...layer, num_planes: 1 }] }, bad, c.CORE_IMPORT_PLANES],
			[{ layers: [{ ...layer, drm_format: c.DRM_FORMAT_P010 }] }, format, c.CORE_IMPORT_FORMAT],
			[{ num_layers: 2, layers: [chroma, luma] }, format, c.CORE_IMPORT_FORMAT],
			[{ num_layers: 2, layers: [luma, { ...chroma, num_planes: 2 }] }, bad, c.CORE_IMPORT_PLANES],
			[{ num_layers: 2, layers: [luma, { ...chroma, drm_format: 1 }] }, format, c.CORE_IMPORT_FORMAT],
		].map(([over, status, refusal]) => [
			{ external: prime, descriptor: { ...composed, ...(over as Fields) } },
			status,
			refusal,
		]) as [Asked, number, number][]),
	];
	for (const [given, ...wanted] of cases) {
		const [status, { refusal }] = asked(given);
		assert.equal(
			[status, refusal],
			wanted,
			JSON.stringify(given, (_, v) => (typeof v === "bigint" ? Number(v) : v)),
		);
	}
});

test.run();
