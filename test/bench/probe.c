/* SPDX-License-Identifier: MIT
 *
 * Preloaded into a player before the simulated device: counts what the driver does in vaCreateBuffer, vaBeginPicture,
 * vaRenderPicture, vaEndPicture and vaDestroyBuffer, and writes one line of JSON to $BENCH_PROBE at exit.
 *
 * - Copies of the bitstream, followed byte by byte: the slice data that the player hands over is marked; a memcpy or
 *   memmove whose source is marked counts, and marks its destination.
 * - Time in these calls, less the time that ioctl and poll take within them.
 *
 * With $BENCH_RECORD, the parameter buffers and slice headers of each picture go to that file, for fill_bench.
 */
#include <dlfcn.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <va/va.h>

enum { MAX_RANGES = 512, MAX_BUFFERS = 4096, HEADER_BYTES = 4096 };

struct range {
	const char *first;
	const char *end;
};

struct kept {
	VABufferID id;
	VABufferType type;
	unsigned size;
	unsigned elements;
	void *bytes;
};

static struct range ranges[MAX_RANGES];
static unsigned range_count;
static struct kept buffers[MAX_BUFFERS];
static uint64_t bitstream_bytes;
static uint64_t copied_bytes;
static uint64_t pictures;
static uint64_t inside_ns;
static uint64_t system_ns;
static uint64_t system_calls;
static __thread int inside;
static FILE *record;

static void *(*real_memcpy)(void *, const void *, size_t);
static void *(*real_memmove)(void *, const void *, size_t);

static void *next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void mark(const void *bytes, size_t size)
{
	if (range_count < MAX_RANGES)
		ranges[range_count++] = (struct range){bytes, (const char *)bytes + size};
}

static void follow(const void *destination, const void *source, size_t size)
{
	const char *from = source;

	for (unsigned i = 0; i < range_count; i++) {
		if (from < ranges[i].first || from >= ranges[i].end)
			continue;
		if (size > (size_t)(ranges[i].end - from))
			size = (size_t)(ranges[i].end - from);
		copied_bytes += size;
		mark(destination, size);
		return;
	}
}

/* Until dlsym() has answered, and within it. */
static void *plain_copy(void *destination, const void *source, size_t size)
{
	volatile char *to = destination;
	const volatile char *from = source;

	if ((uintptr_t)destination <= (uintptr_t)source) {
		for (size_t i = 0; i < size; i++)
			to[i] = from[i];
	} else {
		while (size-- > 0)
			to[size] = from[size];
	}
	return destination;
}

void *memcpy(void *restrict destination, const void *restrict source, size_t size)
{
	if (inside && range_count > 0)
		follow(destination, source, size);
	return real_memcpy ? real_memcpy(destination, source, size) : plain_copy(destination, source, size);
}

void *memmove(void *destination, const void *source, size_t size)
{
	if (inside && range_count > 0)
		follow(destination, source, size);
	return real_memmove ? real_memmove(destination, source, size) : plain_copy(destination, source, size);
}

__attribute__((constructor)) static void start(void)
{
	const char *path = getenv("BENCH_RECORD");

	real_memcpy = (void *(*)(void *, const void *, size_t))next("memcpy");
	real_memmove = (void *(*)(void *, const void *, size_t))next("memmove");
	if (path)
		record = fopen(path, "wb");
}

__attribute__((destructor)) static void end(void)
{
	const char *path = getenv("BENCH_PROBE");
	FILE *out = path && pictures > 0 ? fopen(path, "w") : NULL;

	if (record)
		fclose(record);
	if (!out)
		return;
	fprintf(out,
	        "{\"pictures\":%llu,\"bitstream_bytes\":%llu,\"copied_bytes\":%llu,\"driver_ns\":%llu,\"system_"
	        "ns\":%llu,"
	        "\"system_calls\":%llu}\n",
	        (unsigned long long)pictures, (unsigned long long)bitstream_bytes,
	        (unsigned long long)copied_bytes, (unsigned long long)(inside_ns - system_ns),
	        (unsigned long long)system_ns, (unsigned long long)system_calls);
	fclose(out);
}

#define TIMED(call)                     \
	do {                                \
		const uint64_t started = now(); \
                                        \
		inside++;                       \
		status = (call);                \
		inside--;                       \
		inside_ns += now() - started;   \
	} while (0)

static void put(const void *bytes, size_t size)
{
	if (record)
		fwrite(bytes, 1, size, record);
}

static void put_word(uint32_t word)
{
	put(&word, sizeof(word));
}

static struct kept *find_buffer(VABufferID id)
{
	for (unsigned i = 0; i < MAX_BUFFERS; i++) {
		if (buffers[i].bytes && buffers[i].id == id)
			return &buffers[i];
	}
	return NULL;
}

static void keep_buffer(VABufferID id, VABufferType type, unsigned size, unsigned elements, const void *data)
{
	for (unsigned i = 0; i < MAX_BUFFERS; i++) {
		if (buffers[i].bytes)
			continue;
		buffers[i] = (struct kept){id, type, size, elements, malloc((size_t)size * elements)};
		if (buffers[i].bytes)
			real_memcpy(buffers[i].bytes, data, (size_t)size * elements);
		return;
	}
}

VAStatus vaCreateBuffer(VADisplay display, VAContextID context, VABufferType type, unsigned int size,
                        unsigned int elements, void *data, VABufferID *id)
{
	VAStatus (*real)(VADisplay, VAContextID, VABufferType, unsigned int, unsigned int, void *, VABufferID *) =
		(VAStatus(*)(VADisplay, VAContextID, VABufferType, unsigned int, unsigned int, void *,
	                 VABufferID *))next("vaCreateBuffer");
	VAStatus status;

	if (type == VASliceDataBufferType && data) {
		bitstream_bytes += (uint64_t)size * elements;
		mark(data, (size_t)size * elements);
	}
	TIMED(real(display, context, type, size, elements, data, id));
	if (record && !status && data)
		keep_buffer(*id, type, size, elements, data);
	return status;
}

VAStatus vaDestroyBuffer(VADisplay display, VABufferID id)
{
	VAStatus (*real)(VADisplay, VABufferID) = (VAStatus(*)(VADisplay, VABufferID))next("vaDestroyBuffer");
	struct kept *kept = find_buffer(id);
	VAStatus status;

	TIMED(real(display, id));
	if (kept) {
		free(kept->bytes);
		kept->bytes = NULL;
	}
	return status;
}

VAStatus vaBeginPicture(VADisplay display, VAContextID context, VASurfaceID surface)
{
	VAStatus (*real)(VADisplay, VAContextID, VASurfaceID) =
		(VAStatus(*)(VADisplay, VAContextID, VASurfaceID))next("vaBeginPicture");
	VAStatus status;

	pictures++;
	put_word('B');
	put_word(surface);
	TIMED(real(display, context, surface));
	return status;
}

/* 'P' type size bytes; slice data is cut to what a header can need. */
static void record_buffer(const struct kept *kept)
{
	unsigned size = kept->size * kept->elements;

	if (kept->type == VASliceDataBufferType && size > HEADER_BYTES)
		size = HEADER_BYTES;
	put_word('P');
	put_word(kept->type);
	put_word(size);
	put(kept->bytes, size);
}

VAStatus vaRenderPicture(VADisplay display, VAContextID context, VABufferID *ids, int count)
{
	VAStatus (*real)(VADisplay, VAContextID, VABufferID *, int) =
		(VAStatus(*)(VADisplay, VAContextID, VABufferID *, int))next("vaRenderPicture");
	VAStatus status;

	for (int i = 0; record && i < count; i++) {
		const struct kept *kept = find_buffer(ids[i]);

		if (kept)
			record_buffer(kept);
	}
	TIMED(real(display, context, ids, count));
	return status;
}

VAStatus vaEndPicture(VADisplay display, VAContextID context)
{
	VAStatus (*real)(VADisplay, VAContextID) = (VAStatus(*)(VADisplay, VAContextID))next("vaEndPicture");
	VAStatus status;

	put_word('E');
	TIMED(real(display, context));
	range_count = 0;
	return status;
}

int ioctl(int file, unsigned long request, ...)
{
	static int (*real)(int, unsigned long, ...);
	va_list arguments;
	void *argument;
	uint64_t started;
	int result;

	if (!real)
		real = (int (*)(int, unsigned long, ...))next("ioctl");
	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (!inside)
		return real(file, request, argument);
	started = now();
	result = real(file, request, argument);
	system_ns += now() - started;
	system_calls++;
	return result;
}

int poll(struct pollfd *files, nfds_t count, int timeout)
{
	static int (*real)(struct pollfd *, nfds_t, int);
	uint64_t started;
	int result;

	if (!real)
		real = (int (*)(struct pollfd *, nfds_t, int))next("poll");
	if (!inside)
		return real(files, count, timeout);
	started = now();
	result = real(files, count, timeout);
	system_ns += now() - started;
	return result;
}
