#!/bin/sh
# SPDX-License-Identifier: MIT
# Inside the guest, under compositor.sh: firefox.sh FOLDER QUERY DECODER shows FOLDER/page.html in Firefox, decoded in software
# (DECODER software) or by VA-API (DECODER vaapi). FOLDER gets `said`, what Firefox said, `calls*`, the calls of VA-API, and the files of
# shots.pl.
folder=$1
query=$2
decoder=$3
library=/usr/lib/firefox-esr

# Firefox asks this program about the renderer, and decodes in software where it is one (llvmpipe). No preference changes that.
mv $library/glxtest $library/glxtest.real
cat >$library/glxtest <<END
#!/bin/bash
out=1
for word in "\$@"; do
	[ "\$last" = -f ] && out=\$word
	last=\$word
done
$library/glxtest.real "\$@" -f 1 | sed 's/^llvmpipe.*/renderer of the lab/' >&\$out
END
chmod +x $library/glxtest

# Firefox wants a runtime folder of its own user's.
export XDG_RUNTIME_DIR=/dev/shm/root HOME=/dev/shm/root
mkdir -m 700 $HOME
profile=$HOME/profile
mkdir -p "$profile"
cat "$folder/prefs.js" >"$profile/user.js"
[ "$decoder" = vaapi ] && trace="LIBVA_TRACE=$folder/calls" || trace="LIBVA_DRIVER_NAME=none"
env LD_PRELOAD="$PRELOAD" MODEL_LOG=1 "$trace" MOZ_ENABLE_WAYLAND=1 MOZ_DRM_DEVICE=/dev/dri/renderD128 MOZ_DISABLE_RDD_SANDBOX=1 \
	MOZ_DISABLE_CONTENT_SANDBOX=1 MOZ_DISABLE_GPU_SANDBOX=1 MOZ_DISABLE_UTILITY_SANDBOX=1 MOZ_LOG=FFmpegVideo:4 \
	firefox-esr --no-remote --profile "$profile" --kiosk "file://$folder/page.html?$query" >"$folder/said" 2>&1 </dev/null &
browser=$!
perl "$(dirname "$0")/shots.pl" "$folder" $browser 1
status=$?
kill $browser
wait $browser
exit $status
