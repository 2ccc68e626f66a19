/**
 * Which names may be shown: a line break or an escape can draw lines of a report that nobody made. Pure.
 * @module
 */

/** Whether every character is one that Python's str.isprintable allows.
 * @param {string} text */
export const isPrintable = (text) => !/(?! )[\p{C}\p{Z}]/u.test(text);
