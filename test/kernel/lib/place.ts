// SPDX-License-Identifier: MIT
// Where the lab keeps what it makes once, and what it says where it cannot work.
import { homedir } from "node:os";
import { join } from "node:path";

/** Why there can be no kernel here, or why the lab cannot run; the sentence says what to do. */
export class LabUnavailable extends Error {}

/** Where kernels and their sources are kept: V4L2_REQUEST_LAB, or a folder of the user's cache. */
export function cacheFolder(): string {
	const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
	return process.env.V4L2_REQUEST_LAB || join(cache, "v4l2-request-lab");
}
