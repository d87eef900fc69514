// SPDX-License-Identifier: MIT
// What is handed out has pitches and offsets that are multiples of 64, whatever the decoder; DRM formats are drm_fourcc.h's.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../support/abi.ts";
import { Core } from "./support/core.ts";
import { Device, type DeviceOptions, decoderFacts } from "./support/device.ts";
import { decode, of, opened } from "./support/session.ts";
import type { Fields } from "./support/struct.ts";

const test = suite("what can be handed out");

const SIZES = [
	[352, 288],
	[426, 240],
	[720, 576],
	[854, 480],
	[1440, 1080],
] as const;

const rkvdec = [...new TextEncoder().encode("rkvdec")];
const round = (size: number, step: number) => Math.ceil(size / step) * step;

function display(facts: Fields): Core {
	const core = new Core();
	core.giveStruct("core_decoder", facts);
	assert.is(core.call("display_add_decoder"), 0);
	return core;
}

/** The layout that the memory has when rows are as long as widths rounded up to `step`, which hantro and cedrus make 16. */
function layoutOf(core: Core, fourcc: number, width: number, height: number, step: number): Fields {
	const deep = fourcc === c.VA_FOURCC_P010;
	const [lines, pitch] = [round(height, 16), round(width, step) * (deep ? 2 : 1)];
	core.giveStruct("core_format", {
		fourcc: deep ? c.V4L2_PIX_FMT_P010 : c.V4L2_PIX_FMT_NV12,
		width: round(width, 16),
		height: lines,
		plane_count: 1,
		bytesperline: [pitch],
		sizeimage: [(pitch * lines * 3) / 2],
	});
	assert.is(core.call("display_surface_layout", fourcc, width, height), 0);
	return core.answer("core_layout");
}

const aligned = ({ pitches, offsets }: Fields): boolean =>
	[...pitches.slice(0, 2), ...offsets.slice(0, 2)].every((each) => each % 64 === 0);

test("memory of hantro and cedrus is exportable only where its rows happen to be", () => {
	const core = display(decoderFacts());
	const [nv12, p010] = [c.VA_FOURCC_NV12, c.VA_FOURCC_P010];
	for (const [width, height] of SIZES) {
		const layout = layoutOf(core, nv12, width, height, 16);
		assert.is(layout.exportable, 0, `${width}x${height}`);
		assert.is(layoutOf(core, nv12, width, height, 64).exportable, 1, `${width}x${height}`);
		const deep = layoutOf(core, p010, width, height, 16);
		assert.is(deep.exportable === 1, aligned(deep), `${width}x${height}, 10 bit`);
	}
	assert.is(layoutOf(core, nv12, 1920, 1080, 16).exportable, 1);
	assert.is(layoutOf(core, p010, 352, 288, 16).exportable, 1, "704 bytes");
	assert.is(layoutOf(core, p010, 854, 480, 16).exportable, 1, "1728 bytes");
	assert.is(layoutOf(core, p010, 720, 576, 16).exportable, 0, "1440 bytes");
});

test("memory beside the decoder's is exportable at every size", () => {
	for (const options of [{}, { tenBit: true }] satisfies DeviceOptions[]) {
		const core = display(decoderFacts(options));
		const fourcc = options.tenBit ? c.VA_FOURCC_P010 : c.VA_FOURCC_NV12;
		for (const [width, height] of SIZES) {
			assert.is(core.call("display_surface_memory", fourcc, width, height, c.VAProfileH264High, 1), 0);
			const allocation = core.answer("core_allocation");
			assert.not(allocation.sources.includes(c.CORE_SOURCE_DECODER), "CAPTURE has other rows");
			core.giveStruct("core_format", allocation.assumed);
			assert.is(core.call("display_surface_layout", fourcc, width, height), 0);
			const layout = core.answer("core_layout");
			assert.is(layout.exportable, 1);
			assert.ok(aligned(layout));
			for (const layers of [c.VA_EXPORT_SURFACE_SEPARATE_LAYERS, c.VA_EXPORT_SURFACE_COMPOSED_LAYERS]) {
				core.giveStruct("core_layout", layout);
				assert.is(core.call("display_export", layers), 0);
				const { layers: all, num_layers } = core.answer("VADRMPRIMESurfaceDescriptor");
				for (const layer of all.slice(0, num_layers)) {
					for (let i = 0; i < layer.num_planes; i++)
						assert.is(layer.pitch[i] % 64 || layer.offset[i] % 64, 0);
				}
			}
		}
	}
});

test("tiles are never exportable", () => {
	const core = display(decoderFacts({ captureFourcc: c.V4L2_PIX_FMT_NV12_32L32 }));
	core.giveStruct("core_format", {
		...{ fourcc: c.V4L2_PIX_FMT_NV12_32L32, width: 320, height: 256, plane_count: 1 },
		...{ bytesperline: [320], sizeimage: [320 * 256 * 1.5] },
	});
	assert.is(core.call("display_surface_layout", c.VA_FOURCC_NV12, 320, 256), 0);
	assert.is(core.answer("core_layout").exportable, 0);
});

test("rkvdec, and nobody else, is asked for rows of a multiple of 64", () => {
	const names: [name: string, step: number][] = [
		["rkvdec", 64],
		["rkvdec2", 16],
		["rkvde", 16],
		["hantro-vpu", 16],
		["cedrus", 16],
		["", 16],
	];
	for (const [name, step] of names) {
		for (const [width, height] of SIZES) {
			const [across, down] = [round(width, 16), round(height, 16)];
			const facts = { ...decoderFacts(), driver: [...new TextEncoder().encode(name)] };
			const device = new Device({ contextFacts: facts });
			assert.is(device.create(c.VAProfileH264High, across, down).status, 0);
			assert.is(decode(device, { surface: 1, width: across, height: down }).status, 0);
			const sizes = of(device, "SET_FORMAT").slice(-2);
			for (const step_ of sizes) assert.is(step_.width, round(across, step), `${name} ${width}`);
			const [{ layout, allocation }] = of(device, "USE_LAYOUT");
			assert.is(allocation.width, round(across, step));
			assert.is(layout.width, across, "the picture is what it was");
			assert.is(layout.exportable, step === 64 || across % 64 === 0 ? 1 : 0, `${name} ${width}`);
		}
	}
	const core = display({ ...decoderFacts(), driver: rkvdec });
	assert.is(core.call("display_surface_memory", c.VA_FOURCC_NV12, 720, 576, c.VAProfileH264High, 0), 0);
	assert.is(core.answer("core_allocation").width, 768, "before there is a context");
});

test("a picture for an exported surface comes as a copy where the decoder's rows cannot be handed out", () => {
	const device = opened({}, 352, 288);
	const shown = { surface: 1, width: 352, height: 288 };
	const flags = () => of(device, "QUEUE_CAPTURE").at(-1)?.flags;
	decode(device, shown);
	assert.is(flags(), 0, "unexported ones stay");
	device.shown.add(1);
	// What is in flight may refer to the picture that the CAPTURE buffer lets go of.
	decode(device, { ...shown, surface: 2, frameNum: 1, idr: false, references: [1] });
	const { waits } = device;
	decode(device, shown);
	assert.is(flags(), c.CORE_CAPTURE_OWN_MEMORY);
	assert.ok(device.waits > waits);
	device.completeAll();
	assert.equal(device.delivered, [1]);
	// The player's own memory is tried as it is: of the same layout, it is decoded to.
	device.shown.add(3);
	device.imported.add(3);
	decode(device, { ...shown, surface: 3 });
	assert.is(flags(), 0);
	const wide = opened({}, 320, 256);
	wide.shown.add(1);
	decode(wide, { surface: 1 });
	assert.is(of(wide, "QUEUE_CAPTURE").at(-1)?.flags, 0, "rows of 320 bytes are fine");
});

test("an import is the player's to lay out", () => {
	const core = display(decoderFacts());
	core.giveStruct("core_external", {
		...{ memory_type: c.VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME, surfaces: 1, memory_size: 352 * 288 * 2 },
		...{ fourcc: c.VA_FOURCC_NV12, width: 352, height: 288, num_planes: 2, num_buffers: 1 },
		...{ pitches: [352, 352], offsets: [0, 352 * 288] },
	});
	assert.is(core.call("display_import", c.VA_FOURCC_NV12, 352, 288), 0);
	assert.is(core.answer("core_import").layout.exportable, 1);
});

test("10 bit goes out as R16 and GR1616, or P010", () => {
	const fourcc = (text: string) => Buffer.from(text, "latin1").readUInt32LE();
	const core = display(decoderFacts({ tenBit: true }));
	const layout = layoutOf(core, c.VA_FOURCC_P010, 320, 240, 64);
	const formats = (layers: number): number[] => {
		core.giveStruct("core_layout", layout);
		assert.is(core.call("display_export", layers), 0);
		const descriptor = core.answer("VADRMPRIMESurfaceDescriptor");
		return descriptor.layers.slice(0, descriptor.num_layers).map((each: Fields) => each.drm_format);
	};
	// drm_fourcc.h: fourcc_code('R', '1', '6', ' '), fourcc_code('G', 'R', '3', '2'), fourcc_code('P', '0', '1', '0').
	assert.equal(formats(c.VA_EXPORT_SURFACE_SEPARATE_LAYERS), [fourcc("R16 "), fourcc("GR32")]);
	assert.equal(formats(c.VA_EXPORT_SURFACE_COMPOSED_LAYERS), [fourcc("P010")]);
	assert.is(fourcc("GR32"), 0x32335247);
});

test.run();
