#!/bin/sh
# SPDX-License-Identifier: MIT
# Inside the guest, under compositor.sh: chromium.sh FOLDER QUERY shows FOLDER/page.html in Chromium. FOLDER gets `said`,
# what it said, `calls*`, the calls of VA-API, and shots.pl's list of steps. Its window stays black with a software renderer, so
# there are no screenshots. Its watchdog would end the process that decodes where a busy machine is slow.
folder=$1
query=$2
export XDG_RUNTIME_DIR=/dev/shm/root HOME=/dev/shm/root
mkdir -m 700 $HOME
env LD_PRELOAD="$PRELOAD" LIBVA_TRACE="$folder/calls" \
	chromium --no-sandbox --no-first-run --user-data-dir=$HOME/profile --ozone-platform=wayland --use-gl=angle \
	--use-angle=gles --ignore-gpu-blocklist --enable-features=AcceleratedVideoDecodeLinuxGL,VaapiIgnoreDriverChecks \
	--hardware-video-device-path=/dev/dri/renderD128 --render-node-override=/dev/dri/renderD128 \
	--disable-gpu-sandbox --disable-gpu-watchdog --disable-background-networking --disable-component-update --disable-sync \
	--disable-extensions --enable-logging=stderr --autoplay-policy=no-user-gesture-required --kiosk "file://$folder/page.html?$query" \
	>"$folder/said" 2>&1 </dev/null &
browser=$!
perl "$(dirname "$0")/shots.pl" "$folder" $browser 0
status=$?
kill $browser
wait $browser
exit $status
