/* SPDX-License-Identifier: MIT
 *
 * What goes wrong on purpose: V4L2SIM_FAULT and V4L2SIM_MUTATE.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

enum { MAX_FAULTS = 16, MAX_MUTATIONS = 16, FOREVER = 0x7fffffff };

struct range { /* calls or jobs, counted from 1 */
	unsigned first;
	unsigned last;
};

struct fault {
	char call[40];
	char target[8]; /* "OUTPUT", "CAPTURE", "REQUEST" or empty */
	struct range range;
	int error;
	enum sim_decode_fault decode;
	unsigned seen;
};

struct mutation {
	char control[40];
	unsigned offset;
	unsigned size;
	uint64_t flip;
	struct range range;
};

static struct fault faults[MAX_FAULTS];
static unsigned fault_count;
static struct mutation mutations[MAX_MUTATIONS];
static unsigned mutation_count;

static const struct {
	const char *name;
	int number;
} errors[] = {
	{"EPERM", EPERM},   {"EIO", EIO},       {"EBADF", EBADF},     {"EAGAIN", EAGAIN},
	{"ENOMEM", ENOMEM}, {"EACCES", EACCES}, {"EFAULT", EFAULT},   {"EBUSY", EBUSY},
	{"ENODEV", ENODEV}, {"EINVAL", EINVAL}, {"EMFILE", EMFILE},   {"ENOTTY", ENOTTY},
	{"ENOSPC", ENOSPC}, {"ERANGE", ERANGE}, {"EBADR", EBADR},     {"EINTR", EINTR},
	{"ENOENT", ENOENT}, {"EPIPE", EPIPE},   {"ENOBUFS", ENOBUFS}, {"ETIMEDOUT", ETIMEDOUT},
};

static int parse_error(const char *name)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (strcmp(errors[i].name, name) == 0)
			return errors[i].number;
	}
	return atoi(name) > 0 ? atoi(name) : EIO;
}

/* "3": the third; "3+": from the third on; "3-5": those. */
static struct range parse_range(const char *word)
{
	char *end;
	struct range range = {1, FOREVER};

	if (!*word)
		return range;
	range.first = (unsigned)strtoul(word, &end, 10);
	range.last = *end == '+' ? FOREVER : range.first;
	if (*end == '-')
		range.last = (unsigned)strtoul(end + 1, NULL, 10);
	return range;
}

static bool in_range(const struct range *range, unsigned number)
{
	return number >= range->first && number <= range->last;
}

static void add_fault(char *word)
{
	struct fault *fault = &faults[fault_count];
	char *name = strsep(&word, ":");
	char *range = strsep(&word, ":");
	char *what = strsep(&word, ":");
	char *target;

	if (!range || fault_count == MAX_FAULTS) {
		fprintf(stderr, "V4L2SIM_FAULT: %s is not call:n:errno.\n", name);
		return;
	}
	if (strncmp(name, "VIDIOC_", 7) == 0)
		name += 7;
	target = strchr(name, '.');
	if (target)
		*target++ = 0;
	snprintf(fault->call, sizeof(fault->call), "%s", name);
	snprintf(fault->target, sizeof(fault->target), "%s", target ? target : "");
	fault->range = parse_range(range);
	fault->error = what ? parse_error(what) : EIO;
	if (strcmp(name, "gone") == 0)
		fault->decode = SIM_DECODE_GONE;
	else if (strcmp(name, "decode") == 0)
		fault->decode = what && strcmp(what, "hang") == 0 ? SIM_DECODE_HANG : SIM_DECODE_ERROR;
	fault_count++;
}

static void add_mutation(char *word)
{
	struct mutation *mutation = &mutations[mutation_count];
	char *name = strsep(&word, ":");
	char *offset = strsep(&word, ":");
	char *size = strsep(&word, ":");
	char *flip = strsep(&word, ":");
	char *range = strsep(&word, ":");

	if (!flip || mutation_count == MAX_MUTATIONS || strtoul(size, NULL, 0) > 8) {
		fprintf(stderr, "V4L2SIM_MUTATE: %s is not codec.control:offset:size:xor.\n", name);
		return;
	}
	snprintf(mutation->control, sizeof(mutation->control), "%s", name);
	mutation->offset = (unsigned)strtoul(offset, NULL, 0);
	mutation->size = (unsigned)strtoul(size, NULL, 0);
	mutation->flip = strtoull(flip, NULL, 0);
	mutation->range = parse_range(range ? range : "");
	mutation_count++;
}

static void for_each_word(const char *list, void (*add)(char *word))
{
	char *copy = list ? strdup(list) : NULL;
	char *rest = copy;
	char *word;

	while ((word = strsep(&rest, ",")) != NULL) {
		if (*word)
			add(word);
	}
	free(copy);
}

void sim_fault_configure(const char *fault_list, const char *mutation_list)
{
	fault_count = 0;
	mutation_count = 0;
	memset(faults, 0, sizeof(faults));
	for_each_word(fault_list, add_fault);
	for_each_word(mutation_list, add_mutation);
}

int sim_fault(const char *call, const char *target)
{
	if (strncmp(call, "VIDIOC_", 7) == 0)
		call += 7;
	for (unsigned i = 0; i < fault_count; i++) {
		struct fault *fault = &faults[i];

		if (fault->decode != SIM_DECODE_NORMAL || strcmp(fault->call, call) != 0)
			continue;
		if (fault->target[0] && (!target || strcmp(fault->target, target) != 0))
			continue;
		if (in_range(&fault->range, ++fault->seen))
			return fault->error;
	}
	return 0;
}

enum sim_decode_fault sim_fault_decode(void)
{
	enum sim_decode_fault struck = SIM_DECODE_NORMAL;

	for (unsigned i = 0; i < fault_count; i++) {
		struct fault *fault = &faults[i];

		if (fault->decode != SIM_DECODE_NORMAL && in_range(&fault->range, ++fault->seen) &&
		    struck == SIM_DECODE_NORMAL)
			struck = fault->decode;
	}
	return struck;
}

bool sim_mutates_bitstream(void)
{
	for (unsigned i = 0; i < mutation_count; i++) {
		if (strcmp(mutations[i].control, "bitstream") == 0)
			return true;
	}
	return false;
}

bool sim_mutate(unsigned job, const char *name, void *value, size_t size)
{
	uint8_t *bytes = value;
	bool changed = false;

	for (unsigned i = 0; i < mutation_count; i++) {
		const struct mutation *mutation = &mutations[i];

		if (strcmp(mutation->control, name) != 0 || !in_range(&mutation->range, job))
			continue;
		if (mutation->offset + mutation->size > size)
			continue;
		for (unsigned byte = 0; byte < mutation->size; byte++) /* little-endian, as the hosts this runs on */
			bytes[mutation->offset + byte] ^= (uint8_t)(mutation->flip >> (8 * byte));
		changed = true;
	}
	return changed;
}
