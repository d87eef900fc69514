/* SPDX-License-Identifier: MIT
 *
 * Between a program and libc: the calls that may concern a simulated descriptor. Everything else goes on to the next
 * definition of the same function, unchanged. (Paths are in preload_path.c, poll in preload_poll.c.)
 */
#include "preload.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

struct sim_real sim_real;

static void after_fork(void)
{
	sim_files_after_fork();
	sim_log_clear();
}

/* The symbol behind a name, see preload.h. */
#define SYMBOL(name, on_32_bits) (SIM_BOTH_NAMES ? (name) : (on_32_bits))

static void resolve(void)
{
	static const struct {
		const char *name;
		void **function;
	} functions[] = {
		{SYMBOL("openat", "openat64"), (void **)(void *)&sim_real.openat},
		{"close", (void **)(void *)&sim_real.close},
		{SYMBOL("ioctl", "__ioctl_time64"), (void **)(void *)&sim_real.ioctl},
		{SYMBOL("fcntl", "__fcntl_time64"), (void **)(void *)&sim_real.fcntl},
		{"dup", (void **)(void *)&sim_real.dup},
		{"dup2", (void **)(void *)&sim_real.dup2},
		{"dup3", (void **)(void *)&sim_real.dup3},
		{SYMBOL("mmap", "mmap64"), (void **)(void *)&sim_real.mmap},
		{"munmap", (void **)(void *)&sim_real.munmap},
		{SYMBOL("ppoll", "__ppoll64"), (void **)(void *)&sim_real.ppoll},
		{"poll", (void **)(void *)&sim_real.poll},
		{SYMBOL("fstatat", "__fstatat64_time64"), (void **)(void *)&sim_real.fstatat},
		{SYMBOL("fstat", "__fstat64_time64"), (void **)(void *)&sim_real.fstat},
		{"faccessat", (void **)(void *)&sim_real.faccessat},
	};

	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		*functions[i].function = dlsym(RTLD_NEXT, functions[i].name);
	pthread_atfork(sim_lock, sim_unlock, after_fork);
}

void sim_real_init(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, resolve);
}

__attribute__((constructor)) static void load(void)
{
	sim_real_init();
}

/* Workers end before the libraries they use; then the account is written. */
__attribute__((destructor)) static void unload(void)
{
	struct sim_log_open open;

	sim_lock();
	sim_files_stop_workers();
	open.video = sim_file_open_count(SIM_FILE_VIDEO);
	open.media = sim_file_open_count(SIM_FILE_MEDIA);
	open.render = sim_file_open_count(SIM_FILE_RENDER);
	open.request = sim_file_open_count(SIM_FILE_REQUEST);
	open.dmabuf = sim_file_open_count(SIM_FILE_DMABUF);
	sim_log_write("V4L2SIM_LOG", sim_configuration.log_path, &open);
	sim_unlock();
}

int sim_real_close(int descriptor)
{
	sim_real_init();
	return sim_real.close(descriptor);
}

int sim_real_munmap(void *address, size_t length)
{
	sim_real_init();
	return sim_real.munmap(address, length);
}

int sim_real_open(const char *path, int flags, mode_t mode)
{
	sim_real_init();
	return sim_real.openat(AT_FDCWD, path, flags, mode);
}

long sim_real_fcntl(int descriptor, int command, long argument)
{
	sim_real_init();
	return sim_real.fcntl(descriptor, command, argument);
}

int sim_answer(int result)
{
	if (result >= 0)
		return result;
	errno = -result;
	return -1;
}

/* ---- descriptors ------------------------------------------------------------------------------------------------------- */

EXPORT int close(int descriptor)
{
	struct sim_file *file;
	int result;

	sim_real_init();
	if (!sim_is_simulated(descriptor))
		return sim_real.close(descriptor);
	sim_lock();
	/* Out of the table before the number is free again. */
	file = sim_file_remove(descriptor);
	result = sim_real.close(descriptor);
	sim_file_put(file);
	sim_unlock();
	return result;
}

/* `copy` is a new real descriptor of the same description. */
static int share(int descriptor, int copy)
{
	struct sim_file *file;
	int result = copy;

	if (copy < 0)
		return copy;
	sim_lock();
	file = sim_file_get(descriptor);
	if (file)
		result = sim_file_install(file, copy);
	sim_unlock();
	return sim_answer(result);
}

EXPORT int dup(int descriptor)
{
	sim_real_init();
	return sim_is_simulated(descriptor) ? share(descriptor, sim_real.dup(descriptor))
	                                    : sim_real.dup(descriptor);
}

static void forget(int descriptor)
{
	if (!sim_is_simulated(descriptor))
		return;
	sim_lock();
	sim_file_put(sim_file_remove(descriptor));
	sim_unlock();
}

EXPORT int dup2(int descriptor, int copy)
{
	sim_real_init();
	if (descriptor == copy)
		return sim_real.dup2(descriptor, copy);
	if (sim_real.fcntl(descriptor, F_GETFD) >= 0)
		forget(copy);
	return sim_is_simulated(descriptor) ? share(descriptor, sim_real.dup2(descriptor, copy))
	                                    : sim_real.dup2(descriptor, copy);
}

EXPORT int dup3(int descriptor, int copy, int flags)
{
	sim_real_init();
	if (descriptor != copy && sim_real.fcntl(descriptor, F_GETFD) >= 0)
		forget(copy);
	return sim_is_simulated(descriptor) ? share(descriptor, sim_real.dup3(descriptor, copy, flags))
	                                    : sim_real.dup3(descriptor, copy, flags);
}

static int control_descriptor(int descriptor, int command, long argument)
{
	sim_real_init();
	if ((command == F_DUPFD || command == F_DUPFD_CLOEXEC) && sim_is_simulated(descriptor))
		return share(descriptor, sim_real.fcntl(descriptor, command, argument));
	return sim_real.fcntl(descriptor, command, argument);
}

#define DEFINE_FCNTL(name)                                        \
	EXPORT int name(int descriptor, int command, ...)             \
	{                                                             \
		va_list arguments;                                        \
		long argument;                                            \
                                                                  \
		va_start(arguments, command);                             \
		argument = va_arg(arguments, long);                       \
		va_end(arguments);                                        \
		return control_descriptor(descriptor, command, argument); \
	}

DEFINE_FCNTL(fcntl)
#if SIM_BOTH_NAMES
DEFINE_FCNTL(fcntl64)
#endif

/* ---- ioctl ---------------------------------------------------------------------------------------------------------------- */

/* The queue that a call is about, or "REQUEST" where it is about the controls of one; NULL where there is neither. */
static const char *target_name(unsigned long command, const void *argument)
{
	uint32_t type;

	if (!argument)
		return NULL;
	switch (command) {
	case VIDIOC_S_EXT_CTRLS:
	case VIDIOC_TRY_EXT_CTRLS:
		return ((const struct v4l2_ext_controls *)argument)->which == V4L2_CTRL_WHICH_REQUEST_VAL ? "REQUEST"
		                                                                                          : NULL;
	case VIDIOC_QBUF:
	case VIDIOC_PREPARE_BUF:
	case VIDIOC_DQBUF:
	case VIDIOC_QUERYBUF:
		type = ((const struct v4l2_buffer *)argument)->type;
		break;
	case VIDIOC_REQBUFS:
		type = ((const struct v4l2_requestbuffers *)argument)->type;
		break;
	case VIDIOC_REMOVE_BUFS:
		type = ((const struct v4l2_remove_buffers *)argument)->type;
		break;
	case VIDIOC_CREATE_BUFS:
		type = ((const struct v4l2_create_buffers *)argument)->format.type;
		break;
	case VIDIOC_S_FMT:
	case VIDIOC_G_FMT:
	case VIDIOC_TRY_FMT:
	case VIDIOC_ENUM_FMT: /* the type follows the index there */
		type = ((const uint32_t *)argument)[command == VIDIOC_ENUM_FMT ? 1 : 0];
		break;
	case VIDIOC_STREAMON:
	case VIDIOC_STREAMOFF:
	case VIDIOC_EXPBUF:
		type = *(const uint32_t *)argument;
		break;
	default:
		return NULL;
	}
	return V4L2_TYPE_IS_OUTPUT(type) ? "OUTPUT" : "CAPTURE";
}

static int dispatch(struct sim_file *file, int descriptor, unsigned long command, void *argument)
{
	switch (file->type) {
	case SIM_FILE_VIDEO:
		return sim_video_ioctl(file, descriptor, command, argument);
	case SIM_FILE_MEDIA:
		return sim_media_ioctl(file, command, argument);
	case SIM_FILE_REQUEST:
		return sim_request_ioctl(file, command, argument);
	case SIM_FILE_DMABUF:
		return sim_dmabuf_ioctl(file, command, argument);
	case SIM_FILE_RENDER:
		return sim_render_ioctl(file, command, argument);
	}
	return -ENOTTY;
}

EXPORT int ioctl(int descriptor, unsigned long command, ...)
{
	struct sim_file *file;
	const char *name;
	va_list arguments;
	void *argument;
	int result;

	va_start(arguments, command);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	sim_real_init();
	if (!sim_is_simulated(descriptor)) {
		result = sim_real.ioctl(descriptor, command, argument);
		/* qemu-user's answer to an ioctl that it does not know, which no kernel gives. */
		if (result < 0 && errno == ENOSYS)
			errno = ENOTTY;
		return result;
	}
	command &= 0xffffffffu; /* glibc takes an unsigned long, the kernel 32 bits */
	name = sim_command_name(command);
	sim_lock();
	file = sim_file_get(descriptor);
	if (!file) {
		sim_unlock();
		return sim_answer(-EBADF);
	}
	result = -sim_fault(name, target_name(command, argument));
	if (!result)
		result = dispatch(file, descriptor, command, argument);
	sim_log_call(name, result < 0 ? -result : 0);
	sim_file_put(file);
	sim_unlock();
	return sim_answer(result);
}

/* ---- mmap ------------------------------------------------------------------------------------------------------------------ */

static void *map_by_kernel(void *address, size_t length, int protection, int flags, int descriptor,
                           off_t offset)
{
#if SIM_BOTH_NAMES
	return (void *)syscall(SYS_mmap, address, length, protection, flags, descriptor, offset);
#else
	return (void *)syscall(SYS_mmap2, address, length, protection, flags, descriptor, (long)(offset >> 12));
#endif
}

static void *map(void *address, size_t length, int protection, int flags, int descriptor, off_t offset)
{
	struct sim_memory *memory = NULL;
	struct sim_file *file;
	void *result = MAP_FAILED;
	int error;

	if (!sim_real.mmap) /* before our constructor, in a sanitizer's */
		return map_by_kernel(address, length, protection, flags, descriptor, offset);
	if (flags & MAP_ANONYMOUS || !sim_is_simulated(descriptor))
		return sim_real.mmap(address, length, protection, flags, descriptor, offset);
	sim_lock();
	file = sim_file_get(descriptor);
	error = file ? sim_fault("mmap", NULL) : EBADF;
	if (!error && file->type == SIM_FILE_VIDEO) {
		struct sim_context *context = file->context;

		if (file->device->gone)
			error = ENODEV;
		else
			error = -sim_queue_map((uint64_t)offset < 1u << 30 ? &context->output : &context->capture,
			                       (uint64_t)offset, length, protection, flags, &memory);
		if (!error) {
			result = sim_real.mmap(address, length, protection, flags, memory->descriptor, 0);
			error = result == MAP_FAILED ? errno : 0;
		}
	} else if (!error && file->type == SIM_FILE_DMABUF) {
		/* dma_buf_mmap_internal() */
		if ((uint64_t)offset + length > file->memory->size)
			error = EINVAL;
		else
			result = sim_real.mmap(address, length, protection, flags, descriptor, offset);
		if (!error && result == MAP_FAILED)
			error = errno;
		memory = file->memory;
	} else if (!error) {
		error = ENODEV;
	}
	if (!error)
		sim_mapping_add(result, memory);
	if (file)
		sim_log_call("mmap", error);
	sim_file_put(file);
	sim_unlock();
	if (error)
		errno = error;
	return result;
}

EXPORT void *mmap(void *address, size_t length, int protection, int flags, int descriptor, off_t offset)
{
	return map(address, length, protection, flags, descriptor, offset);
}

#if SIM_BOTH_NAMES
EXPORT void *mmap64(void *address, size_t length, int protection, int flags, int descriptor, off64_t offset)
{
	return map(address, length, protection, flags, descriptor, offset);
}
#endif

EXPORT int munmap(void *address, size_t length)
{
	if (!sim_real.munmap) /* before our constructor, in a sanitizer's */
		return (int)syscall(SYS_munmap, address, length);
	sim_lock();
	sim_mapping_remove(address, length);
	sim_unlock();
	return sim_real.munmap(address, length);
}
