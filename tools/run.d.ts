// SPDX-License-Identifier: MIT
/** What run.mjs puts into each program; Node has both from version 20 on only. */
interface ImportMeta {
	/** Of the TypeScript file, not the bundle. */
	dirname: string;
	filename: string;
}
