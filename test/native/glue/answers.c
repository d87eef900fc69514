/* SPDX-License-Identifier: MIT
 *
 * Every answer of the core, taken by core/answers.c: a good one comes out as it is, and each way to break the contract is
 * refused. The core here is a stand-in whose output area the tests write.
 */
#include <stddef.h>

#include "core/answers.h"
#include "core/layout.h"
#include "core_wasm.h"
#include "harness.h"

enum { CONTROL = STANDIN_SCRATCH, PLACE = STANDIN_SCRATCH + 4096, MEMORY = WASM_RT_MEMORY_SIZE };

static struct core *core;

uint32_t standin_call(uint8_t *memory, enum standin_export which, uint32_t a, uint32_t b)
{
	(void)memory;
	(void)which;
	(void)a;
	(void)b;
	return 0;
}

static uint8_t *memory_at(uint32_t address)
{
	return (uint8_t *)core_input(core) - STANDIN_INPUT + address;
}

static void write_output(const void *answer, size_t size)
{
	CHECK(size <= CORE_OUTPUT_CAPACITY);
	memcpy(memory_at(STANDIN_OUTPUT), answer, size);
}

/* The good answer with one of its words replaced: refused for each of these values. */
#define REFUSED(type, good, field, take, ...)                                        \
	do {                                                                             \
		const uint32_t values_[] = {__VA_ARGS__};                                    \
		for (size_t at_ = 0; at_ < TEST_COUNT(values_); at_++) {                     \
			type bad_ = (good);                                                      \
			bad_.field = values_[at_];                                               \
			write_output(&bad_, sizeof(bad_));                                       \
			if (take)                                                                \
				fprintf(stderr, "    taken with %s = 0x%x\n", #field, values_[at_]); \
			CHECK(!(take));                                                          \
		}                                                                            \
		write_output(&(good), sizeof(good));                                         \
		CHECK(take);                                                                 \
	} while (0)

/* Values that no count, place or size of an answer may have. */
#define HUGE_VALUES 0x7fffffff, 0x80000000, 0xffffffff

static const struct core_layout layout = {.fourcc = VA_FOURCC_NV12,
                                          .width = 64,
                                          .height = 48,
                                          .plane_count = 2,
                                          .pitches = {64, 64},
                                          .offsets = {0, 64 * 48},
                                          .size = 64 * 72};

/* ---- layouts ----------------------------------------------------------------------------------- */

#define UNSOUND(field, value)          \
	do {                               \
		struct core_layout l = layout; \
		l.field = (value);             \
		CHECK(!layout_is_sound(&l));   \
	} while (0)
#define SOUND(field, value)            \
	do {                               \
		struct core_layout l = layout; \
		l.field = (value);             \
		CHECK(layout_is_sound(&l));    \
	} while (0)

static void layouts(void)
{
	struct core_layout large = {.width = 65535, .height = 4096, .plane_count = 1, .pitches = {65536}};

	CHECK(layout_is_sound(&layout));
	UNSOUND(plane_count, 0);
	UNSOUND(plane_count, CORE_MAX_PLANES + 1);
	UNSOUND(plane_count, 3); /* the third has no pitch */
	UNSOUND(width, 0);
	UNSOUND(width, 65536);
	UNSOUND(height, 0);
	UNSOUND(height, 65536);
	UNSOUND(size, 0);
	/* Each plane's last row ends inside: the first has all rows, the second half as many. */
	UNSOUND(size, 64 * 72 - 1);
	SOUND(size, 64 * 72 + 1);
	UNSOUND(pitches[0], 0);
	UNSOUND(pitches[0], 64 * 72 / 48 + 1);
	SOUND(pitches[0], 64 * 72 / 48);
	UNSOUND(pitches[1], 0);
	UNSOUND(pitches[1], 65);
	UNSOUND(pitches[1], 0xffffffff);
	UNSOUND(offsets[0], 64 * 24 + 1);
	SOUND(offsets[0], 64 * 24);
	UNSOUND(offsets[1], 64 * 48 + 1);
	UNSOUND(offsets[1], 64 * 72);
	UNSOUND(offsets[1], 0xffffffff);
	UNSOUND(height, 49 + 24); /* the first plane would reach beyond */
	/* The size itself has a limit, whatever the planes are. */
	large.size = 256 << 20;
	CHECK(layout_is_sound(&large));
	large.size++;
	CHECK(!layout_is_sound(&large));
	large.size = 0xffffffff;
	CHECK(!layout_is_sound(&large));
	large =
		(struct core_layout){.width = 2, .height = 65535, .plane_count = 1, .pitches = {2}, .size = 131072};
	CHECK(layout_is_sound(&large));
	large.height = 65536;
	CHECK(!layout_is_sound(&large));
	/* A plane of one row, of no height in the second: its place still has to be inside. */
	large = (struct core_layout){
		.width = 2, .height = 1, .plane_count = 2, .pitches = {2, 2}, .offsets = {0, 2}, .size = 2};
	CHECK(!layout_is_sound(&large));
	large.size = 3;
	CHECK(layout_is_sound(&large));
}

static void layout_answers(void)
{
	struct core_layout got;

	REFUSED(struct core_layout, layout, size, take_layout(core, &got), 0, 64 * 72 - 1, HUGE_VALUES);
	REFUSED(struct core_layout, layout, width, take_layout(core, &got), 0, 65536, HUGE_VALUES);
	REFUSED(struct core_layout, layout, plane_count, take_layout(core, &got), 0, 3, 4, HUGE_VALUES);
	CHECK(!memcmp(&got, &layout, sizeof(got)));
	/* It is a copy: what the core writes later does not reach it. */
	memset(memory_at(STANDIN_OUTPUT), 0xff, sizeof(layout));
	CHECK(!memcmp(&got, &layout, sizeof(got)));
	/* At an address. */
	memcpy(memory_at(PLACE), &layout, sizeof(layout));
	memcpy(memory_at(MEMORY - sizeof(layout)), &layout, sizeof(layout));
	CHECK(take_layout_at(core, PLACE, &got) && take_layout_at(core, MEMORY - sizeof(layout), &got));
	CHECK(!memcmp(&got, &layout, sizeof(got)));
	CHECK(!take_layout_at(core, PLACE + 4, &got));
	CHECK(!take_layout_at(core, MEMORY - sizeof(layout) + 1, &got));
	CHECK(!take_layout_at(core, MEMORY, &got));
	CHECK(!take_layout_at(core, 0xffffffff, &got));
}

/* ---- plans ------------------------------------------------------------------------------------- */

static void plan_answers(void)
{
	static struct core_plan plan, got;

	plan = (struct core_plan){.then = CORE_THEN_WAIT_READERS,
	                          .timeout_ms = 10000,
	                          .step_count = CORE_MAX_STEPS,
	                          .control_count = CORE_MAX_PLAN_CONTROLS,
	                          .token = 5};
	for (int i = 0; i < CORE_MAX_STEPS; i++)
		plan.steps[i].op = (uint32_t)i;
	REFUSED(struct core_plan, plan, then, take_plan(core, &got), CORE_THEN_PAUSE + 1, HUGE_VALUES);
	REFUSED(struct core_plan, plan, step_count, take_plan(core, &got), CORE_MAX_STEPS + 1, HUGE_VALUES);
	REFUSED(struct core_plan, plan, control_count, take_plan(core, &got), CORE_MAX_PLAN_CONTROLS + 1,
	        HUGE_VALUES);
	REFUSED(struct core_plan, plan, timeout_ms, take_plan(core, &got), 10001, HUGE_VALUES);
	CHECK(!memcmp(&got, &plan, sizeof(got)));
	plan.then = CORE_THEN_PAUSE;
	plan.timeout_ms = CORE_MAX_PAUSE_MS;
	REFUSED(struct core_plan, plan, timeout_ms, take_plan(core, &got), CORE_MAX_PAUSE_MS + 1, 10000,
	        HUGE_VALUES);
	memset(memory_at(STANDIN_OUTPUT), 0xff, sizeof(plan));
	CHECK(!memcmp(&got, &plan, sizeof(got)));
}

/* ---- lists ------------------------------------------------------------------------------------- */

static void lists(void)
{
	static const int32_t numbers[4] = {-1, 7, 13, 6};
	const struct core_surface_attribute attributes[2] = {{1, 2, 3, 4}, {5, 6, 7, 8}};
	const VAImageFormat formats[2] = {{.fourcc = VA_FOURCC_NV12}, {.fourcc = VA_FOURCC_P010}};
	const struct core_copy copies[CORE_MAX_PLANES] = {{.rows = 1}, {.rows = 2}, {.rows = 3}};
	static const uint32_t many[] = {5, 65, 8192, HUGE_VALUES};
	/* Guards behind what is taken. */
	int32_t n[5] = {9, 9, 9, 9, 99};
	struct core_surface_attribute a[3] = {{0}, {0}, {99, 99, 99, 99}};
	VAImageFormat f[3] = {[2] = {.fourcc = 99}};
	struct core_copy c[CORE_MAX_PLANES + 1] = {[CORE_MAX_PLANES] = {.rows = 99}};

	write_output(numbers, sizeof(numbers));
	CHECK(take_numbers(core, 0, n, 4) && n[0] == 9);
	CHECK(take_numbers(core, 4, n, 4) && !memcmp(n, numbers, sizeof(numbers)) && n[4] == 99);
	CHECK(take_numbers(core, 2, n, 4));
	write_output(attributes, sizeof(attributes));
	CHECK(take_surface_attributes(core, 2, a, 2) && !memcmp(a, attributes, sizeof(attributes)));
	write_output(formats, sizeof(formats));
	CHECK(take_image_formats(core, 2, f, 2) && !memcmp(f, formats, sizeof(formats)));
	write_output(copies, sizeof(copies));
	CHECK(take_copies(core, CORE_MAX_PLANES, c) && !memcmp(c, copies, sizeof(copies)));
	for (size_t i = 0; i < TEST_COUNT(many); i++) {
		CHECK(!take_numbers(core, many[i], n, 4));
		CHECK(!take_surface_attributes(core, many[i], a, 2));
		CHECK(!take_image_formats(core, many[i], f, 2));
		CHECK(!take_copies(core, many[i], c));
	}
	CHECK(!take_surface_attributes(core, 3, a, 2) && !take_image_formats(core, 3, f, 2) &&
	      !take_copies(core, CORE_MAX_PLANES + 1, c));
	/* Nor more than the output area holds, whatever the caller has room for. */
	CHECK(!take_numbers(core, CORE_OUTPUT_CAPACITY / 4 + 1, n, 0xffffffff));
	CHECK(a[2].type == 99 && f[2].fourcc == 99 && c[CORE_MAX_PLANES].rows == 99);
}

/* ---- single answers ---------------------------------------------------------------------------- */

static void configs_and_surfaces(void)
{
	const struct core_config config = {.profile = 7, .entrypoint = 1, .rt_format = 1};
	const struct core_surface surface = {.fourcc = VA_FOURCC_NV12, .width = 65535, .height = 1};
	struct core_config got_config;
	struct core_surface got_surface;

	memcpy(memory_at(STANDIN_OUTPUT), &config, sizeof(config));
	take_config(core, &got_config);
	CHECK(!memcmp(&got_config, &config, sizeof(config)));
	REFUSED(struct core_surface, surface, width, take_surface(core, &got_surface), 0, 65536, HUGE_VALUES);
	REFUSED(struct core_surface, surface, height, take_surface(core, &got_surface), 0, 65536, HUGE_VALUES);
	CHECK(!memcmp(&got_surface, &surface, sizeof(surface)));
}

static void controls(void)
{
	struct core_control control = {.id = 9, .address = CONTROL, .size = 100};
	struct core_control got;
	uint8_t bytes[101];

	for (int i = 0; i < 100; i++)
		memory_at(CONTROL)[i] = (uint8_t)(i + 1);
	bytes[100] = 77;
	REFUSED(struct core_control, control, size, take_control(core, &got, bytes, 100), 0, 101, HUGE_VALUES);
	REFUSED(struct core_control, control, address, take_control(core, &got, bytes, 100), MEMORY - 99, MEMORY,
	        HUGE_VALUES);
	CHECK(!memcmp(bytes, memory_at(CONTROL), 100) && bytes[100] == 77);
	control.address = MEMORY - 100;
	write_output(&control, sizeof(control));
	CHECK(take_control(core, &got, bytes, 100));
}

static void allocations(void)
{
	const struct core_allocation allocation = {.decoder = 1,
	                                           .width = 64,
	                                           .height = 65535,
	                                           .control_address = CONTROL,
	                                           .control_size = CORE_MAX_PROBE_CONTROL,
	                                           .sources = {CORE_SOURCE_DECODER}};
	struct core_allocation none = allocation, got;
	uint8_t control[CORE_MAX_PROBE_CONTROL + 1];

	memset(memory_at(CONTROL), 0x5a, CORE_MAX_PROBE_CONTROL);
	control[CORE_MAX_PROBE_CONTROL] = 77;
	REFUSED(struct core_allocation, allocation, decoder, take_allocation(core, 2, &got, control), 2,
	        HUGE_VALUES);
	REFUSED(struct core_allocation, allocation, width, take_allocation(core, 2, &got, control), 65536,
	        HUGE_VALUES);
	REFUSED(struct core_allocation, allocation, height, take_allocation(core, 2, &got, control), 65536,
	        HUGE_VALUES);
	REFUSED(struct core_allocation, allocation, control_size, take_allocation(core, 2, &got, control),
	        CORE_MAX_PROBE_CONTROL + 1, HUGE_VALUES);
	REFUSED(struct core_allocation, allocation, control_address, take_allocation(core, 2, &got, control),
	        MEMORY - CORE_MAX_PROBE_CONTROL + 1, MEMORY, HUGE_VALUES);
	REFUSED(struct core_allocation, allocation, assumed.plane_count, take_allocation(core, 2, &got, control),
	        CORE_MAX_V4L2_PLANES + 1, HUGE_VALUES);
	for (int i = 0; i < CORE_MAX_V4L2_PLANES; i++)
		REFUSED(struct core_allocation, allocation, assumed.sizeimage[i],
		        take_allocation(core, 2, &got, control), CORE_MAX_LAYOUT_SIZE + 1, HUGE_VALUES);
	CHECK(!memcmp(&got, &allocation, sizeof(got)));
	CHECK(!memcmp(control, memory_at(CONTROL), CORE_MAX_PROBE_CONTROL) &&
	      control[CORE_MAX_PROBE_CONTROL] == 77);
	/* Without a control its address is nothing. */
	none.control_size = 0;
	none.control_address = 0xffffffff;
	write_output(&none, sizeof(none));
	CHECK(take_allocation(core, 2, &got, control));
	/* At an address, for one decoder. */
	memcpy(memory_at(PLACE), &allocation, sizeof(allocation));
	CHECK(take_allocation_at(core, PLACE, 1, &got, control));
	CHECK(!memcmp(&got, &allocation, sizeof(got)));
	CHECK(!take_allocation_at(core, PLACE, 0, &got, control));
	CHECK(!take_allocation_at(core, PLACE, 2, &got, control));
	CHECK(!take_allocation_at(core, MEMORY - sizeof(allocation) + 1, 1, &got, control));
	CHECK(!take_allocation_at(core, 0xfffffffc, 1, &got, control));
}

static void imports(void)
{
	const struct core_import accepted = {.refusal = CORE_IMPORT_NONE, .layout = layout};
	struct core_import got;

	REFUSED(struct core_import, accepted, refusal, take_import(core, true, layout.size, &got),
	        CORE_IMPORT_TOO_SMALL + 1, HUGE_VALUES);
	REFUSED(struct core_import, accepted, layout.size, take_import(core, true, layout.size, &got), 0,
	        layout.size + 1, HUGE_VALUES);
	REFUSED(struct core_import, accepted, layout.offsets[1], take_import(core, true, layout.size, &got),
	        64 * 48 + 1, HUGE_VALUES);
	CHECK(!memcmp(&got, &accepted, sizeof(got)));
	CHECK(!take_import(core, true, layout.size - 1, &got));
	/* Of what is refused there is no layout; the reason must be one that has a sentence. */
	got = (struct core_import){.refusal = CORE_IMPORT_TOO_SMALL};
	REFUSED(struct core_import, got, refusal, take_import(core, false, 0, &(struct core_import){0}),
	        CORE_IMPORT_TOO_SMALL + 1, HUGE_VALUES);
}

static void descriptors(void)
{
	const VADRMPRIMESurfaceDescriptor descriptor = {
		.num_objects = 1,
		.num_layers = 4,
		.layers = {{.num_planes = 1},
	               {.num_planes = 1},
	               {.num_planes = 1},
	               {.num_planes = 4, .offset = {[3] = 64 * 72 - 1}}}};
	VADRMPRIMESurfaceDescriptor got;

	REFUSED(VADRMPRIMESurfaceDescriptor, descriptor, num_objects, take_descriptor(core, &layout, &got), 0, 2,
	        HUGE_VALUES);
	REFUSED(VADRMPRIMESurfaceDescriptor, descriptor, num_layers, take_descriptor(core, &layout, &got), 0, 5,
	        HUGE_VALUES);
	REFUSED(VADRMPRIMESurfaceDescriptor, descriptor, layers[0].num_planes,
	        take_descriptor(core, &layout, &got), 0, 5, HUGE_VALUES);
	REFUSED(VADRMPRIMESurfaceDescriptor, descriptor, layers[3].num_planes,
	        take_descriptor(core, &layout, &got), 0, 5, HUGE_VALUES);
	REFUSED(VADRMPRIMESurfaceDescriptor, descriptor, layers[3].object_index[3],
	        take_descriptor(core, &layout, &got), 1, HUGE_VALUES);
	REFUSED(VADRMPRIMESurfaceDescriptor, descriptor, layers[3].offset[3],
	        take_descriptor(core, &layout, &got), 64 * 72, HUGE_VALUES);
	CHECK(!memcmp(&got, &descriptor, sizeof(descriptor)));
}

/* Whatever stands in the area, with sanitizers: takers stay inside their memory. */
static void random_answers(void)
{
	uint32_t state = 4711;

	for (int round = 0; round < 20000; round++) {
		uint32_t *words = (uint32_t *)(void *)memory_at(STANDIN_OUTPUT);
		struct core_plan plan;
		struct core_config config;
		struct core_surface surface;
		struct core_layout taken;
		struct core_control control;
		struct core_allocation allocation;
		struct core_import import;
		VADRMPRIMESurfaceDescriptor descriptor;
		uint8_t bytes[CORE_MAX_PROBE_CONTROL];

		for (int i = 0; i < 64; i++) {
			state = state * 1664525u + 1013904223u;
			words[i] = state >> 24 < 160 ? state >> 29 : state >> 24 < 200 ? state >> 14 : state;
		}
		take_plan(core, &plan);
		take_config(core, &config);
		take_surface(core, &surface);
		take_control(core, &control, bytes, sizeof(bytes));
		take_allocation(core, 8, &allocation, bytes);
		take_import(core, round % 2, 4096, &import);
		take_descriptor(core, &layout, &descriptor);
		if (take_layout(core, &taken))
			CHECK(taken.size <= CORE_MAX_LAYOUT_SIZE && taken.plane_count <= CORE_MAX_PLANES);
	}
}

void test_begins(const struct test *test)
{
	(void)test;
	core = core_open();
	CHECK(core);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"layouts", layouts, NULL},
		{"answers that are layouts", layout_answers, NULL},
		{"answers that are plans", plan_answers, NULL},
		{"answers that are lists", lists, NULL},
		{"configs and surfaces", configs_and_surfaces, NULL},
		{"controls", controls, NULL},
		{"allocations", allocations, NULL},
		{"imports", imports, NULL},
		{"descriptors", descriptors, NULL},
		{"random answers", random_answers, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
