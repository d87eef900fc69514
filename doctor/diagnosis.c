/* SPDX-License-Identifier: MIT */
#include "diagnosis.h"

#include <stdio.h>
#include <string.h>

#include "../glue-c/core/answers.h"
#include "library.h"

void diagnosis_failed(struct report *report, struct core *core)
{
	const char *why = core_trap_reason(core);

	report->is_judged = false;
	snprintf(report->failure, sizeof(report->failure), "%s",
	         why && why[0] ? why : "its core answered what cannot be");
}

static void fill_machine(const struct report *report, struct core_machine *machine)
{
	memset(machine, 0, sizeof(*machine));
	for (uint32_t i = 0; i < report->finding_count; i++)
		machine->findings[report->findings[i].reason]++;
	machine->has_libva = report->has_libva;
	machine->is_installed = report->is_installed;
	machine->same_version = 1;
	for (uint32_t i = 0; i < report->display_count; i++) {
		machine->libraries[report->displays[i].outcome]++;
		if (report->displays[i].outcome == CORE_LIBRARY_OURS && !library_is_own(&report->displays[i]))
			machine->same_version = 0;
	}
	for (uint32_t i = 0; i < report->variable_count; i++)
		machine->is_named |= !strcmp(report->variables[i].name, "LIBVA_DRIVER_NAME");
	for (uint32_t i = 0; i < REPORT_SOURCES; i++) {
		const struct memory_source *source = &report->sources[i];

		if (source->path)
			machine->sources_there |= 1u << source->source;
		if (source->opens)
			machine->sources_open |= 1u << source->source;
	}
}

void diagnose(struct report *report, struct core *core)
{
	if (!report->is_judged)
		return;
	fill_machine(report, core_input(core));
	if (!core_doctor_diagnose(core, &report->problem_count) ||
	    !take_problems(core, report->problem_count, report->problems)) {
		report->problem_count = 0;
		diagnosis_failed(report, core);
	}
}

bool report_works(const struct report *report)
{
	for (uint32_t i = 0; i < report->problem_count; i++) {
		if (report->problems[i].weight == CORE_WEIGHT_BLOCKS)
			return false;
	}
	return report->is_judged;
}
