#!/bin/sh
# SPDX-License-Identifier: MIT
# Inside the guest: compositor.sh WIDTHxHEIGHT COMMAND... runs the command under a sway of its own, whose output of that size is
# in memory only (grim takes its picture), and ends with the command's status. SCREEN: the software screen, for sway.
size=$1
shift
export XDG_RUNTIME_DIR=/dev/shm/runtime
mkdir -m 700 $XDG_RUNTIME_DIR
# sway refuses to run as root.
chown nobody $XDG_RUNTIME_DIR
chmod a+rw /dev/dri/*
# Without a GPU, for the compositor as well as for its clients.
export MESA_LOADER_DRIVER_OVERRIDE=kms_swrast
# Buffers carry no fences here: a client's picture is drawn before it is handed to the compositor, not by threads meanwhile.
export LP_NUM_THREADS=0
cat >$XDG_RUNTIME_DIR/config <<END
output HEADLESS-1 resolution $size
output * background #000000 solid_color
default_border none
xwayland disable
seat * hide_cursor 1
exec touch $XDG_RUNTIME_DIR/started
END
LD_PRELOAD=$SCREEN WLR_BACKENDS=headless WLR_RENDERER=gles2 WLR_RENDERER_ALLOW_SOFTWARE=1 \
	WLR_RENDER_DRM_DEVICE=/dev/dri/renderD128 \
	setpriv --reuid=nobody --regid=nogroup --clear-groups \
	sway --config $XDG_RUNTIME_DIR/config >$XDG_RUNTIME_DIR/sway.log 2>&1 &
sway=$!
until [ -e $XDG_RUNTIME_DIR/started ]; do
	if ! kill -0 $sway 2>/dev/null; then
		cat $XDG_RUNTIME_DIR/sway.log >&2
		exit 1
	fi
	sleep 0.2
done
# As a path, for clients that have a runtime folder of their own.
WAYLAND_DISPLAY=$(find $XDG_RUNTIME_DIR -name 'wayland-?')
export WAYLAND_DISPLAY
"$@"
status=$?
kill $sway
exit $status
