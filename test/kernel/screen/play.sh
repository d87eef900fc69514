#!/bin/sh
# SPDX-License-Identifier: MIT
# Inside the guest: play.sh LOGS [mpv option ...] -- CLIP ... plays each clip on the screen with mpv's vo=gpu, decoded in
# software and decoded by VA-API. LOGS/no/CLIP and LOGS/vaapi/CLIP: what was on the screen; LOGS/vaapi/CLIP.said: what mpv said.
# PRELOAD: the software screen, and the observer that makes pictures of what passes through the kernel. REFERENCE_FORMAT: to what the pictures
# that are decoded in software are converted. REFERENCE: a folder that has, under the same names, what is played in software instead of the clips.
logs=$1
shift
options=
while [ "$1" != -- ]; do
	options="$options $1"
	shift
done
shift
# Buffers carry no fences here: a picture is drawn before it is handed to the screen, not by threads meanwhile.
export LP_NUM_THREADS=0
for clip; do
	for hwdec in no vaapi; do
		mkdir -p "$logs/$hwdec"
		log=$logs/$hwdec/$(basename "$clip")
		played=$clip
		decode=
		if [ $hwdec = no ]; then
			# From 0.40 on mpv decodes into memory that it has mapped from OpenGL, and what the screen shows of that differs from run to run.
			decode="--vd-lavc-dr=no --vf=format=$REFERENCE_FORMAT"
			[ -z "$REFERENCE" ] || played=$REFERENCE/$(basename "$clip")
		fi
		# The video track alone, each picture once, unscaled. mpv 0.40 leaves out pictures that come faster than the screen takes them.
		# shellcheck disable=SC2086
		LD_PRELOAD="$PRELOAD" SCREEN_LOG="$log" mpv --no-config --vo=gpu --gpu-context=drm --drm-device=/dev/dri/card1 \
			--drm-mode=640x480 --video-unscaled --no-audio --framedrop=no --speed=0.2 --hwdec=$hwdec $decode $options "$played" \
			>"$log.said" 2>&1 </dev/null || echo "mpv ended with status $?" >>"$log.said"
	done
done
