/* SPDX-License-Identifier: MIT
 *
 * The executor with a core that says anything: whatever a plan holds, no memory outside is touched, no ioctl is done
 * with a value that was not checked, and the context is given up with OPERATION_FAILED. The core and the device here
 * are stand-ins; the executor, its buffers and the copies are the driver's.
 */
#include <errno.h>
#include <va/va.h>

#include "context.h"
#include "harness.h"
#include "memory/copy.h"
#include "plans/run.h"

/* This one step breaks the contract: nothing is done. */
static void refuse_step(struct core_step step)
{
	static const uint8_t bytes[100] = {0};
	struct executor_data data = {bytes, sizeof(bytes)};
	struct executor_outcome outcome;

	open_executor();
	plans[0].step_count = 1;
	plans[0].control_count = 2;
	plans[0].controls[0] = (struct core_control){1, SCRATCH, 8};
	plans[0].controls[1] = (struct core_control){2, MEMORY - 4, 8};
	plans[0].steps[0] = step;
	run_plans(&data, &outcome);
	check_refused(&outcome);
	CHECK_EQUAL(ioctls, 0);
	CHECK_EQUAL(failures, 0);
	executor_close(&executor);
}

static void steps_that_break_the_contract(void)
{
	static const uint32_t far[] = {4, 16, 100, 0x7fffffff, 0x80000000, CORE_NONE};
	static const uint32_t ops[] = {CORE_OP_APPEND, CORE_OP_CLEAR_SLOT, CORE_OP_QUEUE_OUTPUT,
	                               CORE_OP_QUEUE_REQUEST, CORE_OP_MOVE_SLOT};

	for (size_t i = 0; i < TEST_COUNT(far); i++) {
		for (size_t j = 0; j < TEST_COUNT(ops); j++)
			refuse_step((struct core_step){.op = ops[j], .slot = far[i], .index = 1});
		refuse_step((struct core_step){.op = CORE_OP_MOVE_SLOT, .slot = 1, .index = far[i]});
		refuse_step((struct core_step){.op = CORE_OP_QUEUE_CAPTURE, .index = far[i], .surface = 7});
		refuse_step((struct core_step){
			.op = CORE_OP_QUEUE_CAPTURE, .index = far[i], .surface = 7, .flags = CORE_CAPTURE_OWN_MEMORY});
		refuse_step((struct core_step){.op = far[i] | 16});
		refuse_step((struct core_step){.op = CORE_OP_SET_FORMAT, .queue = far[i]});
		refuse_step((struct core_step){.op = CORE_OP_STREAM_ON, .queue = far[i]});
		refuse_step((struct core_step){.op = CORE_OP_REQUEST_BUFFERS, .queue = far[i]});
		refuse_step((struct core_step){.op = CORE_OP_REQUEST_BUFFERS, .count = far[i] | 33});
		refuse_step((struct core_step){.op = CORE_OP_CREATE_BUFFERS, .size = 1, .count = far[i] | 17});
		refuse_step((struct core_step){.op = CORE_OP_SET_CONTROLS, .slot = CORE_NONE, .count = far[i]});
		refuse_step((struct core_step){
			.op = CORE_OP_SET_CONTROLS, .slot = CORE_NONE, .first_control = far[i], .count = 1});
		if (far[i] != CORE_NONE)
			refuse_step((struct core_step){.op = CORE_OP_SET_CONTROLS, .slot = far[i], .count = 1});
		refuse_step((struct core_step){.op = CORE_OP_APPEND, .address = MEMORY - 3, .size = far[i]});
		refuse_step((struct core_step){.op = CORE_OP_APPEND, .data_offset = 97, .data_size = far[i]});
		refuse_step(
			(struct core_step){.op = CORE_OP_APPEND, .data_offset = 97 + far[i], .data_size = 0xfffffff0});
	}
	refuse_step((struct core_step){.op = CORE_OP_SET_FORMAT, .width = 65536});
	refuse_step((struct core_step){.op = CORE_OP_SET_FORMAT, .height = 65536});
	refuse_step((struct core_step){.op = CORE_OP_SET_FORMAT, .size = 0x80000000});
	refuse_step((struct core_step){.op = CORE_OP_CREATE_BUFFERS, .count = 1, .size = 0});
	refuse_step((struct core_step){.op = CORE_OP_SET_CONTROLS, .slot = CORE_NONE, .count = 0});
	/* A control that ends outside of linear memory. */
	refuse_step(
		(struct core_step){.op = CORE_OP_SET_CONTROLS, .slot = CORE_NONE, .first_control = 1, .count = 1});
	refuse_step(
		(struct core_step){.op = CORE_OP_SET_CONTROLS, .slot = CORE_NONE, .first_control = 0, .count = 2});
	refuse_step((struct core_step){.op = CORE_OP_MOVE_SLOT, .slot = 1, .index = 1});
	refuse_step((struct core_step){.op = CORE_OP_QUEUE_OUTPUT, .slot = 1, .timestamp = 1});
	refuse_step((struct core_step){.op = CORE_OP_QUEUE_OUTPUT, .slot = 1, .flags = 2});
	refuse_step((struct core_step){.op = CORE_OP_QUEUE_REQUEST, .slot = 1}); /* holds no buffer */
	refuse_step(
		(struct core_step){.op = CORE_OP_USE_LAYOUT, .address = MEMORY - 8, .second_address = SCRATCH});
	refuse_step(
		(struct core_step){.op = CORE_OP_USE_LAYOUT, .address = SCRATCH, .second_address = MEMORY - 8});
	refuse_step((struct core_step){.op = CORE_OP_USE_LAYOUT, .address = 0, .second_address = SCRATCH + 256});
	/* Read as an allocation, a layout names a decoder that there is not. */
	refuse_step((struct core_step){.op = CORE_OP_USE_LAYOUT, .address = SCRATCH, .second_address = SCRATCH});
}

static void plans_that_break_the_contract(void)
{
	struct executor_outcome outcome;

	for (int i = 0; i < 4; i++) {
		open_executor();
		plan_count = 1;
		if (i == 0)
			plans[0].then = CORE_THEN_PAUSE + 1;
		else if (i == 1)
			plans[0].step_count = CORE_MAX_STEPS + 1;
		else if (i == 2)
			plans[0].control_count = 0xffffffff;
		else
			plans[0].timeout_ms = 0x7fffffff;
		run_plans(NULL, &outcome);
		check_refused(&outcome);
		executor_close(&executor);
	}
	/* One that never comes to an end. */
	open_executor();
	plans[0].then = CORE_THEN_REPORT;
	run_plans(NULL, &outcome);
	check_refused(&outcome);
	executor_close(&executor);
	/* Once lost, nothing goes in. */
	open_executor();
	executor.lost = true;
	CHECK(executor_refuses(&executor, &outcome));
	CHECK_EQUAL(outcome.status, VA_STATUS_ERROR_OPERATION_FAILED);
	executor.closed = true;
	CHECK(executor_refuses(&executor, &outcome));
	CHECK_EQUAL(outcome.status, VA_STATUS_ERROR_INVALID_CONTEXT);
	executor_close(&executor);
}

static void failing_steps_are_told(void)
{
	static const uint8_t bytes[BUFFER] = {0};
	struct executor_data data = {bytes, sizeof(bytes)};
	struct executor_outcome outcome;

	open_executor();
	plan_count = 2;
	plans[0].step_count = 3;
	plans[0].steps[0] = (struct core_step){.op = CORE_OP_APPEND, .slot = 2, .data_size = BUFFER - 1};
	plans[0].steps[1] =
		(struct core_step){.op = CORE_OP_APPEND, .slot = 2, .address = SCRATCH, .size = 1, .data_size = 1};
	plans[0].steps[2] = (struct core_step){.op = CORE_OP_FLUSH};
	plans[1].status = VA_STATUS_ERROR_NOT_ENOUGH_BUFFER;
	run_plans(&data, &outcome);
	CHECK_EQUAL(failures, 1);
	CHECK_EQUAL(failed_step, 1);
	CHECK_EQUAL(failed_error, ENOSPC);
	CHECK_EQUAL(ioctls, 0);
	CHECK_EQUAL(outcome.status, VA_STATUS_ERROR_NOT_ENOUGH_BUFFER);
	CHECK_EQUAL(executor.output.slot[2].used, BUFFER - 1); /* nothing of the second was appended */
	plans[0].step_count = 1;
	plans[0].steps[0] = (struct core_step){.op = CORE_OP_QUEUE_CAPTURE, .index = 0, .surface = 8};
	run_plans(NULL, &outcome);
	CHECK_EQUAL(failed_error, EXDEV);
	plans[0].steps[0] = (struct core_step){.op = CORE_OP_QUEUE_CAPTURE, .index = 0, .surface = 9};
	run_plans(NULL, &outcome);
	CHECK_EQUAL(failed_error, ENOENT);
	/* Memory of the buffer's own: the surface is asked for a place to copy to, not for its memory. */
	plans[0].steps[0] =
		(struct core_step){.op = CORE_OP_QUEUE_CAPTURE, .surface = 9, .flags = CORE_CAPTURE_OWN_MEMORY};
	run_plans(NULL, &outcome);
	CHECK_EQUAL(failed_error, ENOENT);
	/* A moved slot is empty; its bytes are in the other one. */
	plan_count = 1;
	plans[0].steps[0] = (struct core_step){.op = CORE_OP_MOVE_SLOT, .slot = 2, .index = 3};
	run_plans(NULL, &outcome);
	CHECK_EQUAL(executor.output.slot[2].used, 0);
	CHECK_EQUAL(executor.output.slot[3].used, BUFFER - 1);
	executor_close(&executor);
}

/* A control as large as the memory behind it is handed over; beyond the limit the picture fails, not the context. */
static void large_controls(void)
{
	struct executor_outcome outcome;

	open_executor();
	plan_count = 2;
	plans[0].step_count = 1;
	plans[0].control_count = 1;
	plans[0].controls[0] = (struct core_control){1, SCRATCH, 80 << 10};
	plans[0].steps[0] = (struct core_step){.op = CORE_OP_SET_CONTROLS, .slot = CORE_NONE, .count = 1};
	run_plans(NULL, &outcome);
	CHECK_EQUAL(outcome.status, VA_STATUS_SUCCESS);
	CHECK_EQUAL(ioctls, 1);
	CHECK_EQUAL(failures, 0);
	plans[0].controls[0].size = (256 << 10) + 1;
	plans[1].status = VA_STATUS_ERROR_OPERATION_FAILED;
	run_plans(NULL, &outcome);
	CHECK_EQUAL(failures, 1);
	CHECK_EQUAL(failed_error, E2BIG);
	CHECK_EQUAL(ioctls, 1);
	CHECK(!executor.lost);
	executor_close(&executor);
}

/* Random plans: with sanitizers, whatever they do stays inside. */
static void random_plans(void)
{
	static const uint8_t bytes[5000] = {0};
	struct executor_data data = {bytes, sizeof(bytes)};
	uint32_t state = 12345;

	for (int round = 0; round < 3000; round++) {
		struct executor_outcome outcome;
		uint32_t *words = (uint32_t *)plans;

		open_executor();
		plan_count = 8;
		for (size_t i = 0; i < sizeof(plans) / 4; i++) {
			state = state * 1664525u + 1013904223u;
			words[i] = state >> 24 < 200 ? state >> 28 : state;
		}
		for (int i = 0; i < 8; i++) {
			plans[i].then = i % 2;
			plans[i].step_count %= CORE_MAX_STEPS + 1;
			plans[i].control_count %= CORE_MAX_PLAN_CONTROLS + 1;
			plans[i].timeout_ms = 0;
			for (int j = 0; j < CORE_MAX_STEPS; j++) {
				plans[i].steps[j].op %= 17;
				plans[i].steps[j].timestamp -= plans[i].steps[j].timestamp % 1000;
			}
		}
		run_plans(&data, &outcome);
		executor_close(&executor);
	}
}

/* ---- copies -------------------------------------------------------------------------------------- */

static void copies_stay_inside(void)
{
	uint32_t state = 99;
	unsigned done[2] = {0};

	for (int round = 0; round < 400000; round++) {
		uint32_t values[15];
		struct core_copy copy;
		uint8_t *source = calloc(1, 300);
		uint8_t *destination = calloc(1, 400);

		for (int i = 0; i < 15; i++) {
			state = state * 1664525u + 1013904223u;
			values[i] = state >> 30 ? state >> 25 : state;
		}
		copy = (struct core_copy){.kind = values[0] % 4,
		                          .source_offset = values[1],
		                          .source_pitch = values[2],
		                          .destination_offset = values[3],
		                          .destination_pitch = values[4],
		                          .second_offset = values[5],
		                          .second_pitch = values[6],
		                          .row_bytes = values[7],
		                          .rows = values[8] % 40,
		                          .sample_size = values[9] % 4};
		/* Every other one has to be fetched. */
		if (round % 2) {
			copy.source_packing = values[10] % 4;
			copy.source_tile_bytes = values[11] % 20;
			copy.source_tile_rows = values[12] % 6;
			copy.source_x = values[13] % 40;
			copy.source_y = values[14] % 12;
			copy.row_bytes %= 48;
			copy.rows %= 8;
		}
		done[round % 2] += copies_run(&copy, 1, destination, 400, source, 300);
		free(source);
		free(destination);
	}
	CHECK(done[0] > 100 && done[1] > 100);
}

/* The last of three is outside: none is carried out. */
static void copies_are_all_or_none(void)
{
	struct core_copy copies[3] = {
		{CORE_COPY_ROWS, 0, 8, 0, 8, 0, 0, 8, 2, 1, 0, 0, 0, 0, 0},
		{CORE_COPY_ROWS, 16, 8, 16, 8, 0, 0, 8, 1, 1, 0, 0, 0, 0, 0},
		{CORE_COPY_ROWS, 16, 8, 25, 8, 0, 0, 8, 1, 1, 0, 0, 0, 0, 0},
	};
	uint8_t source[24], destination[32] = {0};

	memset(source, 7, sizeof(source));
	CHECK(!copies_run(copies, 3, destination, sizeof(destination), source, sizeof(source)));
	for (size_t i = 0; i < sizeof(destination); i++)
		CHECK_EQUAL(destination[i], 0);
	copies[2].destination_offset = 24;
	CHECK(copies_run(copies, 3, destination, sizeof(destination), source, sizeof(source)));
	for (size_t i = 0; i < sizeof(destination); i++)
		CHECK_EQUAL(destination[i], 7);
}

static void split_and_merge_are_inverse(void)
{
	for (uint32_t size = 1; size <= 2; size++) {
		uint8_t source[7 * 40], planes[2 * 7 * 24], back[7 * 40] = {0};
		struct core_copy split = {CORE_COPY_SPLIT, 0, 40, 0, 24, 7 * 24, 24, 32, 7, size, 0, 0, 0, 0, 0};
		struct core_copy merge = {CORE_COPY_MERGE, 0, 24, 0, 40, 7 * 24, 24, 32, 7, size, 0, 0, 0, 0, 0};

		for (size_t i = 0; i < sizeof(source); i++)
			source[i] = (uint8_t)(i * 37 + 11);
		CHECK(copies_run(&split, 1, planes, sizeof(planes), source, sizeof(source)));
		CHECK(planes[0] == source[0] && planes[size] == source[2 * size] && planes[7 * 24] == source[size]);
		CHECK(copies_run(&merge, 1, back, sizeof(back), planes, sizeof(planes)));
		for (int row = 0; row < 7; row++)
			CHECK(!memcmp(back + row * 40, source + row * 40, 32));
	}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"steps that break the contract", steps_that_break_the_contract, NULL},
		{"plans that break the contract", plans_that_break_the_contract, NULL},
		{"failing steps are told to the core", failing_steps_are_told, NULL},
		{"large controls", large_controls, NULL},
		{"random plans", random_plans, NULL},
		{"copies stay inside", copies_stay_inside, NULL},
		{"copies are all or none", copies_are_all_or_none, NULL},
		{"split and merge are inverse", split_and_merge_are_inverse, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
