/* SPDX-License-Identifier: MIT */
#include "advice.h"

#include <stdio.h>
#include <string.h>

#include "boards.h"
#include "names.h"

static const char *variable_of(const struct report *report, const char *name)
{
	for (uint32_t i = 0; i < report->variable_count; i++) {
		if (!strcmp(report->variables[i].name, name))
			return report->variables[i].value;
	}
	return NULL;
}

/* ---- nodes ------------------------------------------------------------------------------------------------ */

static void let_user_open(const struct node_access *access, char *text, size_t size)
{
	const char *node = access->node;
	const char *group = access->group;

	switch (access->remedy) {
	case CORE_REMEDY_APPLY_RULE:
		snprintf(
			text, size,
			"Restart the machine, or run `sudo udevadm control --reload && sudo udevadm trigger "
			"--subsystem-match=dma_heap --subsystem-match=misc`: the rule that gives %s to the group video "
			"and to the user of the active local session is installed, but not applied yet",
			node);
		break;
	case CORE_REMEDY_LOG_IN_AGAIN:
		snprintf(
			text, size,
			"Log out and in again: you are in the group %s, which may open %s, but this session is older",
			group, node);
		break;
	case CORE_REMEDY_LOG_IN_LOCALLY_AGAIN:
		snprintf(text, size,
		         "Log out, and log in again on the machine itself: udev gives %s to the user of the active "
		         "local session (uaccess), and "
		         "has not given it to you yet",
		         node);
		break;
	case CORE_REMEDY_LOG_IN_LOCALLY:
		snprintf(text, size, "Log in on the machine itself, where udev gives %s to you (uaccess)", node);
		if (group[0])
			snprintf(text + strlen(text), size - strlen(text),
			         ", or join the group %s (sudo usermod -aG %s $USER) and log in again", group, group);
		snprintf(text + strlen(text), size - strlen(text), ": from this session you may not open it");
		break;
	case CORE_REMEDY_JOIN:
		snprintf(text, size,
		         "Join the group %s (sudo usermod -aG %s $USER), then log in again: you may not open %s%s",
		         group, group, node,
		         access->facts.seat == CORE_SEAT_ACTIVE
		             ? ", for udev does not give it to the user of the active local session (uaccess)"
		             : "");
		break;
	default:
		snprintf(text, size,
		         "Let a group open %s, by a udev rule as in 60-v4l2-request-memory.rules of the driver's "
		         "package: now only root may",
		         node);
	}
}

/* What lets a node into the sandbox that this is. */
static void let_node_in(const struct report *report, const struct finding *finding, char *text, size_t size)
{
	const char *sandbox = report->sandbox ? report->sandbox : "";
	const bool is_known = finding->node[0];
	const char *node = is_known ? finding->node : "NODE";

	if (!strcmp(sandbox, "flatpak"))
		snprintf(text, size, "Run `flatpak override --user --device=all APPLICATION`, and start it again: %s",
		         finding->sentence);
	else if (!strcmp(sandbox, "docker") || !strcmp(sandbox, "podman"))
		snprintf(text, size, "Start the container with `%s run --device %s ...`%s: %s", sandbox, node,
		         is_known ? "" : ", one for each node of the decoder", finding->sentence);
	else if (!strcmp(sandbox, "snap"))
		snprintf(text, size, "Use a player that is no snap, for snaps may not open video nodes: %s",
		         finding->sentence);
	else
		snprintf(text, size, "Let %s into this container or sandbox: %s",
		         is_known ? node : "each node of the decoder", finding->sentence);
}

static void find_decoder(const struct report *report, char *text, size_t size)
{
	const struct board_decoder *known = board_decoders(report->chip);

	if (known)
		snprintf(text, size, "Use Linux %s or later, built with %s (%s): %s needs it for its decoder; %s",
		         known->since, known->option, known->driver, report->chip,
		         report_finding(report, CORE_FINDING_NO_DECODER)->sentence);
	else
		snprintf(text, size, "Use a kernel that has the driver of your chip's video decoder: %s",
		         report_finding(report, CORE_FINDING_NO_DECODER)->sentence);
}

/* ---- libva -------------------------------------------------------------------------------------------------- */

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The display that a player takes: the first. */
static const struct display_node *first_display(const struct report *report)
{
	return &report->displays[0];
}

static void install(const struct report *report, char *text, size_t size)
{
	const struct display_node *node = first_display(report);
	const char *looked = node->looked_count ? node->looked[0] : "";
	int folder = (int)(strlen(looked) - strlen(file_name(looked)));

	if (variable_of(report, "LIBVA_DRIVERS_PATH"))
		snprintf(text, size,
		         "Unset LIBVA_DRIVERS_PATH, or let it name the folder of " DRIVER_FILE
		         ": in %.*s, where libva looks, there is none",
		         folder, looked);
	else
		snprintf(text, size,
		         "Install the driver (package v4l2-request-va-driver): there is no " DRIVER_FILE
		         " in %.*s, where libva looks",
		         folder, looked);
}

static void choose_name(const struct report *report, char *text, size_t size)
{
	const struct display_node *node = first_display(report);

	snprintf(
		text, size,
		"Set LIBVA_DRIVER_NAME=v4l2_request (in /etc/environment for everybody): for %s of %s libva looks "
		"for %s, and %s",
		node->path, node->drm[0] ? node->drm : "an unknown driver",
		node->looked_count ? file_name(node->looked[0]) : "no file",
		node->outcome == CORE_LIBRARY_NOT_FOUND ? "finds none" : "that is another driver");
}

static void correct_name(const struct report *report, char *text, size_t size)
{
	const struct display_node *node = first_display(report);

	snprintf(text, size, "Set LIBVA_DRIVER_NAME to v4l2_request: it is %s, and libva %s%s",
	         variable_of(report, "LIBVA_DRIVER_NAME"),
	         node->outcome == CORE_LIBRARY_NOT_FOUND ? "finds no driver of that name" : "takes ",
	         node->driver);
}

static void let_user_use_memory(const struct node_access *access, char *text, size_t size)
{
	let_user_open(access, text, size);
	snprintf(text + strlen(text), size - strlen(text),
	         "; until then pictures are in the decoder's own memory, which is slow to read (vaapi-copy)");
}

/* A decoder without an MMU reaches contiguous memory alone. */
static void find_memory(uint32_t source, char *text, size_t size)
{
	snprintf(
		text, size,
		"Use a kernel with %s: without it pictures are in the decoder's own memory, which is slow to read "
		"(vaapi-copy)",
		source == CORE_SOURCE_CONTIGUOUS_HEAP ? "CONFIG_DMABUF_HEAPS_CMA"
											  : "CONFIG_DMABUF_HEAPS_SYSTEM or CONFIG_UDMABUF");
}

/* ---- all ------------------------------------------------------------------------------------------------------ */

void advice(const struct report *report, const struct core_problem *problem, char *text, size_t size)
{
	const struct node_access *access = &report->access[problem->problem];
	const struct display_node *display;

	text[0] = 0;
	switch (problem->problem) {
	case CORE_PROBLEM_NODE_REFUSED:
	case CORE_PROBLEM_DISPLAY_REFUSED:
		let_user_open(access, text, size);
		break;
	case CORE_PROBLEM_NODE_KEPT_OUT:
		let_node_in(report, report_finding(report, CORE_FINDING_KEPT_OUT), text, size);
		break;
	case CORE_PROBLEM_NODE_HIDDEN:
		let_node_in(report, report_finding(report, CORE_FINDING_HIDDEN), text, size);
		break;
	case CORE_PROBLEM_NODE_FAILED:
		snprintf(text, size, "Look for its driver in the kernel's log (sudo dmesg): %s",
		         report_finding(report, CORE_FINDING_FAILED)->sentence);
		break;
	case CORE_PROBLEM_NO_REQUESTS:
		snprintf(text, size,
		         "Play with what speaks to such a decoder itself (ffmpeg -c:v h264_v4l2m2m, GStreamer's "
		         "v4l2h264dec): %s",
		         report_finding(report, CORE_FINDING_NO_REQUESTS)->sentence);
		break;
	case CORE_PROBLEM_NODE_LEFT_OUT:
		snprintf(text, size, "Choose the decoder by LIBVA_V4L2_REQUEST_VIDEO_PATH if it is the wrong one: %s",
		         report_finding(report, CORE_FINDING_LEFT_OUT)->sentence);
		break;
	case CORE_PROBLEM_NODE_MISNAMED:
		snprintf(text, size,
		         "Correct or unset LIBVA_V4L2_REQUEST_VIDEO_PATH and LIBVA_V4L2_REQUEST_MEDIA_PATH: %s",
		         report_finding(report, CORE_FINDING_MISNAMED)->sentence);
		break;
	case CORE_PROBLEM_NO_DECODER:
		find_decoder(report, text, size);
		break;
	case CORE_PROBLEM_NOTHING_OFFERED:
		snprintf(
			text, size,
			"Use software decoding: the decoders do nothing that this driver can ask them for (the list of "
			"profiles says why)");
		break;
	case CORE_PROBLEM_NO_LIBVA:
		snprintf(
			text, size,
			"Install libva (Debian: libva2 and libva-drm2): libva.so.2 or libva-drm.so.2 cannot be loaded");
		break;
	case CORE_PROBLEM_NO_DISPLAY:
		snprintf(
			text, size,
			"Load the kernel driver of the GPU or of the screen: there is no /dev/dri node, and libva needs "
			"one");
		break;
	case CORE_PROBLEM_NAMESAKE:
		display = report_display(report, CORE_LIBRARY_NAMESAKE);
		snprintf(text, size,
		         "Remove the package of the other driver (dpkg -S, pacman -Qo or rpm -qf name it), and "
		         "install this "
		         "one again: %s is another driver: %s",
		         display->target[0] ? display->target : display->driver, display->vendor);
		break;
	case CORE_PROBLEM_BROKEN:
		display = report_display(report, CORE_LIBRARY_BROKEN);
		snprintf(text, size, "Install the driver again, for this machine's architecture: %s",
		         display->vendor);
		break;
	case CORE_PROBLEM_WRONG_NAME:
		correct_name(report, text, size);
		break;
	case CORE_PROBLEM_NOT_CHOSEN:
		choose_name(report, text, size);
		break;
	case CORE_PROBLEM_NOT_INSTALLED:
		install(report, text, size);
		break;
	case CORE_PROBLEM_OTHER_VERSION:
		display = report_display(report, CORE_LIBRARY_OURS);
		snprintf(text, size,
		         "Install driver and doctor of one version: libva loads %s, and this is the doctor "
		         "of " DRIVER_VERSION,
		         display->vendor);
		break;
	case CORE_PROBLEM_MEMORY_REFUSED:
		let_user_use_memory(access, text, size);
		break;
	case CORE_PROBLEM_NO_MEMORY:
		find_memory(problem->source, text, size);
		break;
	default:
		snprintf(text, size, "Report this: the core names problem %u, which the doctor does not know",
		         problem->problem);
	}
}

const char *problem_name(uint32_t problem)
{
	static const char *const names[CORE_PROBLEMS] = {
		[CORE_PROBLEM_NODE_REFUSED] = "node-refused",
		[CORE_PROBLEM_NODE_KEPT_OUT] = "node-kept-out",
		[CORE_PROBLEM_NODE_FAILED] = "node-failed",
		[CORE_PROBLEM_NODE_HIDDEN] = "node-hidden",
		[CORE_PROBLEM_NO_REQUESTS] = "no-request-api",
		[CORE_PROBLEM_NODE_LEFT_OUT] = "node-left-out",
		[CORE_PROBLEM_NODE_MISNAMED] = "node-misnamed",
		[CORE_PROBLEM_NO_DECODER] = "no-decoder",
		[CORE_PROBLEM_NOTHING_OFFERED] = "nothing-offered",
		[CORE_PROBLEM_NO_LIBVA] = "no-libva",
		[CORE_PROBLEM_NO_DISPLAY] = "no-display",
		[CORE_PROBLEM_DISPLAY_REFUSED] = "display-refused",
		[CORE_PROBLEM_NAMESAKE] = "namesake",
		[CORE_PROBLEM_BROKEN] = "broken",
		[CORE_PROBLEM_WRONG_NAME] = "wrong-name",
		[CORE_PROBLEM_NOT_CHOSEN] = "not-chosen",
		[CORE_PROBLEM_NOT_INSTALLED] = "not-installed",
		[CORE_PROBLEM_OTHER_VERSION] = "other-version",
		[CORE_PROBLEM_MEMORY_REFUSED] = "memory-refused",
		[CORE_PROBLEM_NO_MEMORY] = "no-memory",
	};

	return problem < CORE_PROBLEMS ? names[problem] : "unknown";
}

const char *remedy_name(uint32_t remedy)
{
	static const char *const names[CORE_REMEDIES] = {
		[CORE_REMEDY_APPLY_RULE] = "apply-rule",
		[CORE_REMEDY_LOG_IN_AGAIN] = "log-in-again",
		[CORE_REMEDY_LOG_IN_LOCALLY_AGAIN] = "log-in-locally-again",
		[CORE_REMEDY_LOG_IN_LOCALLY] = "log-in-locally",
		[CORE_REMEDY_JOIN] = "join",
		[CORE_REMEDY_RULE] = "rule",
	};

	return remedy < CORE_REMEDIES ? names[remedy] : "unknown";
}

const char *verdict_name(uint32_t verdict)
{
	static const char *const names[] = {
		[CORE_VERDICT_OFFERED] = "offered",
		[CORE_VERDICT_NO_SUCH_PROFILE] = "no-such-profile",
		[CORE_VERDICT_NO_CODED_FORMAT] = "no-coded-format",
		[CORE_VERDICT_NO_CONTROL] = "no-control",
		[CORE_VERDICT_NO_CAPTURE_FORMAT] = "no-capture-format",
		[CORE_VERDICT_NOT_IN_MENU] = "not-in-menu",
	};

	return verdict < sizeof(names) / sizeof(names[0]) ? names[verdict] : "unknown";
}

const char *verdict_reason(const struct core_verdict *verdict, char *buffer, size_t size)
{
	char name[24];

	switch (verdict->verdict) {
	case CORE_VERDICT_NO_CODED_FORMAT:
		snprintf(buffer, size, "does not decode %s", codec_name(verdict->coded_fourcc, name));
		break;
	case CORE_VERDICT_NO_CONTROL:
		snprintf(buffer, size, "has no %s: its kernel is too old, or too new for this driver",
		         control_name(verdict->control, name));
		break;
	case CORE_VERDICT_NO_CAPTURE_FORMAT:
		snprintf(buffer, size, "has no format of %s bit for its pictures that this driver can show",
		         verdict->depths == CORE_DEPTH_10  ? "10"
		         : verdict->depths == CORE_DEPTH_8 ? "8"
		                                           : "8 or 10");
		break;
	case CORE_VERDICT_NOT_IN_MENU:
		snprintf(buffer, size, "does not list it in %s", control_name(verdict->control, name));
		break;
	default:
		snprintf(buffer, size, "serves it");
	}
	return buffer;
}
