// SPDX-License-Identifier: MIT
/**
 * Whether the player waits for a picture before it shows it.
 *
 * V4L2 puts no fence on exported memory, so somebody has to wait for whoever looks at it. vaExportSurfaceHandle always does:
 * some players look at once (ffmpeg's drm_prime), and those that call vaSyncSurface next (mpv, Firefox) lose nothing. The
 * question is left to vaEndPicture, of a picture that can be seen through an export from before: Chromium and GStreamer with
 * DMABuf export each surface once and look when vaEndPicture has returned. Waiting for all would leave no picture of any
 * other player in flight, so they are told apart by what became of earlier pictures. vaEndPicture does not wait where
 *
 *   - the player exports anew what it looks at: it has done so with the last two pictures of this very surface; or
 *   - it waits: each picture of this surface was waited for, and so were the last 16 that were replaced in any exported
 *     surface. vaSyncSurface, and calls that read the samples, wait; an export does so for the player.
 *
 * Once a picture of a surface was replaced without being waited for, the second rule never applies to it again: whoever holds
 * its export did not wait then, and may not wait later. That costs players nothing that export anew, among them all that drop late pictures.
 * What no rule can know is the first time: of a player that has waited for everything so far and stops, the pictures are
 * trusted until the first of them is replaced.
 */
import { SurfaceRecord } from "../queues/surfaces";

/** Pictures in a row that were waited for: a few may be screenshots, or the ones that a player of other habits happened to read. */
const ENOUGH: u32 = 16;
/** Whoever caches an export has exported once. */
const EXPORTS_ANEW: u32 = 2;

/** What is known of a surface: nothing; all pictures that were replaced had been waited for; one had not. */
const PAST_NONE: u32 = 0;
const PAST_WAITED: u32 = 1;
const PAST_LEFT: u32 = 2;

/** Of a picture's export: there is none; there is one; and it was waited for afterwards. */
const SHOWN: u32 = 1;
const SHOWN_WAITED: u32 = 2;

let waited_in_a_row: u32 = 0;
/** The last picture that was exported was waited for afterwards. */
let waits_after_export: bool = false;

/** For a new context. */
export function player_reset(): void {
	waited_in_a_row = 0;
	waits_after_export = false;
}

/**
 * A new frame goes to the surface: what was in it has been waited for by now, or will never be. shown: the new one is to look
 * at. Of one that was not, and was never exported, there is nothing to learn.
 */
export function player_replaces(record: SurfaceRecord, shown: bool): void {
	const tells = record.player_hidden == 0 || record.player_shown != 0;
	record.player_hidden = shown ? 0 : 1;
	if (record.player_shown != 0) waits_after_export = record.player_shown == SHOWN_WAITED;
	if (record.player_exported != 0 && tells) {
		record.player_anew = record.player_shown != 0 ? min<u32>(record.player_anew + 1, EXPORTS_ANEW) : 0;
		waited_in_a_row = record.player_waited != 0 ? min<u32>(waited_in_a_row + 1, ENOUGH) : 0;
		if (record.player_waited == 0) record.player_past = PAST_LEFT;
		else if (record.player_past == PAST_NONE) record.player_past = PAST_WAITED;
	}
	record.player_waited = 0;
	record.player_shown = 0;
}

/** The player waits for the picture in this surface, or reads it. */
export function player_waits(record: SurfaceRecord): void {
	record.player_waited = 1;
	if (record.player_shown == SHOWN) record.player_shown = SHOWN_WAITED;
}

/** The surface's picture was submitted while the player held an export of it. */
export function player_holds_export(record: SurfaceRecord): void {
	record.player_exported = 1;
}

/** The player has the surface's picture exported. */
export function player_exports(record: SurfaceRecord): void {
	record.player_exported = 1;
	record.player_shown = SHOWN;
	record.player_waited = 1;
}

/** Whether a picture that the player can look at may be left to the device. */
export function player_will_wait(record: SurfaceRecord): bool {
	return (
		record.player_anew == EXPORTS_ANEW || (record.player_past == PAST_WAITED && waited_in_a_row == ENOUGH)
	);
}

/** Whether the player hears of a bad picture from a call after the export: players give up hardware decoding if that fails. */
export function player_hears_later(): bool {
	return waits_after_export;
}
