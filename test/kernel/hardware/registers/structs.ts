// SPDX-License-Identifier: MIT
// Reads C structs of bit fields, as the newer drivers of Rockchip's decoders describe registers and packets in memory by them.

/** A member that is no struct itself. Names of those that it lies in come first, with their index: "ref_info(1).ref_field". */
export interface Bits {
	name: string;
	/** Counted from the begin of the struct. */
	first: number;
	bits: number;
}

interface Member {
	name: string;
	/** How many there are of it, where it is an array. */
	count: number | null;
	type: { bits: number } | Member[];
}

const scalars: Record<string, number> = { u32: 32, u16: 16, u8: 8 };

/** Structs by name, from a file's text. Only what is packed, or has no gaps by itself, lies where this says. */
export class Structs {
	private readonly text: string;
	private tokens: string[] = [];

	constructor(text: string) {
		this.text = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\/\/.*$/gm, "");
	}

	/** All members of a struct, in order, but for those that are called reserved. */
	bits(name: string): Bits[] {
		const found: Bits[] = [];
		this.flatten(this.struct(name), "", 0, found);
		return found.filter((each) => !/(^|[._])reserved?(_?\d+)*(\(|_bits|$)/.test(each.name));
	}

	private struct(name: string): Member[] {
		const begin = new RegExp(`struct ${name}\\s*\\{`).exec(this.text);
		if (!begin) throw new Error(`there is no struct ${name}`);
		const before = this.tokens;
		this.tokens = this.text.slice(begin.index + begin[0].length).match(/\w+|[{}[\]:;]/g) ?? [];
		const members = this.members();
		this.tokens = before;
		return members;
	}

	/** To the closing brace. */
	private members(): Member[] {
		const members: Member[] = [];
		while (this.tokens[0] !== "}") members.push(this.member());
		this.tokens.shift();
		return members;
	}

	private member(): Member {
		let type: Member["type"];
		const word = this.take();
		if (word === "struct") {
			const name = this.tokens[0] === "{" ? "" : this.take();
			if (this.tokens[0] === "{") {
				this.take();
				type = this.members();
			} else type = this.struct(name);
		} else {
			if (!scalars[word]) throw new Error(`a struct has a member of type ${word}`);
			type = { bits: scalars[word] };
		}
		if (this.tokens[0] === "__packed") this.take();
		const member: Member = { name: this.take(), count: null, type };
		for (let mark = this.take(); mark !== ";"; mark = this.take()) {
			if (mark === "[") member.count = Number(this.take());
			if (mark === ":") member.type = { bits: Number(this.take()) };
		}
		return member;
	}

	private take(): string {
		const token = this.tokens.shift();
		if (token === undefined) throw new Error("a struct does not end");
		return token;
	}

	private flatten(members: Member[], prefix: string, at: number, found: Bits[]): number {
		let first = at;
		for (const { name, count, type } of members) {
			for (let i = 0; i < (count ?? 1); i++) {
				const path = `${prefix}${name}${count === null ? "" : `(${i})`}`;
				if (Array.isArray(type)) first = this.flatten(type, `${path}.`, first, found);
				else {
					found.push({ name: path, first, bits: type.bits });
					first += type.bits;
				}
			}
		}
		return first;
	}
}
