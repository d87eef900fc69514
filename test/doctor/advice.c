/* SPDX-License-Identifier: MIT
 *
 * What the doctor says to do in each kind of sandbox, none of which a test can be sure to run in, and of each way to a node that is refused.
 */
#include "../../doctor/advice.h"

#include <stdio.h>
#include <string.h>

#include "../native/harness.h"

static struct report report;

/* What it says of a node that a sandbox keeps from the driver. node: empty where it is not known which. */
static const char *said(const char *sandbox, const char *node, uint32_t finding, uint32_t problem)
{
	static char text[3 * REPORT_TEXT];
	const struct core_problem kept_out = {.problem = problem};

	memset(&report, 0, sizeof(report));
	report.sandbox = sandbox;
	report.finding_count = 1;
	report.findings[0].reason = finding;
	snprintf(report.findings[0].node, sizeof(report.findings[0].node), "%s", node);
	snprintf(report.findings[0].sentence, sizeof(report.findings[0].sentence), "SENTENCE");
	advice(&report, &kept_out, text, sizeof(text));
	return text;
}

static const char *of_kept_out(const char *sandbox, const char *node)
{
	return said(sandbox, node, CORE_FINDING_KEPT_OUT, CORE_PROBLEM_NODE_KEPT_OUT);
}

static void each_sandbox_has_its_own_setting(void)
{
	CHECK_STRING(of_kept_out("flatpak", "/dev/video1"),
	             "Run `flatpak override --user --device=all APPLICATION`, and start it again: SENTENCE");
	CHECK_STRING(of_kept_out("docker", "/dev/video1"),
	             "Start the container with `docker run --device /dev/video1 ...`: SENTENCE");
	CHECK_STRING(of_kept_out("podman", "/dev/video1"),
	             "Start the container with `podman run --device /dev/video1 ...`: SENTENCE");
	CHECK_STRING(of_kept_out("snap", "/dev/video1"),
	             "Use a player that is no snap, for snaps may not open video nodes: SENTENCE");
	CHECK_STRING(of_kept_out("lxc", "/dev/video1"),
	             "Let /dev/video1 into this container or sandbox: SENTENCE");
	CHECK_STRING(of_kept_out(NULL, "/dev/video1"),
	             "Let /dev/video1 into this container or sandbox: SENTENCE");
}

static void nodes_that_are_hidden_have_no_name(void)
{
	CHECK_STRING(said("podman", "", CORE_FINDING_HIDDEN, CORE_PROBLEM_NODE_HIDDEN),
	             "Start the container with `podman run --device NODE ...`, one for each node of the decoder: "
	             "SENTENCE");
	CHECK_STRING(said(NULL, "", CORE_FINDING_HIDDEN, CORE_PROBLEM_NODE_HIDDEN),
	             "Let each node of the decoder into this container or sandbox: SENTENCE");
}

/* What it says of a node that is refused. group: empty where none may open it. */
static const char *of_refused(uint32_t remedy, const char *group, uint32_t seat)
{
	static char text[3 * REPORT_TEXT];
	const struct core_problem refused = {.problem = CORE_PROBLEM_NODE_REFUSED};
	struct node_access *access = &report.access[CORE_PROBLEM_NODE_REFUSED];

	memset(&report, 0, sizeof(report));
	access->remedy = remedy;
	access->facts.seat = seat;
	snprintf(access->node, sizeof(access->node), "/dev/media1");
	snprintf(access->group, sizeof(access->group), "%s", group);
	advice(&report, &refused, text, sizeof(text));
	return text;
}

static void each_way_to_a_node_has_its_own_sentence(void)
{
	CHECK_STRING(
		of_refused(CORE_REMEDY_LOG_IN_AGAIN, "video", CORE_SEAT_ACTIVE),
		"Log out and in again: you are in the group video, which may open /dev/media1, but this session "
		"is older");
	CHECK_STRING(of_refused(CORE_REMEDY_LOG_IN_LOCALLY_AGAIN, "video", CORE_SEAT_ACTIVE),
	             "Log out, and log in again on the machine itself: udev gives /dev/media1 to the user of the "
	             "active local session "
	             "(uaccess), and has not given it to you yet");
	CHECK_STRING(
		of_refused(CORE_REMEDY_LOG_IN_LOCALLY, "video", CORE_SEAT_INACTIVE),
		"Log in on the machine itself, where udev gives /dev/media1 to you (uaccess), or join the "
		"group video (sudo usermod -aG video $USER) and log in again: from this session you may not open it");
	CHECK_STRING(
		of_refused(CORE_REMEDY_LOG_IN_LOCALLY, "", CORE_SEAT_INACTIVE),
		"Log in on the machine itself, where udev gives /dev/media1 to you (uaccess): from this session you "
		"may not open it");
	CHECK_STRING(of_refused(CORE_REMEDY_JOIN, "video", CORE_SEAT_INACTIVE),
	             "Join the group video (sudo usermod -aG video $USER), then log in again: you may not open "
	             "/dev/media1");
	CHECK_STRING(of_refused(CORE_REMEDY_JOIN, "video", CORE_SEAT_ACTIVE),
	             "Join the group video (sudo usermod -aG video $USER), then log in again: you may not open "
	             "/dev/media1, for udev does not give it to the user of the active local session (uaccess)");
	CHECK_STRING(
		of_refused(CORE_REMEDY_RULE, "", CORE_SEAT_ACTIVE),
		"Let a group open /dev/media1, by a udev rule as in 60-v4l2-request-memory.rules of the driver's "
		"package: now only root may");
	CHECK_STRING(of_refused(CORE_REMEDY_APPLY_RULE, "", CORE_SEAT_ACTIVE),
	             "Restart the machine, or run `sudo udevadm control --reload && sudo udevadm trigger "
	             "--subsystem-match=dma_heap --subsystem-match=misc`: the rule that gives /dev/media1 to the "
	             "group video and to the user of the active local session is installed, but not applied yet");
	for (uint32_t i = 0; i < CORE_REMEDIES; i++)
		CHECK(strcmp(remedy_name(i), "unknown") != 0);
	CHECK_STRING(remedy_name(CORE_REMEDIES), "unknown");
}

static void every_problem_has_a_name_and_a_sentence(void)
{
	for (uint32_t i = 0; i < CORE_PROBLEMS; i++) {
		const char *text = said(NULL, "", CORE_FINDING_HIDDEN, i);

		CHECK(strncmp(text, "Report this", strlen("Report this")) != 0 && text[0] >= 'A' && text[0] <= 'Z');
		CHECK(strcmp(problem_name(i), "unknown") != 0);
	}
	CHECK_STRING(problem_name(CORE_PROBLEMS), "unknown");
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"each sandbox has its own setting", each_sandbox_has_its_own_setting, NULL},
		{"nodes that are hidden have no name", nodes_that_are_hidden_have_no_name, NULL},
		{"each way to a node has its own sentence", each_way_to_a_node_has_its_own_sentence, NULL},
		{"every problem has a name and a sentence", every_problem_has_a_name_and_a_sentence, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
