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
#include "measure/measure.h"
#include "measure/print.h"
#include "print.h"
#include "survey.h"

enum { WORKS, WORKS_NOT, WRONG_USE };
enum { LIMIT_S = 30, MOST_S = 3600 };

static const char usage[] =
	"usage: v4l2-request-doctor [--json | --check | --report [FILE]]\n"
	"       v4l2-request-doctor --measure [FILM] [--seconds N] [--json]\n"
	"\n"
	"Says whether players can use this machine's video decoder through VA-API, and what to do if not.\n"
	"\n"
	"  --json            the same for programs\n"
	"  --check           says nothing; status 0 if decoding can work, 1 if not\n"
	"  --report [FILE]   writes what a bug report needs to a file, without personal data, and says where it "
	"is\n"
	"  --measure [FILM]  plays the film with ffmpeg and mpv, in software and on the decoder, and says how "
	"fast "
	"that\n"
	"                    is; compares the pictures of the clips of v4l2-request-va-driver-tests with the "
	"right "
	"ones\n"
	"  --seconds N       how much of the film is played: 30 unless told\n"
	"  --version         says the version\n"
	"  --help            says this\n"
	"\n"
	"The status is 0 if decoding can work, 1 if not, and 2 if the doctor was called in a wrong way. With\n"
	"--measure it is 0 if something was decoded right on the decoder, and nothing wrong.\n";

/* The core that judged, which is to be closed. */
static struct core *examine(struct report *report)
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
	return core;
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

/* What is wanted, as the words of the command say. */
struct wish {
	int what; /* 'c', 'r', 'm' or 0 */
	bool json;
	uint32_t seconds; /* 0: not told */
	const char *file;
};

static bool take_option(int option, struct wish *wish)
{
	char *end = NULL;
	unsigned long seconds;

	switch (option) {
	case 'j':
		wish->json = true;
		return true;
	case 's':
		seconds = strtoul(optarg, &end, 10);
		wish->seconds = (uint32_t)seconds;
		return !*end && seconds > 0 && seconds <= MOST_S;
	case '?':
		return false;
	default:
		if (wish->what)
			return false;
		wish->what = option;
		return true;
	}
}

/* Whether these go together. */
static bool is_possible(const struct wish *wish, int left)
{
	const bool takes_file = wish->what == 'r' || wish->what == 'm';

	return left <= takes_file && (!wish->json || !wish->what || wish->what == 'm') &&
	       (!wish->seconds || wish->what == 'm');
}

static int print_measured(const struct report *report, bool json)
{
	if (json)
		print_json(stdout, report);
	else
		print_measurement(stdout, report->measurement);
	if (!report->is_judged)
		fprintf(stderr, "v4l2-request-doctor: report this as a bug of the driver: its core failed (%s)\n",
		        report->failure);
	return report->measurement->is_good ? WORKS : WORKS_NOT;
}

static int measure_film(struct report *report, struct core *core, const struct wish *wish)
{
	static struct measurement measurement;
	char *film = wish->file ? realpath(wish->file, NULL) : NULL;

	if (wish->file && (!film || access(film, R_OK))) {
		fprintf(stderr, "v4l2-request-doctor: %s cannot be read (%s); name a film that you may read\n",
		        wish->file, strerror(errno));
		free(film);
		return WRONG_USE;
	}
	measure(report, core, film, wish->seconds ? wish->seconds : LIMIT_S, &measurement);
	free(film);
	return print_measured(report, wish->json);
}

static int answer(struct report *report, struct core *core, const struct wish *wish)
{
	if (wish->what == 'm')
		return measure_film(report, core, wish);
	if (wish->what == 'r')
		return save_report(report, wish->file);
	if (wish->json)
		print_json(stdout, report);
	else if (!wish->what)
		print_text(stdout, report);
	return report_works(report) ? WORKS : WORKS_NOT;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},          {"check", no_argument, NULL, 'c'},
		{"report", no_argument, NULL, 'r'},        {"measure", no_argument, NULL, 'm'},
		{"seconds", required_argument, NULL, 's'}, {"version", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0},
	};
	static struct report report;
	struct wish wish = {0};
	struct core *core;
	int option;
	int status;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'h' || option == 'v') {
			fputs(option == 'h' ? usage : "v4l2-request-doctor " DRIVER_VERSION "\n", stdout);
			return WORKS;
		}
		if (!take_option(option, &wish)) {
			fputs(usage, stderr);
			return WRONG_USE;
		}
	}
	if (!is_possible(&wish, argc - optind)) {
		fputs(usage, stderr);
		return WRONG_USE;
	}
	wish.file = argv[optind];
	core = examine(&report);
	status = answer(&report, core, &wish);
	core_close(core);
	return status;
}
