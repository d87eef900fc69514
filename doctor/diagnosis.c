/* SPDX-License-Identifier: MIT */
#include "diagnosis.h"

#include <stdio.h>
#include <string.h>

#include "../glue-c/core/answers.h"
#include "access.h"
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

/* The node that a problem of access is about; NULL for others. */
static const char *refused_node(const struct report *report, const struct core_problem *problem)
{
	switch (problem->problem) {
	case CORE_PROBLEM_NODE_REFUSED:
		return report_finding(report, CORE_FINDING_REFUSED)->node;
	case CORE_PROBLEM_DISPLAY_REFUSED:
		return report_display(report, CORE_LIBRARY_REFUSED)->path;
	case CORE_PROBLEM_MEMORY_REFUSED:
		for (uint32_t i = 0; i < REPORT_SOURCES; i++) {
			if (report->sources[i].source == problem->source)
				return report->sources[i].path;
		}
		return NULL;
	default:
		return NULL;
	}
}

static bool judge_access(struct report *report, struct core *core, const struct core_problem *problem)
{
	const char *node = refused_node(report, problem);
	struct node_access *access = &report->access[problem->problem];

	if (!node)
		return true;
	survey_access(node, report->seat, access);
	memcpy(core_input(core), &access->facts, sizeof(access->facts));
	return core_doctor_judge_access(core, &access->remedy) && access->remedy < CORE_REMEDIES;
}

void diagnose(struct report *report, struct core *core)
{
	bool is_sound;

	if (!report->is_judged)
		return;
	fill_machine(report, core_input(core));
	is_sound = core_doctor_diagnose(core, &report->problem_count) &&
	           take_problems(core, report->problem_count, report->problems);
	for (uint32_t i = 0; is_sound && i < report->problem_count; i++)
		is_sound = judge_access(report, core, &report->problems[i]);
	if (!is_sound) {
		report->problem_count = 0;
		diagnosis_failed(report, core);
	}
}
