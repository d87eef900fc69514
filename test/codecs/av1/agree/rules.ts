// SPDX-License-Identifier: MIT
// Where the driver may tell a decoder something else than GStreamer does, and why: the one file to review. Kernel files are
// below drivers/ of Linux 7.3.
import type { Rule } from "../../../kernel/agree/rule.ts";

/** It plays all to the end. */
export const av1Unfinished: Record<string, string> = {};

export const av1Rules: Rule[] = [];
