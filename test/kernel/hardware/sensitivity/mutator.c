/* SPDX-License-Identifier: MIT
 *
 * Preloaded into a client of a stateless decoder, it flips bits of controls on their way into a request, in one job each:
 *
 *   MUTATOR_FLIPS=path   lines "JOB CID OFFSET SIZE XOR", JOB counting from 1, numbers as C writes them
 *   MUTATOR_LOG=path     gets "refused JOB" where the kernel did not take the flipped value
 *
 * What the kernel refuses is submitted as it was, so that the jobs behind it are those of an undisturbed decode.
 */
#include <linux/media.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MAX_FLIPS = 4096, MAX_SIZE = 8 };

struct flip {
	unsigned int job;
	uint32_t id;
	uint32_t offset;
	uint32_t size;
	uint64_t bits;
};

/* The driver submits from one thread at a time for each decoder, and a client here has one decoder. */
static struct flip flips[MAX_FLIPS];
static unsigned int flip_count;
static unsigned int job = 1;

static int kernel_ioctl(int fd, unsigned long request, void *argument)
{
	return (int)syscall(SYS_ioctl, fd, request, argument);
}

__attribute__((constructor)) static void load(void)
{
	const char *path = getenv("MUTATOR_FLIPS");
	FILE *file = path ? fopen(path, "re") : NULL;
	char line[128];

	if (!file)
		return;
	while (flip_count < MAX_FLIPS && fgets(line, sizeof(line), file)) {
		struct flip *flip = &flips[flip_count++];
		char *word = line;

		flip->job = (unsigned int)strtoul(word, &word, 0);
		flip->id = (uint32_t)strtoul(word, &word, 0);
		flip->offset = (uint32_t)strtoul(word, &word, 0);
		flip->size = (uint32_t)strtoul(word, &word, 0);
		flip->bits = strtoull(word, &word, 0);
		if (flip->size > MAX_SIZE)
			abort();
	}
	fclose(file);
}

/* Flipping twice gives the value back. */
static unsigned int flip_controls(struct v4l2_ext_controls *controls)
{
	unsigned int flipped = 0;

	for (unsigned int i = 0; i < flip_count; i++) {
		const struct flip *flip = &flips[i];

		if (flip->job != job)
			continue;
		for (uint32_t k = 0; k < controls->count; k++) {
			struct v4l2_ext_control *control = &controls->controls[k];
			uint8_t *bytes = (uint8_t *)control->ptr + flip->offset;

			if (control->id != flip->id || flip->offset + flip->size > control->size)
				continue;
			for (uint32_t n = 0; n < flip->size; n++)
				bytes[n] ^= (uint8_t)(flip->bits >> (8 * n));
			flipped++;
		}
	}
	return flipped;
}

static void log_refused(void)
{
	const char *path = getenv("MUTATOR_LOG");
	FILE *file = path ? fopen(path, "ae") : NULL;

	if (!file)
		return;
	fprintf(file, "refused %u\n", job);
	fclose(file);
}

static int set_controls(int fd, struct v4l2_ext_controls *controls)
{
	unsigned int flipped = flip_controls(controls);
	int result = kernel_ioctl(fd, VIDIOC_S_EXT_CTRLS, controls);

	if (flipped == 0)
		return result;
	/* The driver goes on with its own values. */
	flip_controls(controls);
	if (result == 0)
		return 0;
	log_refused();
	return kernel_ioctl(fd, VIDIOC_S_EXT_CTRLS, controls);
}

int ioctl(int fd, unsigned long request, ...)
{
	struct v4l2_ext_controls *controls;
	va_list arguments;
	void *argument;
	int result;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (request == VIDIOC_S_EXT_CTRLS) {
		controls = argument;
		if (controls->which == V4L2_CTRL_WHICH_REQUEST_VAL)
			return set_controls(fd, controls);
	}
	result = kernel_ioctl(fd, request, argument);
	if (request == MEDIA_REQUEST_IOC_QUEUE && result == 0)
		job++;
	return result;
}
