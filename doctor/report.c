/* SPDX-License-Identifier: MIT */
#include "report.h"

const struct finding *report_finding(const struct report *report, uint32_t reason)
{
	static const struct finding none;

	for (uint32_t i = 0; i < report->finding_count; i++) {
		if (report->findings[i].reason == reason)
			return &report->findings[i];
	}
	return &none;
}

const struct display_node *report_display(const struct report *report, uint32_t outcome)
{
	static const struct display_node none;

	for (uint32_t i = 0; i < report->display_count; i++) {
		if (report->displays[i].outcome == outcome)
			return &report->displays[i];
	}
	return &none;
}

bool report_works(const struct report *report)
{
	for (uint32_t i = 0; i < report->problem_count; i++) {
		if (report->problems[i].weight == CORE_WEIGHT_BLOCKS)
			return false;
	}
	return report->is_judged;
}
