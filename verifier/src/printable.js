/**
 * Which names may be shown: a line break or an escape can draw lines of a report that nobody made. Pure.
 * Mirrors oracle/printable.py.
 * @module
 */

/** Controls, formats, halves of pairs, private use, all white space but the blank; Egyptian controls, which not every Unicode knows. */
const UNSEEN = /(?! )[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Z}\u{13430}-\u{1345f}]/u;

/** Whether every character shows as itself, whatever edition of Unicode is at hand.
 * @param {string} text */
export const isPrintable = (text) => !UNSEEN.test(text);
