/* SPDX-License-Identifier: MIT
 *
 * Plans commit when they were carried out, or are undone. Each step of a film's plans fails once, of each kind and at each place. What
 * glue, core and device hold afterwards is what they hold when the picture that failed was never tried; all others are right.
 */
#include <errno.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "core/layout.h"
#include "harness.h"
#include "interpose.h"
#include "plans/steps.h"
#include "player.h"
#include "va/driver.h"

enum {
	OPS = CORE_OP_FLUSH + 1,
	SURFACES = 23,
	SMALL = 3,
	PADDING = 70000,
	NOBODY = -1,
	MAX_BUFFERS = CORE_MAX_CAPTURE_BUFFERS
};

/* ---- the step that fails --------------------------------------------------------------------------- */

static struct {
	bool armed;
	unsigned place; /* counts from 1; 0: none fails */
	int error;
	unsigned seen;
	bool struck;
	uint32_t op;
	int act; /* of the film, in which it struck */
} order;
static int act;

/* Bytes that this act has put into each slot. */
static uint32_t appended[CORE_MAX_OUTPUT_SLOTS];

static void account(const struct executor *executor, const struct core_step *step)
{
	switch (step->op) {
	case CORE_OP_APPEND:
		appended[step->slot] += step->size + step->data_size;
		break;
	case CORE_OP_MOVE_SLOT:
		appended[step->index] = appended[step->slot];
		appended[step->slot] = 0;
		break;
	case CORE_OP_QUEUE_OUTPUT:
		/* Nothing of another picture stands before it. */
		CHECK_EQUAL(executor->output.slot[step->slot].used, appended[step->slot]);
		appended[step->slot] = 0;
		break;
	}
}

int __real_steps_run_one(struct executor *executor, const struct core_plan *plan,
                         const struct core_step *step, const struct executor_data *data,
                         union step_result *result);
int __wrap_steps_run_one(struct executor *executor, const struct core_plan *plan,
                         const struct core_step *step, const struct executor_data *data,
                         union step_result *result);

int __wrap_steps_run_one(struct executor *executor, const struct core_plan *plan,
                         const struct core_step *step, const struct executor_data *data,
                         union step_result *result)
{
	int error;

	if (order.armed && ++order.seen == order.place) {
		order.struck = true;
		order.op = step->op;
		order.act = act;
		return order.error;
	}
	error = __real_steps_run_one(executor, plan, step, data, result);
	if (!error)
		account(executor, step);
	return error;
}

static unsigned polls;

int poll(struct pollfd *polled, nfds_t count, int timeout)
{
	polls++;
	return next_poll(polled, count, timeout);
}

/* ---- the film -------------------------------------------------------------------------------------- */

struct film {
	struct player player;
	VAConfigID config;
	VAContextID context;
	VASurfaceID surfaces[SURFACES];
};

static struct player_picture picture_of(struct film *film, int number)
{
	return (struct player_picture){film->surfaces[number], VA_INVALID_SURFACE, 0, (uint8_t)(number + 1)};
}

static VAStatus whole(struct film *film, int number)
{
	struct player_picture picture = picture_of(film, number);

	return player_decode(&film->player, film->context, &picture);
}

static VAStatus smaller(struct film *film, int number)
{
	struct player_picture picture = picture_of(film, number);

	return player_decode_shaped(&film->player, film->context, &picture, &(struct player_shape){SMALL, 0});
}

/* Outgrows the OUTPUT buffers. */
static VAStatus large(struct film *film, int number)
{
	struct player_picture picture = picture_of(film, number);

	return player_decode_shaped(&film->player, film->context, &picture,
	                            &(struct player_shape){PLAYER_MACROBLOCKS, PADDING});
}

static VAStatus halves(struct film *film, int number)
{
	struct player_picture picture = picture_of(film, number);
	struct player *player = &film->player;
	VAStatus begun = player->table.vaBeginPicture(&player->va, film->context, picture.surface);
	VAStatus rendered = player_render_halves(&film->player, film->context, &picture, false);
	VAStatus ended = player->table.vaEndPicture(&player->va, film->context);

	return begun ? begun : rendered ? rendered : ended;
}

/* Begun, and never ended: the next one gives it up. What is left of it would spoil another. */
static VAStatus abandoned(struct film *film, int number)
{
	struct player_picture picture = picture_of(film, number);
	struct player *player = &film->player;
	VAStatus begun = player->table.vaBeginPicture(&player->va, film->context, picture.surface);
	VAStatus rendered = player_render_halves(&film->player, film->context, &picture, true);

	return begun ? begun : rendered;
}

/* Its surface goes while it is put together. */
static VAStatus destroyed(struct film *film, int number)
{
	struct player_picture picture = picture_of(film, number);
	struct player *player = &film->player;
	VAStatus begun = player->table.vaBeginPicture(&player->va, film->context, picture.surface);
	VAStatus rendered, ended;

	CHECK_EQUAL(player->table.vaDestroySurfaces(&player->va, &film->surfaces[number], 1), VA_STATUS_SUCCESS);
	film->surfaces[number] = VA_INVALID_SURFACE;
	rendered = player_render_halves(&film->player, film->context, &picture, false);
	ended = player->table.vaEndPicture(&player->va, film->context);
	return begun ? begun : rendered ? rendered : ended;
}

/* Its surface is shown, and laid out for another size. */
static VAStatus shown(struct film *film, int number)
{
	VADRMPRIMESurfaceDescriptor descriptor;
	struct player *player = &film->player;

	CHECK_EQUAL(player->table.vaDestroySurfaces(&player->va, &film->surfaces[number], 1), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaCreateSurfaces2(&player->va, VA_RT_FORMAT_YUV420, 2 * PLAYER_SIDE,
	                                            2 * PLAYER_SIDE, &film->surfaces[number], 1, NULL, 0),
	            VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaExportSurfaceHandle(&player->va, film->surfaces[number],
	                                                VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
	                                                VA_EXPORT_SURFACE_SEPARATE_LAYERS, &descriptor),
	            VA_STATUS_SUCCESS);
	close(descriptor.objects[0].fd);
	return whole(film, number);
}

static const struct {
	VAStatus (*act)(struct film *, int);
	enum { RIGHT, PARTLY, GONE } comes; /* what its surface shows when nothing fails */
} acts[SURFACES] = {
	{whole, RIGHT},
	{halves, RIGHT},
	{large, RIGHT},
	{shown, RIGHT},
	{abandoned, GONE},
	/* Drains what is in flight. */
	{whole, RIGHT},
	{smaller, PARTLY},
	{large, RIGHT},
	{abandoned, GONE},
	/* More than there are slots. */
	{halves, RIGHT},
	{whole, RIGHT},
	{destroyed, GONE},
	{whole, RIGHT},
	{abandoned, GONE},
	{large, RIGHT},
	{whole, RIGHT},
	{whole, RIGHT},
	{whole, RIGHT},
	{whole, RIGHT},
	{halves, RIGHT},
	{large, RIGHT},
	{large, RIGHT},
	{smaller, PARTLY},
};

/* ---- what is held afterwards -------------------------------------------------------------------------- */

struct held {
	unsigned descriptors, mappings;
	struct {
		uint32_t length, used, state, touched, device;
	} slots[CORE_MAX_OUTPUT_SLOTS];
	uint32_t slot_count;
	struct {
		uint32_t queued, device;
	} captures[MAX_BUFFERS];
	uint32_t capture_count;
	bool mmap, layout_known, lost, leading;
	int gone;
	struct core_layout layout;
	unsigned free_slots; /* pictures that the core takes before it waits */
};

static unsigned count_mappings(void)
{
	FILE *file = fopen("/proc/self/maps", "r");
	char line[512];
	unsigned count = 0;

	CHECK(file);
	while (fgets(line, sizeof(line), file))
		count += strstr(line, "memfd:") != NULL;
	fclose(file);
	return count;
}

static unsigned count_descriptors(void)
{
	char list[4096];
	unsigned count = 0;

	list_descriptors(list, sizeof(list));
	for (const char *at = list; *at; at++)
		count += *at == ' ';
	return count;
}

/* V4L2_BUF_FLAG_* that say where a buffer is. */
static uint32_t place_of(const struct executor *executor, uint32_t queue, uint32_t index)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES] = {0};
	struct v4l2_buffer buffer = {.index = index, .type = device_buffer_type(&executor->device, queue)};

	if (executor->device.multiplanar) {
		buffer.m.planes = planes;
		buffer.length = VIDEO_MAX_PLANES;
	}
	CHECK_EQUAL(ioctl(executor->device.video_fd, VIDIOC_QUERYBUF, &buffer), 0);
	return buffer.flags & (V4L2_BUF_FLAG_QUEUED | V4L2_BUF_FLAG_DONE | V4L2_BUF_FLAG_PREPARED |
	                       V4L2_BUF_FLAG_IN_REQUEST | V4L2_BUF_FLAG_REQUEST_FD);
}

static void look(struct film *film, struct held *held)
{
	struct context *context = get_context(driver_of(&film->player.va), film->context);
	struct executor *executor = &context->executor;

	memset(held, 0, sizeof(*held));
	held->descriptors = count_descriptors();
	held->mappings = count_mappings();
	held->slot_count = executor->output.count;
	for (uint32_t i = 0; i < executor->output.count; i++) {
		const struct output_slot *slot = &executor->output.slot[i];

		held->slots[i].length = slot->length;
		held->slots[i].used = slot->used;
		held->slots[i].state = slot->state;
		held->slots[i].touched = slot->touched;
		held->slots[i].device = place_of(executor, CORE_QUEUE_OUTPUT, i);
	}
	held->capture_count = executor->captures.count;
	for (uint32_t i = 0; i < executor->captures.count; i++) {
		held->captures[i].queued = executor->captures.queued[i];
		held->captures[i].device = place_of(executor, CORE_QUEUE_CAPTURE, i);
		CHECK_EQUAL(held->captures[i].queued, CORE_NONE);
		CHECK_EQUAL(held->captures[i].device & V4L2_BUF_FLAG_QUEUED, 0);
	}
	held->mmap = executor->captures.mmap;
	held->layout_known = executor->layout_known;
	held->lost = executor->lost;
	held->leading = executor->leading;
	held->gone = executor->gone;
	held->layout = executor->layout;
	object_put(&context->object);
}

/* Buffers are taken back only by those who wait, however fast the device is. */
static unsigned count_free_slots(struct film *film)
{
	VASurfaceID surfaces[CORE_MAX_OUTPUT_SLOTS];
	unsigned taken = 0;

	CHECK_EQUAL(player_surfaces(&film->player, surfaces, CORE_MAX_OUTPUT_SLOTS), VA_STATUS_SUCCESS);
	memset(appended, 0, sizeof(appended));
	polls = 0;
	while (taken < CORE_MAX_OUTPUT_SLOTS) {
		struct player_picture picture = {surfaces[taken], VA_INVALID_SURFACE, 0, 1};

		CHECK_EQUAL(
			player_decode_shaped(&film->player, film->context, &picture, &(struct player_shape){SMALL, 0}),
			VA_STATUS_SUCCESS);
		if (polls)
			break;
		taken++;
	}
	for (unsigned i = 0; i < CORE_MAX_OUTPUT_SLOTS; i++)
		CHECK_EQUAL(film->player.table.vaSyncSurface(&film->player.va, surfaces[i]), VA_STATUS_SUCCESS);
	CHECK_EQUAL(film->player.table.vaDestroySurfaces(&film->player.va, surfaces, CORE_MAX_OUTPUT_SLOTS),
	            VA_STATUS_SUCCESS);
	return taken;
}

/* Whether the surface of an act is as it should be; failed: the act said so. */
static void check_picture(struct film *film, int number, bool failed)
{
	struct player *player = &film->player;
	VAStatus status;
	bool equal;

	if (film->surfaces[number] == VA_INVALID_SURFACE)
		return;
	status = player->table.vaSyncSurface(&player->va, film->surfaces[number]);
	CHECK(status == VA_STATUS_SUCCESS || (failed && status == VA_STATUS_ERROR_DECODING_ERROR));
	if (failed || acts[number].comes == GONE) {
		CHECK(player_is_bad(player, film->surfaces[number]));
		return;
	}
	CHECK(!player_is_bad(player, film->surfaces[number]));
	if (acts[number].comes != RIGHT)
		return;
	CHECK_EQUAL(player_compare(player, film->surfaces[number], (uint8_t)(number + 1), &equal),
	            VA_STATUS_SUCCESS);
	CHECK(equal);
}

static unsigned sentences;

/* What the processes of a test share. */
static struct {
	bool failed[OPS];
	struct {
		bool known;
		struct held held;
	} without[SURFACES + 1]; /* the act before it; 0: with all of them */
} *shared;

/* A picture that was given up after its first slice is one that the device may flag. */
static void hear(VADriverContextP va, const char *sentence)
{
	(void)va;
	if (!strstr(sentence, "reports an error in a picture"))
		sentences++;
}

/* Plays the film without act `skipped`; returns whether an act failed. */
static bool play(int skipped, struct held *held)
{
	struct film film;
	VAStatus statuses[SURFACES] = {0};
	bool failed = false;
	unsigned free_slots;

	CHECK_EQUAL(player_open(&film.player), VA_STATUS_SUCCESS);
	film.player.va.error_callback = hear;
	sentences = 0;
	CHECK_EQUAL(player_config(&film.player, &film.config), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_surfaces(&film.player, film.surfaces, SURFACES), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_context(&film.player, film.config, &film.context), VA_STATUS_SUCCESS);
	order.armed = order.place > 0;
	for (act = 0; act < SURFACES; act++) {
		if (act == skipped)
			continue;
		/* Formats that could not be changed are settled anew with the next picture. */
		if (act == SURFACES - 1)
			order.armed = false;
		memset(appended, 0, sizeof(appended));
		statuses[act] = acts[act].act(&film, act);
		if (statuses[act] != VA_STATUS_SUCCESS)
			CHECK(order.struck && order.act == act);
		failed |= statuses[act] != VA_STATUS_SUCCESS;
	}
	for (int i = 0; i < SURFACES; i++) {
		if (i != skipped)
			check_picture(&film, i, statuses[i] != VA_STATUS_SUCCESS);
	}
	free_slots = count_free_slots(&film);
	/* Their memory is theirs, whatever became of their pictures. */
	for (int i = 0; i < SURFACES; i++) {
		if (film.surfaces[i] != VA_INVALID_SURFACE)
			CHECK_EQUAL(film.player.table.vaDestroySurfaces(&film.player.va, &film.surfaces[i], 1),
			            VA_STATUS_SUCCESS);
	}
	look(&film, held);
	held->free_slots = free_slots;
	CHECK_EQUAL(sentences, failed ? 1 : 0);
	CHECK_EQUAL(film.player.table.vaDestroyContext(&film.player.va, film.context), VA_STATUS_SUCCESS);
	player_close(&film.player);
	return failed;
}

/* ---- every step in turn ------------------------------------------------------------------------------- */

static void one_step(void)
{
	struct held tried;
	struct held *untried;
	int skipped;
	bool failed = play(NOBODY, &tried);

	if (!order.struck)
		exit(2); /* beyond the last */
	shared->failed[order.op] = true;
	/* So a device says that it imports nothing: another way from there on, which the copied film takes from the start. */
	if (order.op == CORE_OP_REQUEST_BUFFERS && order.error == EINVAL && !failed)
		return;
	skipped = failed ? order.act : NOBODY;
	untried = &shared->without[skipped + 1].held;
	if (!shared->without[skipped + 1].known) {
		order.place = 0;
		play(skipped, untried);
		shared->without[skipped + 1].known = true;
	}
	if (memcmp(&tried, untried, sizeof(tried)) != 0)
		fprintf(stderr,
		        "    held: %u/%u descriptors, %u/%u mappings, %u/%u slots, %u/%u captures, %u/%u free\n",
		        tried.descriptors, untried->descriptors, tried.mappings, untried->mappings, tried.slot_count,
		        untried->slot_count, tried.capture_count, untried->capture_count, tried.free_slots,
		        untried->free_slots);
	CHECK(memcmp(&tried, untried, sizeof(tried)) == 0);
}

static void no_step(void)
{
	struct held held;

	CHECK(!play(NOBODY, &held));
	CHECK(held.free_slots > 0 && held.free_slots < CORE_MAX_OUTPUT_SLOTS);
}

/* flushes: the device holds buffers, which have to be released. */
static bool every_step(const char *kind, const char *no_dmabuf, bool flushes)
{
	static const int errors[] = {EINVAL, ENOMEM, EIO};
	bool good = true;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(shared != MAP_FAILED);
	setenv("V4L2SIM_KIND", kind, 1);
	setenv("V4L2SIM_NO_DMABUF", no_dmabuf, 1);
	for (size_t i = 0; i < TEST_COUNT(errors); i++) {
		for (unsigned place = 1; place < 400; place++) {
			int status;
			pid_t child;

			/* The first ones with every errno, the others in turn. */
			if (place > 15 && place % TEST_COUNT(errors) != i)
				continue;
			fflush(NULL);
			child = fork();
			CHECK(child >= 0);
			if (child == 0) {
				alarm(60);
				order.place = place;
				order.error = errors[i];
				one_step();
				exit(0);
			}
			CHECK_EQUAL(waitpid(child, &status, 0), child);
			if (WIFEXITED(status) && WEXITSTATUS(status) == 2)
				break;
			if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
				fprintf(stderr, "    with step %u failing (%s), %s\n", place, strerror(errors[i]), kind);
				good = false;
			}
		}
	}
	/* Of each kind. */
	for (uint32_t op = CORE_OP_SET_FORMAT; op < OPS; op++)
		CHECK(shared->failed[op] || (op == CORE_OP_FLUSH && !flushes));
	return good;
}

static void by_frames(void)
{
	CHECK(every_step("h264:frame", "0", false));
}

static void by_slices(void)
{
	CHECK(every_step("h264:slice", "0", true));
}

static void by_frames_copied(void)
{
	CHECK(every_step("h264:frame", "1", false));
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"without a failure", no_step, NULL},
		{"each step of a film, by frames", by_frames, NULL},
		{"the same, slice by slice", by_slices, NULL},
		{"the same, by frames that are copied", by_frames_copied, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
