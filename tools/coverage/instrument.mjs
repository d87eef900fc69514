// SPDX-License-Identifier: MIT
// Rewrites AssemblyScript so that each statement counts itself: a call of __hit(id) goes before it, on the same line, so
// places in messages stay right. The calls are an import ("coverage", "hit") that a test provides (hook.cjs). Only builds
// that measure coverage are rewritten; what ships is not.
import ts from "typescript";

/** File that the rewritten sources import; its name is the import module. */
export const COUNTER_FILE = "driver-src/coverage.ts";
export const COUNTER_SOURCE = "export declare function hit(id: u32): void;\n";

/** Is this a source that is measured? Paths are relative to the project. */
export function measured(path) {
	return path.startsWith("driver-src/") && !path.startsWith("driver-src/abi/") && path !== COUNTER_FILE;
}

/** places gets { path, line } for each new id. */
export function instrument(path, text, places) {
	const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
	const inserts = []; // [offset, text]
	const count = (node) => {
		const start = node.getStart(source);
		places.push({ path, line: source.getLineAndCharacterOfPosition(start).line + 1 });
		return [start, `__hit(${places.length - 1});`];
	};
	const list = (statements) => {
		for (const statement of statements) if (counts(statement)) inserts.push(count(statement));
	};
	const single = (statement) => {
		if (!statement || ts.isBlock(statement)) return;
		const [start, call] = count(statement);
		inserts.push([start, `{${call}`]);
		inserts.push([statement.getEnd(), "}"]);
	};
	const visit = (node) => {
		if (ts.isBlock(node) || ts.isCaseOrDefaultClause(node)) list(node.statements);
		else if (ts.isIfStatement(node)) {
			single(node.thenStatement);
			if (node.elseStatement && !ts.isIfStatement(node.elseStatement)) single(node.elseStatement);
		} else if (ts.isForStatement(node) || ts.isWhileStatement(node) || ts.isDoStatement(node))
			single(node.statement);
		ts.forEachChild(node, visit);
	};
	visit(source);

	// At equal places a closing brace comes before what opens after it.
	const ordered = inserts.map((each, order) => ({ at: each[0], text: each[1], order }));
	ordered.sort(
		(a, b) => a.at - b.at || Number(b.text === "}") - Number(a.text === "}") || a.order - b.order,
	);
	const depth = path.split("/").length - 2;
	let out = `import { hit as __hit } from "${depth === 0 ? "./" : "../".repeat(depth)}coverage"; `;
	let from = 0;
	for (const { at, text: piece } of ordered) {
		out += text.slice(from, at) + piece;
		from = at;
	}
	return out + text.slice(from);
}

/** Statements that do something by themselves. */
function counts(statement) {
	return !ts.isBlock(statement) && !ts.isFunctionDeclaration(statement) && !ts.isEmptyStatement(statement);
}
