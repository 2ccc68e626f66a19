/**
 * Bounds of a reader that the page needs before it starts one.
 * @module
 */

/** Bytes of a bundle's file. */
export const MAX_BYTES = 32 * 1024 * 1024;
