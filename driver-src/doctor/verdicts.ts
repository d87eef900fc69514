// SPDX-License-Identifier: MIT
/** What each decoder does with each profile, and what it lacks: the judgement that offers profiles (device/offers.ts), told in full. */
import {
	CORE_VERDICT_NO_CAPTURE_FORMAT,
	CORE_VERDICT_NO_CONTROL,
	CORE_VERDICT_NOT_IN_MENU,
	CORE_VERDICT_OFFERED,
	core_decoder,
	core_verdict,
} from "../abi/exchange";
import { output_address } from "../boundary/areas";
import { codec_facts, ProfileFacts, profile_at, profile_count, profile_facts } from "../codec/facts";
import { coded_max_height, coded_max_width, decoder_coded_format } from "../device/decoder";
import { coded_depths, missing_control, verdict } from "../device/offers";
import { decoder_at, decoder_count } from "../device/registry";

/** Output: i32[] of VAProfile, every one of this driver. Returns how many. */
export function all_profiles(): u32 {
	for (let i: u32 = 0; i < profile_count(); i++)
		store<u32>(output_address() + ((<usize>i) << 2), profile_at(i).profile);
	return profile_count();
}

/** Output: core_verdict. Returns 1, or 0 when there is no decoder at this position. */
export function fill_verdict(position: u32, profile: u32): u32 {
	if (position >= decoder_count()) return 0;
	const decoder = decoder_at(position);
	const answer = core_verdict.at(output_address());
	const facts = profile_facts(profile);
	answer.clear();
	answer.verdict = verdict(decoder, profile);
	if (facts == null) return 1;
	answer.coded_fourcc = codec_facts(facts.codec).coded_fourcc;
	fill_reason(decoder, facts, answer);
	return 1;
}

function fill_reason(decoder: core_decoder, facts: ProfileFacts, answer: core_verdict): void {
	if (answer.verdict == CORE_VERDICT_NO_CONTROL) answer.control = missing_control(decoder, facts.codec);
	if (answer.verdict == CORE_VERDICT_NOT_IN_MENU) answer.control = facts.menu;
	const coded = decoder_coded_format(decoder, answer.coded_fourcc);
	if (coded == null) return;
	const depths = coded_depths(coded);
	if (answer.verdict == CORE_VERDICT_NO_CAPTURE_FORMAT) answer.depths = facts.needed_depths & ~depths;
	if (answer.verdict != CORE_VERDICT_OFFERED) return;
	answer.depths = facts.depths & depths;
	answer.max_width = coded_max_width(coded);
	answer.max_height = coded_max_height(coded);
}
