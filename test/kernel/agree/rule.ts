// SPDX-License-Identifier: MIT
// What a rule is: why a field may differ from GStreamer's, and what it must be then.
import type { Fields, Value } from "./fields.ts";

/** One field of one job that differs; undefined where a client has no such field. */
export interface Difference {
	name: string;
	key: string;
	gstreamer: Value | undefined;
	ours: Value | undefined;
	/** All fields of this job. */
	theirFields: Fields;
	ourFields: Fields;
	/** Whether this job lies behind the last one of a GStreamer that ended with an error. */
	theirEnd: boolean;
	/** What GStreamer told of the pictures before this one, by their names ("picture 7"). */
	earlier: Map<string, Fields>;
}

export interface Rule {
	/** Names one rule in reports. */
	id: string;
	/** Fields by name. */
	fields: string[];
	/** Whether VA-API lacks what GStreamer sends; otherwise both could be known, and `why` says why they differ. */
	carried: boolean;
	/** What the driver sends instead. */
	sends: string;
	/** Which decoders read it: kernel file and function, or none. */
	readers: string;
	/** Why what we send is right. */
	why: string;
	/** Whether this difference is what the rule says. A difference that is not has no rule. */
	holds(difference: Difference): boolean;
}
