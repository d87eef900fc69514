/* SPDX-License-Identifier: MIT
 *
 * Who may open a node. Its group may, as its mode says; and where udev's rules have tagged it `uaccess`, logind puts an access control
 * list on it for the user of the active session of the seat.
 */
#include "access.h"

#include <dirent.h>
#include <grp.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/types.h>
#include <sys/xattr.h>
#include <unistd.h>

#define SEATS "/run/systemd/seats"
#define TAGGED "/run/udev/tags/uaccess"
#define RULES "60-v4l2-request-memory.rules"
#define RULES_GROUP "video"

/* ---- the seat -------------------------------------------------------------------------------------------- */

/* The user of the seat's active session. False: it has none. */
static bool active_user(const char *seat, uid_t *user)
{
	static const char key[] = "ACTIVE_UID=";
	char path[sizeof(SEATS) + 1 + NAME_MAX + 1];
	char line[256];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), SEATS "/%s", seat);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file)) {
		found = strncmp(line, key, strlen(key)) == 0;
		if (found)
			*user = (uid_t)strtoul(line + strlen(key), NULL, 10);
	}
	fclose(file);
	return found;
}

uint32_t survey_seat(void)
{
	uint32_t seat = CORE_SEAT_UNKNOWN;
	const struct dirent *entry;
	DIR *seats = opendir(SEATS);

	if (!seats)
		return seat;
	while ((entry = readdir(seats)) && seat != CORE_SEAT_ACTIVE) {
		uid_t user;

		if (entry->d_name[0] == '.')
			continue;
		seat = active_user(entry->d_name, &user) && user == getuid() ? CORE_SEAT_ACTIVE : CORE_SEAT_INACTIVE;
	}
	closedir(seats);
	return seat;
}

/* ---- a node ---------------------------------------------------------------------------------------------- */

/* What the node's access control list has: an entry for a user, and what its group may, for the mode has the list's mask in that
 * place. Both stay as they are where it has no list. */
static void read_list(const char *node, bool *names_user, bool *group_may)
{
	union {
		struct posix_acl_xattr_header header;
		char bytes[1024];
	} list;
	const struct posix_acl_xattr_entry *entries = (const void *)(list.bytes + sizeof(list.header));
	ssize_t size = getxattr(node, "system.posix_acl_access", list.bytes, sizeof(list.bytes));

	if (size < (ssize_t)sizeof(list.header))
		return;
	for (size_t i = 0; i < ((size_t)size - sizeof(list.header)) / sizeof(*entries); i++) {
		if (entries[i].e_tag == ACL_USER)
			*names_user = true;
		if (entries[i].e_tag == ACL_GROUP_OBJ)
			*group_may = (entries[i].e_perm & 6) == 6;
	}
}

/* udev keeps an empty file for each device that its rules gave a tag. */
static bool is_tagged(dev_t number)
{
	char path[64];

	snprintf(path, sizeof(path), TAGGED "/c%u:%u", major(number), minor(number));
	return access(path, F_OK) == 0;
}

/* Whether the rules of the driver's package are for the node and installed: an empty file of their name takes them back. */
static bool has_rules(const char *node)
{
	static const char *const folders[] = {"/etc/udev", "/run/udev", "/usr/local/lib/udev", "/usr/lib/udev",
	                                      "/lib/udev"};

	if (strncmp(node, "/dev/dma_heap/", strlen("/dev/dma_heap/")) != 0 && strcmp(node, "/dev/udmabuf") != 0)
		return false;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		char path[64];
		struct stat status;

		snprintf(path, sizeof(path), "%s/rules.d/" RULES, folders[i]);
		if (stat(path, &status) == 0)
			return S_ISREG(status.st_mode) && status.st_size > 0;
	}
	return false;
}

static bool is_listed(const struct group *group)
{
	const struct passwd *user = getpwuid(getuid());

	for (char **member = group->gr_mem; user && *member; member++) {
		if (!strcmp(*member, user->pw_name))
			return true;
	}
	return false;
}

static void take_group(gid_t number, struct node_access *access)
{
	const struct group *group = getgrgid(number);

	access->facts.has_group = 1;
	if (group)
		snprintf(access->group, sizeof(access->group), "%s", group->gr_name);
	else
		snprintf(access->group, sizeof(access->group), "%u", number);
	access->facts.is_member = group && is_listed(group);
}

void survey_access(const char *node, uint32_t seat, struct node_access *access)
{
	struct stat status;
	bool names_user = false;
	bool group_may;

	memset(access, 0, sizeof(*access));
	snprintf(access->node, sizeof(access->node), "%s", node);
	access->facts.seat = seat;
	if (stat(node, &status))
		return;
	group_may = (status.st_mode & 0060) == 0060;
	read_list(node, &names_user, &group_may);
	if (group_may && status.st_gid != 0)
		take_group(status.st_gid, access);
	access->facts.is_for_seat = names_user || is_tagged(status.st_rdev);
	access->facts.is_ruled = strcmp(access->group, RULES_GROUP) != 0 && has_rules(node);
}
