// SPDX-License-Identifier: MIT
// What the tests and tools must know of a codec. Each codec is a folder here; its codec.ts gives one of these, and codecs.ts
// lists them. A part that is missing leaves the codec out of the tests that need it.
import type { StreamEntry } from "../clients/lib/streams.ts";
import type { AgreeCodec } from "../kernel/agree/codec.ts";
import type { RegistersCodec } from "../kernel/hardware/registers/codec.ts";
import type { Damages } from "./damage.ts";
import type { Features } from "./features.ts";

/**
 * How a decoder takes pictures: whole, with start codes where the codec has such; or slice by slice, without. sets: whole, and it reads slice
 * headers with the reference picture sets of the SPS. columns: whole, without start codes, to pictures in columns.
 */
export type DeviceMode = "frame" | "slice" | "sets" | "columns";

/** A stateless control of the codec. */
export interface Control {
	/** As the simulated device calls it, without the codec: "sps". */
	name: string;
	id: number;
	/** The struct of its value, or of an element of it. */
	struct: string;
	/** What it belongs to; controls of slices exist in slice-based decoders only. */
	per: "sequence" | "picture" | "slice";
}

export interface Ffmpeg {
	/** FFmpeg's name of the codec. */
	name: string;
	/** Its decoder that goes over VA-API, where that is not the one that it takes by itself. */
	decoder?: string;
	/** Its muxer for elementary streams. */
	muxer: string;
	/** Whether Debian 12's ffmpeg decodes all of the stream over VA-API; va-decode does where it does not. */
	plays(entry: StreamEntry): boolean;
}

export interface GStreamer {
	parser: string;
	/** The plugins that have the parser: libgstNAME.so each. */
	plugins: string[];
	/** The end of the stateless element's name: v4l2slh264dec, or v4l2slhantroh264dec where there are several decoders. */
	stateless: string;
	/** The least GStreamer whose stateless element plays the codec: 1.x, as x. */
	least: number;
	/** Elements that decode over VA-API. */
	va: { gva: string; vaapi: string };
	/** It decodes nothing before the first key frame, where FFmpeg does. */
	fromKeyFrame?: boolean;
	/** A stream as its parser takes it, where that does not take every one; otherwise the bytes as they are. */
	prepare(bytes: Buffer): Buffer;
}

/** Fixtures for tests that take only some, by name without extension; each list has every kind of stream that there is. */
export interface Samples {
	/** Of one size each: mpv's encoder mode, which gives us its pictures, takes no other. The first is the longest. */
	mpv: string[];
	/** One of each kind. */
	kinds: string[];
	/** Of those, what GStreamer's VA-API elements do not decode right, in software neither, or not into plain planes. */
	notGStreamer: string[];
	/** Of those, what mpv does not write, of software's pictures neither. */
	notMpv: string[];
}

/** For npm run test:mutate and npm run sensitivity, which flip the fields of controls. */
export interface Flips {
	/** Fixtures, in the order in which they are tried. */
	clips: string[];
	/** The constants that are the bits of a flags field begin with: by field ("sps.flags"). */
	flagPrefixes: Record<string, string>;
	/** Values to exclusive-or where the lowest bit means nothing, by field. */
	special: Record<string, bigint[]>;
	/** The elements of an array that are tried, as indices. */
	elements(field: string, dims: number[]): number[][];
	/** Fields of which a flip shows nowhere, and why: a file with name, tab, reason. */
	exceptions: string;
}

/** One size of a film of npm run stress. */
export interface FilmPart {
	size: string;
	pictures: number;
	/** ffmpeg's arguments for the encoder. */
	encoder: string[];
}

/** For npm run bench. */
export interface Bench {
	/** What pictures consist of, if not slices. */
	part?: string;
	/** How many slices the pictures of its clips have: one clip for each. */
	slices: number[];
	/** ffmpeg's arguments for the encoder of a clip with so many slices to a picture. */
	encoder(slices: number): string[];
	/** The same as the core's fill code in plain C, where there is such. */
	fill?: {
		/** test/bench/fill.h */
		source: string;
		/** The VAProfile of those clips, as a number. */
		profile: number;
		/** How many times as many instructions as C's the core may take for it. */
		most: number;
	};
	/** How many ioctls a decode may take, if not 8. */
	mostIoctls?: number;
	/** How many times as many instructions as H.264's driver code a picture of one slice may take. */
	mostOfH264?: number;
	/** A picture of so many slices of one block each, and how the cost of a slice grows with their number. */
	manySlices?: ManySlices;
}

/** Pictures of few and of many slices, each slice alike. */
export interface ManySlices {
	few: number;
	many: number;
	/** An elementary stream of so many pictures, each of so many slices. */
	stream(slices: number, pictures: number): Uint8Array;
	/** How many times as many instructions a slice may take where there are many. */
	most: number;
}

export type Size = readonly [width: number, height: number];

/** For tests of how large pictures may be. */
export interface Sizes {
	/** An elementary stream of three pictures of a size, all of them shown. */
	stream(width: number, height: number, depth: 8 | 10): Uint8Array;
	/** What width and height are multiples of there. */
	step: number;
	smallest: Size;
	/** A picture of as many samples as the highest level has. Missing: the driver knows of no such level. */
	largest?: Size;
	/** A picture as long as may be there, or as a surface. */
	longest: Size;
}

export interface Codec {
	/** As in index.tsv, in V4L2SIM_KIND and on command lines. */
	name: string;
	title: string;
	/** Of elementary streams, without the dot. */
	extension: string;
	/** The coded format, as v4l2-ctl shows it. */
	format: string;
	/** What vainfo lists of a decoder that takes all that VA-API has and this driver decodes in 8 bit. */
	profiles: string[];
	/** Of the simulated device. */
	modes: DeviceMode[];
	/** Whether decoders of this mode refuse a stream that is to be decoded: cedrus takes no 4:0:0. */
	refuses(mode: DeviceMode, entry: StreamEntry): boolean;
	/** How many pictures of a file come out once more without being decoded. Missing: the codec has no such. */
	repeats?(path: string): number;
	/** Some pictures go to the decoder a second time, once the next one has said in which slot they are kept. */
	decodesAgain?: boolean;
	/** How many surfaces have memory at once at the most while mpv plays and seeks. Missing: as with H.264 (tools/stress.ts). */
	mostSurfaces?: number;
	/** Files that libavcodec, which the model stands on, decodes otherwise than published. */
	ofLibavcodec?: string[];
	/** Files of which no decoder says what is right, with the reason. */
	disputed?: Record<string, string>;
	controls: Control[];
	ffmpeg: Ffmpeg;
	gstreamer: GStreamer;
	/** Its bit in what Firefox's vaapitest prints (Firefox, toolkit/xre/glxtest); 0: Firefox does not ask for it. */
	firefox: number;
	/** Arguments of va-decode with which it decodes every fixture, too. */
	habits: string[][];
	/** The like for streams of 10 bit alone. */
	deepHabits: string[][];
	/** Of what the index of its fixtures says. */
	features: Features;
	samples: Samples;
	flips?: Flips;
	agree?: AgreeCodec;
	registers?: RegistersCodec;
	sizes?: Sizes;
	damages?: Damages;
	/** Films whose sizes change. */
	films: Record<string, FilmPart[]>;
	bench?: Bench;
}

export type DamagedCodec = Codec & { damages: Damages };
export type SizedCodec = Codec & { sizes: Sizes };
