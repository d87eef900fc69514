/* SPDX-License-Identifier: MIT
 *
 * The wasm runtime and the trap guard, with a core that fails on demand (trapping/).
 */
#include <pthread.h>
#include <stdint.h>

#include "core.h"
#include "harness.h"
#include "instance.h"
#include "trapping.h"
#include "wasm-rt.h"

static bool text_has(const char *text, const char *part)
{
	return text && strstr(text, part);
}

static void opens_and_closes(void)
{
	struct core *core = core_open();
	CHECK(core);
	CHECK(core_trap_reason(core) == NULL);
	CHECK(core_input(core) == core_bytes(core, core->input, CORE_INPUT_CAPACITY));
	CHECK(core_bytes(core, core->output, CORE_OUTPUT_CAPACITY));
	CHECK(core->input + CORE_INPUT_CAPACITY <= core->output ||
	      core->output + CORE_OUTPUT_CAPACITY <= core->input);
	core_close(core);
	core_close(NULL);
}

static void memory_is_checked(void)
{
	struct core *core = core_open();
	CHECK(core);
	uint32_t size = 0;
	while (core_bytes(core, size, 65536))
		size += 65536;
	CHECK(size >= 65536);
	CHECK(core_bytes(core, 0, size));
	CHECK(!core_bytes(core, 0, size + 1));
	CHECK(!core_bytes(core, 1, size));
	CHECK(core_bytes(core, size - 1, 1));
	CHECK(core_bytes(core, size, 0));
	CHECK(!core_bytes(core, size + 1, 0));
	CHECK(!core_bytes(core, size, 1));
	CHECK(!core_bytes(core, 0xffffffffu, 1));
	CHECK(!core_bytes(core, 0xffffffffu, 0xffffffffu));
	CHECK(!core_bytes(core, 8, 0xfffffff8u));
	core_close(core);
}

static void calls_go_through(void)
{
	struct core *core = core_open();
	uint32_t count = 77;
	CHECK(core);
	CHECK(core_display_profiles(core, &count));
	CHECK_EQUAL(count, 0); /* no decoder was added */
	CHECK(core_trap_reason(core) == NULL);
	core_close(core);
}

/* Trap, and look at everything that must hold afterwards. */
static void contained(enum trap_kind kind, const char *reason)
{
	struct core *core = core_open(), *other = core_open();
	uint32_t result = 77;
	CHECK(core && other);
	trap_at(kind, "display_profiles", TRAP_ANY_ARGUMENT, 1);
	CHECK(!core_display_profiles(core, &result));
	CHECK_EQUAL(result, 77); /* nothing is returned from a call that trapped */
	CHECK_EQUAL(trap_count(), 1);
	if (!text_has(core_trap_reason(core), reason))
		fprintf(stderr, "    reason: %s\n", core_trap_reason(core) ? core_trap_reason(core) : "(none)");
	CHECK(text_has(core_trap_reason(core), reason));

	/* Lost for good, whatever is called, without entering the core again. */
	CHECK(!core_display_profiles(core, &result));
	CHECK(!core_context_begin_picture(core, &result, 1, 16, 16, 0));
	CHECK_EQUAL(trap_count(), 1);
	CHECK(text_has(core_trap_reason(core), reason));

	/* The others live on, and so does a new one. */
	CHECK(core_display_profiles(other, &result));
	CHECK_EQUAL(result, 0);
	CHECK(core_trap_reason(other) == NULL);
	core_close(core);
	core = core_open();
	CHECK(core && core_display_profiles(core, &result));
	core_close(core);
	core_close(other);
}

static void out_of_bounds(void)
{
	contained(TRAP_OUT_OF_BOUNDS, "out of bounds");
}

static void assertion(void)
{
	contained(TRAP_ASSERT, "assertion failed: asked for by a test in ");
	contained(TRAP_ASSERT, "test/native/trapping/strike.ts:");
}

static void unreachable_code(void)
{
	contained(TRAP_UNREACHABLE, "unreachable");
}

static void recursion(void)
{
	contained(TRAP_RECURSION, "call stack exhausted");
}

static void division_by_zero(void)
{
	contained(TRAP_DIVISION, "division by zero");
}

/* A player may decode on a thread with a stack of 64 KiB or so. */
static void *recurse(void *unused)
{
	(void)unused;
	recursion();
	return NULL;
}

static void recursion_on_a_small_stack(void)
{
	pthread_attr_t attributes;
	pthread_t thread;
	CHECK_EQUAL(pthread_attr_init(&attributes), 0);
	CHECK_EQUAL(pthread_attr_setstacksize(&attributes, 128 << 10), 0);
	CHECK_EQUAL(pthread_create(&thread, &attributes, recurse, NULL), 0);
	CHECK_EQUAL(pthread_join(thread, NULL), 0);
	pthread_attr_destroy(&attributes);
}

/* abort() with pointers that lead nowhere must not read outside the memory. */
struct w2c_env;
void w2c_env_abort(struct w2c_env *env, uint32_t message, uint32_t file, uint32_t line, uint32_t column);

struct abort_call {
	struct core *core;
	uint32_t message;
	uint32_t file;
};

/* struct w2c_env holds nothing but the core's address. */
static void call_abort(void *argument)
{
	struct abort_call *call = argument;
	w2c_env_abort((struct w2c_env *)(void *)&call->core, call->message, call->file, 12, 3);
}

static void place_string(struct core *core, uint32_t address, uint32_t bytes)
{
	CHECK(core_bytes(core, address, 4));
	memcpy(core->instance.w2c_memory.data + address, &bytes, sizeof(bytes));
}

static void abort_with_bad_pointers(void)
{
	struct core *core = core_open();
	CHECK(core);
	uint32_t top = 0;
	while (core_bytes(core, top, 65536))
		top += 65536;
	place_string(core, 512, 0xffffffffu);
	place_string(core, 1000, top);
	place_string(core, top - 4, 2);
	place_string(core, top - 8, 3);
	const uint32_t addresses[] = {0,       1,       3,   4,       516,         1004,
	                              top - 4, top - 3, top, top + 1, 0xfffffffcu, 0xffffffffu};
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		for (size_t k = 0; k < sizeof(addresses) / sizeof(addresses[0]); k++) {
			struct abort_call call = {core, addresses[i], addresses[k]};
			CHECK_EQUAL(wasm_rt_run(call_abort, &call), WASM_RT_TRAP_UNREACHABLE);
		}
	}
	/* An odd length that ends where the memory ends. */
	place_string(core, top - 7, 3);
	struct abort_call call = {core, top - 3, top - 3};
	CHECK_EQUAL(wasm_rt_run(call_abort, &call), WASM_RT_TRAP_UNREACHABLE);
	core_close(core);
}

static void allocate_one_page(void *memory)
{
	wasm_rt_allocate_memory(memory, 1, 1, false, 65536);
}

static void memory_has_one_size(void)
{
	wasm_rt_memory_t *memory = calloc(1, sizeof(*memory));
	CHECK(memory);
	wasm_rt_allocate_memory(memory, 8, 8, false, 65536);
	CHECK(memory->size == 524288 && memory->size == sizeof(memory->data));
	for (size_t i = 0; i < sizeof(memory->data); i++)
		CHECK(memory->data[i] == 0);
	wasm_rt_free_memory(memory);
	CHECK(memory->size == 0);
	/* Bounds are checked against the one size: a memory of another must not come into being. */
	CHECK_EQUAL(wasm_rt_run(allocate_one_page, memory), WASM_RT_TRAP_OOB);
	CHECK(memory->size == 0);
	free(memory);
}

static void nested_run(void *argument)
{
	wasm_rt_trap_t *inner = argument;
	if (inner) {
		*inner = wasm_rt_run(nested_run, NULL);
		wasm_rt_trap(WASM_RT_TRAP_DIV_BY_ZERO);
	}
	wasm_rt_trap(WASM_RT_TRAP_OOB);
}

static void frames_nest(void)
{
	wasm_rt_trap_t inner = WASM_RT_TRAP_NONE;
	CHECK_EQUAL(wasm_rt_run(nested_run, &inner), WASM_RT_TRAP_DIV_BY_ZERO);
	CHECK_EQUAL(inner, WASM_RT_TRAP_OOB);
}

/* No signal handler, no address space: what the process had before it loaded us, it has afterwards. */
static long virtual_kilobytes(void)
{
	char line[256];
	long kilobytes = -1;
	FILE *status = fopen("/proc/self/status", "r");
	CHECK(status);
	while (fgets(line, sizeof(line), status)) {
		if (sscanf(line, "VmSize: %ld", &kilobytes) == 1)
			break;
	}
	fclose(status);
	return kilobytes;
}

/* The lines SigQ, SigPnd, SigBlk, SigIgn, SigCgt of /proc/self/status. */
static void read_signal_masks(char *masks, size_t capacity)
{
	FILE *status = fopen("/proc/self/status", "r");
	CHECK(status);
	masks[0] = 0;
	for (char line[256]; fgets(line, sizeof(line), status);) {
		/* SigQ counts the signals of all processes of the user. */
		if (strncmp(line, "Sig", 3) == 0 && strncmp(line, "SigQ", 4) != 0)
			strncat(masks, line, capacity - 1 - strlen(masks));
	}
	fclose(status);
}

static void leaves_the_process_alone(void)
{
	enum { INSTANCES = 64 };
	struct core *cores[INSTANCES];
	char before[1024], after[1024];
	read_signal_masks(before, sizeof(before));
	long size = virtual_kilobytes();
	for (int i = 0; i < INSTANCES; i++) {
		uint32_t result;
		cores[i] = core_open();
		CHECK(cores[i]);
		trap_at(TRAP_OUT_OF_BOUNDS, "display_profiles", TRAP_ANY_ARGUMENT, 1 + (unsigned)(i & 1));
		core_display_profiles(cores[i], &result);
	}
	/* Sanitizers keep shadow memory; 64 instances of one reserved gibibyte would still be seen. */
	CHECK(virtual_kilobytes() - size < 1 << 20);
	for (int i = 0; i < INSTANCES; i++)
		core_close(cores[i]);
	read_signal_masks(after, sizeof(after));
	CHECK_STRING(after, before);
}

enum { THREADS = 4, ROUNDS = 400, TRAPS = 50000 };

struct worker {
	pthread_t thread;
	unsigned index;
	unsigned errors;
	unsigned traps;
};

/* Each thread has instances of its own. Those that are told to trap do, and none of the others. */
static void *work(void *argument)
{
	struct worker *worker = argument;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct core *a = core_open(), *b = core_open();
		uint32_t result = 77;
		if (!a || !b) {
			worker->errors++;
			break;
		}
		for (unsigned i = 0; i < 4; i++)
			worker->errors += !core_context_forget_surface(b, &result, 1000 + worker->index);
		if (!core_context_forget_surface(a, &result, worker->index))
			worker->traps++;
		worker->errors += !core_context_forget_surface(b, &result, 1000 + worker->index);
		worker->errors += core_trap_reason(b) != NULL;
		core_close(a);
		core_close(b);
	}
	return NULL;
}

static void threads_have_their_own(void)
{
	struct worker workers[THREADS] = {0};
	trap_at(TRAP_ASSERT, "context_forget_surface", 2, 7);
	for (unsigned i = 0; i < THREADS; i++) {
		workers[i].index = i;
		CHECK_EQUAL(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		CHECK_EQUAL(pthread_join(workers[i].thread, NULL), 0);
		CHECK_EQUAL(workers[i].errors, 0);
		CHECK_EQUAL(workers[i].traps, i == 2 ? 1 : 0);
	}
	CHECK_EQUAL(trap_count(), 1);
}

static void *trap_often(void *argument)
{
	struct worker *worker = argument;
	for (unsigned round = 0; round < TRAPS; round++) {
		wasm_rt_trap_t inner = WASM_RT_TRAP_NONE;
		worker->errors +=
			wasm_rt_run(nested_run, &inner) != WASM_RT_TRAP_DIV_BY_ZERO || inner != WASM_RT_TRAP_OOB;
	}
	return NULL;
}

static void threads_trap_at_once(void)
{
	struct worker workers[THREADS] = {0};
	for (unsigned i = 0; i < THREADS; i++)
		CHECK_EQUAL(pthread_create(&workers[i].thread, NULL, trap_often, &workers[i]), 0);
	for (unsigned i = 0; i < THREADS; i++) {
		CHECK_EQUAL(pthread_join(workers[i].thread, NULL), 0);
		CHECK_EQUAL(workers[i].errors, 0);
	}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"an instance opens and closes", opens_and_closes, NULL},
		{"addresses are checked", memory_is_checked, NULL},
		{"calls go through", calls_go_through, NULL},
		{"out of bounds is contained", out_of_bounds, NULL},
		{"a failed assert is contained", assertion, NULL},
		{"unreachable is contained", unreachable_code, NULL},
		{"endless recursion is contained", recursion, NULL},
		{"endless recursion on a small stack is contained", recursion_on_a_small_stack, NULL},
		{"division by zero is contained", division_by_zero, NULL},
		{"abort with bad pointers stays in bounds", abort_with_bad_pointers, NULL},
		{"memory has one size", memory_has_one_size, NULL},
		{"guards nest", frames_nest, NULL},
		{"no signal handler, no reserved address space", leaves_the_process_alone, NULL},
		{"threads and their instances", threads_have_their_own, NULL},
		{"threads trap at once", threads_trap_at_once, NULL},
	};
	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
