// SPDX-License-Identifier: MIT
// The smallest pictures that exercise the session: one I or P slice, written bit by bit.
import { constants as c } from "../../support/layout.ts";
import type { Outcome, ScriptedDevice } from "./scripted-device.ts";
import { sizeOf, type View, view } from "./structs.ts";

const scratch = new WebAssembly.Memory({ initial: 1 });

/** The bytes of a struct, filled by `fill` on zeroes. */
export function bytesOf(struct: string, fill: (view: View) => void): Uint8Array {
	const bytes = new Uint8Array(scratch.buffer, 0, sizeOf(struct));
	bytes.fill(0);
	fill(view(scratch, struct, 0));
	return bytes.slice();
}

export interface PictureOptions {
	surface: number;
	width?: number;
	height?: number;
	frameNum?: number;
	idr?: boolean;
	/** 1 top field, 2 bottom field. */
	field?: number;
	/** Surfaces of frame_num 0, or surfaces with their frame_num. */
	references?: (number | [surface: number, frameNum: number])[];
	depth?: number;
	/** Bytes of one slice's data. */
	bytes?: number;
	slices?: number;
}

/** VAPictureParameterBufferH264 with 4-bit frame_num and POC. */
export function pictureParameters(options: PictureOptions): Uint8Array {
	return bytesOf("VAPictureParameterBufferH264", (picture) => {
		const field = options.field ?? 0;
		const parity = field === 1 ? c.VA_PICTURE_H264_TOP_FIELD : field === 2 ? c.VA_PICTURE_H264_BOTTOM_FIELD : 0;
		picture.CurrPic = { picture_id: options.surface, frame_idx: options.frameNum ?? 0, flags: parity };
		for (let i = 0; i < 16; i++) {
			const [surface, frameNum] = [options.references?.[i] ?? 0xffffffff, 0].flat();
			const none = surface === 0xffffffff;
			const flags = none ? c.VA_PICTURE_H264_INVALID : c.VA_PICTURE_H264_SHORT_TERM_REFERENCE;
			picture.ReferenceFrames[i] = { picture_id: surface, frame_idx: frameNum, flags };
		}
		picture.picture_width_in_mbs_minus1 = (options.width ?? 320) / 16 - 1;
		picture.picture_height_in_mbs_minus1 = (options.height ?? 256) / 16 - 1;
		picture.bit_depth_luma_minus8 = (options.depth ?? 8) - 8;
		picture.bit_depth_chroma_minus8 = (options.depth ?? 8) - 8;
		picture.num_ref_frames = 4;
		picture.seq_fields_chroma_format_idc = 1;
		picture.seq_fields_frame_mbs_only_flag = field ? 0 : 1;
		picture.pic_fields_field_pic_flag = field ? 1 : 0;
		picture.frame_num = options.frameNum ?? 0;
	});
}

/** The bytes of an I slice of the picture, header first. */
export function sliceData(options: PictureOptions): Uint8Array {
	const idr = options.idr ?? (options.frameNum ?? 0) === 0;
	const u = (value: number, width: number) => value.toString(2).padStart(width, "0");
	let bits = "1" + u(8, 7); // first_mb_in_slice 0, slice_type 7 (all I)
	bits += "1" + u(options.frameNum ?? 0, 4); // pic_parameter_set_id 0, frame_num
	if (options.field) bits += options.field === 2 ? "11" : "10"; // field_pic_flag, bottom_field_flag
	if (idr) bits += "1"; // idr_pic_id 0
	bits += u(0, 4); // pic_order_cnt_lsb
	bits += idr ? "00" : "0"; // dec_ref_pic_marking()
	bits += "1"; // slice_qp_delta 0
	const bytes = new Uint8Array(options.bytes ?? 100).fill(0x55);
	bytes[0] = idr ? 0x65 : 0x61;
	for (let i = 0; i < bits.length; i += 8) bytes[1 + i / 8] = Number.parseInt(bits.slice(i, i + 8).padEnd(8, "1"), 2);
	return bytes;
}

export function sliceParameters(size: number, offset = 0): Uint8Array {
	return bytesOf("VASliceParameterBufferH264", (slice) => {
		slice.slice_data_size = size;
		slice.slice_data_offset = offset;
		slice.slice_type = 2;
	});
}

/** Begin, parameters, slices, end; the first outcome that is no success, or the last. */
export function decode(device: ScriptedDevice, options: PictureOptions, exported = 0): Outcome {
	let outcome = device.call("context_begin_picture", options.surface);
	if (outcome.status === 0) outcome = device.parameter(c.VAPictureParameterBufferType, pictureParameters(options));
	const data = sliceData(options);
	for (let i = 0; i < (options.slices ?? 1) && outcome.status === 0; i++) {
		outcome = device.slice(sliceParameters(data.length), data);
	}
	const end = device.call("context_end_picture", exported);
	return outcome.status === 0 ? end : outcome;
}
