// SPDX-License-Identifier: MIT
// Where memory for pictures comes from: cached memory first, wherever the decoder can reach it.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../support/abi.ts";
import { Core } from "./support/core.ts";
import { Device, decoderFacts } from "./support/device.ts";
import { decode, of, state } from "./support/session.ts";
import type { Fields } from "./support/struct.ts";

const test = suite("memory for pictures");

const {
	CORE_SOURCE_CONTIGUOUS_HEAP: CONTIGUOUS,
	CORE_SOURCE_DECODER: DECODER,
	CORE_SOURCE_DECODER_OUTPUT: OUTPUT,
	CORE_SOURCE_SYSTEM_HEAP: SYSTEM,
	CORE_SOURCE_UDMABUF: UDMABUF,
} = c;

const factsWith = (mmu: number): Fields => ({ ...decoderFacts(), mmu });

function context(mmu: number): Device {
	const device = new Device({ contextFacts: factsWith(mmu) });
	assert.is(device.create(c.VAProfileH264High, 320, 256).status, 0);
	return device;
}

const sourcesOf = (device: Device): number[] => of(device, "USE_LAYOUT").at(-1)?.allocation.sources;

test("any cached memory comes before the decoder's own where it has an MMU, contiguous memory alone where not", () => {
	for (const [mmu, expected] of [
		[1, [SYSTEM, UDMABUF, CONTIGUOUS, DECODER]],
		[0, [CONTIGUOUS, DECODER, SYSTEM, UDMABUF]],
	] as const) {
		const device = context(mmu);
		assert.is(decode(device, { surface: 100 }).status, 0);
		assert.equal(sourcesOf(device), expected);
		assert.is(of(device, "USE_LAYOUT")[0].allocation.ask_format, 0, "the format is known");
		const core = new Core();
		core.giveStruct("core_decoder", factsWith(mmu));
		core.call("display_add_decoder");
		const asked = (beside: number): Fields => {
			const { VA_FOURCC_NV12: fourcc, VAProfileH264High: profile } = c;
			assert.is(core.call("display_surface_memory", fourcc, 320, 256, profile, beside), 0);
			return core.answer("core_allocation");
		};
		assert.equal(asked(0).sources, expected);
		assert.is(asked(0).ask_format, 1, "what the decoder writes has its own size");
		assert.equal(
			asked(1).sources,
			expected.map((each) => (each === DECODER ? OUTPUT : each)),
		);
		assert.is(asked(1).ask_format, 0);
	}
});

test("a decoder that refuses memory gets its own from then on, and the picture is not lost", () => {
	for (const error of [c.EFAULT, c.EINVAL]) {
		const device = context(1);
		let refusals = 0;
		const own = () => sourcesOf(device)[0] === DECODER;
		device.fails = ({ op }) => {
			if (op !== "QUEUE_CAPTURE" || own()) return 0;
			refusals++;
			return error;
		};
		assert.is(decode(device, { surface: 100 }).status, 0);
		assert.equal(sourcesOf(device), [DECODER, CONTIGUOUS, SYSTEM, UDMABUF]);
		assert.is(decode(device, { surface: 101 }).status, 0);
		device.completeAll();
		assert.is(refusals, 1);
		assert.equal(
			of(device, "QUEUE_CAPTURE").map(({ flags }) => flags),
			[0, c.CORE_CAPTURE_OWN_MEMORY, 0],
		);
		assert.equal(device.delivered, [100]);
		for (const surface of [100, 101]) assert.is(state(device, surface), c.CORE_SURFACE_READY);
	}
});

test("memory of the CAPTURE buffer's own is asked for again, too, when it is refused", () => {
	const device = context(1);
	device.fails = ({ op, flags }, nth) => {
		if (op !== "QUEUE_CAPTURE") return 0;
		if (flags === 0) return c.EXDEV; // an export of another layout
		return sourcesOf(device)[0] === DECODER ? 0 : nth && c.EFAULT;
	};
	assert.is(decode(device, { surface: 100 }).status, 0);
	device.completeAll();
	assert.equal(device.delivered, [100]);
});

test("a decoder that refuses all memory fails that picture alone, and is not asked for ever", () => {
	const device = context(1);
	device.fails = ({ op }) => (op === "QUEUE_CAPTURE" ? c.EFAULT : 0);
	assert.is.not(decode(device, { surface: 100 }).status, 0);
	assert.is(of(device, "QUEUE_CAPTURE").length, 2);
	device.fails = () => 0;
	assert.is(decode(device, { surface: 101 }).status, 0);
});

test.run();
