/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <linux/videodev2.h>
#include <string.h>

#include "advice.h"
#include "boards.h"
#include "machine.h"
#include "names.h"
#include "print.h"

/* ---- what to do --------------------------------------------------------------------------------------------- */

static void print_problems(FILE *to, const struct report *report, uint32_t weight, const char *title)
{
	uint32_t number = 0;

	for (uint32_t i = 0; i < report->problem_count; i++) {
		char text[3 * REPORT_TEXT];
		char shown[3 * REPORT_TEXT];

		if (report->problems[i].weight != weight)
			continue;
		advice(report, &report->problems[i], text, sizeof(text));
		hide_home(text, shown, sizeof(shown));
		if (number++ == 0)
			fprintf(to, "\n%s\n", title);
		fprintf(to, "  - %s.\n", shown);
	}
}

static void print_verdict(FILE *to, const struct report *report)
{
	if (!report->is_judged)
		fprintf(to, "\nReport this as a bug of the driver: its core failed (%s).\n", report->failure);
	else if (report_works(report))
		fprintf(to, "\nVideo decoding can work here.\n");
	else
		fprintf(to, "\nVideo decoding cannot work here yet.\n");
	print_problems(to, report, CORE_WEIGHT_BLOCKS, "To do, so that it works:");
	print_problems(to, report, CORE_WEIGHT_SLOWS, "To do, so that it is faster:");
	print_problems(to, report, CORE_WEIGHT_REMARK, "To do, if something is missing:");
}

/* ---- decoders ------------------------------------------------------------------------------------------------- */

static const struct core_control_facts *control_of(const struct core_decoder *facts, uint32_t id)
{
	for (uint32_t i = 0; i < facts->control_count; i++) {
		if (facts->controls[i].id == id)
			return &facts->controls[i];
	}
	return NULL;
}

/* Both menus have the slice's or the bare form as item 0, the frame's or Annex B's as item 1. */
static void print_modes(FILE *to, const struct core_decoder *facts, uint32_t mode, uint32_t start_code)
{
	const struct core_control_facts *modes = control_of(facts, mode);
	const struct core_control_facts *codes = control_of(facts, start_code);

	if (modes)
		fprintf(to, "; a request is a %s",
		        modes->menu_mask == 3  ? "slice or a frame"
		        : modes->menu_mask & 2 ? "frame"
		                               : "slice");
	if (codes)
		fprintf(to, ", start codes: %s",
		        codes->menu_mask == 3  ? "none or Annex B"
		        : codes->menu_mask & 2 ? "Annex B"
		                               : "none");
}

static void print_sizes(FILE *to, const struct core_frame_sizes *sizes)
{
	if (sizes->kind == CORE_SIZES_UNKNOWN)
		fprintf(to, "sizes not told");
	else
		fprintf(to, "%" PRIu32 "x%" PRIu32 " to %" PRIu32 "x%" PRIu32, sizes->min_width, sizes->min_height,
		        sizes->max_width, sizes->max_height);
}

static void print_formats(FILE *to, const struct core_coded_format *coded, uint32_t depth, const char *title)
{
	bool any = false;

	for (uint32_t i = 0; i < coded->capture_count; i++) {
		char name[24];

		if (!(coded->captures[i].depths & depth))
			continue;
		fprintf(to, "%s%s", any ? " " : title, fourcc_name(coded->captures[i].fourcc, name));
		any = true;
	}
}

static void print_decoder(FILE *to, const struct decoder_node *node)
{
	fprintf(to, "  %s (%s), driver %s, %s\n", node->video_path, node->media_path, node->driver,
	        node->facts.mmu ? "behind an MMU" : "no MMU is seen");
	for (uint32_t i = 0; i < node->facts.coded_count; i++) {
		const struct core_coded_format *coded = &node->facts.coded[i];
		char name[24];

		fprintf(to, "    %-7s", codec_name(coded->fourcc, name));
		print_sizes(to, &coded->sizes);
		print_formats(to, coded, CORE_DEPTH_8, "; 8 bit: ");
		print_formats(to, coded, CORE_DEPTH_10, "; 10 bit: ");
		if (coded->fourcc == V4L2_PIX_FMT_H264_SLICE)
			print_modes(to, &node->facts, V4L2_CID_STATELESS_H264_DECODE_MODE,
			            V4L2_CID_STATELESS_H264_START_CODE);
		if (coded->fourcc == V4L2_PIX_FMT_HEVC_SLICE)
			print_modes(to, &node->facts, V4L2_CID_STATELESS_HEVC_DECODE_MODE,
			            V4L2_CID_STATELESS_HEVC_START_CODE);
		fprintf(to, "\n");
	}
}

static void print_decoders(FILE *to, const struct report *report)
{
	fprintf(to, "\nDecoders\n");
	if (report->found.count == 0)
		fprintf(to, "  none that this driver can use\n");
	for (uint32_t i = 0; i < report->found.count; i++)
		print_decoder(to, &report->found.nodes[i]);
	for (uint32_t i = 0; i < report->finding_count; i++)
		fprintf(to, "  %s\n", report->findings[i].sentence);
	for (uint32_t i = 0; i < report->video_count; i++) {
		const struct video_node *node = &report->videos[i];

		if (node->error)
			fprintf(to, "  %s: %s\n", node->path, strerror(node->error));
		else
			fprintf(to, "  %s, driver %s (%s): none of this driver's\n", node->path, node->driver,
			        node->card);
	}
}

/* ---- profiles --------------------------------------------------------------------------------------------------- */

static void print_offered(FILE *to, const struct report *report, uint32_t row)
{
	const struct decoder_node *node = &report->found.nodes[report->chosen[row]];
	const struct core_verdict *verdict = &report->verdicts[row][report->chosen[row]];

	fprintf(to, "yes  %s %s, up to %" PRIu32 "x%" PRIu32 ", %s bit\n", node->video_path, node->driver,
	        verdict->max_width, verdict->max_height,
	        verdict->depths == (CORE_DEPTH_8 | CORE_DEPTH_10) ? "8 and 10"
	        : verdict->depths == CORE_DEPTH_10                ? "10"
	                                                          : "8");
}

/* Decoders of other codecs have nothing to say of a profile, unless all are. */
static void print_reasons(FILE *to, const struct report *report, uint32_t row)
{
	bool any = false;

	for (uint32_t i = 0; i < report->found.count; i++) {
		const struct core_verdict *verdict = &report->verdicts[row][i];
		char reason[REPORT_TEXT];

		if (verdict->verdict == CORE_VERDICT_NO_CODED_FORMAT)
			continue;
		fprintf(to, "%s%s %s", any ? "; " : "", report->found.nodes[i].video_path,
		        verdict_reason(verdict, reason, sizeof(reason)));
		any = true;
	}
	if (!any) {
		char name[24];

		fprintf(to, "no decoder here decodes %s", codec_name(report->verdicts[row][0].coded_fourcc, name));
	}
}

static void print_refused(FILE *to, const struct report *report, uint32_t row)
{
	const struct board_decoder *known =
		board_brings(report->chip, report->kernel, report->verdicts[row][0].coded_fourcc);

	fprintf(to, "no   ");
	print_reasons(to, report, row);
	if (known)
		fprintf(to, "; Linux %s brings it to %s", known->since, report->chip);
	fprintf(to, "\n");
}

static void print_profiles(FILE *to, const struct report *report)
{
	fprintf(to, "\nProfiles of VA-API\n");
	if (report->found.count == 0) {
		fprintf(to, "  none, without a decoder\n");
		return;
	}
	for (uint32_t i = 0; i < report->profile_count; i++) {
		char name[24];

		fprintf(to, "  %-32s ", profile_name(report->profiles[i], name));
		if (report->chosen[i] < report->found.count)
			print_offered(to, report, i);
		else
			print_refused(to, report, i);
	}
}

/* ---- libva, memory, environment ------------------------------------------------------------------------------------ */

static const char *outcome_text(uint32_t outcome)
{
	static const char *const texts[CORE_LIBRARIES] = {
		[CORE_LIBRARY_REFUSED] = "may not be opened",
		[CORE_LIBRARY_OURS] = "this driver",
		[CORE_LIBRARY_NAMESAKE] = "another driver of the same name",
		[CORE_LIBRARY_OTHER] = "another driver",
		[CORE_LIBRARY_BROKEN] = "cannot be loaded",
		[CORE_LIBRARY_NOT_FOUND] = "no driver found",
	};

	return texts[outcome];
}

static void print_display(FILE *to, const struct display_node *node)
{
	char path[REPORT_PATH];

	fprintf(to, "  %s%s%s: %s\n", node->path, node->drm[0] ? ", driver " : "", node->drm,
	        outcome_text(node->outcome));
	for (uint32_t i = 0; i < node->looked_count; i++) {
		hide_home(node->looked[i], path, sizeof(path));
		fprintf(to, "    looked for  %s\n", path);
	}
	hide_home(node->driver, path, sizeof(path));
	if (path[0])
		fprintf(to, "    took        %s\n", path);
	hide_home(node->target, path, sizeof(path));
	if (path[0])
		fprintf(to, "    a link to   %s\n", path);
	if (node->vendor[0])
		fprintf(to, "    it says     %s\n", node->vendor);
	if (node->version[0])
		fprintf(to, "    VA-API      %s\n", node->version);
}

static void print_libva(FILE *to, const struct report *report)
{
	fprintf(to, "\nlibva\n");
	if (!report->has_libva)
		fprintf(to, "  cannot be loaded\n");
	if (report->display_count == 0)
		fprintf(to, "  no /dev/dri node\n");
	for (uint32_t i = 0; i < report->display_count; i++)
		print_display(to, &report->displays[i]);
}

static void print_memory(FILE *to, const struct report *report)
{
	fprintf(to, "\nMemory for pictures, besides the decoder's own\n");
	for (uint32_t i = 0; i < REPORT_SOURCES; i++) {
		const struct memory_source *source = &report->sources[i];

		fprintf(to, "  %-20s%s%s\n", source_name(source->source), source->path ? source->path : "none",
		        !source->path   ? ""
		        : source->opens ? ", may be opened"
		                        : ", may not be opened");
	}
}

static void print_machine(FILE *to, const struct report *report)
{
	fprintf(to, "\nMachine\n  %s\n", report->kernel);
	if (report->board[0] || report->chip[0])
		fprintf(to, "  %s (%s)\n", report->board, report->chip);
	if (report->sandbox)
		fprintf(to, "  inside a sandbox or container: %s\n", report->sandbox);
	if (report->seat != CORE_SEAT_UNKNOWN)
		fprintf(to, "  the user's session is %s\n",
		        report->seat == CORE_SEAT_ACTIVE ? "the active one of a seat"
		                                         : "not the active one of a seat");
	if (report->is_secure)
		fprintf(to, "  privileged by its file: libva ignores the environment\n");
	for (uint32_t i = 0; i < report->variable_count; i++)
		fprintf(to, "  %s=%s\n", report->variables[i].name, report->variables[i].value);
}

void print_text(FILE *to, const struct report *report)
{
	fprintf(to, "v4l2-request-doctor %s\n", DRIVER_VERSION);
	print_verdict(to, report);
	print_decoders(to, report);
	print_profiles(to, report);
	print_libva(to, report);
	print_memory(to, report);
	print_machine(to, report);
}
