// SPDX-License-Identifier: MIT
// npm run test:packages [-- RELEASE ...]: the Debian packages of this machine's architecture, installed, upgraded and removed in clean roots
// of Debian 12 and 13, with stock vainfo, ffmpeg and mpv on the simulated device; what they leave out of the environment is its name.
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { closingLine, hasProgram, mustRun, nothing, tool } from "../../tools/lib/run.ts";
import { simulatorPath } from "../clients/lib/device.ts";
import { faultsOfPackages } from "./built.ts";
import { enter, ownRelease, plainRoot, RootUnavailable } from "./root.ts";

/** What a user has, and another package of drivers. */
const stock = ["vainfo", "ffmpeg", "mpv", "mesa-va-drivers"];
const TRIPLET = { x64: "x86_64-linux-gnu", arm64: "aarch64-linux-gnu", arm: "arm-linux-gnueabihf" }[
	process.arch as string
];
const TARGET = { x64: "amd64", arm64: "arm64", arm: "armhf" }[process.arch as string] ?? "";

/**
 * The script of one release, in /media: packages in debs, the simulated device in sim. Each check prints "ok NAME" or "FAIL NAME". whole:
 * the device decodes; else its pictures are grey, for its libavcodec is another release's.
 */
function script(whole: boolean): string {
	return `
dri=/usr/lib/${TRIPLET}/dri
driver=$dri/v4l2_request_drv_video.so
names="v4l2-request-va-driver v4l2-request-doctor v4l2-request-va-driver-tests"
check() { # NAME COMMAND...
	name=$1; shift
	if "$@" >/tmp/said 2>&1; then echo "ok $name"; else echo "FAIL $name"; tail -n 25 /tmp/said; fi
}
fails() { ! "$@"; }
sim() { env LD_PRELOAD=/media/sim.so V4L2SIM_DRM=panfrost V4L2SIM_KIND=mpeg2+h264+vp8+hevc+vp9+av1:frame "$@"; }
deep() { sim env V4L2SIM_DEPTH=10 "$@"; }
older() { # the same packages with version 0.0.1
	mkdir -p /tmp/old
	for deb in /media/debs/*.deb; do
		rm -rf /tmp/tree && dpkg-deb -R $deb /tmp/tree &&
		sed -i 's/^Version: .*/Version: 0.0.1-1/; s/(= [^)]*)/(= 0.0.1-1)/' /tmp/tree/DEBIAN/control &&
		dpkg-deb -b /tmp/tree /tmp/old/$(basename $deb) || return 1
	done
}
no_files() { ! find / -xdev \\( -path /media -o -path /proc -o -path /sys -o -path /tmp -o -path /mnt -o -path /root \\) -prune -o -name '*v4l2*request*' -print | grep .; }
versions() { for name in $names; do dpkg-query -W -f '\${Version}\\n' $name; done | sort -u; }
is_version() { [ "$(versions)" = "$1" ]; }
lists() { sim vainfo --display drm --device /dev/dri/renderD128 | grep -q "VAProfileH264High.*VAEntrypointVLD"; }
takes_link() { sim vainfo --display drm --device /dev/dri/renderD128 2>&1 | grep -q "Trying to open .*/panfrost_drv_video.so"; }
mpv_decodes() {
	sim mpv --no-config --vo=null --ao=null --hwdec=vaapi-copy --vaapi-device=/dev/dri/renderD128 /usr/share/v4l2-request-tests/h264/high-pyramid.264 |
		grep -q "Using hardware decoding (vaapi-copy)"
}
ffmpeg_decodes() {
	[ "$(sim ffmpeg -nostdin -v error -hwaccel vaapi -hwaccel_device /dev/dri/renderD128 -hwaccel_output_format vaapi -i /usr/share/v4l2-request-tests/h264/high-pyramid.264 -vf hwdownload,format=nv12 -f framemd5 - | grep -c '^0,')" = 16 ]
}
measures() { # each run is measured but that of surfaces on a screen
	sim v4l2-request-doctor --measure /usr/share/v4l2-request-tests/h264/high-pyramid.264 --json >/tmp/measured || true
	cat /tmp/measured
	[ "$(grep -c '"verdict": "measured"' /tmp/measured)" = 5 ] && [ "$(grep -c '"pictures": 16,' /tmp/measured)" -ge 5 ]
}
links_lead() {
	for link in $dri/panfrost_drv_video.so $dri/rockchip_drv_video.so $dri/sun4i-drm_drv_video.so; do
		[ "$(readlink -f $link)" = $driver ] || return 1
	done
}
scenes() { # as an ordinary user, with nothing set but the device
	deep setpriv --reuid=65534 --regid=65534 --clear-groups v4l2-request-scenes "$@" >/tmp/scenes 2>&1
	grep -v "^  ok" /tmp/scenes
}
scenes_right() {
	scenes
	grep -q "^[1-9][0-9]* passed, 0 failed, [0-9]* skipped$" /tmp/scenes
}
scene_wrong() {
	scenes --codec h264 "a picture at a time"
	grep -q "frame 0, plane 0, .* instead of" /tmp/scenes && grep -q "^0 passed, 1 failed, 0 skipped$" /tmp/scenes
}
other() { # another package with a driver of the same file name
	mkdir -p /tmp/other/DEBIAN /tmp/other$dri && echo other >/tmp/other$driver &&
	printf 'Package: other-va-driver\\nVersion: 1\\nArchitecture: ${TARGET}\\nMaintainer: nobody <nobody@localhost>\\nDescription: another\\n' >/tmp/other/DEBIAN/control &&
	dpkg-deb -b /tmp/other /tmp/other.deb
}
check "older packages for the upgrade are made" older
check "they are installed" dpkg -i /tmp/old/*.deb
check "they are the older ones" is_version 0.0.1-1
check "they are upgraded" dpkg -i /media/debs/*.deb
check "all are the newer ones" fails is_version 0.0.1-1
check "no file of the packages is missing or changed" fails sh -c "dpkg -V $names | grep ."
check "beside Mesa's drivers nothing is taken" sh -c "dpkg -S $dri/panfrost_drv_video.so | grep -q '^v4l2-request-va-driver'"
check "links lead to the driver" links_lead
check "vainfo lists profiles, without LIBVA_DRIVER_NAME" lists
check "libva took the link for it" takes_link
check "mpv decodes in hardware, without LIBVA_DRIVER_NAME" mpv_decodes
check "ffmpeg decodes all pictures in hardware" ffmpeg_decodes
check "the doctor is content" sim v4l2-request-doctor --check
check "it measures a film with both players" measures
check "the doctor's manual is there" test -e /usr/share/man/man1/v4l2-request-doctor.1.gz
${whole ? `check "all clips are right on the device" deep v4l2-request-tests` : `check "clips of a device that paints grey are wrong" fails sim v4l2-request-tests`}
${
	whole
		? `check "all scenes of players are right on the device" scenes_right`
		: `check "a scene of a device that paints grey is wrong" scene_wrong`
}
check "another package's driver of this name is made" other
check "it cannot overwrite this one" fails dpkg -i /tmp/other.deb
check "which still works" lists
check "all are removed" dpkg --purge $names
check "nothing is left" no_files
check "libva finds no driver any more" fails lists
check "the other package can be installed now" dpkg -i /tmp/other.deb
check "this one cannot overwrite that" fails dpkg -i /media/debs/v4l2-request-va-driver_*.deb
check "the other driver is as it was" grep -q other $driver
`;
}

const named = process.argv.slice(2);
const releases = named.length > 0 ? named : ["bookworm", "trixie"];
if (!hasProgram("mmdebstrap")) {
	console.error("packages: mmdebstrap is missing: run `node tools/bootstrap.mjs distro test`");
	process.exit(1);
}
await mustRun(tool("tools/build.ts"));
const folder = mkdtempSync(join(tmpdir(), "packages-"));
const sum = nothing();
try {
	const debs = process.env.PACKAGES ?? join(folder, "debs");
	if (!process.env.PACKAGES) await mustRun(tool("tools/package.ts", "--target", TARGET, "--out", debs));
	const faults = faultsOfPackages(debs, TARGET);
	console.log(
		faults.length === 0
			? "  ok files and binaries of the packages"
			: "  FAIL files and binaries of the packages",
	);
	for (const fault of faults) console.log(fault);
	sum[faults.length === 0 ? "passed" : "failed"]++;
	for (const release of releases) {
		const whole = release === ownRelease();
		const media = join(folder, release);
		mkdirSync(join(media, "debs"), { recursive: true });
		const files = readdirSync(debs).filter((name) => name.endsWith(".deb") && !name.includes("-dbgsym_"));
		for (const name of files) copyFileSync(join(debs, name), join(media, "debs", name));
		copyFileSync(simulatorPath(!whole), join(media, "sim.so"));
		writeFileSync(join(media, "test"), script(whole));
		try {
			const { output } = await enter(await plainRoot(release, stock), "sh /media/test", {
				folders: { media },
			});
			const verdicts = output.split("\n").filter((line) => /^(ok|FAIL) /.test(line));
			for (const line of output.split("\n").filter(Boolean)) console.log(`  ${release}: ${line}`);
			sum.passed += verdicts.filter((line) => line.startsWith("ok")).length;
			sum.failed += verdicts.filter((line) => line.startsWith("FAIL")).length;
			if (verdicts.length === 0) sum.failed++;
		} catch (error) {
			if (!(error instanceof RootUnavailable)) throw error;
			console.log(`  skip  ${release}: ${error.message}`);
			sum.skipped++;
		}
	}
} finally {
	rmSync(folder, { recursive: true, force: true });
}
console.log(closingLine(sum));
process.exitCode = sum.failed > 0 ? 1 : 0;
