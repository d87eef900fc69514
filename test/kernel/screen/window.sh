#!/bin/sh
# SPDX-License-Identifier: MIT
# Inside the guest, under compositor.sh: window.sh SHOTS PICTURES CLIP steps through the clip's first pictures in a window of mpv's
# vo=gpu, decoded in software and by VA-API. SHOTS/no and SHOTS/vaapi get each picture as the screen shows it (window.lua), and
# `said`: what mpv said.
shots=$1
pictures=$2
clip=$3
for hwdec in no vaapi; do
	mkdir -p "$shots/$hwdec"
	LD_PRELOAD="$PRELOAD" mpv --no-config --vo=gpu --gpu-context=wayland --fullscreen --video-unscaled --no-audio --no-osc \
		--osd-level=0 --cursor-autohide=always --pause --keep-open --hwdec=$hwdec --script="${0%.sh}.lua" \
		--script-opts=window-shots="$shots/$hwdec",window-pictures="$pictures" "$clip" >"$shots/$hwdec/said" 2>&1 </dev/null ||
		echo "mpv ended with status $?" >>"$shots/$hwdec/said"
done
