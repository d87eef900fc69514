// SPDX-License-Identifier: MIT
import { type Damages, ivfCutting, usualDamages } from "../damage.ts";
import { joinIvf } from "../vp8/ivf.ts";

export const vp9Damages: Damages = { join: joinIvf, list: usualDamages(ivfCutting, "cyclic", 0) };
