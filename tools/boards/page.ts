// SPDX-License-Identifier: MIT
// The pages of docs/boards, from boards.json and docs/proof.json.
import { codecs } from "../../test/codecs/codecs.ts";
import { pageRows } from "../proof/page.ts";
import type { Results } from "../proof/results.ts";
import { chipName, type Family } from "./table.ts";

const MADE =
	"<!-- Made by `npm run boards:docs` from docs/boards/boards.json and docs/proof.json. Do not edit: `npm run lint` compares. -->";

const line = (cells: string[]): string => `| ${cells.join(" | ")} |`;
const table = (head: string[], rows: string[][]): string[] => [
	line(head),
	line(head.map(() => "---")),
	...rows.map(line),
];

/** Whether this driver has the codec. */
const isKnown = (codec: string): boolean => codecs.some(({ title }) => title === codec);

function kernelOf(since: string): string {
	return since === "6.1" ? "6.1 or earlier" : since;
}

function decoderLines({ decoders }: Family): string[] {
	if (decoders.length === 0) return ["Linux has no driver of a stateless decoder for this chip."];
	const rows = decoders.flatMap(({ driver, option, only, codecs: of }) =>
		Object.entries(of).map(([codec, since]) => [
			codec,
			only ? `${driver} (${only.map(chipName).join(", ")})` : driver,
			`\`${option}\``,
			kernelOf(since),
			isKnown(codec) ? "yes" : "not yet",
		]),
	);
	return table(["codec", "kernel driver", "option of the kernel", "since Linux", "this driver"], rows);
}

function proofLines({ proof = [] }: Family, results: Results): string[] {
	const rows = pageRows(results).filter(([chips]) => proof.includes(chips));
	if (rows.length === 0)
		return [
			"Nothing of this chip's own kernel driver was compared yet; the driver was tried on decoders of its kind.",
		];
	return [
		"No board of the project's own has decoded yet. What was shown without one ([proof.md](../proof.md) says how):",
		"",
		...table(
			["kernel driver", "codec", "pixels, on a model", "controls", "registers", "reports from boards"],
			rows.map(([chips, driver, ...cells]) => [
				proof.length > 1 ? `${driver}, ${chips}` : driver,
				...cells,
			]),
		),
	];
}

/** How to play, the same on each page. */
const PLAY = [
	"## Play",
	"",
	"    v4l2-request-doctor                      # says what is missing, and what to do",
	"    vainfo                                   # lists the profiles",
	"    mpv --hwdec=vaapi film.mp4               # or vaapi-copy; MPEG-2: --hwdec-codecs=all as well",
	"",
	"| Player | How |",
	"| --- | --- |",
	"| ffmpeg | `ffmpeg -hwaccel vaapi -i film.mp4 ...` |",
	"| VLC | Preferences, Input/Codecs, hardware-accelerated decoding: VA-API |",
	"| Kodi | Settings, Player, Videos: Allow hardware acceleration VAAPI |",
	"| GStreamer | `GST_VA_ALL_DRIVERS=1` in the environment, then `playbin` takes `vah264dec` and the like |",
	"| Firefox | `MOZ_DISABLE_RDD_SANDBOX=1`, and `media.hardware-video-decoding.force-enabled` in about:config |",
	"| Chromium | a build with VA-API: `--enable-features=VaapiVideoDecoder` |",
	"| Jellyfin | Dashboard, Playback: VAAPI, device `/dev/dri/renderD128`; it decodes, and encodes in software |",
	"",
	"Only mpv, ffmpeg, GStreamer, Firefox and Chromium were tried by the project, and VLC's decoding: [players.md](../players.md).",
];

/** The text of docs/boards/PAGE.md. */
export function boardPage(family: Family, results: Results): string {
	return `${[
		`# ${family.title}`,
		"",
		MADE,
		"",
		`Boards: ${family.boards.join(", ")}, and others with this chip (\`${family.chips.join("`, `")}\`).`,
		`Kernel drivers of the screen: ${family.screen}.`,
		"",
		"## Decoders",
		"",
		...decoderLines(family),
		...(family.lacks ? ["", family.lacks] : []),
		"",
		"## Shown how",
		"",
		...proofLines(family, results),
		"",
		...PLAY,
	].join("\n")}\n`;
}

/** The text of docs/boards/README.md: one row a family. */
export function overview(all: Family[]): string {
	const rows = all.map(({ page, title, boards, decoders }) => [
		`[${title}](${page}.md)`,
		boards.join(", "),
		[...new Set(decoders.map(({ driver }) => driver))].join(", ") || "none in Linux",
		[...new Set(decoders.flatMap(({ codecs: of }) => Object.keys(of).filter(isKnown)))].join(", ") ||
			"nothing yet",
	]);
	return `${["# Boards", "", MADE, "", ...table(["chip", "boards", "kernel driver", "decodes here"], rows)].join("\n")}\n`;
}
