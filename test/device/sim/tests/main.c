/* SPDX-License-Identifier: MIT
 *
 * test_contract [--driver NAME] [--mode frame|slice] [--record FILE] [--walks N] [part of a test's name]
 *
 * Uses a stateless H.264 decoder as a driver may, and as it must not. What every device answers is expected by the tests
 * themselves; all the rest is in the recording, which test/kernel/contract compares with that of another device.
 */
#include "contract.h"

void test_begins(const struct test *test)
{
	record_note("== %s", test->name);
}

static void option(const char *name, const char *value)
{
	if (strcmp(name, "--driver") == 0) {
		wanted_driver = value;
	} else if (strcmp(name, "--mode") == 0) {
		wanted_mode = strcmp(value, "frame") == 0 ? V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED
		                                          : V4L2_STATELESS_H264_DECODE_MODE_SLICE_BASED;
	} else if (strcmp(name, "--walks") == 0) {
		walk_count = (unsigned)atoi(value);
	} else if (strcmp(name, "--record") != 0) {
		fprintf(stderr, "There is no option %s; the top of main.c lists them.\n", name);
		exit(2);
	} else if (!record_open(value)) {
		fprintf(stderr, "The recording %s cannot be written: %s.\n", value, strerror(errno));
		exit(2);
	}
}

int main(int argc, char **argv)
{
	struct test all[128];
	unsigned count = 0;
	bool found;

	for (; argc >= 3 && strncmp(argv[1], "--", 2) == 0; argc -= 2, argv += 2)
		option(argv[1], argv[2]);
	record_pause(true);
	found = find_decoder();
	record_pause(false);
#define ADD(tests, number)                                                              \
	for (unsigned i = 0; i < (number); i++) {                                           \
		all[count] = (tests)[i];                                                        \
		if (!found)                                                                     \
			all[count].skip = "no H.264 decoder of that driver among /dev/media* here"; \
		count++;                                                                        \
	}
	ADD(format_tests, format_test_count)
	ADD(queue_tests, queue_test_count)
	ADD(request_tests, request_test_count)
	ADD(control_tests, control_test_count)
	ADD(edge_tests, edge_test_count)
	ADD(walk_tests, walk_test_count)
	return run_tests(all, count, argc, argv);
}
