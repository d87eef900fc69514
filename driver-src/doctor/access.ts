// SPDX-License-Identifier: MIT
/** What lets a user open a node that is refused: a group, a local session, or a rule. */
import {
	CORE_REMEDY_APPLY_RULE,
	CORE_REMEDY_JOIN,
	CORE_REMEDY_LOG_IN_AGAIN,
	CORE_REMEDY_LOG_IN_LOCALLY,
	CORE_REMEDY_LOG_IN_LOCALLY_AGAIN,
	CORE_REMEDY_RULE,
	CORE_SEAT_ACTIVE,
	CORE_SEAT_INACTIVE,
	core_access,
} from "../abi/exchange";
import { input_address } from "../boundary/areas";

/** Input: core_access. Returns CORE_REMEDY_*: the one that asks least of the user. */
export function judge_access(): u32 {
	const access = core_access.at(input_address());
	if (access.is_ruled != 0) return CORE_REMEDY_APPLY_RULE;
	if (access.is_member != 0) return CORE_REMEDY_LOG_IN_AGAIN;
	if (access.is_for_seat != 0) {
		if (access.seat == CORE_SEAT_ACTIVE) return CORE_REMEDY_LOG_IN_LOCALLY_AGAIN;
		// Without logind no session is given the node: a group is the surer way.
		if (access.seat == CORE_SEAT_INACTIVE || access.has_group == 0) return CORE_REMEDY_LOG_IN_LOCALLY;
	}
	return access.has_group != 0 ? CORE_REMEDY_JOIN : CORE_REMEDY_RULE;
}
