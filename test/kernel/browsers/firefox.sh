#!/bin/sh
# SPDX-License-Identifier: MIT
# Inside the guest, under compositor.sh: firefox.sh FOLDER QUERY DECODER shows FOLDER/page.html in Firefox, decoded in software
# (DECODER software) or by VA-API (DECODER vaapi). FOLDER gets `said`, what Firefox said, `calls*`, the calls of VA-API, and the files of
# shots.pl.
folder=$1
query=$2
decoder=$3
library=/usr/lib/firefox-esr

# Firefox wants a runtime folder of its own user's.
export XDG_RUNTIME_DIR=/dev/shm/root HOME=/dev/shm/root
mkdir -m 700 $HOME
profile=$HOME/profile
mkdir -p "$profile"
cat "$folder/prefs.js" >"$profile/user.js"
[ "$decoder" = vaapi ] && trace="LIBVA_TRACE=$folder/calls" || trace="LIBVA_DRIVER_NAME=none"

# Runs a program of Firefox. Where the renderer is a software one (llvmpipe), Firefox decodes in software: it is told another name.
become() {
	exec env LD_PRELOAD="$PRELOAD" MODEL_LOG=1 "$trace" MOZ_ENABLE_WAYLAND=1 MOZ_DRM_DEVICE=/dev/dri/renderD128 MOZ_DISABLE_RDD_SANDBOX=1 \
		MOZ_DISABLE_CONTENT_SANDBOX=1 MOZ_DISABLE_GPU_SANDBOX=1 MOZ_DISABLE_UTILITY_SANDBOX=1 MOZ_LOG=FFmpegVideo:4 \
		MOZ_GFX_SPOOF_GL_RENDERER="renderer of the lab" "$@"
}

# Firefox waits 4 and 2 seconds for the answers of two programs (widget/gtk/GfxInfo.cpp), and does not decode by VA-API without them: too
# short on a busy machine. So the programs are asked here, and what Firefox starts in their place repeats their answers.
ask() {
	program=$library/$1
	shift
	(become "$program" "$@") >"$program.answer"
	cat >"$program" <<END
#!$library/quick
[ "\$1" = -f ] && exec >&\$2
echo "\$(<$program.answer)"
END
}
# bash, without the second that preloaded libraries take: the loader leaves them out for a program with the rights of another group.
install -g nogroup -m 2755 /bin/bash $library/quick
ask glxtest --wayland
ask vaapitest --drm /dev/dri/renderD128

become firefox-esr --no-remote --profile "$profile" --kiosk "file://$folder/page.html?$query" >"$folder/said" 2>&1 </dev/null &
browser=$!
perl "$(dirname "$0")/shots.pl" "$folder" $browser 1
status=$?
kill $browser
wait $browser
exit $status
