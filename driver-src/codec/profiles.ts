// SPDX-License-Identifier: MIT

/** enum VAProfile of libva 2.18 and later; the headers this builds with may be older, the library at run time newer. */
export const VAProfileH264High10: u32 = 36;
