// SPDX-License-Identifier: MIT
import { type Damages, ivfCutting, usualDamages } from "../damage.ts";
import { joinIvf } from "./ivf.ts";

export const vp8Damages: Damages = { join: joinIvf, list: usualDamages(ivfCutting, "segments", 0) };
