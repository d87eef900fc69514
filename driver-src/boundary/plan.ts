// SPDX-License-Identifier: MIT
/** Writes the plan (struct core_plan) that answers an event, into the output area. */
import {
	CORE_MAX_PLAN_CONTROLS,
	CORE_MAX_STEPS,
	CORE_MESSAGE_NONE,
	CORE_NONE,
	CORE_THEN_PAUSE,
	CORE_THEN_REPORT,
	CORE_THEN_RETURN,
	CORE_THEN_WAIT,
	CORE_THEN_WAIT_READERS,
	core_plan,
	core_step,
	core_step_SIZE,
} from "../abi/exchange";
import { VA_STATUS_SUCCESS } from "../abi/va";
import { output_address } from "./areas";

function plan(): core_plan {
	return changetype<core_plan>(output_address());
}

/** What the next plan that returns has to say, unless it says something else: CORE_MESSAGE_*, and its value. */
let remark: u32 = CORE_MESSAGE_NONE;
let remark_value: u32 = 0;

/** Says this with the next plan that returns. Of several the last remains. */
export function plan_remark(message: u32, value: u32): void {
	remark = message;
	remark_value = value;
	if (plan().then == CORE_THEN_RETURN) plan_return(plan().status, plan().message);
}

/** For a new context. */
export function plan_reset(): void {
	remark = CORE_MESSAGE_NONE;
}

/** An empty plan that returns success. Steps and controls are cleared as they are added. */
export function plan_begin(): void {
	if (plan().then == CORE_THEN_RETURN && plan().message == remark) remark = CORE_MESSAGE_NONE;
	memory.fill(output_address(), 0, <u32>(changetype<usize>(plan().controls(0)) - output_address()));
	plan_return(VA_STATUS_SUCCESS);
}

/** Adds a step; the caller fills in what its operation reads. */
export function plan_step(op: u32): core_step {
	const count = plan().step_count;
	assert(count < CORE_MAX_STEPS, "a plan has too many steps");
	plan().step_count = count + 1;
	const step = plan().steps(count);
	memory.fill(changetype<usize>(step), 0, core_step_SIZE);
	step.op = op;
	step.slot = CORE_NONE;
	step.index = CORE_NONE;
	step.surface = CORE_NONE;
	return step;
}

/** Adds a control to the plan's table; returns its place there. */
export function plan_control(id: u32, address: usize, size: u32): u32 {
	const count = plan().control_count;
	assert(count < CORE_MAX_PLAN_CONTROLS, "a plan has too many controls");
	plan().control_count = count + 1;
	const control = plan().controls(count);
	control.id = id;
	control.address = <u32>address;
	control.size = size;
	return count;
}

/** After the steps: return this status to the player, with a sentence unless message is 0. */
export function plan_return(
	status: u32,
	message: u32 = CORE_MESSAGE_NONE,
	first: u32 = 0,
	second: u32 = 0,
): void {
	const remarks = message == CORE_MESSAGE_NONE;
	plan().then = CORE_THEN_RETURN;
	plan().status = status;
	plan().message = remarks ? remark : message;
	plan().set_message_values(0, remarks ? remark_value : first);
	plan().set_message_values(1, second);
}

/** After the steps: hand the result of the last one to context_report(). */
export function plan_report(): void {
	plan().then = CORE_THEN_REPORT;
}

/**
 * After the steps: wait for the device, then context_resume(token, ...). surface: whose picture is waited for; CORE_NONE: none
 * in particular.
 */
export function plan_wait(token: u32, timeout_ms: u32, surface: u32): void {
	plan().then = CORE_THEN_WAIT;
	plan().surface = surface;
	plan().token = token;
	plan().timeout_ms = timeout_ms;
}

/** After the steps: wait until nobody reads the surface's memory any more, then context_resume(token, ...). */
export function plan_wait_readers(token: u32, timeout_ms: u32, surface: u32): void {
	plan_wait(token, timeout_ms, surface);
	plan().then = CORE_THEN_WAIT_READERS;
}

/** After the steps: let `time_ms` go by, then context_resume(token, 0). */
export function plan_pause(token: u32, time_ms: u32): void {
	plan().then = CORE_THEN_PAUSE;
	plan().token = token;
	plan().timeout_ms = time_ms;
}

/** The token of the wait that the plan ends with; 0 when it ends otherwise. */
export function plan_token(): u32 {
	return plan().then == CORE_THEN_WAIT ? plan().token : 0;
}

/** The VAStatus that the plan ends with as it stands, if it returns. */
export function plan_status(): u32 {
	return plan().status;
}

/** Whether the plan ends with success as it stands. */
export function plan_returns_success(): bool {
	return plan().then == CORE_THEN_RETURN && plan().status == VA_STATUS_SUCCESS;
}

/** The operation of a step of the last plan. */
export function plan_step_op(index: u32): u32 {
	return index < plan().step_count ? plan().steps(index).op : 0;
}
