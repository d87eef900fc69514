/* SPDX-License-Identifier: MIT
 *
 * test_knobs: what the environment makes of the simulated device. Each case runs in a new process with its own variables.
 */
#include "contract.h"

#include <sys/sysmacros.h>
#include <time.h>

struct knob_case {
	const char *name;
	const char *variables[4]; /* NAME=value */
	void (*run)(void);
	const char *logged; /* the log must say so */
};

static void no_device(void)
{
	CHECK(!find_decoder());
	CHECK_EQUAL(access("/dev/dri/renderD128", R_OK | W_OK), 0);
}

/* The first number that this machine does not use itself is the simulated device's. */
static bool is_forbidden(const char *prefix)
{
	char path[32];

	for (int i = 0; i < 64; i++) {
		snprintf(path, sizeof(path), "%s%d", prefix, i);
		if (open(path, O_RDWR | O_CLOEXEC) < 0 && errno == EACCES)
			return true;
	}
	return false;
}

static void no_permission(void)
{
	CHECK(is_forbidden("/dev/media"));
	CHECK(is_forbidden("/dev/video"));
}

static void memory_is_told(void)
{
	EXPECT(ENOENT, access("/dev/dma_heap/linux,cma", F_OK));
	EXPECT(ENOENT, open("/dev/udmabuf", O_RDWR | O_CLOEXEC));
	OK(access("/dev/dma_heap/default_cma_region", F_OK));
	EXPECT(EACCES, access("/dev/dma_heap/default_cma_region", R_OK));
	EXPECT(EACCES, open("/dev/dma_heap/default_cma_region", O_RDONLY | O_CLOEXEC));
	OK(access("/dev/dma_heap/system", R_OK));
	CHECK(open("/dev/dma_heap/system", O_RDONLY | O_CLOEXEC) >= 0);
}

static bool has_iommu(void)
{
	for (int i = 0; i < 64; i++) {
		char path[64];
		char type[8] = "";
		int file;

		snprintf(path, sizeof(path), "/sys/dev/char/81:%d/device/iommu_group/type", i);
		file = open(path, O_RDONLY | O_CLOEXEC);
		if (file >= 0 && read(file, type, sizeof(type) - 1) > 0 && strncmp(type, "DMA", 3) == 0)
			return true;
	}
	return false;
}

static void mmu_is_told(void)
{
	CHECK(has_iommu());
}

static void no_mmu_is_told(void)
{
	CHECK(!has_iommu());
}

static void no_requests(void)
{
	struct v4l2_requestbuffers buffers = {.count = 1, .memory = V4L2_MEMORY_MMAP};
	struct queueing queueing = {.memory = V4L2_MEMORY_MMAP, .request = 0};
	struct decoder decoder;
	int request;

	CHECK(find_decoder());
	open_decoder(&decoder);
	EXPECT(ENOTTY,
	       ioctl(decoder.media, MEDIA_IOC_REQUEST_ALLOC, &request)); /* media_device_request_alloc() */
	set_up_formats(&decoder);
	buffers.type = decoder.output_type;
	OK(ioctl(decoder.video, VIDIOC_REQBUFS, &buffers));
	CHECK(!(buffers.capabilities & V4L2_BUF_CAP_SUPPORTS_REQUESTS));
	EXPECT(EBADR, queue_buffer(&decoder, decoder.output_type, &queueing)); /* supports_requests */
	close_decoder(&decoder);
}

/* vb2_queue_or_prepare_buf(): requires_requests, as every chip's driver sets it. */
static void queue_without_request(int error)
{
	const struct queueing queueing = {.memory = V4L2_MEMORY_MMAP, .bytesused = 16, .request = -1};
	struct decoder decoder;

	CHECK(find_decoder());
	start_streaming(&decoder, 1, 1);
	EXPECT(error, queue_buffer(&decoder, decoder.output_type, &queueing));
	close_decoder(&decoder);
}

static void requests_required(void)
{
	queue_without_request(EBADR);
}

static void requests_optional(void)
{
	queue_without_request(0);
}

static void one_job(struct v4l2_buffer *capture)
{
	struct decoder decoder;
	int request;

	CHECK(find_decoder());
	start_streaming(&decoder, 1, 1);
	request = new_request(&decoder);
	OK(queue_capture(&decoder, 0));
	submit(&decoder, request, 0, 1000, 0);
	CHECK(wait_for_request(request));
	OK(dequeue_buffer(&decoder, decoder.capture_type, capture));
	close(request);
	close_decoder(&decoder);
}

static void job_fails(void)
{
	struct v4l2_buffer capture;

	one_job(&capture);
	CHECK(capture.flags & V4L2_BUF_FLAG_ERROR);
}

static void call_fails(void)
{
	struct decoder decoder;

	CHECK(find_decoder());
	open_decoder(&decoder);
	set_up_formats(&decoder);
	OK(request_buffers(&decoder, decoder.capture_type, V4L2_MEMORY_MMAP, 1, NULL));
	OK(request_buffers(&decoder, decoder.output_type, V4L2_MEMORY_MMAP, 1, NULL));
	EXPECT(ENOMEM, request_buffers(&decoder, decoder.output_type, V4L2_MEMORY_MMAP, 2, NULL));
	OK(request_buffers(&decoder, decoder.output_type, V4L2_MEMORY_MMAP, 2, NULL));
	close_decoder(&decoder);
}

static void job_hangs(void)
{
	struct decoder decoder;
	int request;

	CHECK(find_decoder());
	start_streaming(&decoder, 1, 1);
	request = new_request(&decoder);
	OK(queue_capture(&decoder, 0));
	submit(&decoder, request, 0, 1000, 0);
	CHECK_EQUAL(poll_once(request, POLLPRI, 200), 0);
	OK(stream(&decoder, decoder.output_type, false));
	CHECK_EQUAL(poll_once(request, POLLPRI, 0), POLLPRI);
	close(request);
	close_decoder(&decoder);
}

static void device_goes(void)
{
	struct media_device_info info;
	struct v4l2_buffer buffer;
	struct decoder decoder;
	int request;

	CHECK(find_decoder());
	start_streaming(&decoder, 1, 1);
	request = new_request(&decoder);
	OK(queue_capture(&decoder, 0));
	submit(&decoder, request, 0, 1000, 0);
	/* v4l2_poll(), v4l2_ioctl(), __media_ioctl(), v4l2_open(), media_open() */
	CHECK_EQUAL(poll_once(decoder.video, POLLIN, 5000), POLLERR | POLLHUP);
	EXPECT(ENODEV, dequeue_buffer(&decoder, decoder.capture_type, &buffer));
	EXPECT(EIO, ioctl(decoder.media, MEDIA_IOC_DEVICE_INFO, &info));
	EXPECT(ENODEV, open(video_path, O_RDWR));
	EXPECT(ENXIO, open(media_path, O_RDWR));
	CHECK_EQUAL(poll_once(request, POLLPRI, 50), 0);
	close(request);
	close_decoder(&decoder);
}

static void is_deep(void)
{
	struct v4l2_fmtdesc description = {0};
	struct job_controls controls;
	struct v4l2_format format;
	struct decoder decoder;

	CHECK(find_decoder());
	open_decoder(&decoder);
	OK(set_output_format(&decoder, V4L2_PIX_FMT_H264_SLICE, WIDTH, HEIGHT, &format));
	fill_controls(&controls);
	controls.sps.profile_idc = 110;
	controls.sps.bit_depth_luma_minus8 = 2;
	controls.sps.bit_depth_chroma_minus8 = 2;
	OK(set_one(&decoder, VIDIOC_S_EXT_CTRLS, V4L2_CID_STATELESS_H264_SPS, &controls.sps, sizeof(controls.sps),
	           -1, NULL));
	description.type = decoder.capture_type;
	OK(ioctl(decoder.video, VIDIOC_ENUM_FMT, &description));
	CHECK_EQUAL(description.pixelformat, V4L2_PIX_FMT_P010);
	controls.sps.bit_depth_chroma_minus8 = 0;
	EXPECT(EINVAL, set_one(&decoder, VIDIOC_S_EXT_CTRLS, V4L2_CID_STATELESS_H264_SPS, &controls.sps,
	                       sizeof(controls.sps), -1, NULL));
	format = get_format(&decoder, decoder.capture_type);
	CHECK(size_of_image(&decoder, &format) >= WIDTH * HEIGHT * 3);
	/* The depth is settled before there are buffers (rkvdec_s_ctrl() of newer kernels). */
	OK(request_buffers(&decoder, decoder.capture_type, V4L2_MEMORY_MMAP, 1, NULL));
	fill_controls(&controls);
	EXPECT(EBUSY, set_one(&decoder, VIDIOC_S_EXT_CTRLS, V4L2_CID_STATELESS_H264_SPS, &controls.sps,
	                      sizeof(controls.sps), -1, NULL));
	close_decoder(&decoder);
}

/* The formats of 8 bit, in their order, with the sizes that cedrus_prepare_format() gives tiles of 32x32. */
static void lists_formats(void)
{
	static const uint32_t expected[] = {V4L2_PIX_FMT_NV12_32L32, V4L2_PIX_FMT_NV12_4L4};
	struct v4l2_format format;
	struct decoder decoder;

	CHECK(find_decoder());
	open_decoder(&decoder);
	OK(set_output_format(&decoder, V4L2_PIX_FMT_H264_SLICE, WIDTH, HEIGHT, &format));
	for (uint32_t i = 0; i < 3; i++) {
		struct v4l2_fmtdesc description = {.index = i, .type = decoder.capture_type};

		CHECK_EQUAL(ioctl(decoder.video, VIDIOC_ENUM_FMT, &description), i < 2 ? 0 : -1);
		CHECK_EQUAL(description.pixelformat, i < 2 ? expected[i] : 0);
	}
	format = get_format(&decoder, decoder.capture_type);
	CHECK_EQUAL(format.fmt.pix_mp.pixelformat, V4L2_PIX_FMT_NV12_32L32);
	CHECK_EQUAL(format.fmt.pix_mp.plane_fmt[0].bytesperline, (WIDTH + 31) / 32 * 32);
	CHECK_EQUAL(format.fmt.pix_mp.height, (HEIGHT + 31) / 32 * 32);
	close_decoder(&decoder);
}

static void is_single_planar(void)
{
	struct decoder decoder;

	CHECK(find_decoder());
	open_decoder(&decoder);
	CHECK(!decoder.multiplanar && decoder.frame_based);
	close_decoder(&decoder);
}

static void several_devices(void)
{
	unsigned decoder;
	struct stat status;
	char path[32];

	CHECK(find_decoder()); /* the scaler before it is none */
	CHECK_EQUAL(sscanf(video_path, "/dev/video%u", &decoder), 1);
	CHECK(decoder >= 1);
	for (unsigned i = decoder - 1; i <= decoder + 1; i++) {
		snprintf(path, sizeof(path), "/dev/video%u", i);
		OK(stat(path, &status));
		CHECK(S_ISCHR(status.st_mode) && major(status.st_rdev) == 81 && minor(status.st_rdev) == i);
	}
	snprintf(path, sizeof(path), "/dev/video%u", decoder + 2);
	EXPECT(ENOENT, stat(path, &status));
}

static uint32_t coded_format(const struct decoder *decoder, uint32_t index)
{
	struct v4l2_fmtdesc description = {.index = index, .type = decoder->output_type};

	return ioctl(decoder->video, VIDIOC_ENUM_FMT, &description) == 0 ? description.pixelformat : 0;
}

/* One decoder for two codecs, as hantro is: formats and controls of both, and what is decoded goes by the coded format. */
static void two_codecs(void)
{
	struct v4l2_query_ext_ctrl query = {.id = V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND};
	struct v4l2_ctrl_mpeg2_sequence sequence = {.chroma_format = 4};
	struct v4l2_frmsizeenum sizes = {.pixel_format = V4L2_PIX_FMT_MPEG2_SLICE};
	unsigned h264 = 0, mpeg2 = 0;
	struct v4l2_buffer capture;
	struct v4l2_format format;
	struct decoder decoder;
	uint32_t last = 0;

	one_job(&capture); /* of H.264; "MPEG-2" is what the log must not know of it */
	open_decoder(&decoder);
	CHECK_EQUAL(coded_format(&decoder, 0), V4L2_PIX_FMT_MPEG2_SLICE);
	CHECK_EQUAL(coded_format(&decoder, 1), V4L2_PIX_FMT_H264_SLICE);
	CHECK_EQUAL(coded_format(&decoder, 2), 0);
	OK(ioctl(decoder.video, VIDIOC_ENUM_FRAMESIZES, &sizes));
	for (; ioctl(decoder.video, VIDIOC_QUERY_EXT_CTRL, &query) == 0;
	     query.id |= V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND) {
		CHECK(query.id > last);
		last = query.id;
		h264 += query.type == V4L2_CTRL_TYPE_H264_SPS;
		mpeg2 += query.type == V4L2_CTRL_TYPE_MPEG2_SEQUENCE;
	}
	CHECK(h264 == 1 && mpeg2 == 1);
	EXPECT(EINVAL, set_one(&decoder, VIDIOC_S_EXT_CTRLS, V4L2_CID_STATELESS_MPEG2_SEQUENCE, &sequence,
	                       sizeof(sequence), -1, NULL));
	OK(set_output_format(&decoder, V4L2_PIX_FMT_H264_SLICE, WIDTH, HEIGHT, &format));
	CHECK_EQUAL(get_format(&decoder, decoder.output_type).fmt.pix_mp.pixelformat, V4L2_PIX_FMT_H264_SLICE);
	OK(set_output_format(&decoder, V4L2_PIX_FMT_VP9_FRAME, WIDTH, HEIGHT, &format));
	CHECK_EQUAL(get_format(&decoder, decoder.output_type).fmt.pix_mp.pixelformat, V4L2_PIX_FMT_MPEG2_SLICE);
	close_decoder(&decoder);
}

/* Words of one codec say nothing about the profiles of another; a codec without any has all. */
static void lists_profiles(void)
{
	struct v4l2_query_ext_ctrl query = {.id = V4L2_CID_MPEG_VIDEO_H264_PROFILE};
	struct v4l2_querymenu menu = {.id = query.id, .index = V4L2_MPEG_VIDEO_H264_PROFILE_MAIN};
	struct decoder decoder;

	CHECK(find_decoder());
	open_decoder(&decoder);
	OK(ioctl(decoder.video, VIDIOC_QUERY_EXT_CTRL, &query));
	CHECK_EQUAL(query.minimum, V4L2_MPEG_VIDEO_H264_PROFILE_CONSTRAINED_BASELINE);
	CHECK_EQUAL(query.maximum, V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_10);
	CHECK_EQUAL(query.default_value, V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_10);
	EXPECT(EINVAL, ioctl(decoder.video, VIDIOC_QUERYMENU, &menu));
	close_decoder(&decoder);
}

static void takes_its_time(void)
{
	struct timespec before;
	struct timespec after;
	struct v4l2_buffer capture;

	clock_gettime(CLOCK_MONOTONIC, &before);
	one_job(&capture);
	clock_gettime(CLOCK_MONOTONIC, &after);
	CHECK((after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000 >= 150);
}

static void scribbles(void)
{
	struct decoder decoder;
	uint32_t length;
	uint32_t offset;
	uint8_t *bytes;
	int request;

	CHECK(find_decoder());
	start_streaming(&decoder, 1, 1);
	OK(query_buffer(&decoder, decoder.capture_type, 0, &length, &offset));
	bytes = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, decoder.video, offset);
	CHECK(bytes != MAP_FAILED);
	request = new_request(&decoder);
	OK(queue_capture(&decoder, 0));
	submit(&decoder, request, 0, 1000, 0);
	CHECK(wait_for_request(request));
	CHECK_EQUAL(bytes[0], 0xab);
	CHECK_EQUAL(bytes[WIDTH * HEIGHT], 0xab);
	munmap(bytes, length);
	close(request);
	close_decoder(&decoder);
}

static const struct knob_case cases[] = {
	{"NONE", {"V4L2SIM_NONE=1"}, no_device, NULL},
	{"PERMISSION", {"V4L2SIM_PERMISSION=1"}, no_permission, "\"open EACCES\":2"},
	{"MEMORY", {"V4L2SIM_MEMORY=cma=refused,system=opens"}, memory_is_told, NULL},
	{"MMU", {"V4L2SIM_MMU=1"}, mmu_is_told, NULL},
	{"MMU=0", {"V4L2SIM_MMU=0"}, no_mmu_is_told, NULL},
	{"NO_REQUESTS", {"V4L2SIM_NO_REQUESTS=1"}, no_requests, "\"MEDIA_IOC_REQUEST_ALLOC ENOTTY\":1"},
	{"REQUIRE_REQUESTS", {"V4L2SIM_REQUIRE_REQUESTS=1"}, requests_required, "\"VIDIOC_QBUF EBADR\":1"},
	{"REQUIRE_REQUESTS=0", {"V4L2SIM_REQUIRE_REQUESTS=0"}, requests_optional, NULL},
	{"FAULT of a call", {"V4L2SIM_FAULT=REQBUFS.OUTPUT:2:ENOMEM"}, call_fails, "\"VIDIOC_REQBUFS ENOMEM\":1"},
	{"FAULT decode:1:error", {"V4L2SIM_FAULT=decode:1:error"}, job_fails, "\"refused: told to fail\":1"},
	{"FAULT decode:1:hang", {"V4L2SIM_FAULT=decode:1:hang"}, job_hangs, "\"refused: told to hang\":1"},
	{"FAULT gone:1", {"V4L2SIM_FAULT=gone:1"}, device_goes, "\"VIDIOC_DQBUF ENODEV\":1"},
	{"MUTATE",
     {"V4L2SIM_MUTATE=h264.pps:2:1:0xff"},
     job_fails,
     "the kernel refuses the value of H264 Picture Parameter Set"},
	{"DEPTH", {"V4L2SIM_DEPTH=10"}, is_deep, NULL},
	{"FORMAT", {"V4L2SIM_FORMAT=NV12_32L32,NV12_4L4,NV15"}, lists_formats, NULL},
	{"API", {"V4L2SIM_API=single"}, is_single_planar, NULL},
	{"KIND", {"V4L2SIM_KIND=scaler,h264:frame,mpeg2:frame"}, several_devices, NULL},
	{"KIND of two codecs", {"V4L2SIM_KIND=mpeg2+h264:frame"}, two_codecs, "\"jobs\":1,"},
	{"PROFILES",
     {"V4L2SIM_PROFILES=mpeg2.main,h264.constrained_baseline,h264.high_10"},
     lists_profiles,
     NULL},
	{"DELAY_US", {"V4L2SIM_DELAY_US=150000"}, takes_its_time, "\"jobs\":1,\"pictures\":1"},
	{"SCRIBBLE", {"V4L2SIM_FAULT=decode:1:error"}, scribbles, "\"open_at_exit\":{\"video\":0,\"media\":0"},
};

/* The log of the process that just ended, which goes with it. */
static bool log_says(const char *path, const char *expected)
{
	static char text[65536];
	FILE *file = fopen(path, "r");
	size_t size = file ? fread(text, 1, sizeof(text) - 1, file) : 0;

	if (file)
		fclose(file);
	unlink(path);
	text[size] = 0;
	if (!expected || strstr(text, expected))
		return true;
	fprintf(stderr, "    the log does not say %s: %s\n", expected, text);
	return false;
}

static bool run_case(const struct knob_case *knob)
{
	char path[] = "/tmp/v4l2sim-log-XXXXXX";
	int descriptor = mkstemp(path);
	int status = -1;
	pid_t child;

	if (descriptor < 0)
		return false;
	close(descriptor);
	fflush(NULL);
	child = fork();
	if (child == 0) {
		setenv("V4L2SIM_LOG", path, 1);
		for (unsigned i = 0; i < 4 && knob->variables[i]; i++)
			putenv((char *)(uintptr_t)knob->variables[i]);
		execl("/proc/self/exe", "test_knobs", "--case", knob->name, (char *)NULL);
		_exit(127);
	}
	waitpid(child, &status, 0);
	return log_says(path, knob->logged) && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int main(int argc, char **argv)
{
	unsigned passed = 0;
	unsigned failed = 0;

	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		bool good;

		if (argc == 3 && strcmp(argv[1], "--case") == 0) {
			if (strcmp(cases[i].name, argv[2]) != 0)
				continue;
			alarm(TEST_SECONDS);
			cases[i].run();
			return 0;
		}
		good = run_case(&cases[i]);
		printf("  %s  %s\n", good ? "ok  " : "FAIL", cases[i].name);
		passed += good;
		failed += !good;
	}
	printf("%u passed, %u failed, 0 skipped\n", passed, failed);
	return failed ? 1 : 0;
}
