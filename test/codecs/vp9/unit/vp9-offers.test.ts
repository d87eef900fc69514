// SPDX-License-Identifier: MIT
// Which of VP9's profiles a decoder is offered for: what it really takes.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../../../support/abi.ts";
import { Core } from "../../../unit/support/core.ts";
import { decode, type Fields, sizeOf } from "../../../unit/support/struct.ts";
import { vp9Facts } from "./support/player.ts";

const test = suite("vp9-offers");
const [P0, P2] = [c.VAProfileVP9Profile0, c.VAProfileVP9Profile2];

/** The profile menu with these items, as a mask. */
const menu = (menu_mask: number): Fields => ({
	...{
		id: c.V4L2_CID_MPEG_VIDEO_VP9_PROFILE,
		type: c.V4L2_CTRL_TYPE_MENU,
		elem_size: 4,
		elems: 1,
		menu_mask,
	},
});

function offered(facts: Fields): number[] {
	const core = new Core();
	core.giveStruct("core_decoder", facts);
	assert.is(core.call("display_add_decoder"), c.VA_STATUS_SUCCESS);
	return core.words(core.call("display_profiles"));
}

test("without a menu, as hantro's G2, what there are CAPTURE formats for", () => {
	assert.equal(offered(vp9Facts()), [P0]);
	assert.equal(offered(vp9Facts({ tenBit: true })), [P0, P2]);
	assert.equal(offered(vp9Facts({ tenBit: true, captureFourcc: c.V4L2_PIX_FMT_NV16 })), [P2]);
	assert.equal(offered(vp9Facts({ tenBit: true, deepFourcc: c.V4L2_PIX_FMT_NV15 })), [P0, P2], "packed");
});

test("with a menu, what it lists, and never profiles 1 and 3", () => {
	assert.equal(offered(vp9Facts({ tenBit: true }, [menu(0b0001)])), [P0], "rkvdec");
	assert.equal(offered(vp9Facts({ tenBit: true }, [menu(0b1111)])), [P0, P2]);
	assert.equal(offered(vp9Facts({}, [menu(0b0101)])), [P0], "no 10 bit");
	assert.equal(offered(vp9Facts({ tenBit: true }, [menu(0b1010)])), []);
});

test("no decoder goes without the frame control; that of the compressed header may be missing", () => {
	const facts = vp9Facts();
	const only = (i: number): Fields => ({ ...facts, controls: [facts.controls[i]], control_count: 1 });
	assert.equal(offered(only(0)), [P0]);
	assert.equal(offered(only(1)), []);
});

test("the probe for formats of 10 bit is a frame of that depth", () => {
	const core = new Core();
	const probe = (facts: Fields, depth: number) => {
		core.giveStruct("core_decoder", facts);
		return core.call("display_probe_control", c.V4L2_PIX_FMT_VP9_FRAME, depth);
	};
	for (const [depth, profile] of [
		[8, 0],
		[10, 2],
	]) {
		assert.is(probe(vp9Facts(), depth), 1);
		const { id, address, size } = core.answer("core_control");
		assert.equal([id, size], [c.V4L2_CID_STATELESS_VP9_FRAME, sizeOf("v4l2_ctrl_vp9_frame")]);
		const frame = decode("v4l2_ctrl_vp9_frame", core.bytes(address, size));
		const both = c.V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING | c.V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING;
		assert.equal([frame.bit_depth, frame.profile, frame.flags], [depth, profile, both]);
	}
	assert.is(probe(vp9Facts(), 12), 0);
	assert.is(probe(vp9Facts({}, [menu(1)]), 10), 0, "the menu has no profile 2");
});

test.run();
