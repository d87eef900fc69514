/* SPDX-License-Identifier: MIT
 *
 * A test program: static void functions that CHECK(), listed in a table, and run_tests() from main. Each test runs in a
 * process of its own, so that a crash is one failure, and must leave no open file descriptor behind. Leaked memory is
 * LeakSanitizer's to find (build with -Db_sanitize=address): the child leaves through exit().
 */
#ifndef TEST_NATIVE_HARNESS_H
#define TEST_NATIVE_HARNESS_H

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct test {
	const char *name;
	void (*run)(void);
	const char *skip; /* the reason why it cannot run here, or NULL */
};

/* ThreadSanitizer on a busy machine takes two minutes for some. */
enum { TEST_SECONDS = 300 };

/* Called in the process of a test before it runs, where a program defines it. */
__attribute__((weak)) void test_begins(const struct test *test);

#define CHECK(condition)                                                                  \
	do {                                                                                  \
		if (!(condition)) {                                                               \
			fprintf(stderr, "    %s:%d: expected: %s\n", __FILE__, __LINE__, #condition); \
			exit(1);                                                                      \
		}                                                                                 \
	} while (0)

#define CHECK_EQUAL(actual, expected)                                                                  \
	do {                                                                                               \
		long long actual_ = (long long)(actual), expected_ = (long long)(expected);                    \
		if (actual_ != expected_) {                                                                    \
			fprintf(stderr, "    %s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #actual, actual_, \
			        expected_);                                                                        \
			exit(1);                                                                                   \
		}                                                                                              \
	} while (0)

#define CHECK_STRING(actual, expected)                                                            \
	do {                                                                                          \
		const char *actual_ = (actual), *expected_ = (expected);                                  \
		if (!actual_ || strcmp(actual_, expected_) != 0) {                                        \
			fprintf(stderr, "    %s:%d: %s is \"%s\", not \"%s\"\n", __FILE__, __LINE__, #actual, \
			        actual_ ? actual_ : "(null)", expected_);                                     \
			exit(1);                                                                              \
		}                                                                                         \
	} while (0)

/* Open file descriptors of this process, as a list "0 1 2 ". */
static inline void list_descriptors(char *list, size_t capacity)
{
	size_t used = 0;
	DIR *folder = opendir("/proc/self/fd");
	list[0] = 0;
	if (!folder)
		return;
	for (struct dirent *entry; (entry = readdir(folder));) {
		if (entry->d_name[0] == '.' || atoi(entry->d_name) == dirfd(folder))
			continue;
		used += (size_t)snprintf(list + used, used < capacity ? capacity - used : 0, "%s ", entry->d_name);
	}
	closedir(folder);
}

static inline bool run_one_test(const struct test *test)
{
	fflush(NULL);
	pid_t child = fork();
	if (child < 0) {
		perror("fork");
		return false;
	}
	if (child == 0) {
		char before[1024], after[1024];
		alarm(TEST_SECONDS);
		list_descriptors(before, sizeof(before));
		if (test_begins)
			test_begins(test);
		test->run();
		list_descriptors(after, sizeof(after));
		if (strcmp(before, after) != 0) {
			fprintf(stderr, "    open file descriptors were %sand are %s\n", before, after);
			exit(1);
		}
		exit(0);
	}
	int status = 0;
	if (waitpid(child, &status, 0) != child)
		return false;
	if (WIFSIGNALED(status))
		fprintf(stderr, "    ended by signal %d (%s)\n", WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) > 1)
		fprintf(stderr, "    exit status %d\n", WEXITSTATUS(status));
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Runs them all (or those whose name contains argv[1]); returns main's result. */
static inline int run_tests(const struct test *tests, size_t count, int argc, char **argv)
{
	unsigned passed = 0, failed = 0, skipped = 0;
	for (size_t i = 0; i < count; i++) {
		if (argc > 1 && !strstr(tests[i].name, argv[1]))
			continue;
		if (tests[i].skip) {
			printf("  skip  %s: %s\n", tests[i].name, tests[i].skip);
			skipped++;
			continue;
		}
		bool good = run_one_test(&tests[i]);
		printf("  %s  %s\n", good ? "ok  " : "FAIL", tests[i].name);
		if (good)
			passed++;
		else
			failed++;
	}
	printf("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
	return failed ? 1 : 0;
}

#define TEST_COUNT(tests) (sizeof(tests) / sizeof((tests)[0]))

#endif
