// SPDX-License-Identifier: MIT
// The stages of `npm test`. Each is a program that ends with "N passed, N failed, N skipped".
import { tool } from "./lib/run.ts";

export interface Stage {
	name: string;
	what: string;
	command: string[];
	/** What runs instead where the whole takes too long for every `npm test`, and what that leaves out. */
	share?: { command: string[]; leftOut: string };
	/** What `npm test -- --quick` runs of it; stages without are left out there. */
	quick?: string[];
	/** Runs first, and silently unless it fails. */
	prepare?: string[];
	/** Programs without which the stage is skipped. */
	needs?: string[];
}

const hand = "^(abi|guard|glue)"; // what links the driver itself
const scenes = "^(abi|guard|glue|scenes)"; // and what loads it
/** Of the scenes that run in several ways: copied or not, frames or slices, tiled, each once. */
const someScenes = `${hand}|^scenes_(?!board$|.*_(slice|frame_copied|frame_tiled|frame_tiled_copied|frame_planes_copied|deep|deep_packed)$)`;
/** The programs with more than one thread, of these. */
const withThreads = `(?=guard|glue_(locks|neighbours|threads|waits)|scenes_(browsers|contexts|newer|players))(${someScenes})`;
const native = (folder: string, only: string, ...options: string[]) =>
	tool("tools/native.ts", folder, "-Dsimulator=true", ...options, "--only", only);
const sanitize = (folder: string, sanitizers: string, only: string, leftOut: string) => {
	const options = [`-Db_sanitize=${sanitizers}`, "-Dbuildtype=debugoptimized", "-Db_lundef=false"];
	return {
		command: native(folder, scenes, ...options),
		share: { command: native(folder, only, ...options), leftOut },
	};
};
const someWays =
	"the program of scenes for boards, scenes with slices in place, with frames copied or tiled, and 10-bit ones but for those packed and tiled";

export const stages: Stage[] = [
	{
		name: "abi",
		what: "structs and constants are those of the C headers",
		command: tool("tools/abi.ts", "--check"),
		quick: tool("tools/abi.ts", "--check"),
	},
	{
		name: "unit",
		what: "the core under Node, and its line coverage",
		command: tool("tools/unit.ts"),
		quick: tool("tools/unit.ts"),
	},
	{
		name: "native",
		what: "runtime, guard and glue; scenes of players, each picture compared",
		command: native("native", scenes),
		quick: native("native", someScenes),
	},
	{
		name: "native-asan",
		what: "the same under AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer",
		...sanitize("asan", "address,undefined", someScenes, someWays),
	},
	{
		name: "native-tsan",
		what: "what has several threads, under ThreadSanitizer",
		...sanitize("tsan", "thread", withThreads, `programs with one thread, and ${someWays}`),
	},
	{
		name: "fuzz",
		what: "random calls and events, a fixed number of them: under sanitizers, from threads, with a core that lies",
		command: tool("test/fuzz/fuzz.ts", "--short"),
		needs: ["clang"],
	},
	{
		name: "aarch64-qemu",
		what: "the cross build for aarch64, its native tests in an emulator",
		command: tool("tools/native.ts", "aarch64", "--only", hand),
		needs: ["aarch64-linux-gnu-gcc", "qemu-aarch64"],
	},
	{
		name: "armhf-qemu",
		what: "the same for 32-bit ARM, with 64-bit time and offsets",
		command: tool("tools/native.ts", "armhf", "--only", hand),
		needs: ["arm-linux-gnueabihf-gcc", "qemu-arm"],
	},
	{
		name: "simulator",
		what: "the decoder model and the simulated device",
		command: native("native", "^(?!abi|guard|glue|scenes)"),
	},
	{
		name: "clients",
		what: "stock ffmpeg, mpv and vainfo on the simulated device",
		prepare: tool("tools/build.ts"),
		command: tool("test/clients/run.ts"),
		quick: tool("test/clients/run.ts", "mpv"),
		needs: ["ffmpeg", "mpv", "vainfo"],
	},
	{
		name: "doctor",
		what: "the doctor in every state of the simulated device, and what it says of each",
		prepare: tool("tools/build.ts"),
		command: tool("test/doctor/run.ts"),
		quick: tool("test/doctor/run.ts", "data"),
		needs: ["vainfo", "ffmpeg", "mpv"],
	},
	{
		name: "stress",
		what: "two mpv at once: sizes that change, seeks, pauses, kills",
		prepare: tool("tools/build.ts"),
		command: tool("tools/stress.ts", "--short", "--seed", "1"),
		needs: ["ffmpeg", "mpv"],
	},
	{
		name: "kernel",
		what: "the driver on Linux's own V4L2 core, in User Mode Linux",
		prepare: tool("tools/build.ts"),
		command: tool("test/kernel/run.ts"),
	},
	{
		name: "bench",
		what: "ioctls a picture, and copies of each byte of bitstream",
		prepare: tool("tools/build.ts"),
		command: tool("tools/bench.ts", "--check"),
		needs: ["ffmpeg"],
	},
	{
		name: "build",
		what: "gate, exports, incremental and reproducible builds, the source archive",
		command: tool("test/build/run.ts"),
	},
];
