/* SPDX-License-Identifier: MIT
 *
 * v4l2-request-doctor: says what keeps this machine's video decoder from players, and what to do. What it judges by is the
 * driver's own compiled core.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../glue-c/core/core.h"
#include "diagnosis.h"
#include "library.h"
#include "machine.h"
#include "print.h"
#include "survey.h"

enum { WORKS, WORKS_NOT, WRONG_USE };

static const char usage[] =
	"usage: v4l2-request-doctor [--json | --check | --report [FILE]]\n"
	"\n"
	"Says whether players can use this machine's video decoder through VA-API, and what to do if not.\n"
	"\n"
	"  --json           the same for programs\n"
	"  --check          says nothing; status 0 if decoding can work, 1 if not\n"
	"  --report [FILE]  writes what a bug report needs to a file, without personal data, and says where it "
	"is\n"
	"  --version        says the version\n"
	"  --help           says this\n"
	"\n"
	"The status is 0 if decoding can work, 1 if not, and 2 if the doctor was called in a wrong way.\n";

static void examine(struct report *report)
{
	struct core *core = core_open();

	report->is_judged = true;
	if (!core) {
		fprintf(stderr,
		        "v4l2-request-doctor: there is no memory for the driver's core; close other programs\n");
		exit(WORKS_NOT);
	}
	survey_machine(report);
	survey(report, core);
	survey_libraries(report);
	diagnose(report, core);
	core_close(core);
}

/* Both forms, in a file that must be new. 0 or errno. */
static int write_report(const struct report *report, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	FILE *to = fd < 0 ? NULL : fdopen(fd, "w");

	if (!to)
		return errno;
	print_text(to, report);
	fprintf(to, "\n");
	print_json(to, report);
	return fclose(to) ? errno : 0;
}

static int save_report(const struct report *report, const char *path)
{
	char dated[64];
	time_t now = time(NULL);
	int error;

	if (!path) {
		strftime(dated, sizeof(dated), "v4l2-request-report-%Y%m%d-%H%M%S.txt", gmtime(&now));
		path = dated;
	}
	error = write_report(report, path);
	if (error) {
		fprintf(stderr,
		        "v4l2-request-doctor: %s cannot be written (%s); name a new file that you may write\n", path,
		        strerror(error));
		return WRONG_USE;
	}
	printf("%s\n", path);
	return report_works(report) ? WORKS : WORKS_NOT;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},   {"check", no_argument, NULL, 'c'},
		{"report", no_argument, NULL, 'r'}, {"version", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},   {NULL, 0, NULL, 0},
	};
	static struct report report;
	int wanted = 0;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'h' || option == 'v') {
			fputs(option == 'h' ? usage : "v4l2-request-doctor " DRIVER_VERSION "\n", stdout);
			return WORKS;
		}
		if (option == '?' || wanted) {
			fputs(usage, stderr);
			return WRONG_USE;
		}
		wanted = option;
	}
	if (optind + (wanted == 'r') < argc) {
		fputs(usage, stderr);
		return WRONG_USE;
	}
	examine(&report);
	if (wanted == 'r')
		return save_report(&report, argv[optind]);
	if (wanted == 'j')
		print_json(stdout, &report);
	else if (!wanted)
		print_text(stdout, &report);
	return report_works(&report) ? WORKS : WORKS_NOT;
}
