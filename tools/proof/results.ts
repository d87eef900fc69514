// SPDX-License-Identifier: MIT
// What docs/proof.md tells, condensed from the JSON that the proving commands write. Kept as docs/proof.json.
import { AS_SOFTWARE } from "../../test/clients/lib/decode.ts";
import type { BoardReport } from "./reports.ts";

/** Which driver a row is of, when it was run, and the version of Linux where the lab was needed. */
export interface Run {
	driver: string;
	date: string;
	kernel?: string;
}

/** Pixels: npm run conformance, on the simulated device with the decoder model behind it. */
export interface Pixels {
	codec: string;
	/** The mode of the device: frame (frame-based, Annex B) or slice (slice-based, no start codes). */
	mode: string;
	streams: number;
	right: number;
	pictures: number;
	/** Right by comparison with software: the published MD5 is of pictures that the container crops or rotates otherwise. */
	asSoftware: string[];
	/** Refused because such a device cannot do them. */
	refused: string[];
	wrong: string[];
}

/** Controls: npm run agree, on visl, against GStreamer. */
export interface Agreement {
	codec: string;
	streams: number;
	jobs: number;
	equal: number;
	/** Different, and no field of VA-API says it. */
	notCarried: number;
	byRule: number;
	withoutRule: number;
	rules: number;
	failures: string[];
}

/** Registers: npm run registers, on the chip's own kernel driver, against GStreamer. */
export interface Registers {
	board: string;
	codec: string;
	streams: number;
	jobs: number;
	equal: number;
	waived: number;
	different: number;
	waivers: string[];
	notCompared: string[];
}

export interface Results {
	pixels: (Pixels & { run: Run })[];
	agreement: (Agreement & { run: Run })[];
	registers: (Registers & { run: Run })[];
	reports: BoardReport[];
}

interface ConformanceJson {
	mode: string;
	codec: string;
	rows: { file: string; set: string; verdict: string; reason: string; pictures: number }[];
}

/** A row of the proof from what `npm run conformance -- --json` wrote. */
export function pixelsOf({ mode, codec, rows }: ConformanceJson): Pixels {
	const decode = rows.filter((row) => row.set === "decode");
	const files = (verdict: string) => decode.filter((row) => row.verdict === verdict).map((row) => row.file);
	const right = decode.filter((row) => row.verdict === "pass");
	return {
		codec,
		mode,
		streams: decode.length,
		right: right.length,
		pictures: right.reduce((sum, row) => sum + row.pictures, 0),
		asSoftware: right.filter((row) => row.reason === AS_SOFTWARE).map((row) => row.file),
		refused: files("refused"),
		wrong: files("fail"),
	};
}

export interface AgreementJson {
	codec: string;
	totals: { equal: number; notCarried: number; otherwise: number; unexplained: number };
	rules: { times: number }[];
	streams: { file: string; skipped?: string; failures: string[]; matched?: number }[];
}

/** A row of the proof from a codec's part of what `npm run agree -- --json` wrote. */
export function agreementOf({ codec, totals, rules, streams }: AgreementJson): Agreement {
	const compared = streams.filter((stream) => !stream.skipped);
	return {
		codec,
		streams: new Set(compared.map((stream) => stream.file)).size,
		jobs: compared.reduce((sum, stream) => sum + (stream.matched ?? 0), 0),
		equal: totals.equal,
		notCarried: totals.notCarried,
		byRule: totals.otherwise,
		withoutRule: totals.unexplained,
		rules: rules.filter((rule) => rule.times > 0).length,
		failures: compared.flatMap((stream) =>
			stream.failures.map((failure) => `${stream.file}: ${failure}`),
		),
	};
}

interface RegistersJson {
	board: string;
	codec: string;
	streams: {
		stream: string;
		jobs: number;
		equal: number;
		waived: number;
		different: number;
		fields: Record<string, { waiver: string }>;
		problem: string;
	}[];
}

/** A row of the proof from what `npm run registers -- --json` wrote. */
export function registersOf({ board, codec, streams }: RegistersJson): Registers {
	const compared = streams.filter((stream) => !stream.problem);
	const sum = (of: "jobs" | "equal" | "waived" | "different") =>
		compared.reduce((total, stream) => total + stream[of], 0);
	const waivers = compared.flatMap((stream) => Object.values(stream.fields).map((field) => field.waiver));
	return {
		board,
		codec,
		streams: compared.length,
		jobs: sum("jobs"),
		equal: sum("equal"),
		waived: sum("waived"),
		different: sum("different"),
		waivers: [...new Set(waivers)].filter((name) => name !== "").sort(),
		notCompared: streams
			.filter((stream) => stream.problem)
			.map((stream) => `${stream.stream}: ${stream.problem}`),
	};
}
