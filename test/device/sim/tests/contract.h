/* SPDX-License-Identifier: MIT
 *
 * What the contract test shares: an open decoder, and its API (multi-planar or single-planar) hidden behind helpers.
 * Nothing here knows of a simulation: the program runs on any kernel that has such a device.
 */
#ifndef TEST_DEVICE_SIM_TESTS_CONTRACT_H
#define TEST_DEVICE_SIM_TESTS_CONTRACT_H

#include "harness.h"
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/media.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* What the tests call goes through the recorder (record.h). */
#define ioctl(...) recorded_ioctl(__VA_ARGS__)
#define open(...) recorded_open(__VA_ARGS__)
#define close(descriptor) recorded_close(descriptor)
#define poll(polled, count, timeout) recorded_poll(polled, count, timeout)
#define mmap(...) recorded_mmap(__VA_ARGS__)

enum { WIDTH = 320, HEIGHT = 240, BITSTREAM_SIZE = 65536 };

extern const char *wanted_driver; /* name in MEDIA_IOC_DEVICE_INFO */
extern int wanted_mode; /* enum v4l2_stateless_h264_decode_mode of a device that has both; -1: as it is */
extern char media_path[32];
extern char video_path[32];

struct decoder {
	int media;
	int video;
	bool multiplanar;
	uint32_t output_type;
	uint32_t capture_type;
	bool frame_based;
	bool hold; /* CAPTURE buffers can be held */
	unsigned controls_per_job;
};

/* visl leaves out what the drivers of chips check beyond the media subsystem. */
bool is_of_a_chip(void);
/* Finds the device by driver name; false when this machine has none. */
bool find_decoder(void);
void open_decoder(struct decoder *decoder);
void close_decoder(struct decoder *decoder);

/* An ioctl that must succeed, or fail with that errno. */
#define EXPECT(error, call)                                                                             \
	do {                                                                                                \
		errno = 0;                                                                                      \
		int result_ = (call);                                                                           \
		int error_ = result_ < 0 ? errno : 0;                                                           \
		if (error_ != (error)) {                                                                        \
			fprintf(stderr, "    %s:%d: %s: %s, not %s\n", __FILE__, __LINE__, #call, strerror(error_), \
			        strerror(error));                                                                   \
			exit(1);                                                                                    \
		}                                                                                               \
	} while (0)
#define OK(call) EXPECT(0, call)

/* S_FMT(OUTPUT) and the sequence, as a driver begins. */
void set_up_formats(struct decoder *decoder);
struct v4l2_format get_format(const struct decoder *decoder, uint32_t type);
uint32_t size_of_image(const struct decoder *decoder, const struct v4l2_format *format);
int set_output_format(const struct decoder *decoder, uint32_t fourcc, uint32_t width, uint32_t height,
                      struct v4l2_format *format);
int request_buffers(const struct decoder *decoder, uint32_t type, uint32_t memory, uint32_t count,
                    uint32_t *got);
int stream(const struct decoder *decoder, uint32_t type, bool on);
int query_buffer(const struct decoder *decoder, uint32_t type, uint32_t index, uint32_t *length,
                 uint32_t *offset);
int export_buffer(const struct decoder *decoder, uint32_t type, uint32_t index, uint32_t flags,
                  int *descriptor);

struct queueing {
	uint32_t index;
	uint32_t memory;
	int dmabuf;
	uint32_t length;
	uint32_t bytesused;
	uint64_t microseconds;
	uint32_t flags;
	int request; /* -1: none */
};

/* The bytes of a picture that goes with fill_controls(), at most 1024; how many there are. */
uint32_t fill_picture(const struct decoder *decoder, uint8_t *bytes);
uint32_t write_picture(const struct decoder *decoder, uint32_t index); /* into a buffer of OUTPUT */

/* VIDIOC_QBUF or VIDIOC_PREPARE_BUF */
int enqueue(const struct decoder *decoder, unsigned long command, uint32_t type,
            const struct queueing *queueing);
int queue_buffer(const struct decoder *decoder, uint32_t type, const struct queueing *queueing);
int dequeue_buffer(const struct decoder *decoder, uint32_t type, struct v4l2_buffer *buffer);
int queue_capture(const struct decoder *decoder, uint32_t index);
int new_request(const struct decoder *decoder);

/* Controls of one job that a device takes; what is decoded is not looked at here. */
struct job_controls {
	struct v4l2_ctrl_h264_sps sps;
	struct v4l2_ctrl_h264_pps pps;
	struct v4l2_ctrl_h264_scaling_matrix scaling_matrix;
	struct v4l2_ctrl_h264_decode_params decode_params;
	struct v4l2_ctrl_h264_slice_params slice_params;
};

void fill_controls(struct job_controls *controls);
int set_controls(const struct decoder *decoder, struct job_controls *controls, int request);
int set_one(const struct decoder *decoder, unsigned long command, uint32_t id, void *value, uint32_t size,
            int request, uint32_t *error_index);
/* Controls, OUTPUT buffer and MEDIA_REQUEST_IOC_QUEUE. */
void submit(const struct decoder *decoder, int request, uint32_t index, uint64_t microseconds,
            uint32_t flags);
short poll_once(int descriptor, short events, int milliseconds);
bool wait_for_request(int request);
/* Formats, `outputs` OUTPUT and `captures` CAPTURE buffers (MMAP), both streaming. */
void start_streaming(struct decoder *decoder, uint32_t outputs, uint32_t captures);

extern const struct test format_tests[];
extern const unsigned format_test_count;
extern const struct test queue_tests[];
extern const unsigned queue_test_count;
extern const struct test request_tests[];
extern const unsigned request_test_count;
extern const struct test control_tests[];
extern const unsigned control_test_count;
extern const struct test edge_tests[];
extern const unsigned edge_test_count;
extern const struct test walk_tests[];
extern const unsigned walk_test_count;
extern unsigned walk_count;

#endif
