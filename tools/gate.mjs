// SPDX-License-Identifier: MIT
// What must not be in the core, looked for in the text form of the module:
//   - managed allocation: the stub runtime never frees, so an instance would fill up
//   - memory growth: the memory is fixed, so its address never changes under the glue
//   - recursion: the depth of the C stack is then bounded by the call graph
//   - call_indirect: it would hide edges of that graph
//   - imports that the glue does not provide
//   - virtual overloads (asc names the function that chooses "...@override"): of @unmanaged classes, all of which have class
//     id 0, it always chooses the first, without a word

const FUNCTION = /^\s*\(func (\$\S+)/;

/** Sentences that say what is wrong; none when the module may be built in. */
export function check(text, { allowedImports, recursion }) {
	const refusals = [];
	const functions = readFunctions(text);

	for (const [, module, name] of text.matchAll(/^\s*\(import "([^"]*)" "([^"]*)"/gm)) {
		if (!allowedImports.includes(`${module}.${name}`))
			refusals.push(`it imports ${module}.${name}, which the glue does not provide`);
	}
	for (const { name, body } of functions) {
		if (/^\$~lib\/rt\//.test(name)) {
			const callers = functions
				.filter((each) => each.body.includes(`call ${name}`))
				.map((each) => plain(each.name));
			refusals.push(
				`it allocates managed memory (${plain(name)}${callers.length ? `, used by ${callers.join(", ")}` : ""})`,
			);
		}
		const overload = /\$(?:__inlined_func\$)?([^\s()]+)@override/.exec(body)?.[1]; // a function, or the label of an inlined one
		if (overload) refusals.push(`${plain(name)} chooses among the virtual overloads of ${overload}`);
		if (/\bmemory\.grow\b/.test(body)) refusals.push(`${plain(name)} grows the memory`);
		if (/\b(return_)?call_(indirect|ref)\b/.test(body))
			refusals.push(`${plain(name)} calls through a table`);
	}
	const memory = /^\s*\(memory (?:\$\S+ )?(\d+)(?: (\d+))?/m.exec(text);
	if (!memory) refusals.push("it has no memory of its own");
	else if (memory[1] !== memory[2]) refusals.push("its memory is not of a fixed size");
	if (!/\(export "memory" \(memory/.test(text)) refusals.push('it does not export its memory as "memory"');
	if (!recursion) {
		for (const cycle of cycles(functions))
			refusals.push(`it is recursive: ${cycle.map(plain).join(" -> ")}`);
	}
	return refusals;
}

function readFunctions(text) {
	const functions = [];
	for (const line of text.split("\n")) {
		const start = FUNCTION.exec(line);
		if (start) functions.push({ name: start[1], body: "" });
		if (functions.length > 0) functions[functions.length - 1].body += `${line}\n`;
	}
	return functions;
}

/** The cycles of the call graph that a depth-first walk closes. */
function cycles(functions) {
	const calls = new Map(
		functions.map(({ name, body }) => [
			name,
			[...body.matchAll(/\b(?:return_)?call (\$[^\s()]+)/g)].map((m) => m[1]),
		]),
	);
	const state = new Map(); // 1: on the path, 2: done
	const path = [];
	const found = [];
	const visit = (name) => {
		if (state.get(name) === 2) return;
		if (state.get(name) === 1) {
			found.push([...path.slice(path.indexOf(name)), name]);
			return;
		}
		state.set(name, 1);
		path.push(name);
		for (const callee of calls.get(name) ?? []) visit(callee);
		path.pop();
		state.set(name, 2);
	};
	for (const { name } of functions) visit(name);
	return found;
}

function plain(name) {
	return name.slice(1).replace(/^driver-src\//, "");
}
