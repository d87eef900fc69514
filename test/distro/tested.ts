// SPDX-License-Identifier: MIT
// The systems that the project is tested on. The distro command runs on these releases and holds their versions to this list;
// README.md's table is made of it (tools/tested.ts).

/** Debian packages whose versions make systems differ for the driver and its tests, and what people call them. */
export const programs: Record<string, string> = {
	gcc: "GCC",
	nodejs: "Node.js",
	libva2: "libva",
	"linux-libc-dev": "kernel headers",
	ffmpeg: "ffmpeg",
	mpv: "mpv",
	"libgstreamer1.0-0": "GStreamer",
	"vlc-bin": "VLC",
};

export interface Tested {
	/** Debian's code name. */
	release: string;
	title: string;
	/** Its versions move on, so that a newer one is no fault. */
	rolling?: boolean;
	/** By package, the first two numbers. */
	versions: Record<string, string>;
}

export const tested: Tested[] = [
	{
		release: "bookworm",
		title: "Debian 12",
		versions: {
			gcc: "12.2",
			nodejs: "18.20",
			libva2: "2.17",
			"linux-libc-dev": "6.1",
			ffmpeg: "5.1",
			mpv: "0.35",
			"libgstreamer1.0-0": "1.22",
			"vlc-bin": "3.0",
		},
	},
	{
		release: "trixie",
		title: "Debian 13",
		versions: {
			gcc: "14.2",
			nodejs: "20.19",
			libva2: "2.22",
			"linux-libc-dev": "6.12",
			ffmpeg: "7.1",
			mpv: "0.40",
			"libgstreamer1.0-0": "1.26",
			"vlc-bin": "3.0",
		},
	},
	{
		release: "sid",
		title: "sid",
		rolling: true,
		versions: {
			gcc: "16.1",
			nodejs: "24.22",
			libva2: "2.24",
			"linux-libc-dev": "7.2",
			ffmpeg: "9.0",
			mpv: "0.41",
			"libgstreamer1.0-0": "1.28",
		},
	},
];

/** The first two numbers of a Debian version such as 7:5.1.9-0+deb12u1; "" where it has none. */
const shortVersion = (version: string): string => /^(?:\d+:)?(\d+\.\d+)/.exec(version)?.[1] ?? "";

/**
 * What a release has otherwise than listed here, a phrase each. listing: lines of `package version`, as dpkg-query prints them;
 * a package that is not installed there is passed over.
 */
export function departures(release: string, listing: string): string[] {
	const versions = tested.find((each) => each.release === release)?.versions ?? {};
	return listing.split("\n").flatMap((line) => {
		const [name, version = ""] = line.split(" ");
		const found = shortVersion(version);
		if (!(name in programs) || found === "" || found === versions[name]) return [];
		return [`${programs[name]} ${found}, listed as ${versions[name] ?? "none"}`];
	});
}
