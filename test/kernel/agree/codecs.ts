// SPDX-License-Identifier: MIT
// The codecs that can be compared: a codec joins with a module in codecs/ and its name here.
import type { Codec } from "./codec.ts";
import { h264 } from "./codecs/h264.ts";

export const codecs: Codec[] = [h264];
