// SPDX-License-Identifier: MIT
/**
 * V4L2_CID_STATELESS_MPEG2_QUANTISATION: the quantiser matrices, which stay from picture to picture until they are loaded anew
 * or a sequence begins (ISO/IEC 13818-2, 6.3.11).
 *
 * Values lie in default zigzag scanning order (7.3.1) everywhere: in the stream, in VA-API (va.h, "in zig-zag scan order") and in
 * V4L2 ("in zigzag scanning order"; hantro_mpeg2_dec_copy_qtable() undoes it). So nothing is reordered.
 */
import { v4l2_ctrl_mpeg2_quantisation } from "../../abi/v4l2";
import { VAIQMatrixBufferMPEG2 } from "../../abi/va";
import { zero_bytes } from "../../bits/bytes";

const VALUES: u32 = 64;

/** The default for intra blocks, 6.3.11, in zigzag order. */
// biome-ignore format: a table
const DEFAULT_INTRA: usize = memory.data<u8>([
	8, 16, 16, 19, 16, 19, 22, 22,
	22, 22, 22, 22, 26, 24, 26, 27,
	27, 27, 26, 26, 26, 26, 27, 27,
	27, 29, 29, 29, 34, 34, 34, 29,
	29, 29, 27, 27, 29, 29, 32, 32,
	34, 34, 37, 38, 37, 35, 35, 34,
	35, 38, 38, 40, 40, 40, 48, 48,
	46, 46, 56, 56, 58, 69, 69, 83,
]);

/** Each value of the default for non-intra blocks. */
const DEFAULT_NON_INTRA: u8 = 16;

/** For a new sequence: "When a sequence_header_code is decoded all matrices shall be reset to their default values". */
export function matrices_reset(matrices: v4l2_ctrl_mpeg2_quantisation): void {
	const to = changetype<usize>(matrices);
	memory.copy(to + v4l2_ctrl_mpeg2_quantisation.AT_intra_quantiser_matrix, DEFAULT_INTRA, VALUES);
	memory.copy(to + v4l2_ctrl_mpeg2_quantisation.AT_chroma_intra_quantiser_matrix, DEFAULT_INTRA, VALUES);
	memory.fill(to + v4l2_ctrl_mpeg2_quantisation.AT_non_intra_quantiser_matrix, DEFAULT_NON_INTRA, VALUES);
	memory.fill(
		to + v4l2_ctrl_mpeg2_quantisation.AT_chroma_non_intra_quantiser_matrix,
		DEFAULT_NON_INTRA,
		VALUES,
	);
}

/** Loads those that VA says are loaded; a luma matrix is the chroma matrix as well until one comes for chroma. */
export function matrices_load(matrices: v4l2_ctrl_mpeg2_quantisation, given: VAIQMatrixBufferMPEG2): void {
	const to = changetype<usize>(matrices);
	const from = changetype<usize>(given);
	const intra = from + VAIQMatrixBufferMPEG2.AT_intra_quantiser_matrix;
	if (given.load_intra_quantiser_matrix != 0 && is_given(intra)) {
		memory.copy(to + v4l2_ctrl_mpeg2_quantisation.AT_intra_quantiser_matrix, intra, VALUES);
		memory.copy(to + v4l2_ctrl_mpeg2_quantisation.AT_chroma_intra_quantiser_matrix, intra, VALUES);
	}
	const non_intra = from + VAIQMatrixBufferMPEG2.AT_non_intra_quantiser_matrix;
	if (given.load_non_intra_quantiser_matrix != 0 && is_given(non_intra)) {
		memory.copy(to + v4l2_ctrl_mpeg2_quantisation.AT_non_intra_quantiser_matrix, non_intra, VALUES);
		memory.copy(
			to + v4l2_ctrl_mpeg2_quantisation.AT_chroma_non_intra_quantiser_matrix,
			non_intra,
			VALUES,
		);
	}
	const chroma_intra = from + VAIQMatrixBufferMPEG2.AT_chroma_intra_quantiser_matrix;
	if (given.load_chroma_intra_quantiser_matrix != 0 && is_given(chroma_intra))
		memory.copy(to + v4l2_ctrl_mpeg2_quantisation.AT_chroma_intra_quantiser_matrix, chroma_intra, VALUES);
	const chroma_non_intra = from + VAIQMatrixBufferMPEG2.AT_chroma_non_intra_quantiser_matrix;
	if (given.load_chroma_non_intra_quantiser_matrix != 0 && is_given(chroma_non_intra))
		memory.copy(
			to + v4l2_ctrl_mpeg2_quantisation.AT_chroma_non_intra_quantiser_matrix,
			chroma_non_intra,
			VALUES,
		);
}

/**
 * Whether the matrix is there. No value may be 0: a player that says it is there and gives none (mpeg2vldemo of libva-utils fills
 * in the first value) is taken to have left it out.
 */
function is_given(matrix: usize): bool {
	for (let i: u32 = 0; i < VALUES; i += 8) {
		if (zero_bytes(load<u64>(matrix + i)) != 0) return false;
	}
	return true;
}
