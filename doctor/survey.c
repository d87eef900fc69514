/* SPDX-License-Identifier: MIT */
#include "survey.h"

#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <va/va.h>

#include "../glue-c/core/answers.h"
#include "../glue-c/memory/ioctl.h"
#include "../glue-c/v4l2/device.h"
#include "../glue-c/v4l2/finding.h"
#include "../glue-c/v4l2/probe.h"
#include "../glue-c/v4l2/topology.h"
#include "diagnosis.h"

struct asking {
	struct report *report;
	struct core *core;
};

static bool ask_probe(void *opaque, const struct core_decoder *facts, uint32_t coded_fourcc,
                      uint32_t bit_depth, struct facts_probe *probe)
{
	struct asking *asking = opaque;
	bool has = false;

	if (!probe_of_core(asking->core, facts, coded_fourcc, bit_depth, probe, &has))
		diagnosis_failed(asking->report, asking->core);
	return has;
}

static void keep_finding(void *opaque, uint32_t reason, const char *node, const char *what, int error,
                         bool worth)
{
	struct report *report = ((struct asking *)opaque)->report;
	struct finding *finding;

	(void)worth;
	if (report->finding_count == REPORT_FINDINGS)
		return;
	finding = &report->findings[report->finding_count++];
	finding->reason = reason;
	snprintf(finding->node, sizeof(finding->node), "%s", node ? node : "");
	finding_sentence(finding->sentence, sizeof(finding->sentence), reason, node, what, error);
}

static bool is_decoder(const struct report *report, const char *path)
{
	for (uint32_t i = 0; i < report->found.count; i++) {
		if (!strcmp(report->found.nodes[i].video_path, path))
			return true;
	}
	return false;
}

static void add_video(struct report *report, const char *path)
{
	struct v4l2_capability capability = {0};
	struct video_node *node = &report->videos[report->video_count++];
	int fd;

	memset(node, 0, sizeof(*node));
	snprintf(node->path, sizeof(node->path), "%s", path);
	node->error = node_open(path, &fd);
	if (node->error)
		return;
	node->error = retry_ioctl(fd, VIDIOC_QUERYCAP, &capability);
	close(fd);
	snprintf(node->driver, sizeof(node->driver), "%.16s", (const char *)capability.driver);
	snprintf(node->card, sizeof(node->card), "%.32s", (const char *)capability.card);
}

static void survey_videos(struct report *report)
{
	for (int i = 0; i < TOPOLOGY_MAX_NODES && report->video_count < REPORT_VIDEOS; i++) {
		struct stat status;
		char path[32];

		snprintf(path, sizeof(path), "/dev/video%d", i);
		if (stat(path, &status) == 0 && S_ISCHR(status.st_mode) && !is_decoder(report, path))
			add_video(report, path);
	}
}

static bool add_decoders(const struct report *report, struct core *core)
{
	for (uint32_t i = 0; i < report->found.count; i++) {
		uint32_t status;

		memcpy(core_input(core), &report->found.nodes[i].facts, sizeof(struct core_decoder));
		if (!core_display_add_decoder(core, &status) || status != VA_STATUS_SUCCESS)
			return false;
	}
	return true;
}

/* The decoder for a context of 0x0 in any format, of decoders without contexts. */
static bool ask_choice(struct core *core, uint32_t profile, uint32_t *chosen)
{
	memset(core_input(core), 0, DISCOVERY_MAX * sizeof(uint32_t));
	return core_display_choose_decoder(core, chosen, profile, VA_RT_FORMAT_YUV420 | VA_RT_FORMAT_YUV420_10,
	                                   16, 16);
}

static bool ask_verdicts(struct report *report, struct core *core)
{
	if (!core_doctor_profiles(core, &report->profile_count) ||
	    !take_numbers(core, report->profile_count, report->profiles, REPORT_PROFILES))
		return false;
	for (uint32_t i = 0; i < report->profile_count; i++) {
		uint32_t profile = (uint32_t)report->profiles[i];
		uint32_t known;

		for (uint32_t j = 0; j < report->found.count; j++) {
			if (!core_doctor_verdict(core, &known, j, profile) || !known)
				return false;
			take_verdict(core, &report->verdicts[i][j]);
		}
		if (!ask_choice(core, profile, &report->chosen[i]))
			return false;
	}
	return true;
}

void survey(struct report *report, struct core *core)
{
	struct asking asking = {.report = report, .core = core};

	discover(&report->found, ask_probe, keep_finding, &asking);
	survey_videos(report);
	if (!add_decoders(report, core) || !ask_verdicts(report, core)) {
		report->profile_count = 0;
		diagnosis_failed(report, core);
	}
}
