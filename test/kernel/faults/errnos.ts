// SPDX-License-Identifier: MIT
// Which errno each call of the driver can really have, and where in Linux 6.12 it comes from (paths below drivers/media
// unless they begin elsewhere). Reviewed by hand: a call that is missing here fails the run.

export interface Errno {
	name: string;
	/** File and function of the kernel. */
	where: string;
	/** The driver must get over it: right pictures, and not a word. */
	harmless?: boolean;
}

const may = (name: string, where: string): Errno => ({ name, where });
const passing = (name: string, where: string): Errno => ({ name, where, harmless: true });

/** Every ioctl of a video node. */
const video = [
	passing("EINTR", "v4l2-core/v4l2-ioctl.c: __video_do_ioctl(), mutex_lock_interruptible()"),
	may("ENODEV", "v4l2-core/v4l2-ioctl.c: __video_do_ioctl(), video_is_registered()"),
];
/** Those whose argument is larger than 128 bytes, or has an array. */
const large = may("ENOMEM", "v4l2-core/v4l2-ioctl.c: video_usercopy(), kmalloc() and kvmalloc()");
/** Every ioctl of a media node; none of them waits interruptibly. */
const media = [may("EIO", "mc/mc-devnode.c: media_ioctl(), media_devnode_is_registered()")];
/** Every open(). */
const open = [
	may("EMFILE", "fs/file.c: alloc_fd(), RLIMIT_NOFILE"),
	may("ENFILE", "fs/file_table.c: alloc_empty_file(), the system's limit"),
	may("ENOMEM", "fs/file_table.c: alloc_empty_file()"),
	may("EACCES", "fs/namei.c: inode_permission(), a user outside of the node's group"),
	may("ENXIO", "fs/char_dev.c: chrdev_open(), the device was unbound; mc/mc-devnode.c: media_open()"),
	passing(
		"EINTR",
		"test-drivers/visl/visl-core.c: visl_open(), staging/media/sunxi/cedrus/cedrus.c: cedrus_open()",
	),
];
const buffers = [
	may(
		"EINVAL",
		"common/videobuf2/videobuf2-core.c: vb2_core_reqbufs(), vb2_core_create_bufs(), queue_setup() of drivers",
	),
	may(
		"EBUSY",
		"common/videobuf2/videobuf2-core.c: vb2_core_reqbufs(), buffers in use; vb2_verify_memory_type()",
	),
	may("ENOMEM", "common/videobuf2/videobuf2-core.c: __vb2_queue_alloc(), no contiguous memory (CMA)"),
];

export const ERRNOS: Record<string, Errno[]> = {
	"open video": [
		...open,
		may("ENODEV", "v4l2-core/v4l2-dev.c: v4l2_open(), the device is being removed"),
		may("EBUSY", "platform/chips-media/coda and others: one client at a time"),
	],
	"open media": open,
	mmap: [
		may(
			"EINVAL",
			"common/videobuf2/videobuf2-core.c: vb2_mmap(); drivers/dma-buf/dma-buf.c: dma_buf_mmap_internal()",
		),
		may("ENOMEM", "mm/mmap.c: do_mmap(), no address space, or max_map_count"),
		may("EAGAIN", "mm/mmap.c: mlock_future_ok(), RLIMIT_MEMLOCK after mlockall(MCL_FUTURE)"),
		may("ENODEV", "v4l2-core/v4l2-dev.c: v4l2_mmap()"),
	],
	poll: [
		passing("EINTR", "fs/select.c: do_sys_poll(), a signal"),
		passing("ENOMEM", "fs/select.c: do_sys_poll(), kmalloc(); the driver asks again"),
	],
	VIDIOC_QUERYCAP: video,
	VIDIOC_QUERY_EXT_CTRL: [
		...video,
		large,
		may("EINVAL", "v4l2-core/v4l2-ctrls-api.c: v4l2_query_ext_ctrl(), the end of the list"),
		may("ENOTTY", "v4l2-core/v4l2-ioctl.c: v4l_query_ext_ctrl(), a node without controls"),
	],
	VIDIOC_QUERYMENU: [
		...video,
		may("EINVAL", "v4l2-core/v4l2-ctrls-api.c: v4l2_querymenu(), an item that is left out"),
	],
	VIDIOC_ENUM_FMT: [
		...video,
		may("EINVAL", "test-drivers/visl/visl-video.c: visl_enum_fmt_vid_cap(), the end of the list"),
	],
	VIDIOC_ENUM_FRAMESIZES: [
		...video,
		may("EINVAL", "platform/verisilicon/hantro_v4l2.c: vidioc_enum_framesizes()"),
		may("ENOTTY", "v4l2-core/v4l2-ioctl.c: __video_do_ioctl(), a driver that does not enumerate sizes"),
	],
	VIDIOC_G_FMT: [...video, large, may("EINVAL", "v4l2-core/v4l2-ioctl.c: v4l_g_fmt()")],
	VIDIOC_S_FMT: [
		...video,
		large,
		may("EINVAL", "staging/media/rkvdec/rkvdec.c: rkvdec_try_capture_fmt(), rkvdec_s_output_fmt()"),
		may("EBUSY", "platform/verisilicon/hantro_v4l2.c: hantro_set_fmt_out(), hantro_set_fmt_cap()"),
	],
	VIDIOC_S_EXT_CTRLS: [
		...video,
		large,
		may("EINVAL", "v4l2-core/v4l2-ctrls-core.c: std_validate_compound(); try_ctrl() of drivers"),
		may(
			"EBUSY",
			"v4l2-core/v4l2-ctrls-api.c: validate_ctrls(), grabbed; mc-request.c: media_request_lock_for_update()",
		),
		may("EACCES", "v4l2-core/v4l2-ctrls-api.c: validate_ctrls(), a control that is read-only"),
		may("ENOSPC", "v4l2-core/v4l2-ctrls-api.c: prepare_ext_ctrls(), a struct of another size"),
		may("ERANGE", "v4l2-core/v4l2-ctrls-api.c: user_to_new()"),
	],
	VIDIOC_REQBUFS: [...video, ...buffers],
	VIDIOC_CREATE_BUFS: [
		...video,
		...buffers,
		may("ENOBUFS", "common/videobuf2/videobuf2-core.c: vb2_core_create_bufs()"),
	],
	VIDIOC_QUERYBUF: [...video, large, may("EINVAL", "common/videobuf2/videobuf2-v4l2.c: vb2_querybuf()")],
	VIDIOC_EXPBUF: [
		...video,
		may("EINVAL", "common/videobuf2/videobuf2-core.c: vb2_core_expbuf()"),
		may("EMFILE", "drivers/dma-buf/dma-buf.c: dma_buf_fd(), get_unused_fd_flags()"),
		may("ENOTTY", "v4l2-core/v4l2-ioctl.c: __video_do_ioctl(), a driver that exports nothing"),
	],
	VIDIOC_STREAMON: [
		...video,
		may("EINVAL", "common/videobuf2/videobuf2-core.c: vb2_core_streamon(), no buffers"),
		may("ENOMEM", "platform/verisilicon/hantro_v4l2.c: hantro_start_streaming(), buffers of the codec"),
		may("EIO", "start_streaming() of drivers: power and clocks (pm_runtime_resume_and_get())"),
	],
	VIDIOC_STREAMOFF: [...video, may("EINVAL", "common/videobuf2/videobuf2-core.c: vb2_core_streamoff()")],
	VIDIOC_QBUF: [
		...video,
		large,
		may(
			"EINVAL",
			"common/videobuf2/videobuf2-v4l2.c: vb2_queue_or_prepare_buf(), buf_prepare() of drivers",
		),
		may("EIO", "common/videobuf2/videobuf2-core.c: vb2_core_qbuf(), after vb2_queue_error()"),
		may(
			"EBUSY",
			"common/videobuf2/videobuf2-v4l2.c: vb2_queue_or_prepare_buf(), requests and none are mixed",
		),
		may(
			"EFAULT",
			"common/videobuf2/videobuf2-dma-contig.c: vb2_dc_map_dmabuf(), memory that is not contiguous",
		),
		may(
			"EBADR",
			"common/videobuf2/videobuf2-core.c: vb2_core_qbuf(), a request is needed, or not supported",
		),
	],
	VIDIOC_DQBUF: [
		...video,
		large,
		passing("EAGAIN", "common/videobuf2/videobuf2-core.c: __vb2_wait_for_done_vb(), nothing is done yet"),
		may("EIO", "common/videobuf2/videobuf2-core.c: __vb2_wait_for_done_vb(), after vb2_queue_error()"),
		may("EINVAL", "common/videobuf2/videobuf2-core.c: __vb2_wait_for_done_vb(), not streaming"),
		may(
			"EPIPE",
			"common/videobuf2/videobuf2-core.c: __vb2_wait_for_done_vb(), the last buffer was taken",
		),
	],
	VIDIOC_DECODER_CMD: [
		...video,
		may("EINVAL", "v4l2-core/v4l2-mem2mem.c: v4l2_m2m_ioctl_stateless_decoder_cmd()"),
		may("ENOTTY", "v4l2-core/v4l2-ioctl.c: __video_do_ioctl(), a driver without it"),
	],
	MEDIA_IOC_DEVICE_INFO: media,
	MEDIA_IOC_G_TOPOLOGY: [
		...media,
		passing(
			"ENOSPC",
			"mc/mc-device.c: media_device_get_topology(), the graph has grown since it was counted",
		),
	],
	MEDIA_IOC_REQUEST_ALLOC: [
		...media,
		may("ENOTTY", "mc/mc-device.c: media_device_request_alloc(), a device without the Request API"),
		may("ENOMEM", "mc/mc-request.c: media_request_alloc()"),
		may("EMFILE", "mc/mc-request.c: media_request_alloc(), get_unused_fd_flags()"),
		may("ENFILE", "mc/mc-request.c: media_request_alloc(), anon_inode_getfile()"),
	],
	MEDIA_REQUEST_IOC_QUEUE: [
		may(
			"EINVAL",
			"staging/media/sunxi/cedrus/cedrus.c: cedrus_request_validate(), visl_request_validate()",
		),
		may("ENOENT", "common/videobuf2/videobuf2-v4l2.c: vb2_request_validate(), a request without buffer"),
		may("EBUSY", "mc/mc-request.c: media_request_ioctl_queue(), queued already"),
		may("ENOMEM", "common/videobuf2/videobuf2-core.c: vb2_req_prepare(), __buf_prepare()"),
		may("EIO", "common/videobuf2/videobuf2-core.c: __buf_prepare(), after vb2_queue_error()"),
	],
	MEDIA_REQUEST_IOC_REINIT: [
		passing(
			"EBUSY",
			"mc/mc-request.c: media_request_ioctl_reinit(), the buffer was returned before the request",
		),
	],
	DMA_BUF_IOCTL_SYNC: [
		passing("EINTR", "drivers/dma-buf/dma-buf.c: __dma_buf_begin_cpu_access(), dma_resv_wait_timeout()"),
		passing("EAGAIN", "include/uapi/linux/dma-buf.h: struct dma_buf_sync, to be repeated"),
		may("ENOMEM", "drivers/dma-buf/udmabuf.c: begin_cpu_udmabuf()"),
		may("EIO", "begin_cpu_access() of exporters: the device is gone"),
	],
};
