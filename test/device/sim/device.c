/* SPDX-License-Identifier: MIT
 *
 * The kinds of decoder, and what the environment makes of them (README.md documents each V4L2SIM_ variable).
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image.h"
#include "restart.h"
#include "sim.h"

struct sim_configuration sim_configuration;

/* Whole pictures. Sizes behind the picture as hantro has them: 64 bytes of motion vectors per macroblock, and 32. */
#define FRAME_BASED                                                                                     \
	.decoder = true, .mode = MODEL_FRAME_BASED, .multiplanar = true, .hold = true, .frame_sizes = true, \
	.aligned_width = true, .monochrome = true, .must_fit = true, .stride_alignment = 64,                \
	.extra_per_macroblock = 64, .extra_per_buffer = 32, .max_capture_buffers = 64, .min_width = 48,     \
	.min_height = 48, .max_width = 4096, .max_height = 2304, .step = 16

static const struct sim_kind kinds[] = {
	{
		.name = "frame",
		.card = "simulated-frame-dec",
		FRAME_BASED,
	},
	{
		.name = "sets",
		.card = "simulated-sets-dec",
		.reads_sets = true,
		FRAME_BASED,
	},
	{
		.name = "columns",
		.card = "simulated-columns-dec",
		.columns = true,
		FRAME_BASED,
	},
	{
		.name = "slice",
		.card = "simulated-slice-dec",
		.decoder = true,
		.mode = MODEL_SLICE_BASED,
		.hold = true,
		.stride_alignment = 16,
		.max_capture_buffers = 32,
		.min_width = 16,
		.min_height = 16,
		.max_width = 4096,
		.max_height = 2304,
		.step = 1,
	},
	{
		/* No decoder at all: a scaler, as every board has some. */
		.name = "scaler",
		.card = "simulated-scaler",
		.mode = MODEL_FRAME_BASED,
		.multiplanar = true,
		.stride_alignment = 16,
		.max_capture_buffers = 32,
		.min_width = 16,
		.min_height = 16,
		.max_width = 4096,
		.max_height = 4096,
		.step = 16,
	},
};

/* ---- controls ------------------------------------------------------------------------------------------------------ */

static bool has_control(const struct sim_device *device, uint32_t id)
{
	for (unsigned i = 0; i < device->control_count; i++) {
		if (device->controls[i].id == id)
			return true;
	}
	return false;
}

/* Keeps the ids ascending. */
static void add_control(struct sim_device *device, struct sim_control control)
{
	unsigned i = device->control_count;

	if (i == SIM_MAX_CONTROLS) {
		fprintf(stderr, "The simulated device has room for %u controls.\n", i);
		_exit(2);
	}
	for (; i > 0 && device->controls[i - 1].id > control.id; i--)
		device->controls[i] = device->controls[i - 1];
	if (!control.element_size)
		control.element_size = control.size;
	control.offset = (uint32_t)device->values_size;
	device->controls[i] = control;
	device->control_count++;
	device->values_size += (control.size + 7u) & ~7u;
}

/* handler_new_ref(): a control that is not compound brings the one of its class. */
static void add_class(struct sim_device *device, uint32_t id)
{
	const uint32_t class = V4L2_CTRL_ID2WHICH(id) | 1;

	if (has_control(device, class))
		return;
	add_control(device,
	            (struct sim_control){
					.id = class,
					.type = V4L2_CTRL_TYPE_CTRL_CLASS,
					.title = class == V4L2_CID_CODEC_CLASS ? "Codec Controls" : "Stateless Codec Controls",
					.name = "",
					.size = 4,
					.flags = V4L2_CTRL_FLAG_READ_ONLY | V4L2_CTRL_FLAG_WRITE_ONLY,
				});
}

/* "High 10" is called high_10. */
static bool is_called(const char *item, const char *name, size_t length)
{
	size_t i = 0;

	for (; i < length && item[i]; i++) {
		const char letter = item[i] == ' ' ? '_' : (char)tolower(item[i]);

		if (letter != name[i])
			return false;
	}
	return i == length && !item[i];
}

/* The items of a profile menu in a list of words CODEC.PROFILE, or 0 when it has none of this codec's. */
static uint64_t listed_profiles(const struct model_codec *codec, const struct model_menu *menu,
                                const char *list)
{
	const size_t prefix = strlen(codec->name);
	uint64_t items = 0;

	for (const char *word = list; *word; word += strcspn(word, ","), word += *word == ',') {
		const size_t length = strcspn(word, ",");

		if (length <= prefix || strncmp(word, codec->name, prefix) != 0 || word[prefix] != '.')
			continue;
		for (int i = 0; i < menu->count; i++) {
			if (is_called(menu->items[i], word + prefix + 1, length - prefix - 1))
				items |= 1ull << i;
		}
	}
	return items;
}

/* The items of a menu that this device has. */
static uint64_t offered_items(const struct sim_device *device, const struct model_codec *codec,
                              const struct model_menu *menu, const char *profiles)
{
	uint64_t listed = 0;

	switch (menu->kind) {
	case MODEL_MENU_DECODE_MODE:
		return 1ull << device->kind.mode;
	case MODEL_MENU_START_CODE: /* Annex B goes with frames */
		return device->kind.columns ? 1 : 1ull << device->kind.mode;
	case MODEL_MENU_PROFILE:
		listed = listed_profiles(codec, menu, profiles);
		break;
	case MODEL_MENU_PLAIN:
		break;
	}
	return listed ? listed : menu->offered | (device->depth > 8 ? menu->deep : 0);
}

/* v4l2_ctrl_new_std_menu() */
static void add_menu(struct sim_device *device, const struct model_codec *codec,
                     const struct model_control *control, const char *profiles)
{
	const uint64_t items = offered_items(device, codec, control->menu, profiles);
	const int greatest = 63 - __builtin_clzll(items);
	const int initial = items & 1ull << control->menu->initial ? control->menu->initial : greatest;

	add_class(device, control->id);
	add_control(device, (struct sim_control){
							.codec = codec,
							.id = control->id,
							.type = control->type,
							.name = control->name,
							.title = control->title,
							.size = control->size,
							.menu = control->menu->items,
							.minimum = __builtin_ctzll(items),
							.maximum = greatest,
							.default_value = initial,
							.skip_mask = ~items & ((2ull << greatest) - 1),
						});
}

/* v4l2_ctrl_new_custom(); dims[0] of a dynamic array is what the driver says. */
static void add_custom(struct sim_device *device, const struct model_codec *codec,
                       const struct model_control *control)
{
	const uint32_t elements = control->elements[device->kind.mode];

	add_control(device, (struct sim_control){
							.codec = codec,
							.id = control->id,
							.type = control->type,
							.name = control->name,
							.title = control->title,
							.maximum = control->type == V4L2_CTRL_TYPE_U32 ? UINT32_MAX : 0,
							.size = control->size * (elements ? elements : 1),
							.element_size = control->size,
							.elements = elements,
							.flags = elements ? V4L2_CTRL_FLAG_DYNAMIC_ARRAY : 0,
						});
}

/* Whether a list of words has this control. */
static bool is_listed(const char *name, const char *list)
{
	for (const char *word = list; *word; word += strcspn(word, ","), word += *word == ',') {
		if (strcspn(word, ",") == strlen(name) && strncmp(word, name, strlen(name)) == 0)
			return true;
	}
	return false;
}

static void add_codec(struct sim_device *device, const struct model_codec *codec, const char *profiles,
                      const char *without)
{
	if (sim_format_codec(device, codec->coded_fourcc) || device->codec_count == SIM_MAX_CODECS)
		return;
	device->codecs[device->codec_count++] = codec;
	for (unsigned i = 0; i < codec->control_count; i++) {
		const struct model_control *control = &codec->controls[i];

		if (!(control->modes & 1u << device->kind.mode) || (control->of_sets && !device->kind.reads_sets) ||
		    is_listed(control->name, without))
			continue;
		if (control->menu)
			add_menu(device, codec, control, profiles);
		else
			add_custom(device, codec, control);
	}
}

/* ---- environment --------------------------------------------------------------------------------------------------- */

static const char *text(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static bool flag(const char *name, bool otherwise)
{
	const char *value = text(name);

	return value ? strcmp(value, "0") != 0 : otherwise;
}

static void parse_size(const char *name, uint32_t *width, uint32_t *height)
{
	const char *value = text(name);
	unsigned w;
	unsigned h;

	if (value && sscanf(value, "%ux%u", &w, &h) == 2) {
		*width = w;
		*height = h;
	}
}

/* The first number of a node that this machine does not have, so that real devices stay what they are. */
static int free_number(const char *prefix)
{
	char path[32];
	int number;

	for (number = 0; number < 200; number++) {
		snprintf(path, sizeof(path), "%s%d", prefix, number);
		if (faccessat(-100 /* AT_FDCWD */, path, 0, 0) != 0)
			break;
	}
	return number;
}

/* The profiles of the device with this number: parts of the list by semicolons, the last for all that follow. */
static const char *profiles_of(const char *list, unsigned number, char *part, size_t size)
{
	for (; number > 0 && strchr(list, ';'); number--)
		list = strchr(list, ';') + 1;
	snprintf(part, size, "%.*s", (int)strcspn(list, ";"), list);
	return part;
}

/* Names of image_format_named(), separated by commas. */
static void parse_formats(struct sim_device *device, const char *list)
{
	for (const char *word = list; *word; word += strcspn(word, ","), word += *word == ',') {
		const struct image_format *format = image_format_named(word, strcspn(word, ","));

		if (format && device->capture_format_count < SIM_MAX_CAPTURE_FORMATS) {
			device->capture_formats[device->capture_format_count++] = format->fourcc;
			continue;
		}
		fprintf(stderr, "V4L2SIM_FORMAT=%s: it takes up to %d CAPTURE formats, separated by commas.\n", list,
		        SIM_MAX_CAPTURE_FORMATS);
		_exit(2);
	}
}

/* A device of this kind, without codecs. */
static struct sim_device *add_device(const struct sim_kind *kind)
{
	struct sim_device *device = &sim_configuration.devices[sim_configuration.device_count];
	const char *api = text("V4L2SIM_API");
	const char *depth = text("V4L2SIM_DEPTH");
	const char *step = text("V4L2SIM_STEP");
	const char *formats = text("V4L2SIM_FORMAT");

	device->kind = *kind;
	if (api)
		device->kind.multiplanar = strcmp(api, "single") != 0;
	device->depth = depth && strcmp(depth, "10") == 0 ? 10 : 8;
	device->requests = !flag("V4L2SIM_NO_REQUESTS", false);
	device->requires_requests = flag("V4L2SIM_REQUIRE_REQUESTS", true);
	device->imports = !flag("V4L2SIM_NO_DMABUF", false);
	device->tiled_default = flag("V4L2SIM_TILED", false);
	parse_formats(device, formats ? formats : "");
	device->kind.monochrome = flag("V4L2SIM_MONOCHROME", kind->monochrome);
	parse_size("V4L2SIM_MIN", &device->kind.min_width, &device->kind.min_height);
	parse_size("V4L2SIM_MAX", &device->kind.max_width, &device->kind.max_height);
	if (step && atoi(step) > 0)
		device->kind.step = (uint32_t)atoi(step);
	device->video_minor = free_number("/dev/video") + (int)sim_configuration.device_count;
	device->media_minor = free_number("/dev/media") + (int)sim_configuration.device_count;
	snprintf(device->video_path, sizeof(device->video_path), "/dev/video%d", device->video_minor);
	snprintf(device->media_path, sizeof(device->media_path), "/dev/media%d", device->media_minor);
	return device;
}

static const struct sim_kind *kind_named(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strlen(kinds[i].name) == length && strncmp(kinds[i].name, name, length) == 0)
			return &kinds[i];
	}
	return NULL;
}

/* CODEC[+CODEC...]:MODE, or the name of a kind that is no decoder; false when it is neither. */
static bool parse_device(const char *word, size_t length)
{
	const char *profiles = text("V4L2SIM_PROFILES"), *without = text("V4L2SIM_WITHOUT");
	const char *colon = memchr(word, ':', length);
	const char *name = colon ? colon + 1 : word;
	const struct sim_kind *kind = kind_named(name, length - (size_t)(name - word));
	struct sim_device *device;
	char part[256];

	if (!kind || kind->decoder != (colon != NULL))
		return false;
	device = add_device(kind);
	profiles_of(profiles ? profiles : "", sim_configuration.device_count, part, sizeof(part));
	while (colon && word < colon) {
		const size_t codec_length = strcspn(word, "+:");
		const struct model_codec *codec = model_codec_named(word, codec_length);

		if (!codec)
			return false;
		add_codec(device, codec, part, without ? without : "");
		word += codec_length + 1;
	}
	sim_configuration.device_count++;
	return true;
}

/* What decodes everything that there are models of. */
static const char *default_kind(char *text_of, size_t size)
{
	int at = 0;

	for (unsigned i = 0; model_codecs[i]; i++) {
		if (model_codecs[i]->open)
			at += snprintf(text_of + at, size - (size_t)at, "%s%s", at ? "+" : "", model_codecs[i]->name);
	}
	snprintf(text_of + at, size - (size_t)at, ":frame");
	return text_of;
}

static void configure(void)
{
	const char *list = text("V4L2SIM_KIND");
	const char *delay = text("V4L2SIM_DELAY_US");
	const char *render = text("V4L2SIM_RENDER");
	const char *drm = text("V4L2SIM_DRM");
	const char *digits;
	char everything[128];

	if (!list)
		list = default_kind(everything, sizeof(everything));
	if (flag("V4L2SIM_NONE", false))
		list = "";
	for (const char *word = list; *word; word += strcspn(word, ","), word += *word == ',') {
		if (sim_configuration.device_count < SIM_MAX_DEVICES && parse_device(word, strcspn(word, ",")))
			continue;
		fprintf(stderr,
		        "V4L2SIM_KIND=%s: it takes up to %d of CODEC[+CODEC...]:frame, :sets or :slice, and scaler, "
		        "separated by commas.\n",
		        list, SIM_MAX_DEVICES);
		_exit(2);
	}
	snprintf(sim_configuration.render_path, sizeof(sim_configuration.render_path), "%s",
	         render ? render : "/dev/dri/renderD128");
	snprintf(sim_configuration.drm_name, sizeof(sim_configuration.drm_name), "%s", drm ? drm : "simulated");
	digits = strpbrk(sim_configuration.render_path, "0123456789");
	sim_configuration.render_minor = digits ? atoi(digits) : 128;
	sim_configuration.no_permission = flag("V4L2SIM_PERMISSION", false);
	sim_configuration.memory = text("V4L2SIM_MEMORY");
	sim_configuration.mmu = flag("V4L2SIM_MMU", false);
	sim_configuration.scribble = flag("V4L2SIM_SCRIBBLE", true);
	sim_configuration.delay_ns = delay ? strtoull(delay, NULL, 10) * 1000 : 0;
	sim_configuration.log_path = text("V4L2SIM_LOG");
	sim_fault_configure(text("V4L2SIM_FAULT"), text("V4L2SIM_MUTATE"));
}

void sim_configure(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, configure);
}

__attribute__((visibility("default"))) void v4l2sim_restart(void)
{
	sim_configure();
	memset(&sim_configuration, 0, sizeof(sim_configuration));
	sim_log_clear();
	configure();
}

__attribute__((visibility("default"))) void v4l2sim_faults(const char *faults)
{
	sim_lock();
	sim_fault_configure(faults, NULL);
	sim_unlock();
}
