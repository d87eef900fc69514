/* SPDX-License-Identifier: MIT
 *
 * One decode, two at once, or with --again several after each other: what a failure leaves behind, and whether it is over
 * afterwards. Standard output is then the account of it, line by line:
 *
 *   first MD5 | first failed       the first decode; what was said about it stands above it (with --each: first done)
 *   first left NAME                once the context is gone: what of the device is still open or mapped
 *   again MD5 | again failed       the second, on the same display with a new context, and what it left
 *   reopened MD5 | ...             a third, on a new display, only where the second failed
 */
#include "va_decode.h"

#include <dirent.h>
#include <libavutil/md5.h>
#include <libavutil/mem.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a decoder's memory and requests are called in /proc; the last are dma-bufs. */
static const char *const device_names[] = {"/dev/video", "/dev/media", "anon_inode:request", "/dmabuf:"};

static bool is_of_device(const char *name)
{
	for (size_t i = 0; i < sizeof(device_names) / sizeof(*device_names); i++) {
		if (!strncmp(name, device_names[i], strlen(device_names[i])))
			return true;
	}
	return false;
}

static unsigned int left_open(const char *life)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned int count = 0;

	if (!folder)
		return !complain("cannot read /proc/self/fd: %m");
	for (struct dirent *entry; (entry = readdir(folder));) {
		char name[256];
		ssize_t length = readlinkat(dirfd(folder), entry->d_name, name, sizeof(name) - 1);

		if (length < 0)
			continue;
		name[length] = 0;
		if (is_of_device(name)) {
			printf("%s left %s\n", life, name);
			count++;
		}
	}
	closedir(folder);
	return count;
}

static unsigned int left_mapped(const char *life)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned int count = 0;
	char line[512];

	if (!maps)
		return !complain("cannot read /proc/self/maps: %m");
	while (fgets(line, sizeof(line), maps)) {
		char *name = strchr(line, '/');

		line[strcspn(line, "\n")] = 0;
		if (name && is_of_device(name)) {
			printf("%s left a mapping of %s\n", life, name);
			count++;
		}
	}
	fclose(maps);
	return count;
}

bool live(struct decoder *d, const uint8_t *data, size_t size)
{
	const struct options *options = d->options;
	struct AVMD5 *md5 = d->md5;
	VADisplay display = d->display;
	int node = d->node;
	bool done;

	memset(d, 0, sizeof(*d));
	d->options = options;
	d->md5 = md5;
	d->display = display;
	d->node = node;
	av_md5_init(md5);
	if (!display && !device_open(d)) {
		device_close(d);
		return false;
	}
	done = decode_stream(d, data, size);
	return device_release(d) && done;
}

void print_md5(struct decoder *d)
{
	uint8_t digest[16];
	char text[2 * sizeof(digest) + 1];

	av_md5_final(d->md5, digest);
	for (unsigned int i = 0; i < sizeof(digest); i++)
		snprintf(text + 2 * (size_t)i, 3, "%02x", digest[i]);
	printf("%s%s\n", d->options->title, text); /* in one piece: two threads may print */
}

struct life {
	struct decoder decoder;
	const uint8_t *data;
	size_t size;
	bool done;
};

static void *live_on(void *opaque)
{
	struct life *life = opaque;

	life->done = live(&life->decoder, life->data, life->size);
	return NULL;
}

bool live_beside(struct decoder *d, const uint8_t *data, size_t size, const uint8_t *other, size_t other_size)
{
	struct options options = *d->options;
	struct life *life = calloc(1, sizeof(*life));
	pthread_t thread;
	bool done = false;

	options.title = "beside ";
	if (life && device_open(d)) {
		*life = (struct life){
			.decoder = {.options = &options, .node = d->node, .display = d->display, .md5 = av_md5_alloc()},
			.data = other,
			.size = other_size,
		};
		if (life->decoder.md5 && !pthread_create(&thread, NULL, live_on, life)) {
			done = live(d, data, size);
			pthread_join(thread, NULL);
			done = life->done && done;
		}
		av_free(life->decoder.md5);
	}
	free(life);
	return done;
}

static bool account(struct decoder *d, const char *name, const uint8_t *data, size_t size, unsigned int *left)
{
	bool done = live(d, data, size);

	printf("%s ", name);
	if (!done)
		printf("failed\n");
	else if (d->options->each)
		printf("done\n");
	else
		print_md5(d);
	*left += left_open(name) + left_mapped(name);
	return done;
}

bool live_again(struct decoder *d, const uint8_t *data, size_t size)
{
	unsigned int left = 0;
	bool done;

	/* what is said on standard error has its place between the lines */
	setvbuf(stdout, NULL, _IONBF, 0);
	account(d, "first", data, size, &left);
	done = account(d, "again", data, size, &left);
	if (!done) {
		device_close(d);
		done = account(d, "reopened", data, size, &left);
	}
	return done && !left;
}
