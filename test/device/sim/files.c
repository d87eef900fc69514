/* SPDX-License-Identifier: MIT
 *
 * Descriptors that are simulated, the one lock, and the memory of buffers.
 *
 * Every simulated descriptor is a real one, so that its number is taken: nodes and requests are backed by /dev/null
 * (which keeps O_NONBLOCK and FD_CLOEXEC for us), dma-bufs by a memfd (which can be mapped and passed on).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sim.h"

enum { MAX_WATCHERS = 64 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static pthread_once_t changed_once = PTHREAD_ONCE_INIT;
static struct sim_file *_Atomic files[SIM_MAX_DESCRIPTORS];

/* Of buffers and dma-bufs, by userspace. */
static struct mapping {
	struct mapping *next;
	uint8_t *address;
	struct sim_memory *memory;
} *mappings;

static int watchers[MAX_WATCHERS];
static unsigned watcher_count;

static void init_changed(void)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&changed, &attributes);
	pthread_condattr_destroy(&attributes);
}

void sim_lock(void)
{
	pthread_once(&changed_once, init_changed);
	pthread_mutex_lock(&lock);
}

void sim_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

uint64_t sim_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void sim_changed(void)
{
	const uint64_t one = 1;

	pthread_cond_broadcast(&changed);
	for (unsigned i = 0; i < watcher_count; i++) {
		if (write(watchers[i], &one, sizeof(one)) < 0)
			continue; /* EAGAIN: it is awake already */
	}
}

bool sim_wait(uint64_t deadline_ns)
{
	struct timespec deadline = {
		.tv_sec = (time_t)(deadline_ns / 1000000000u),
		.tv_nsec = (long)(deadline_ns % 1000000000u),
	};

	if (deadline_ns == 0) {
		pthread_cond_wait(&changed, &lock);
		return true;
	}
	return pthread_cond_timedwait(&changed, &lock, &deadline) == 0;
}

void sim_watch(int event_descriptor)
{
	if (watcher_count < MAX_WATCHERS)
		watchers[watcher_count++] = event_descriptor;
}

void sim_unwatch(int event_descriptor)
{
	for (unsigned i = 0; i < watcher_count; i++) {
		if (watchers[i] == event_descriptor) {
			watchers[i] = watchers[--watcher_count];
			return;
		}
	}
}

bool sim_is_simulated(int descriptor)
{
	return descriptor >= 0 && descriptor < SIM_MAX_DESCRIPTORS &&
	       atomic_load_explicit(&files[descriptor], memory_order_acquire) != NULL;
}

struct sim_file *sim_file_get(int descriptor)
{
	struct sim_file *file;

	if (!sim_is_simulated(descriptor))
		return NULL;
	file = atomic_load(&files[descriptor]);
	if (file)
		file->references++;
	return file;
}

void sim_file_put(struct sim_file *file)
{
	if (!file || --file->references > 0)
		return;
	switch (file->type) {
	case SIM_FILE_VIDEO:
		sim_video_close(file->context);
		break;
	case SIM_FILE_REQUEST:
		sim_request_put(file->request);
		break;
	case SIM_FILE_DMABUF:
		sim_memory_unuse(file->memory);
		break;
	case SIM_FILE_MEDIA:
	case SIM_FILE_RENDER:
		break;
	}
	free(file);
}

struct sim_file *sim_file_new(enum sim_file_type type, struct sim_device *device)
{
	struct sim_file *file = calloc(1, sizeof(*file));

	if (file) {
		file->type = type;
		file->device = device;
		file->references = 1;
	}
	return file;
}

/* The table owns the reference from here on. */
int sim_file_install(struct sim_file *file, int descriptor)
{
	struct sim_file *stale;

	if (descriptor >= SIM_MAX_DESCRIPTORS) {
		sim_real_close(descriptor);
		sim_file_put(file);
		return -EMFILE;
	}
	/* Still there only if it was closed behind our back (close_range by raw system call). */
	stale = atomic_exchange(&files[descriptor], file);
	if (stale)
		sim_file_put(stale);
	return descriptor;
}

int sim_file_backing(int flags)
{
	int descriptor = sim_real_open("/dev/null", (flags & (O_ACCMODE | O_NONBLOCK | O_CLOEXEC)), 0);

	return descriptor < 0 ? -errno : descriptor;
}

struct sim_file *sim_file_remove(int descriptor)
{
	if (descriptor < 0 || descriptor >= SIM_MAX_DESCRIPTORS)
		return NULL;
	return atomic_exchange(&files[descriptor], NULL);
}

unsigned sim_file_open_count(enum sim_file_type type)
{
	unsigned count = 0;

	for (int i = 0; i < SIM_MAX_DESCRIPTORS; i++) {
		struct sim_file *file = atomic_load_explicit(&files[i], memory_order_relaxed);

		if (file && file->type == type)
			count++;
	}
	return count;
}

/* In the child there are no workers: what the parent had open can be closed there, not used. */
void sim_files_after_fork(void)
{
	init_changed();
	watcher_count = 0;
	for (int i = 0; i < SIM_MAX_DESCRIPTORS; i++) {
		struct sim_file *file = atomic_load_explicit(&files[i], memory_order_relaxed);

		if (file && file->type == SIM_FILE_VIDEO)
			sim_job_forget_worker(file->context);
	}
	pthread_mutex_unlock(&lock); /* taken before the fork, by the thread that is left */
}

/* At exit no worker may run on while the libraries it uses are taken down. */
void sim_files_stop_workers(void)
{
	for (int i = 0; i < SIM_MAX_DESCRIPTORS; i++) {
		struct sim_file *file = atomic_load_explicit(&files[i], memory_order_relaxed);

		if (!file || file->type != SIM_FILE_VIDEO)
			continue;
		file->references++;
		sim_m2m_cancel(file->context);
		file->references--;
	}
}

/* ---- memory -------------------------------------------------------------------------------------------- */

/* vb2_dma_contig_alloc(): whole pages. */
struct sim_memory *sim_memory_new(size_t size)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct sim_memory *memory = calloc(1, sizeof(*memory));

	if (!memory)
		return NULL;
	memory->references = 1;
	memory->size = (size + page - 1) / page * page;
	memory->descriptor = memfd_create("simulated-dma-buf", MFD_CLOEXEC);
	if (memory->descriptor < 0)
		goto no_descriptor;
	if (ftruncate(memory->descriptor, (off_t)memory->size) < 0)
		goto no_mapping;
	memory->bytes = mmap(NULL, memory->size, PROT_READ | PROT_WRITE, MAP_SHARED, memory->descriptor, 0);
	if (memory->bytes == MAP_FAILED)
		goto no_mapping;
	return memory;

no_mapping:
	sim_real_close(memory->descriptor);
no_descriptor:
	free(memory);
	return NULL;
}

struct sim_memory *sim_memory_reference(struct sim_memory *memory)
{
	memory->references++;
	return memory;
}

void sim_memory_put(struct sim_memory *memory)
{
	if (!memory || --memory->references > 0)
		return;
	sim_real_munmap(memory->bytes, memory->size);
	sim_real_close(memory->descriptor);
	free(memory);
}

struct sim_memory *sim_memory_use(struct sim_memory *memory)
{
	memory->users++;
	return sim_memory_reference(memory);
}

void sim_memory_unuse(struct sim_memory *memory)
{
	memory->users--;
	sim_memory_put(memory);
}

/* vb2_common_vm_open(), vb2_common_vm_close(); a mapping ends with its first page. */
void sim_mapping_add(void *address, struct sim_memory *memory)
{
	struct mapping *mapping = malloc(sizeof(*mapping));

	if (!mapping)
		return;
	*mapping = (struct mapping){mappings, address, sim_memory_use(memory)};
	mappings = mapping;
}

void sim_mapping_remove(void *address, size_t length)
{
	for (struct mapping **link = &mappings; *link;) {
		struct mapping *mapping = *link;

		if (mapping->address < (uint8_t *)address || mapping->address >= (uint8_t *)address + length) {
			link = &mapping->next;
			continue;
		}
		*link = mapping->next;
		sim_memory_unuse(mapping->memory);
		free(mapping);
	}
}

/* dma_buf_get(): only what a simulated device exported is a dma-buf. */
struct sim_memory *sim_memory_of_descriptor(int descriptor)
{
	struct sim_file *file;

	if (!sim_is_simulated(descriptor))
		return NULL;
	file = atomic_load(&files[descriptor]);
	return file && file->type == SIM_FILE_DMABUF ? file->memory : NULL;
}

/* dma_buf_fd(): the access mode is that of the descriptor, so a mapping for writing needs O_RDWR. */
int sim_memory_export(struct sim_memory *memory, unsigned flags)
{
	struct sim_file *file = sim_file_new(SIM_FILE_DMABUF, NULL);
	char path[40];
	int descriptor;

	if (!file)
		return -ENOMEM;
	file->memory = sim_memory_use(memory);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", memory->descriptor);
	descriptor = sim_real_open(path, (int)flags, 0);
	if (descriptor < 0) {
		int error = errno;

		sim_file_put(file);
		return -error;
	}
	return sim_file_install(file, descriptor);
}

int sim_dmabuf_ioctl(struct sim_file *file, unsigned long command, void *argument)
{
	const struct dma_buf_sync *sync = argument;
	bool mismatch;

	if (command != DMA_BUF_IOCTL_SYNC)
		return -ENOTTY;
	if (!sync)
		return -EFAULT;
	if (sync->flags & ~(uint64_t)DMA_BUF_SYNC_VALID_FLAGS_MASK || !(sync->flags & DMA_BUF_SYNC_RW))
		return -EINVAL;
	if (sync->flags & DMA_BUF_SYNC_END) {
		mismatch = file->memory->sync_depth == 0;
		if (!mismatch)
			file->memory->sync_depth--;
	} else {
		mismatch = false;
		file->memory->sync_depth++;
	}
	sim_log_sync(!(sync->flags & DMA_BUF_SYNC_END), mismatch);
	return 0;
}
