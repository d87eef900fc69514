/* SPDX-License-Identifier: MIT
 *
 * A process that may do more than its user: what the user says in the environment opens no file. The program runs itself
 * again as a copy that belongs to somebody else and has the set-user-ID bit.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/stat.h>

#include "harness.h"
#include "player.h"

enum { NOBODY = 65534, BLOCK = 65536 };

static const char initialise[] = "--initialise";

static void copy_file(const char *from, const char *to)
{
	static char block[BLOCK];
	int source = open(from, O_RDONLY | O_CLOEXEC),
		copy = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	ssize_t size;

	CHECK(source >= 0 && copy >= 0);
	while ((size = read(source, block, sizeof(block))) > 0)
		CHECK_EQUAL(write(copy, block, (size_t)size), size);
	CHECK_EQUAL(size, 0);
	close(source);
	close(copy);
}

enum { NOT_RUN = 99 };

/* Runs the program, and returns its AT_SECURE, or NOT_RUN. */
static int run_program(const char *program)
{
	int status;
	pid_t child = fork();

	CHECK(child >= 0);
	if (child == 0) {
		execl(program, program, initialise, NULL);
		_exit(NOT_RUN);
	}
	CHECK_EQUAL(waitpid(child, &status, 0), child);
	CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Why the test cannot be made here, or NULL. */
static const char *obstacle(void)
{
	if (geteuid() != 0)
		return "only root can give a file away";
	return run_program("/proc/self/exe") == NOT_RUN ? "an emulator cannot start the program again" : NULL;
}

static void set_user_id_opens_no_trace(void)
{
	char folder[] = "/tmp/secure-XXXXXX", program[64], trace[64];
	struct stat status;
	int secure;

	CHECK(mkdtemp(folder));
	CHECK_EQUAL(chmod(folder, 0777), 0);
	snprintf(program, sizeof(program), "%s/program", folder);
	snprintf(trace, sizeof(trace), "%s/trace", folder);
	setenv("LIBVA_V4L2_REQUEST_TRACE", trace, 1);
	copy_file("/proc/self/exe", program);
	CHECK_EQUAL(run_program(program), 0);
	CHECK_EQUAL(stat(trace, &status), 0); /* the usual way it is opened */
	unlink(trace);
	CHECK_EQUAL(chown(program, NOBODY, NOBODY), 0);
	CHECK_EQUAL(chmod(program, 04755), 0);
	secure = run_program(program);
	CHECK(secure == 0 || secure == 1);
	if (!secure)
		fprintf(stderr, "    /tmp ignores set-user-ID bits, so nothing is shown\n");
	CHECK_EQUAL(stat(trace, &status), secure ? -1 : 0);
	unlink(trace);
	unlink(program);
	rmdir(folder);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], initialise) == 0) {
		struct player player;

		CHECK_EQUAL(player_open(&player), VA_STATUS_SUCCESS);
		player_close(&player);
		return getauxval(AT_SECURE) ? 1 : 0;
	}

	const struct test tests[] = {
		{"a set-user-ID program opens no trace", set_user_id_opens_no_trace, obstacle()},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
