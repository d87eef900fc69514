/* SPDX-License-Identifier: MIT
 *
 * What the doctor reads of a node's mode and access control list. Seats, tags and rules need a /run of their own: test/kernel/doctor_states.ts.
 */
#include "../../doctor/access.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "../native/harness.h"

enum { MAY_NOTHING = 0, MAY_BOTH = 6, SOMEBODY = 1234 };

static char path[64];

static void make_file(mode_t mode)
{
	int fd;

	snprintf(path, sizeof(path), "/tmp/access-XXXXXX");
	fd = mkstemp(path);
	CHECK(fd >= 0 && fchmod(fd, mode) == 0);
	close(fd);
}

/* A list that gives the file to one user, and to its group what is told. False: there are none here. */
static bool put_list(uint16_t group_may)
{
	const struct {
		struct posix_acl_xattr_header header;
		struct posix_acl_xattr_entry entries[5];
	} list = {
		{POSIX_ACL_XATTR_VERSION},
		{{ACL_USER_OBJ, MAY_BOTH, ACL_UNDEFINED_ID},
	     {ACL_USER, MAY_BOTH, SOMEBODY},
	     {ACL_GROUP_OBJ, group_may, ACL_UNDEFINED_ID},
	     {ACL_MASK, MAY_BOTH, ACL_UNDEFINED_ID},
	     {ACL_OTHER, MAY_NOTHING, ACL_UNDEFINED_ID}},
	};

	if (setxattr(path, "system.posix_acl_access", &list, sizeof(list), 0) == 0)
		return true;
	CHECK(errno == EOPNOTSUPP);
	return false;
}

static struct core_access facts_of(uint32_t seat)
{
	struct node_access access;

	survey_access(path, seat, &access);
	CHECK_STRING(access.node, path);
	CHECK(access.facts.has_group == (access.group[0] != 0));
	unlink(path);
	return access.facts;
}

static void a_group_counts_only_if_it_may_read_and_write(void)
{
	const bool is_roots = getegid() == 0;

	make_file(0660);
	if (is_roots)
		CHECK(chown(path, (uid_t)-1, SOMEBODY) == 0);
	CHECK_EQUAL(facts_of(CORE_SEAT_INACTIVE).has_group, 1);
	make_file(0640);
	if (is_roots)
		CHECK(chown(path, (uid_t)-1, SOMEBODY) == 0);
	CHECK_EQUAL(facts_of(CORE_SEAT_INACTIVE).has_group, 0);
	make_file(0660);
	if (is_roots)
		CHECK_EQUAL(facts_of(CORE_SEAT_INACTIVE).has_group, 0);
	unlink(path);
}

static void a_list_for_a_user_is_that_of_the_seat(void)
{
	struct core_access facts;

	make_file(0600);
	facts = facts_of(CORE_SEAT_ACTIVE);
	CHECK_EQUAL(facts.is_for_seat, 0);
	CHECK_EQUAL(facts.seat, CORE_SEAT_ACTIVE);
	make_file(0600);
	if (put_list(MAY_NOTHING))
		CHECK_EQUAL(facts_of(CORE_SEAT_INACTIVE).is_for_seat, 1);
	unlink(path);
}

/* The mode shows the list's mask where the group's bits are. */
static void a_list_says_what_the_group_may(void)
{
	for (uint16_t may = MAY_NOTHING; may <= MAY_BOTH; may += MAY_BOTH) {
		struct stat status;

		make_file(0600);
		if (getegid() == 0)
			CHECK(chown(path, (uid_t)-1, SOMEBODY) == 0);
		if (put_list(may)) {
			CHECK(stat(path, &status) == 0 && (status.st_mode & 0060) == 0060);
			CHECK_EQUAL(facts_of(CORE_SEAT_INACTIVE).has_group, may == MAY_BOTH);
		}
		unlink(path);
	}
}

static void what_is_not_there_has_no_facts(void)
{
	const struct core_access none = {.seat = CORE_SEAT_INACTIVE};
	struct core_access facts;

	snprintf(path, sizeof(path), "/nonexistent/node");
	facts = facts_of(CORE_SEAT_INACTIVE);
	CHECK(memcmp(&facts, &none, sizeof(none)) == 0);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"a group counts only if it may read and write", a_group_counts_only_if_it_may_read_and_write, NULL},
		{"a list for a user is that of the seat", a_list_for_a_user_is_that_of_the_seat, NULL},
		{"a list says what the group may", a_list_says_what_the_group_may, NULL},
		{"what is not there has no facts", what_is_not_there_has_no_facts, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
