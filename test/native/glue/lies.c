/* SPDX-License-Identifier: MIT
 *
 * A display whose core says yes to everything, in the whole driver: what it says must not decide what a pointer of the player's points
 * to. Each description stands at the end of a page, with one behind it that nobody may touch.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <va/va_drmcommon.h>

#include "core/exchange.h"
#include "core_wasm.h"
#include "harness.h"
#include "player.h"

enum { SIDE = 64, MEMORY = SIDE * SIDE * 3 / 2, PAGE = 4096 };

static struct core_layout said = {.fourcc = VA_FOURCC_NV12,
                                  .width = SIDE,
                                  .height = SIDE,
                                  .plane_count = 2,
                                  .pitches = {SIDE, SIDE},
                                  .offsets = {0, SIDE *SIDE},
                                  .size = MEMORY};
static unsigned imports; /* questions about memory of the player's */
static struct core_external asked;

uint32_t standin_call(uint8_t *memory, enum standin_export which, uint32_t a, uint32_t b)
{
	struct core_surface surface = {.fourcc = VA_FOURCC_NV12, .width = SIDE, .height = SIDE};
	struct core_import import = {.refusal = CORE_IMPORT_NONE, .layout = said};

	(void)a;
	(void)b;
	if (which == STANDIN_display_create_surface) {
		memcpy(memory + STANDIN_OUTPUT, &surface, sizeof(surface));
	} else if (which == STANDIN_display_import) {
		imports++;
		memcpy(&asked, memory + STANDIN_INPUT, sizeof(asked));
		memcpy(memory + STANDIN_OUTPUT, &import, sizeof(import));
	}
	return 0; /* success, or none of a list */
}

/* `size` bytes that end where a page begins that must not be touched; of 0 bytes not a single one may be. */
static void *before_the_edge(const void *bytes, size_t size)
{
	uint8_t *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(pages != MAP_FAILED && size <= PAGE);
	CHECK_EQUAL(mprotect(pages + PAGE, PAGE, PROT_NONE), 0);
	if (size)
		memcpy(pages + PAGE - size, bytes, size);
	return pages + PAGE - size;
}

static VAStatus create(struct player *player, uint32_t type, void *description, VASurfaceID *surface)
{
	VASurfaceAttrib attributes[] = {
		{.type = VASurfaceAttribMemoryType, .value = {VAGenericValueTypeInteger, {.i = (int)type}}},
		{.type = VASurfaceAttribExternalBufferDescriptor,
	     .value = {VAGenericValueTypePointer, {.p = description}}},
	};

	return player->table.vaCreateSurfaces2(&player->va, VA_RT_FORMAT_YUV420, SIDE, SIDE, surface, 1,
	                                       attributes, 2);
}

static int open_memory(void)
{
	int fd = memfd_create("player's", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	CHECK(fd >= 0 && ftruncate(fd, MEMORY) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
	return fd;
}

static void open_player(struct player *player)
{
	setenv("V4L2SIM_NONE", "1", 1);
	CHECK_EQUAL(player_open(player), VA_STATUS_SUCCESS);
	player->messages = 0;
}

/* What is none of the two descriptions is not looked at, though the core takes it. */
static void other_memory_types(void)
{
	static const uint32_t types[] = {0,
	                                 2,
	                                 3,
	                                 VA_SURFACE_ATTRIB_MEM_TYPE_USER_PTR,
	                                 VA_SURFACE_ATTRIB_MEM_TYPE_KERNEL_DRM,
	                                 0x00010000,
	                                 0x80000000,
	                                 VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME |
	                                     VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2};
	struct player player;
	VASurfaceID surface;

	open_player(&player);
	for (size_t i = 0; i < TEST_COUNT(types); i++) {
		CHECK_EQUAL(create(&player, types[i], before_the_edge(NULL, 0), &surface),
		            VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
		CHECK_EQUAL(surface, VA_INVALID_SURFACE);
	}
	/* The driver's own memory needs no description. */
	CHECK_EQUAL(create(&player, VA_SURFACE_ATTRIB_MEM_TYPE_VA, before_the_edge(NULL, 0), &surface),
	            VA_STATUS_SUCCESS);
	CHECK_EQUAL(imports, 0);
	player_close(&player);
}

/* Each description is read as what the player says it is, to its end and no further. */
static void descriptions_are_read_as_what_they_are(void)
{
	VADRMPRIMESurfaceDescriptor prime = {.num_objects = 1, .num_layers = 1};
	VASurfaceAttribExternalBuffers *buffers;
	VASurfaceAttribExternalBuffers described = {
		.num_buffers = 1, .num_planes = 2, .pixel_format = VA_FOURCC_NV12};
	struct player player;
	VASurfaceID surface;
	uintptr_t handle;
	int fd = open_memory();

	open_player(&player);
	prime.objects[0].fd = fd;
	CHECK_EQUAL(create(&player, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
	                   before_the_edge(&prime, sizeof(prime)), &surface),
	            VA_STATUS_SUCCESS);
	CHECK_EQUAL(imports, 1);
	CHECK(asked.memory_type == VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2 && asked.memory_size == MEMORY);
	handle = (uintptr_t)fd;
	described.buffers = before_the_edge(&handle, sizeof(handle));
	buffers = before_the_edge(&described, sizeof(described));
	CHECK_EQUAL(create(&player, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME, buffers, &surface), VA_STATUS_SUCCESS);
	CHECK_EQUAL(imports, 2);
	CHECK(asked.memory_type == VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME && asked.memory_size == MEMORY &&
	      asked.num_planes == 2);
	close(fd);
	player_close(&player);
}

/* A layout that reaches beyond the memory that there is. */
static void memory_that_is_too_small(void)
{
	VADRMPRIMESurfaceDescriptor prime = {.num_objects = 1};
	struct player player;
	VASurfaceID surface;
	int fd = open_memory();

	open_player(&player);
	prime.objects[0].fd = fd;
	said.size = MEMORY + 1;
	CHECK_EQUAL(create(&player, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2, &prime, &surface),
	            VA_STATUS_ERROR_OPERATION_FAILED);
	CHECK_EQUAL(player.messages, 1);
	CHECK(strstr(player.last, "bug of the driver"));
	close(fd);
	player_close(&player);
}

/* What is no VADRMPRIMESurfaceDescriptor is not written to; nor is anybody waited for. */
static void other_exports(void)
{
	static const uint32_t types[] = {0, VA_SURFACE_ATTRIB_MEM_TYPE_VA, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME,
	                                 VA_SURFACE_ATTRIB_MEM_TYPE_USER_PTR, 0x80000000};
	struct player player;
	VASurfaceID surface;

	open_player(&player);
	CHECK_EQUAL(create(&player, VA_SURFACE_ATTRIB_MEM_TYPE_VA, NULL, &surface), VA_STATUS_SUCCESS);
	for (size_t i = 0; i < TEST_COUNT(types); i++)
		CHECK_EQUAL(player.table.vaExportSurfaceHandle(&player.va, surface, types[i],
		                                               VA_EXPORT_SURFACE_SEPARATE_LAYERS,
		                                               before_the_edge(NULL, 0)),
		            VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
	player_close(&player);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"memory types that are not read", other_memory_types, NULL},
		{"descriptions are read as what they are", descriptions_are_read_as_what_they_are, NULL},
		{"a layout beyond the player's memory", memory_that_is_too_small, NULL},
		{"exports of other types", other_exports, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
