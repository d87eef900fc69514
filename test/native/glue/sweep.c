/* SPDX-License-Identifier: MIT
 *
 * Each allocation, descriptor, mapping and poll of the whole driver fails once in turn, and lives follow each other by the thousand. After
 * each a fresh life decodes as if nothing had been, and as many descriptors, mappings and allocations are there as before.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/mman.h>

#include "harness.h"
#include "player.h"
#include "va/driver.h"

enum { SURFACES = 3, PICTURES = 6, LIVES = 1000 };

/* ---- the calls, which the linker has end here (--wrap); files are those of 64 bits --------------------- */

enum call { CALL_MALLOC, CALL_CALLOC, CALL_REALLOC, CALL_FCNTL, CALL_MMAP, CALL_POLL, CALL_OPEN, CALLS };
static const char *const names[CALLS] = {"malloc", "calloc", "realloc", "fcntl", "mmap", "poll", "open"};

static struct {
	bool armed;
	enum call call;
	unsigned place; /* counts from 1; 0: none fails */
	unsigned seen[CALLS];
	bool struck;
} order;
static long allocated; /* what is neither freed nor moved */

static bool fails(enum call call, int error)
{
	if (!order.armed)
		return false;
	order.seen[call]++;
	if (call != order.call || order.seen[call] != order.place)
		return false;
	order.struck = true;
	errno = error;
	return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void __real_free(void *memory);
int __real_fcntl64(int fd, int command, ...);
void *__real_mmap64(void *place, size_t size, int protection, int flags, int fd, off_t offset);
int __real_poll(struct pollfd *polled, nfds_t count, int timeout);
int __real_open64(const char *path, int flags, ...);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __wrap_free(void *memory);
int __wrap_fcntl64(int fd, int command, long argument);
void *__wrap_mmap64(void *place, size_t size, int protection, int flags, int fd, off_t offset);
int __wrap_poll(struct pollfd *polled, nfds_t count, int timeout);
int __wrap_open64(const char *path, int flags, ...);

static void *counted(void *memory)
{
	allocated += memory != NULL;
	return memory;
}

void *__wrap_malloc(size_t size)
{
	return fails(CALL_MALLOC, ENOMEM) ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails(CALL_CALLOC, ENOMEM) ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *memory, size_t size)
{
	void *moved;

	if (fails(CALL_REALLOC, ENOMEM))
		return NULL;
	moved = __real_realloc(memory, size);
	allocated += moved && !memory;
	return moved;
}

void __wrap_free(void *memory)
{
	allocated -= memory != NULL;
	__real_free(memory);
}

/* The symbol that a program of 64-bit time calls on a 32-bit machine. */
int __wrap___fcntl_time64(int fd, int command, long argument);
int __wrap___fcntl_time64(int fd, int command, long argument)
{
	return __wrap_fcntl64(fd, command, argument);
}

int __wrap_fcntl64(int fd, int command, long argument)
{
	return fails(CALL_FCNTL, EMFILE) ? -1 : __real_fcntl64(fd, command, argument);
}

void *__wrap_mmap64(void *place, size_t size, int protection, int flags, int fd, off_t offset)
{
	return fails(CALL_MMAP, ENOMEM) ? MAP_FAILED : __real_mmap64(place, size, protection, flags, fd, offset);
}

int __wrap_poll(struct pollfd *polled, nfds_t count, int timeout)
{
	return fails(CALL_POLL, ENOMEM) ? -1 : __real_poll(polled, count, timeout);
}

int __wrap_open64(const char *path, int flags, ...)
{
	return fails(CALL_OPEN, EMFILE) ? -1 : __real_open64(path, flags);
}

/* ---- what is there ------------------------------------------------------------------------------------ */

struct count {
	long descriptors, mappings, allocated;
};

static struct count count_all(void)
{
	struct count count = {.allocated = allocated};
	FILE *file = fopen("/proc/self/maps", "r");
	char line[512], list[4096];

	CHECK(file);
	while (fgets(line, sizeof(line), file))
		count.mappings += strstr(line, "memfd:") != NULL;
	fclose(file);
	list_descriptors(list, sizeof(list));
	for (const char *at = list; *at; at++)
		count.descriptors += *at == ' ';
	return count;
}

static void check_same(const struct count *before, const char *what, unsigned number)
{
	struct count now = count_all();

	if (memcmp(before, &now, sizeof(now)) != 0)
		fprintf(stderr,
		        "    %s %u: %ld descriptors were %ld, %ld mappings were %ld, %ld allocations were %ld\n",
		        what, number, now.descriptors, before->descriptors, now.mappings, before->mappings,
		        now.allocated, before->allocated);
	CHECK(memcmp(before, &now, sizeof(now)) == 0);
}

/* ---- a life -------------------------------------------------------------------------------------------- */

enum life {
	LIFE_USUAL,
	LIFE_EXPORTED, /* a surface is exported before there is a context */
	LIFE_HELD,     /* an image is mapped while its context and its surface go */
	LIVES_KINDS
};

static void export_one(struct player *player, VASurfaceID surface)
{
	VADRMPRIMESurfaceDescriptor descriptor;

	if (player->table.vaExportSurfaceHandle(&player->va, surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
	                                        VA_EXPORT_SURFACE_SEPARATE_LAYERS,
	                                        &descriptor) == VA_STATUS_SUCCESS)
		close(descriptor.objects[0].fd);
}

/* A surface that counts an image which is not there gets its pictures as copies for life. */
static void check_underived(struct player *player, VASurfaceID id)
{
	struct surface *surface = get_surface(driver_of(&player->va), id);

	if (!surface)
		return;
	CHECK_EQUAL(surface->derived, 0);
	object_put(&surface->object);
}

/* What of the driver's allocates, opens, maps or waits; nothing is demanded but that a picture that is called good is. Returns how many
 * pictures were right. */
static int live_as(enum life life)
{
	VASurfaceID surfaces[SURFACES] = {VA_INVALID_SURFACE, VA_INVALID_SURFACE, VA_INVALID_SURFACE};
	VABufferInfo info = {0};
	struct player player;
	VAConfigID config;
	VAContextID context;
	VAImage image, held = {.image_id = VA_INVALID_ID};
	void *data;
	int good = 0;

	if (player_open(&player) != VA_STATUS_SUCCESS)
		return 0;
	player_config(&player, &config);
	player_surfaces(&player, surfaces, SURFACES);
	if (life == LIFE_EXPORTED)
		export_one(&player, surfaces[0]);
	player_context(&player, config, &context);
	for (int i = 0; i < PICTURES; i++) {
		struct player_picture picture = {surfaces[i % SURFACES], VA_INVALID_SURFACE, 0, (uint8_t)(i + 1)};
		VAStatus status = player_decode(&player, context, &picture);
		bool equal = false;

		if (status == VA_STATUS_SUCCESS)
			status = player_compare(&player, picture.surface, picture.seed, &equal);
		CHECK(status != VA_STATUS_SUCCESS || equal || player_is_bad(&player, picture.surface));
		good += equal;
	}
	export_one(&player, surfaces[0]);
	if (player.table.vaDeriveImage(&player.va, surfaces[1], &image) == VA_STATUS_SUCCESS) {
		if (player.table.vaMapBuffer(&player.va, image.buf, &data) == VA_STATUS_SUCCESS)
			player.table.vaUnmapBuffer(&player.va, image.buf);
		if (player.table.vaAcquireBufferHandle(&player.va, image.buf, &info) == VA_STATUS_SUCCESS)
			player.table.vaReleaseBufferHandle(&player.va, image.buf);
		player.table.vaDestroyImage(&player.va, image.image_id);
	}
	check_underived(&player, surfaces[1]);
	if (life == LIFE_HELD && player.table.vaDeriveImage(&player.va, surfaces[2], &held) == VA_STATUS_SUCCESS)
		player.table.vaMapBuffer(&player.va, held.buf, &data);
	/* A failure is told by a status; silence of the player's own calls is not checked here. */
	player.table.vaDestroyContext(&player.va, context);
	for (int i = 0; i < SURFACES; i++)
		player.table.vaDestroySurfaces(&player.va, &surfaces[i], 1);
	if (life == LIFE_HELD) {
		player.table.vaUnmapBuffer(&player.va, held.buf);
		player.table.vaDestroyImage(&player.va, held.image_id);
	}
	player.table.vaDestroyConfig(&player.va, config);
	player_close(&player);
	return good;
}

static int live(void)
{
	return live_as(LIFE_USUAL);
}

static void lives(void)
{
	struct count count;

	/* libavcodec and the simulated device keep what they made once. */
	for (unsigned i = 0; i < LIVES_KINDS; i++)
		CHECK_EQUAL(live_as((enum life)i), PICTURES);
	count = count_all();
	for (unsigned i = 0; i < LIVES; i++) {
		CHECK_EQUAL(live_as((enum life)(i % LIVES_KINDS)), PICTURES);
		check_same(&count, "life", i);
	}
}

static void each_call(enum call call)
{
	struct count count;
	unsigned place = 0;

	CHECK_EQUAL(live(), PICTURES);
	count = count_all();
	do {
		order.call = call;
		order.place = ++place;
		order.struck = false;
		memset(order.seen, 0, sizeof(order.seen));
		order.armed = true;
		live();
		order.armed = false;
		check_same(&count, names[call], place);
		CHECK_EQUAL(live(), PICTURES);
		check_same(&count, "the life after", place);
	} while (order.struck);
	/* One that is never called proves nothing. */
	CHECK(place > 1);
}

#define EACH(name, call)          \
	static void each_##name(void) \
	{                             \
		each_call(call);          \
	}
EACH(malloc, CALL_MALLOC)
EACH(calloc, CALL_CALLOC)
EACH(realloc, CALL_REALLOC)
EACH(fcntl, CALL_FCNTL)
EACH(mmap, CALL_MMAP)
EACH(poll, CALL_POLL)
EACH(open, CALL_OPEN)

/* The same on a decoder whose pictures are copied and converted. */
#define COPIED(name)                             \
	static void each_##name##_copied(void)       \
	{                                            \
		setenv("V4L2SIM_NO_DMABUF", "1", 1);     \
		setenv("V4L2SIM_FORMAT", "NV12_4L4", 1); \
		each_##name();                           \
	}
COPIED(malloc)
COPIED(calloc)
COPIED(fcntl)
COPIED(mmap)
COPIED(poll)

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"a thousand lives", lives, NULL},
		{"each malloc() fails", each_malloc, NULL},
		{"each calloc() fails", each_calloc, NULL},
		{"each realloc() fails", each_realloc, NULL},
		{"each fcntl() fails", each_fcntl, NULL},
		{"each mmap() fails", each_mmap, NULL},
		{"each poll() fails", each_poll, NULL},
		{"each open() fails", each_open, NULL},
		{"each malloc() fails, copied", each_malloc_copied, NULL},
		{"each calloc() fails, copied", each_calloc_copied, NULL},
		{"each fcntl() fails, copied", each_fcntl_copied, NULL},
		{"each mmap() fails, copied", each_mmap_copied, NULL},
		{"each poll() fails, copied", each_poll_copied, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
