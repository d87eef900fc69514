// SPDX-License-Identifier: MIT
/** What a player's run over the driver shows, and whether a clip's pictures are the right ones. */
import {
	CORE_MEASURE_CLIP_FAILED,
	CORE_MEASURE_CLIP_HUNG,
	CORE_MEASURE_CLIP_NO_DRIVER,
	CORE_MEASURE_CLIP_NO_PLAYER,
	CORE_MEASURE_CLIP_NOT_OFFERED,
	CORE_MEASURE_CLIP_RIGHT,
	CORE_MEASURE_CLIP_ROUNDED,
	CORE_MEASURE_CLIP_WRONG,
	CORE_MEASURE_END_FAILED,
	CORE_MEASURE_END_HUNG,
	CORE_MEASURE_END_MISSING,
	CORE_MEASURE_END_NO_DRIVER,
	CORE_MEASURE_END_NOT_TRIED,
	CORE_MEASURE_MOST_ROUNDING,
	CORE_MEASURE_RUN_FAILED,
	CORE_MEASURE_RUN_FELL_BACK,
	CORE_MEASURE_RUN_HUNG,
	CORE_MEASURE_RUN_MEASURED,
	CORE_MEASURE_RUN_MISSING,
	CORE_MEASURE_RUN_NO_DRIVER,
	CORE_MEASURE_RUN_NO_SCREEN,
	CORE_MEASURE_RUN_NOT_TRIED,
	CORE_MEASURE_WAY_DIRECT,
	core_measure_clip,
	core_measure_rate,
	core_measure_run,
	core_measure_sum,
} from "../abi/exchange";
import { VAProfileMPEG2Main, VAProfileMPEG2Simple } from "../abi/va";
import { input_address, output_address } from "../boundary/areas";
import { is_offered } from "../device/offers";

/** Input: core_measure_run. Output: core_measure_rate. Returns CORE_MEASURE_RUN_*. */
export function judge_run(): u32 {
	const run = core_measure_run.at(input_address());
	const rate = core_measure_rate.at(output_address());
	rate.tenth_fps = tenth_fps(run);
	rate.cpu_percent = run.elapsed_ms == 0 ? 0 : rounded(<u64>run.cpu_ms * 100, run.elapsed_ms);
	return run_verdict(run);
}

function run_verdict(run: core_measure_run): u32 {
	if (run.end == CORE_MEASURE_END_MISSING) return CORE_MEASURE_RUN_MISSING;
	if (run.end == CORE_MEASURE_END_NO_DRIVER) return CORE_MEASURE_RUN_NO_DRIVER;
	if (run.end == CORE_MEASURE_END_NOT_TRIED) return CORE_MEASURE_RUN_NOT_TRIED;
	if (run.end == CORE_MEASURE_END_HUNG) return CORE_MEASURE_RUN_HUNG;
	if (run.end == CORE_MEASURE_END_FAILED || run.pictures == 0) return CORE_MEASURE_RUN_FAILED;
	if (run.took == run.wanted) return CORE_MEASURE_RUN_MEASURED;
	return run.wanted == CORE_MEASURE_WAY_DIRECT && run.has_screen == 0
		? CORE_MEASURE_RUN_NO_SCREEN
		: CORE_MEASURE_RUN_FELL_BACK;
}

/** Without the time that the player took to start, where it is known. */
function tenth_fps(run: core_measure_run): u32 {
	const ms = run.played_ms == 0 ? run.elapsed_ms : run.played_ms;
	return ms == 0 ? 0 : rounded(<u64>run.pictures * 10_000, ms);
}

function rounded(dividend: u64, divisor: u32): u32 {
	return <u32>((dividend + divisor / 2) / divisor);
}

/** Input: core_measure_clip. Returns CORE_MEASURE_CLIP_*. */
export function judge_clip(): u32 {
	const clip = core_measure_clip.at(input_address());
	if (clip.end == CORE_MEASURE_END_MISSING) return CORE_MEASURE_CLIP_NO_PLAYER;
	if (clip.end == CORE_MEASURE_END_NO_DRIVER) return CORE_MEASURE_CLIP_NO_DRIVER;
	// Pictures were there, whatever the player said in the end.
	if (clip.has_sum != 0) return pictures_verdict(clip);
	if (!is_offered(clip.profile)) return CORE_MEASURE_CLIP_NOT_OFFERED;
	return clip.end == CORE_MEASURE_END_HUNG ? CORE_MEASURE_CLIP_HUNG : CORE_MEASURE_CLIP_FAILED;
}

function pictures_verdict(clip: core_measure_clip): u32 {
	if (clip.is_same != 0) return CORE_MEASURE_CLIP_RIGHT;
	if (clip.profile != VAProfileMPEG2Main && clip.profile != VAProfileMPEG2Simple)
		return CORE_MEASURE_CLIP_WRONG;
	if (clip.is_compared == 0) return CORE_MEASURE_CLIP_ROUNDED;
	return clip.difference <= CORE_MEASURE_MOST_ROUNDING ? CORE_MEASURE_CLIP_RIGHT : CORE_MEASURE_CLIP_WRONG;
}

/** Input: core_measure_sum. Returns 1 or 0. What was not tried, for a program or a screen is missing, is no fault of the decoder. */
export function judge_measurement(): u32 {
	const sum = core_measure_sum.at(input_address());
	const right = sum.get_runs(CORE_MEASURE_RUN_MEASURED) + sum.get_clips(CORE_MEASURE_CLIP_RIGHT);
	const wrong_runs =
		sum.get_runs(CORE_MEASURE_RUN_HUNG) +
		sum.get_runs(CORE_MEASURE_RUN_FAILED) +
		sum.get_runs(CORE_MEASURE_RUN_FELL_BACK);
	const wrong_clips =
		sum.get_clips(CORE_MEASURE_CLIP_WRONG) +
		sum.get_clips(CORE_MEASURE_CLIP_HUNG) +
		sum.get_clips(CORE_MEASURE_CLIP_FAILED);
	return right > 0 && wrong_runs + wrong_clips == 0 ? 1 : 0;
}
