// SPDX-License-Identifier: MIT
// H.264 table A-1: level_idc, MaxFS, MaxDpbMbs; no level between two of these has other limits. The tests' own copy: the core
// has another, which these judge.
export const h264Levels = [
	[10, 99, 396],
	[11, 396, 900],
	[20, 396, 2376],
	[21, 792, 4752],
	[30, 1620, 8100],
	[31, 3600, 18000],
	[32, 5120, 20480],
	[41, 8192, 32768],
	[42, 8704, 34816],
	[50, 22080, 110400],
	[51, 36864, 184320],
	[62, 139264, 696320],
];
