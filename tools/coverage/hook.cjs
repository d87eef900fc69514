// SPDX-License-Identifier: MIT
// node --require tools/coverage/hook.cjs: gives every wasm instance the counters that an instrumented core imports, and
// adds them to the file $COVERAGE_OUT at the end. Tests need not know of it.
const fs = require("node:fs");

const counts = [];
const imports = {
	coverage: {
		hit(id) {
			counts[id] = (counts[id] ?? 0) + 1;
		},
	},
};
const { Instance, instantiate } = WebAssembly;

WebAssembly.Instance = class extends Instance {
	constructor(module, own) {
		super(module, { ...own, ...imports });
	}
};
WebAssembly.instantiate = (module, own) => instantiate(module, { ...own, ...imports });

process.on("exit", () => {
	const out = process.env.COVERAGE_OUT;
	if (!out) return;
	const sum = fs.existsSync(out) ? JSON.parse(fs.readFileSync(out, "utf8")) : [];
	counts.forEach((count, id) => {
		sum[id] = (sum[id] ?? 0) + count;
	});
	fs.writeFileSync(out, JSON.stringify(Array.from(sum, (count) => count ?? 0)));
});
