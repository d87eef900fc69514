#!/bin/sh
# SPDX-License-Identifier: MIT
# Inside the guest, under compositor.sh: chromium.sh FOLDER SECONDS plays FOLDER/clip.mp4 in Chromium for a while. `said` in
# FOLDER/vaapi is what it said, `calls*` the calls of VA-API. Its window stays black with a software renderer, so no picture is judged.
folder=$1
seconds=$2
out=$folder/vaapi
export XDG_RUNTIME_DIR=/dev/shm/root HOME=/dev/shm/root
mkdir -m 700 $HOME
env LD_PRELOAD="$PRELOAD" LIBVA_TRACE="$out/calls" \
	timeout "$seconds" chromium --no-sandbox --no-first-run --user-data-dir=$HOME/profile --ozone-platform=wayland --use-gl=angle \
	--use-angle=gles --ignore-gpu-blocklist --enable-features=AcceleratedVideoDecodeLinuxGL,VaapiIgnoreDriverChecks \
	--hardware-video-device-path=/dev/dri/renderD128 --render-node-override=/dev/dri/renderD128 \
	--disable-gpu-sandbox --disable-background-networking --disable-component-update --disable-sync --disable-extensions \
	--autoplay-policy=no-user-gesture-required --kiosk "file://$folder/page.html?fps=2&frames=8" >"$out/said" 2>&1 </dev/null
# The time is over: that is how it ends.
[ $? = 124 ]
