/* SPDX-License-Identifier: MIT
 *
 * A test program: static void functions that CHECK(), listed in a table, and run_tests() from main. Each test runs in a
 * process of its own, so that a crash is one failure, and must leave no open file descriptor behind. Leaked memory is
 * LeakSanitizer's to find (build with -Db_sanitize=address): the child leaves through exit(). A test that finds out that it
 * cannot run here says so with skip_test().
 */
#ifndef TEST_NATIVE_HARNESS_H
#define TEST_NATIVE_HARNESS_H

#include <dirent.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct test {
	const char *name;
	void (*run)(void);
	const char *skip; /* the reason why it cannot run here, or NULL */
};

/* ThreadSanitizer on a busy machine takes two minutes for some. */
enum { TEST_SECONDS = 300, TEST_SKIPPED = 77, TEST_REASON = 256 };

/* Why a test was skipped: memory that its process shares with that of run_tests(); one for all files of a program. */
__attribute__((weak)) char *test_reason;

/* Ends a test, by any process of it, as one that cannot run here. */
__attribute__((noreturn, format(printf, 1, 2))) static inline void skip_test(const char *format, ...)
{
	va_list values;

	va_start(values, format);
	vsnprintf(test_reason, TEST_REASON, format, values);
	va_end(values);
	_exit(TEST_SKIPPED);
}

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

struct test_tally {
	unsigned passed, failed, skipped;
};

enum test_verdict { TEST_GOOD, TEST_BAD, TEST_LEFT };

static inline enum test_verdict verdict_of(const struct test *test)
{
	fflush(NULL);
	pid_t child = fork();
	if (child < 0) {
		perror("fork");
		return TEST_BAD;
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
		return TEST_BAD;
	if (WIFEXITED(status) && WEXITSTATUS(status) == TEST_SKIPPED)
		return TEST_LEFT;
	if (WIFSIGNALED(status))
		fprintf(stderr, "    ended by signal %d (%s)\n", WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) > 1)
		fprintf(stderr, "    exit status %d\n", WEXITSTATUS(status));
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? TEST_GOOD : TEST_BAD;
}

/* Whether a test that is part of another one passes. */
static inline bool run_one_test(const struct test *test)
{
	return verdict_of(test) == TEST_GOOD;
}

/* Runs them all (or those whose name contains the word), and counts. */
static inline void run_test_list(const struct test *tests, size_t count, const char *word,
                                 struct test_tally *tally)
{
	if (!test_reason) {
		void *reason = mmap(NULL, TEST_REASON, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		if (reason == MAP_FAILED) {
			perror("mmap");
			exit(1);
		}
		test_reason = reason;
	}
	for (size_t i = 0; i < count; i++) {
		if (word && !strstr(tests[i].name, word))
			continue;
		enum test_verdict verdict = tests[i].skip ? TEST_LEFT : verdict_of(&tests[i]);
		switch (verdict) {
		case TEST_GOOD:
			printf("  ok    %s\n", tests[i].name);
			tally->passed++;
			break;
		case TEST_BAD:
			printf("  FAIL  %s\n", tests[i].name);
			tally->failed++;
			break;
		case TEST_LEFT:
			printf("  skip  %s: %s\n", tests[i].name, tests[i].skip ? tests[i].skip : test_reason);
			tally->skipped++;
			break;
		}
	}
}

static inline void print_tally(const struct test_tally *tally)
{
	printf("%u passed, %u failed, %u skipped\n", tally->passed, tally->failed, tally->skipped);
}

/* Runs them all (or those whose name contains argv[1]); returns main's result. */
static inline int run_tests(const struct test *tests, size_t count, int argc, char **argv)
{
	struct test_tally tally = {0};

	run_test_list(tests, count, argc > 1 ? argv[1] : NULL, &tally);
	print_tally(&tally);
	return tally.failed ? 1 : 0;
}

#define TEST_COUNT(tests) (sizeof(tests) / sizeof((tests)[0]))

#endif
