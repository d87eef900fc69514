// SPDX-License-Identifier: MIT
/**
 * Whether the player waits for a picture before it shows it.
 *
 * V4L2 puts no fence on exported memory, so somebody has to wait. Some players export a surface once and look at it
 * whenever vaEndPicture has returned (Chromium, GStreamer with DMABuf), some export it anew and look at once (ffmpeg's
 * drm_prime): for those the driver waits. Others call vaSyncSurface for each picture (mpv, Firefox): waiting for them
 * as well would leave no picture in flight. They are told apart by what became of earlier pictures. A picture counts as
 * waited for when vaSyncSurface, or a call that reads its samples, came between its vaEndPicture and the next picture
 * for the same surface. The driver leaves the waiting to the player where
 *
 *   - the last pictures that were replaced in exported surfaces were all waited for, several in a row, and
 *   - so was the one before in this very surface, if it had been exported then.
 *
 * So a player that waits for some surfaces and not for others is right with all of them, and one that stops waiting is
 * waited for again.
 */
import { SurfaceRecord } from "./surfaces";

/** So many in a row: a few may be screenshots, or the ones that a player of other habits happened to read. */
const ENOUGH: u32 = 16;

let waited_in_a_row: u32 = 0;

/** For a new context. */
export function player_reset(): void {
	waited_in_a_row = 0;
}

/** A new frame goes to the surface: what was in it has been waited for by now, or will never be. */
export function player_replaces(record: SurfaceRecord): void {
	record.trusted = record.exported == 0 || record.waited != 0 ? 1 : 0;
	if (record.exported != 0)
		waited_in_a_row = record.waited != 0 ? min<u32>(waited_in_a_row + 1, ENOUGH) : 0;
	record.waited = 0;
}

/** The player waits for the picture in this surface, or reads it. */
export function player_waits(record: SurfaceRecord): void {
	record.waited = 1;
}

/** The surface's picture was submitted while the player held an export of it. */
export function player_holds_export(record: SurfaceRecord): void {
	// Exported before its first picture: nothing is known of it.
	if (record.exported == 0) record.trusted = 0;
	record.exported = 1;
}

/** The player has the surface's picture exported. */
export function player_exports(record: SurfaceRecord): void {
	record.exported = 1;
}

/** Whether a picture that the player can look at may be left to the device. */
export function player_will_wait(record: SurfaceRecord): bool {
	return record.trusted != 0 && waited_in_a_row == ENOUGH;
}
