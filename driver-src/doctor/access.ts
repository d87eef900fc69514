// SPDX-License-Identifier: MIT
/** What lets a user open a node that is refused: a group, a seat in front of the screen, or a rule. */
import {
	CORE_REMEDY_APPLY_RULE,
	CORE_REMEDY_JOIN,
	CORE_REMEDY_LOG_IN_AGAIN,
	CORE_REMEDY_RULE,
	CORE_REMEDY_SIT,
	CORE_REMEDY_SIT_AGAIN,
	CORE_SEAT_AWAY,
	CORE_SEAT_OWN,
	core_access,
} from "../abi/exchange";
import { input_address } from "../boundary/areas";

/** Input: core_access. Returns CORE_REMEDY_*: the one that asks least of the user. */
export function judge_access(): u32 {
	const access = core_access.at(input_address());
	if (access.is_ruled != 0) return CORE_REMEDY_APPLY_RULE;
	if (access.is_member != 0) return CORE_REMEDY_LOG_IN_AGAIN;
	if (access.is_for_seat != 0) {
		if (access.seat == CORE_SEAT_OWN) return CORE_REMEDY_SIT_AGAIN;
		// Where no seat is seen, there may be none to sit at: a group is the surer way.
		if (access.seat == CORE_SEAT_AWAY || access.has_group == 0) return CORE_REMEDY_SIT;
	}
	return access.has_group != 0 ? CORE_REMEDY_JOIN : CORE_REMEDY_RULE;
}
