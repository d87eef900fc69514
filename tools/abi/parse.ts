// SPDX-License-Identifier: MIT
// Reads the struct and enum definitions out of preprocessed C. It knows only what the VA, V4L2 and exchange headers
// use; sizes, offsets and signs come from the compiler (probe.ts), never from here.

/** One declarator of a struct or union. */
export interface Member {
	name: string; // "" for an unnamed struct or union
	rank: number; // number of array dimensions
	bitField: boolean;
	pointer: boolean;
	/** Tag or typedef name of the type when it has one. */
	typeName: string;
	/** The body, for a struct or union that is defined in place. */
	body: Body | null;
}

export interface Body {
	kind: "struct" | "union";
	members: Member[];
}

export interface Headers {
	/** By tag and by typedef name. */
	bodies: Map<string, Body>;
	/** C spelling of each name in bodies: "struct tag" or "Typedef". */
	spelling: Map<string, string>;
	enumerators: string[];
}

const TOKEN = /[A-Za-z_]\w*|\d[\w.]*|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\.\.\.|[^\s\w]/g;
const QUALIFIERS = new Set([
	"const",
	"volatile",
	"__extension__",
	"extern",
	"static",
	"inline",
	"__inline",
	"__inline__",
	"_Bool",
]);

/** The structs, unions, typedefs and enumerators of preprocessed C. */
export function parseHeaders(text: string): Headers {
	const tokens = text.replace(/^#.*$/gm, "").match(TOKEN) ?? []; // pragmas are left in preprocessed C
	let at = 0;
	const headers: Headers = { bodies: new Map(), spelling: new Map(), enumerators: [] };

	while (at < tokens.length) declaration();
	return headers;

	function declaration(): void {
		const isTypedef = tokens[at] === "typedef";
		if (isTypedef) at++;
		const type = specifiers();
		if (isTypedef) {
			const { name, rank, pointer } = declarator();
			const body = type.body ?? headers.bodies.get(type.typeName);
			if (name && rank === 0 && !pointer && body) define(name, name, body);
		}
		// Whatever is left of it (a function, a variable) is of no interest.
		for (; at < tokens.length; at++) {
			if (tokens[at] === "(" || tokens[at] === "[") skipGroup();
			if (tokens[at] === "{") {
				skipGroup();
				if (tokens[at + 1] !== ";" && tokens[at + 1] !== ",") break;
			}
			if (tokens[at] === ";") break;
		}
		at++;
	}

	/** struct/union/enum with or without a body, or a plain type name. */
	function specifiers(): { typeName: string; body: Body | null } {
		let typeName = "";
		let body: Body | null = null;
		for (;;) {
			const token = tokens[at];
			if (token === "__attribute__") {
				at++;
				skipGroup();
				at++;
			} else if (QUALIFIERS.has(token)) {
				at++;
			} else if (token === "struct" || token === "union" || token === "enum") {
				at++;
				while (tokens[at] === "__attribute__") {
					at++;
					skipGroup();
					at++;
				}
				if (tokens[at] !== "{") typeName = tokens[at++];
				if (tokens[at] === "{") {
					if (token === "enum") enumerators();
					else body = members(token);
					if (body && typeName) define(typeName, `${token} ${typeName}`, body);
				}
				return { typeName, body };
			} else if (token !== undefined && /^[A-Za-z_]/.test(token)) {
				// A type name is followed by another word or a star; the last word is the declarator's.
				const next = tokens[at + 1];
				if (typeName && !/^[A-Za-z_*(]/.test(next)) return { typeName, body };
				if (typeName && /^[A-Za-z_]/.test(token) && /^([[;:,=)]|__attribute__$)/.test(next))
					return { typeName, body };
				if (typeName && next === "(") return { typeName, body };
				typeName = token;
				at++;
			} else {
				return { typeName, body };
			}
		}
	}

	function declarator(): { name: string; rank: number; pointer: boolean; bitField: boolean } {
		let name = "";
		let rank = 0;
		let pointer = false;
		let bitField = false;
		for (;;) {
			const token = tokens[at];
			if (token === "*") {
				pointer = true;
				at++;
			} else if (token === "const" || token === "volatile") {
				at++;
			} else if (token === "__attribute__") {
				at++;
				skipGroup();
				at++;
			} else if (token === "(") {
				pointer = true; // pointer to function
				skipGroup();
				at++;
			} else if (token === "[") {
				rank++;
				skipGroup();
				at++;
			} else if (token === ":") {
				bitField = true;
				at++;
				while (tokens[at] !== "," && tokens[at] !== ";") at++;
			} else if (token !== undefined && /^[A-Za-z_]/.test(token)) {
				name = token;
				at++;
			} else {
				return { name, rank, pointer, bitField };
			}
		}
	}

	function members(kind: "struct" | "union"): Body {
		const body: Body = { kind, members: [] };
		at++; // {
		while (tokens[at] !== "}") {
			const type = specifiers();
			do {
				if (tokens[at] === ",") at++;
				const found = declarator();
				if (found.name || (type.body && !found.bitField)) body.members.push({ ...found, ...type });
			} while (tokens[at] === ",");
			if (tokens[at] !== ";")
				throw new Error(`cannot read a member near "${tokens.slice(at - 6, at + 6).join(" ")}"`);
			at++;
		}
		at++; // }
		return body;
	}

	function enumerators(): void {
		at++; // {
		while (tokens[at] !== "}") {
			headers.enumerators.push(tokens[at]);
			while (tokens[at] !== "," && tokens[at] !== "}") {
				if (tokens[at] === "(") skipGroup();
				at++;
			}
			if (tokens[at] === ",") at++;
		}
		at++; // }
	}

	function define(name: string, spelling: string, body: Body): void {
		headers.bodies.set(name, body);
		headers.spelling.set(name, spelling);
	}

	/** From an opening bracket to its closing one. */
	function skipGroup(): void {
		let depth = 0;
		for (; at < tokens.length; at++) {
			if ("([{".includes(tokens[at])) depth++;
			if (")]}".includes(tokens[at]) && --depth === 0) return;
		}
	}
}
