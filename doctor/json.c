/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "advice.h"
#include "machine.h"
#include "measure/print.h"
#include "names.h"
#include "print.h"
#include "writer.h"

static const char *weight_name(uint32_t weight)
{
	return weight == CORE_WEIGHT_BLOCKS ? "blocks" : weight == CORE_WEIGHT_SLOWS ? "slows" : "remark";
}

static const char *seat_name(uint32_t seat)
{
	return seat == CORE_SEAT_ACTIVE ? "active" : seat == CORE_SEAT_INACTIVE ? "inactive" : NULL;
}

static void put_access(struct writer *json, const struct node_access *access)
{
	open_value(json, "access", '{');
	put_text(json, "node", access->node);
	put_optional(json, "group", access->group);
	put_bool(json, "member", access->facts.is_member != 0);
	put_bool(json, "uaccess", access->facts.is_for_seat != 0);
	put_bool(json, "rule_to_apply", access->facts.is_ruled != 0);
	put_text(json, "remedy", remedy_name(access->remedy));
	close_value(json, '}');
}

static void put_problems(struct writer *json, const struct report *report)
{
	open_value(json, "problems", '[');
	for (uint32_t i = 0; i < report->problem_count; i++) {
		char text[3 * REPORT_TEXT];

		advice(report, &report->problems[i], text, sizeof(text));
		open_value(json, NULL, '{');
		put_text(json, "problem", problem_name(report->problems[i].problem));
		put_text(json, "weight", weight_name(report->problems[i].weight));
		put_text(json, "do", text);
		if (report->access[report->problems[i].problem].node[0])
			put_access(json, &report->access[report->problems[i].problem]);
		close_value(json, '}');
	}
	close_value(json, ']');
}

static void put_depths(struct writer *json, uint32_t depths)
{
	open_value(json, "depths", '[');
	if (depths & CORE_DEPTH_8)
		put_number(json, NULL, 8);
	if (depths & CORE_DEPTH_10)
		put_number(json, NULL, 10);
	close_value(json, ']');
}

static void put_coded(struct writer *json, const struct core_coded_format *coded)
{
	const struct core_frame_sizes *sizes = &coded->sizes;
	char name[24];

	open_value(json, NULL, '{');
	put_text(json, "codec", codec_name(coded->fourcc, name));
	put_text(json, "format", fourcc_name(coded->fourcc, name));
	put_bool(json, "sizes_told", sizes->kind != CORE_SIZES_UNKNOWN);
	put_number(json, "min_width", sizes->min_width);
	put_number(json, "min_height", sizes->min_height);
	put_number(json, "max_width", sizes->max_width);
	put_number(json, "max_height", sizes->max_height);
	open_value(json, "pictures", '[');
	for (uint32_t i = 0; i < coded->capture_count; i++) {
		open_value(json, NULL, '{');
		put_text(json, "format", fourcc_name(coded->captures[i].fourcc, name));
		put_depths(json, coded->captures[i].depths);
		close_value(json, '}');
	}
	close_value(json, ']');
	close_value(json, '}');
}

static void put_controls(struct writer *json, const struct core_decoder *facts)
{
	open_value(json, "controls", '[');
	for (uint32_t i = 0; i < facts->control_count; i++) {
		const struct core_control_facts *control = &facts->controls[i];
		char name[24];

		open_value(json, NULL, '{');
		snprintf(name, sizeof(name), "0x%08" PRIx32, control->id);
		put_text(json, "id", name);
		put_number(json, "elem_size", control->elem_size);
		put_number(json, "max_elems", control->max_elems);
		put_number(json, "menu_mask", control->menu_mask);
		close_value(json, '}');
	}
	close_value(json, ']');
}

static void put_decoders(struct writer *json, const struct report *report)
{
	open_value(json, "decoders", '[');
	for (uint32_t i = 0; i < report->found.count; i++) {
		const struct decoder_node *node = &report->found.nodes[i];

		open_value(json, NULL, '{');
		put_text(json, "video", node->video_path);
		put_text(json, "media", node->media_path);
		put_text(json, "driver", node->driver);
		put_bool(json, "mmu", node->facts.mmu != 0);
		open_value(json, "codecs", '[');
		for (uint32_t j = 0; j < node->facts.coded_count; j++)
			put_coded(json, &node->facts.coded[j]);
		close_value(json, ']');
		put_controls(json, &node->facts);
		close_value(json, '}');
	}
	close_value(json, ']');
	open_value(json, "findings", '[');
	for (uint32_t i = 0; i < report->finding_count; i++)
		put_text(json, NULL, report->findings[i].sentence);
	close_value(json, ']');
	open_value(json, "other_video_nodes", '[');
	for (uint32_t i = 0; i < report->video_count; i++) {
		const struct video_node *node = &report->videos[i];

		open_value(json, NULL, '{');
		put_text(json, "video", node->path);
		put_optional(json, "driver", node->driver);
		put_optional(json, "card", node->card);
		put_optional(json, "error", node->error ? strerror(node->error) : NULL);
		close_value(json, '}');
	}
	close_value(json, ']');
}

static void put_profiles(struct writer *json, const struct report *report)
{
	open_value(json, "profiles", '[');
	for (uint32_t i = 0; i < report->profile_count; i++) {
		char name[24];
		const bool offered = report->chosen[i] < report->found.count;

		open_value(json, NULL, '{');
		put_text(json, "profile", profile_name(report->profiles[i], name));
		put_optional(json, "served_by", offered ? report->found.nodes[report->chosen[i]].video_path : NULL);
		open_value(json, "decoders", '[');
		for (uint32_t j = 0; j < report->found.count; j++) {
			const struct core_verdict *verdict = &report->verdicts[i][j];
			char reason[REPORT_TEXT];

			open_value(json, NULL, '{');
			put_text(json, "video", report->found.nodes[j].video_path);
			put_text(json, "verdict", verdict_name(verdict->verdict));
			put_text(json, "reason", verdict_reason(verdict, reason, sizeof(reason)));
			put_depths(json, verdict->depths);
			put_number(json, "max_width", verdict->max_width);
			put_number(json, "max_height", verdict->max_height);
			close_value(json, '}');
		}
		close_value(json, ']');
		close_value(json, '}');
	}
	close_value(json, ']');
}

static const char *outcome_name(uint32_t outcome)
{
	static const char *const names[CORE_LIBRARIES] = {
		[CORE_LIBRARY_REFUSED] = "refused",   [CORE_LIBRARY_OURS] = "ours",
		[CORE_LIBRARY_NAMESAKE] = "namesake", [CORE_LIBRARY_OTHER] = "other",
		[CORE_LIBRARY_BROKEN] = "broken",     [CORE_LIBRARY_NOT_FOUND] = "not-found",
	};

	return names[outcome];
}

static void put_displays(struct writer *json, const struct report *report)
{
	put_bool(json, "has_libva", report->has_libva);
	open_value(json, "displays", '[');
	for (uint32_t i = 0; i < report->display_count; i++) {
		const struct display_node *node = &report->displays[i];

		open_value(json, NULL, '{');
		put_text(json, "node", node->path);
		put_optional(json, "drm", node->drm);
		put_text(json, "outcome", outcome_name(node->outcome));
		put_optional(json, "driver", node->driver);
		put_optional(json, "target", node->target);
		put_optional(json, "vendor", node->vendor);
		put_optional(json, "va_api", node->version);
		open_value(json, "looked_for", '[');
		for (uint32_t j = 0; j < node->looked_count; j++)
			put_text(json, NULL, node->looked[j]);
		close_value(json, ']');
		close_value(json, '}');
	}
	close_value(json, ']');
}

static void put_machine(struct writer *json, const struct report *report)
{
	open_value(json, "memory", '[');
	for (uint32_t i = 0; i < REPORT_SOURCES; i++) {
		open_value(json, NULL, '{');
		put_text(json, "source", source_name(report->sources[i].source));
		put_optional(json, "node", report->sources[i].path);
		put_bool(json, "opens", report->sources[i].opens);
		close_value(json, '}');
	}
	close_value(json, ']');
	put_text(json, "kernel", report->kernel);
	put_optional(json, "board", report->board);
	put_optional(json, "chip", report->chip);
	put_optional(json, "sandbox", report->sandbox);
	put_optional(json, "seat", seat_name(report->seat));
	put_bool(json, "secure", report->is_secure);
	open_value(json, "environment", '{');
	for (uint32_t i = 0; i < report->variable_count; i++)
		put_text(json, report->variables[i].name, report->variables[i].value);
	close_value(json, '}');
}

void print_json(FILE *to, const struct report *report)
{
	struct writer json = begin_json(to);

	put_text(&json, "doctor", DRIVER_VERSION);
	put_bool(&json, "works", report_works(report));
	put_optional(&json, "failure", report->failure);
	put_problems(&json, report);
	put_decoders(&json, report);
	put_profiles(&json, report);
	put_displays(&json, report);
	put_machine(&json, report);
	if (report->measurement)
		put_measurement(&json, report->measurement);
	end_json(&json);
}
