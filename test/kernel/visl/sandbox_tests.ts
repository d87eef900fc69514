// SPDX-License-Identifier: MIT
// Containers and sandboxes: bubblewrap gives a program some of the decoder's nodes, and the driver says in one sentence which is missing.
import { run } from "../../clients/lib/process.ts";
import { expect, expectEqual, test } from "../../clients/lib/suite.ts";
import { fixtureNamed } from "../../codecs/codecs.ts";
import { h264 } from "../../codecs/h264/codec.ts";
import { type Done, FRAME, inGuest } from "./steps.ts";

interface State {
	name: string;
	/** Options of bubblewrap; $media and $video are the decoder's nodes. */
	options: string;
	/** The decoder exports no memory. */
	exportsNothing?: boolean;
	/** In the driver's only sentence, where MEDIA and VIDEO are the nodes. None: it decodes, and says nothing. */
	says?: string;
	/** It is the first of several, as each picture fails. */
	first?: boolean;
}

const media = "--dev-bind $media $media";
const video = "--dev-bind $video $video";
/** As little of /sys as libva needs to take the render node for one. */
const littleSys = "--tmpfs /sys --dir /sys/dev/char/226:128/device/drm";
/** What lets one node in, or several. */
const one = (node: string) => `docker --device ${node}, flatpak --device=all\\)`;
const several = one("for each");

const states: State[] = [
	{
		name: "/dev/dri alone",
		options: "",
		says: `has .*MEDIA, VIDEO, but /dev does not; let them into .*${several}`,
	},
	// The lab has other media devices; the decoder's own is among them, and its video node is not.
	{
		name: "video",
		options: video,
		says: `has (?!.*VIDEO).*MEDIA, but /dev does not; let them into .*${several}`,
	},
	{ name: "media", options: media, says: `has VIDEO, but /dev does not; let it into .*${one("VIDEO")}` },
	{ name: "media and video", options: `${media} ${video}` },
	{
		name: "media and video of a decoder that exports nothing",
		options: `${media} ${video}`,
		exportsNothing: true,
		first: true,
		says: `no memory for surface .*/dev/dma_heap/system and /dev/udmabuf cannot be opened; .*${one("/dev/dma_heap/system")}`,
	},
	{
		name: "its media, video and dma_heap",
		options: `${media} ${video} --dev-bind /dev/dma_heap /dev/dma_heap`,
		exportsNothing: true,
	},
	{
		name: "its media, video and udmabuf",
		options: `${media} ${video} --dev-bind /dev/udmabuf /dev/udmabuf`,
		exportsNothing: true,
	},
	// A mount without devices, where the file's mode is what it was.
	{
		name: "media that may not be opened",
		options: `--bind $media $media ${video}`,
		says: `no permission to open MEDIA, though its mode gives it: .*${one("MEDIA")}`,
	},
	{
		name: "video that may not be opened",
		options: `${media} --bind $video $video`,
		says: `no permission to open VIDEO, though its mode gives it: .*${one("VIDEO")}`,
	},
	{
		name: "/dev/dri, no /sys",
		options: littleSys,
		says: "there is no /dev/media. device, .*docker --device, flatpak",
	},
	{
		name: "media, no /sys",
		options: `${littleSys} ${media}`,
		says: "decoder of MEDIA has a video node \\(81:\\d+\\) that is not among /dev/video.; .*docker --device, flatpak",
	},
	{ name: "media and video, no /sys", options: `${littleSys} ${media} ${video}` },
];

/** Finds visl's nodes, and runs ffmpeg in a bubblewrap. */
function command(path: string, options: string): string {
	return [
		'for each in /sys/class/video4linux/*; do [ "$(cat "$each/name")" != visl ] || video=/dev/$(basename "$each"); done',
		'media=/dev/$(basename "$(echo /sys/class/video4linux/"$(basename "$video")"/device/media*)")',
		'echo "$media $video" >nodes',
		'bwrap --ro-bind / / --dev /dev --proc /proc --dev-bind /dev/dri /dev/dri --bind "$PWD" "$PWD" ' +
			`${options} ffmpeg -nostdin -v error -hwaccel vaapi -hwaccel_device /dev/dri/renderD128 -i '${path}' -pix_fmt yuv420p -f framemd5 -`,
	].join("; ");
}

const pictures = (text: string): string =>
	text
		.split("\n")
		.filter((line) => line.startsWith("0,"))
		.join("\n");

function check(state: State, done: Done, software: string): void {
	const said = done.stderr.split("\n").filter((line) => line.includes("v4l2_request: "));
	if (!state.says) {
		expectEqual(said.join("\n"), "", `${state.name}: the driver says`);
		expectEqual(pictures(done.stdout), software, `${state.name}: pictures`);
		return;
	}
	const [media, video] = done.file("nodes").trim().split(" ");
	const words = state.says.replaceAll("MEDIA", media).replaceAll("VIDEO", video);
	if (!state.first) expectEqual(said.length, 1, `${state.name}: sentences (${said.join("")}), of`);
	expect(new RegExp(words).test(said[0] ?? ""), `${state.name}: it says "${said[0]}", without ${words}`);
}

/** Adds the tests of players in a sandbox that hides some nodes. */
export function sandboxTests(): void {
	test("sandboxes: bubblewrap leaves nodes out, and one sentence names the one that is missing", async () => {
		const { path } = fixtureNamed(h264, "high-pyramid");
		const words = ["-nostdin", "-v", "error", "-i", path, "-f", "framemd5", "-"];
		const { stdout } = await run({ program: "ffmpeg", arguments: words });
		const steps = states.map(({ name, options, exportsNothing }) => ({
			name,
			command: command(path, options),
			device: { ...FRAME, exportsNothing },
		}));
		// A boot, and then a player for each state: on a busy machine that takes more than one test has time for.
		const done = await inGuest(steps, undefined, 100 * steps.length);
		for (const state of states) check(state, done.get(state.name) as Done, pictures(stdout));
	});
}
