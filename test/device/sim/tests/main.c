/* SPDX-License-Identifier: MIT
 *
 * test_contract [--driver NAME] [part of a test's name]: uses a stateless H.264 decoder as a driver may, and as it must not.
 */
#include "contract.h"

int main(int argc, char **argv)
{
	struct test all[128];
	unsigned count = 0;
	bool found;

	if (argc >= 3 && strcmp(argv[1], "--driver") == 0) {
		wanted_driver = argv[2];
		argc -= 2;
		argv += 2;
	}
	found = find_decoder();
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
	return run_tests(all, count, argc, argv);
}
