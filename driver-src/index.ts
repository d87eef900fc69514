// SPDX-License-Identifier: MIT
/**
 * What the glue may call; nothing else is exported. Arguments and results are u32 throughout, structs travel in
 * the input and output areas (glue-c/core/exchange.h).
 *
 * display_*: one instance per VADisplay. Questions with answers; no state but the decoders that were added.
 * context_*: one instance per VAContext. Events; each answers with a plan (struct core_plan) in the output area
 *            unless it says otherwise, and then returns 0.
 *
 * Bodies are one line: this file is the table of contents.
 */

import { input_address, output_address } from "./boundary/areas";
import { set_pointer_bytes } from "./boundary/pointers";
import { add_decoder } from "./device/registry";
import { choose_decoder, config_attribute, create_config, entrypoints, profiles } from "./display/config";
import { export_surface } from "./display/export";
import { create_image, get_image, image_formats, put_image } from "./display/image";
import { import_surface } from "./display/import";
import { probe_control, surface_layout, surface_memory } from "./display/memory";
import { copy_picture, create_surface, surface_attributes } from "./display/surface";
import { judge_access } from "./doctor/access";
import { diagnose } from "./doctor/diagnosis";
import { judge_clip, judge_measurement, judge_run } from "./doctor/measurement";
import { all_profiles, fill_verdict } from "./doctor/verdicts";
import * as context from "./session/context";

// ---- exchange ---------------------------------------------------------------------------------------

/** Address of the input area (CORE_INPUT_CAPACITY bytes). */
export function core_input_address(): u32 {
	return <u32>input_address();
}
/** Address of the output area (CORE_OUTPUT_CAPACITY bytes). */
export function core_output_address(): u32 {
	return <u32>output_address();
}

/** The first call: how many bytes a pointer of the player has, 4 or 8. Of the exports, this one alone returns nothing. */
export function core_set_pointer_bytes(bytes: u32): void {
	set_pointer_bytes(bytes);
}

// ---- display ----------------------------------------------------------------------------------------

/**
 * Input: core_decoder. A decoder that offers nothing this driver speaks is kept out of every answer. Returns VAStatus:
 * MAX_NUM_EXCEEDED for the ninth.
 */
export function display_add_decoder(): u32 {
	return add_decoder();
}

/**
 * The sequence control that makes a device enumerate its CAPTURE formats for a bit depth (10) of a coded format.
 * Input: core_decoder, of which the controls count. Output: core_control. Returns 1, or 0 when that codec needs none, or
 * has no such depth, or the device's profile menu says that the device has not.
 */
export function display_probe_control(coded_fourcc: u32, bit_depth: u32): u32 {
	return probe_control(coded_fourcc, bit_depth);
}

/** Output: i32[count] of VAProfile, each that some decoder serves. Returns count (may be 0). */
export function display_profiles(): u32 {
	return profiles();
}

/** Output: i32[count] of VAEntrypoint. Returns count, 0 when the profile is not offered. */
export function display_entrypoints(profile: u32): u32 {
	return entrypoints(profile);
}

/** The value of one VAConfigAttribType; VA_ATTRIB_NOT_SUPPORTED for those unknown. profile must have been checked. */
export function display_config_attribute(profile: u32, entrypoint: u32, type: u32): u32 {
	return config_attribute(profile, entrypoint, type);
}

/** Input: core_attribute[count]. Output: core_config, of which only `refusal` counts without success. Returns VAStatus. */
export function display_create_config(profile: u32, entrypoint: u32, count: u32): u32 {
	return create_config(profile, entrypoint, count);
}

/**
 * vaCreateContext: which decoder it gets. Input: u32 for each decoder of the display, how many contexts it has. Returns the
 * index of the best for the size and the formats, of those the least used; CORE_NONE when none offers the profile.
 */
export function display_choose_decoder(profile: u32, rt_format: u32, width: u32, height: u32): u32 {
	return choose_decoder(profile, rt_format, width, height);
}

/** Output: core_surface_attribute[n], for vaQuerySurfaceAttributes of a config with (profile, rt_format). Returns n. */
export function display_surface_attributes(profile: u32, rt_format: u32): u32 {
	return surface_attributes(profile, rt_format);
}

/**
 * Input: core_surface_attribute[count] as the player gave them (pointers as 1, NULL as 0). Output: core_surface. Returns
 * VAStatus.
 */
export function display_create_surface(rt_format: u32, width: u32, height: u32, count: u32): u32 {
	return create_surface(rt_format, width, height, count);
}

/**
 * How to get memory for a surface that no context has decoded to yet (it is exported or derived first).
 * profile: of the config made last, VAProfileNone if there was none. beside: 1 when memory as the decoder lays it out turned out
 * not to be exportable (core_layout): other memory then, to which its pictures are copied. Output: core_allocation. Returns VAStatus
 * (VA_STATUS_ERROR_ALLOCATION_FAILED when no decoder can provide it).
 */
export function display_surface_memory(fourcc: u32, width: u32, height: u32, profile: u32, beside: u32): u32 {
	return surface_memory(fourcc, width, height, profile, beside != 0);
}

/**
 * Input: core_format of the CAPTURE queue the memory came from. Output: core_layout of a surface of this fourcc and
 * visible size in it. Returns VAStatus (INVALID_SURFACE when that format cannot hold it).
 */
export function display_surface_layout(fourcc: u32, width: u32, height: u32): u32 {
	return surface_layout(fourcc, width, height);
}

/**
 * A surface in memory of the player's. Input: core_external; a VADRMPRIMESurfaceDescriptor at CORE_PARAMETER_CAPACITY where
 * the memory type is DRM_PRIME_2. Output: core_import. Returns VAStatus.
 */
export function display_import(fourcc: u32, width: u32, height: u32): u32 {
	return import_surface(fourcc, width, height);
}

/** Output: VAImageFormat[n]. Returns n. */
export function display_image_formats(): u32 {
	return image_formats();
}

/** Output: core_layout of a VAImage of its own. Returns VAStatus. */
export function display_create_image(fourcc: u32, width: u32, height: u32): u32 {
	return create_image(fourcc, width, height);
}

/**
 * Input: core_layout of a surface. Output: VADRMPRIMESurfaceDescriptor, all but the fds filled in. Returns VAStatus.
 */
export function display_export(flags: u32): u32 {
	return export_surface(flags);
}

/**
 * Input: core_layout of the surface, then core_layout of the image. The rectangle of the surface goes to the image's
 * top left corner. Output: core_copy[n]. Returns n, or 0x80000000 | VAStatus.
 */
export function display_get_image(x: u32, y: u32, width: u32, height: u32): u32 {
	return get_image(x, y, width, height);
}

/**
 * Input: core_layout of the image, then core_layout of the surface. Same size on both sides (no scaling).
 * Output: core_copy[n]. Returns n, or 0x80000000 | VAStatus.
 */
export function display_put_image(
	source_x: u32,
	source_y: u32,
	width: u32,
	height: u32,
	destination_x: u32,
	destination_y: u32,
): u32 {
	return put_image(source_x, source_y, width, height, destination_x, destination_y);
}

/**
 * A picture was decoded to memory other than its surface's. Input: core_layout of the picture, then core_layout of the
 * surface. Output: core_copy[n] of what both have in common. Returns n, or 0x80000000 | VAStatus.
 */
export function display_copy_picture(): u32 {
	return copy_picture();
}

// ---- doctor (of a display's instance) ----------------------------------------------------------------

/** Output: i32[count] of VAProfile, every one that this driver has. Returns count. */
export function doctor_profiles(): u32 {
	return all_profiles();
}

/** Whether the decoder at a position serves a profile, and what it lacks. Output: core_verdict. Returns 1; 0: no such decoder. */
export function doctor_verdict(position: u32, profile: u32): u32 {
	return fill_verdict(position, profile);
}

/** Input: core_machine. Output: core_problem[count], those that block first. Returns count: 0 when all is well. */
export function doctor_diagnose(): u32 {
	return diagnose();
}

/** What lets the user open a node. Input: core_access. Returns CORE_REMEDY_*. */
export function doctor_judge_access(): u32 {
	return judge_access();
}

/** What a player's run shows. Input: core_measure_run. Output: core_measure_rate. Returns CORE_MEASURE_RUN_*. */
export function doctor_judge_run(): u32 {
	return judge_run();
}

/** Whether a clip's pictures are the right ones. Input: core_measure_clip. Returns CORE_MEASURE_CLIP_*. */
export function doctor_judge_clip(): u32 {
	return judge_clip();
}

/** Input: core_measure_sum. Returns 1 when something is right and nothing is wrong, else 0. */
export function doctor_judge_measurement(): u32 {
	return judge_measurement();
}

// ---- context ----------------------------------------------------------------------------------------

/** vaCreateContext. Input: core_decoder, the one that display_choose_decoder() named. flags: CORE_CONTEXT_*. Plan. */
export function context_create(profile: u32, width: u32, height: u32, flags: u32): u32 {
	context.create(profile, width, height, flags);
	return 0;
}

/**
 * vaBeginPicture. surface: CORE_NONE when the player has none; width, height: its size; target: CORE_TARGET_*, a set. Plan.
 */
export function context_begin_picture(surface: u32, width: u32, height: u32, target: u32): u32 {
	context.begin_picture(surface, width, height, target);
	return 0;
}

/**
 * vaRenderPicture, one element of a buffer that is neither slice parameters nor slice data. Input: its bytes (size
 * of them; a larger element than CORE_PARAMETER_CAPACITY is refused by the glue). type: VABufferType. Plan.
 */
export function context_render_parameter(type: u32, size: u32): u32 {
	context.render_parameter(type, size);
	return 0;
}

/**
 * How many of a slice's first bytes context_render_slice wants to see, at most CORE_SLICE_HEADER_CAPACITY. Input: the
 * element of its parameters at 0 (size bytes).
 */
export function context_slice_header_size(size: u32): u32 {
	return context.slice_header_size(size);
}

/**
 * vaRenderPicture, one slice: called when its data buffer is rendered, once for each element of the slice parameter
 * buffers that came before it. Input: the element at 0 (size bytes), the first bytes of its slice data (those at
 * slice_data_offset, as many as context_slice_header_size said) at CORE_PARAMETER_CAPACITY, its last ones (at most
 * CORE_SLICE_TAIL_CAPACITY) ending where the input area ends. data_size: bytes of the whole data buffer, for the core to check
 * slice_data_offset and slice_data_size against. How many header bytes there are follows from both. Plan: its APPEND steps
 * take bytes from that data buffer.
 */
export function context_render_slice(size: u32, data_size: u32): u32 {
	context.render_slice(size, data_size);
	return 0;
}

/**
 * The surface whose memory gets the samples of the open picture: the one begun, or another with AV1's film grain. Asked before
 * context_end_picture. No plan; CORE_NONE when no picture is open.
 */
export function context_output_surface(): u32 {
	return context.output_surface();
}

/** vaEndPicture. exported: 1 when the surface that gets the samples has been exported. Plan. */
export function context_end_picture(exported: u32): u32 {
	context.end_picture(exported != 0);
	return 0;
}

/** vaDestroyContext: plan that finishes what is in flight and stops the queues; then the glue closes everything. */
export function context_destroy(): u32 {
	context.destroy();
	return 0;
}

/** vaSyncSurface of a surface that was last rendered in this context. Plan. */
export function context_sync_surface(surface: u32): u32 {
	context.sync_surface(surface);
	return 0;
}

/** vaQuerySurfaceStatus. Plan, the same as of context_sync_surface(): whoever only asks waits until now. */
export function context_ask_surface(surface: u32): u32 {
	context.ask_surface(surface);
	return 0;
}

/** No plan. Returns CORE_SURFACE_*, after the glue handed in what the device has finished. */
export function context_surface_state(surface: u32): u32 {
	return context.surface_state(surface);
}

/**
 * No plan. Returns a surface whose picture is damaged or missing, as context_surface_state() says, each picture once; CORE_NONE
 * when there is no more. Worth a call after an error of the device, a copy or a plan.
 */
export function context_damaged_surface(): u32 {
	return context.damaged_surface();
}

/** vaExportSurfaceHandle or a derived image's mapping of a surface last rendered here. Plan (may wait). */
export function context_surface_exported(surface: u32): u32 {
	context.surface_exported(surface);
	return 0;
}

/** The surface is destroyed: its name means nothing from now on. No plan; returns 0. */
export function context_forget_surface(surface: u32): u32 {
	context.forget_surface(surface);
	return 0;
}

/** An OUTPUT buffer was dequeued and its request is complete and reinitialised. flags: V4L2_BUF_FLAG_*. No plan; returns 0. */
export function context_output_done(slot: u32, flags: u32): u32 {
	context.output_done(slot, flags);
	return 0;
}

/**
 * A CAPTURE buffer was dequeued. No plan. Returns the surface that the picture must be copied to from that buffer, before
 * anything else is asked or done; CORE_NONE when it is where it belongs.
 */
export function context_capture_done(index: u32, flags: u32): u32 {
	return context.capture_done(index, flags);
}

/** That copy could not be made. No plan; returns 0. */
export function context_copy_failed(surface: u32): u32 {
	context.copy_failed(surface);
	return 0;
}

/** Answer to CORE_THEN_REPORT. Input: the result of the plan's last step. Plan. */
export function context_report(): u32 {
	context.report();
	return 0;
}

/** Step `step` of the last plan failed with errno `error`; the later ones were not carried out. Plan. */
export function context_step_failed(step: u32, error: u32): u32 {
	context.step_failed(step, error);
	return 0;
}

/** Answer to CORE_THEN_WAIT and CORE_THEN_PAUSE. Plan. */
export function context_resume(token: u32, timed_out: u32): u32 {
	context.resume(token, timed_out != 0);
	return 0;
}
