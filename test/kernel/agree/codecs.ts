// SPDX-License-Identifier: MIT
// The codecs that can be compared: a codec joins with a module in codecs/ and its name here.

import { h264 } from "../../codecs/h264/agree/agree.ts";
import type { Codec } from "./codec.ts";

export const codecs: Codec[] = [h264];
