/* SPDX-License-Identifier: MIT
 *
 * What the doctor found. survey.c, library.c and machine.c read it from the system, diagnosis.c lets the core judge it,
 * text.c and json.c print it. What players do on the machine is measured by measure/.
 */
#ifndef DOCTOR_REPORT_H
#define DOCTOR_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "../glue-c/v4l2/discovery.h"

#define DRIVER_FILE "v4l2_request_drv_video.so"

enum {
	REPORT_FINDINGS = 32,
	REPORT_VIDEOS = 64,
	REPORT_DISPLAYS = 8,
	REPORT_LOOKED = 8,
	REPORT_PROFILES = 64,
	REPORT_SOURCES = 3,
	REPORT_VARIABLES = 12,
	REPORT_TEXT = 512,
	REPORT_PATH = 256
};

struct measurement;

/* Why a node, or the machine, does not serve (discovery_finding). */
struct finding {
	uint32_t reason;           /* CORE_FINDING_* */
	char node[DISCOVERY_PATH]; /* empty: of the machine */
	char sentence[REPORT_TEXT];
};

/* A video node that is none of the decoders found. */
struct video_node {
	char path[DISCOVERY_PATH];
	char driver[17];
	char card[33];
	int error; /* errno of open() or VIDIOC_QUERYCAP; 0: none */
};

/* A DRM node, and what libva makes of it. Passed through a pipe as it is. */
struct display_node {
	char path[DISCOVERY_PATH];
	char drm[32];             /* the name of its kernel driver; empty when it could not be asked */
	uint32_t outcome;         /* CORE_LIBRARY_* */
	char driver[REPORT_PATH]; /* the file that libva loaded, or could not load; empty: none */
	char target[REPORT_PATH]; /* what it is a link to; empty: it is none */
	char vendor[REPORT_TEXT]; /* what that driver calls itself, or why it was not loaded */
	char version[16];         /* of VA-API */
	uint32_t looked_count;
	char looked[REPORT_LOOKED][REPORT_PATH]; /* the files that libva looked for */
};

/* Memory for pictures. */
struct memory_source {
	uint32_t source;  /* CORE_SOURCE_* */
	const char *path; /* NULL: the kernel has none */
	bool opens;
};

/* A node that the user may not open. */
struct node_access {
	char node[DISCOVERY_PATH];
	char group[64]; /* that may, its number where it has no name; empty: root's own, or none */
	struct core_access facts;
	uint32_t remedy; /* CORE_REMEDY_* */
};

struct variable {
	const char *name;
	char value[REPORT_PATH];
};

struct report {
	/* the machine */
	char kernel[128];    /* "Linux 6.12.0 aarch64" */
	char board[128];     /* as the device tree calls it; empty: it has none */
	char chip[64];       /* the most general of its compatible strings */
	const char *sandbox; /* flatpak, snap, docker, podman, or what `container` says; NULL: none is seen */
	uint32_t seat;       /* CORE_SEAT_* */
	bool is_secure;      /* the process has privileges by its file: libva ignores the environment */
	uint32_t variable_count;
	struct variable variables[REPORT_VARIABLES];
	struct memory_source sources[REPORT_SOURCES];

	/* decoders */
	struct discovery found;
	uint32_t finding_count;
	struct finding findings[REPORT_FINDINGS];
	uint32_t video_count;
	struct video_node videos[REPORT_VIDEOS];
	uint32_t profile_count;
	int32_t profiles[REPORT_PROFILES];
	struct core_verdict verdicts[REPORT_PROFILES][DISCOVERY_MAX];
	uint32_t chosen[REPORT_PROFILES]; /* the decoder that a context of the profile gets; CORE_NONE: none */

	/* libva */
	bool has_libva;
	bool is_installed;
	uint32_t display_count;
	struct display_node displays[REPORT_DISPLAYS];

	/* judgement */
	bool is_judged; /* false: the core failed, and `failure` says why */
	char failure[REPORT_TEXT];
	uint32_t problem_count;
	struct core_problem problems[CORE_PROBLEMS];
	struct node_access
		access[CORE_PROBLEMS]; /* by CORE_PROBLEM_*; without a node: the problem is none of access */

	const struct measurement *measurement; /* NULL: nothing was measured */
};

/* The first finding of a kind, and the first display: empty ones where there is none. */
const struct finding *report_finding(const struct report *report, uint32_t reason);
const struct display_node *report_display(const struct report *report, uint32_t outcome);
/* Whether decoding can work: nothing blocks it. */
bool report_works(const struct report *report);

#endif
