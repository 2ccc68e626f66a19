/**
 * What a label's QR code says: a GS1 Digital Link, and the hash of the bundle that belongs to it. Pure.
 * @module
 */

const DIGEST = /(?:^|[^0-9a-fA-F])(?:0x)?([0-9a-fA-F]{64})(?![0-9a-fA-F])/;

/** @typedef {{text: string, uri: string | null, hash: string | null}} Label */

/** Returns the parts of a label's text; both may be missing.
 * @param {string} text @returns {Label} */
export function labelOf(text) {
  const link = /^(https?:\/\/[^?#\s]+)/.exec(text.trim());
  const digest = DIGEST.exec(text);
  return { text: text.trim(), uri: link ? link[1] : null, hash: digest ? `0x${digest[1].toLowerCase()}` : null };
}

/** Says whether a file is the one that a label names.
 * @param {Label} label @param {{uri: string | null, fileHash: string, seal: string | null}} view
 * @returns {{matches: boolean, sentence: string}} */
export function comparison(label, view) {
  if (label.uri && view.uri && label.uri !== view.uri)
    return { matches: false, sentence: `The label is of ${label.uri}, the file is about ${view.uri}: they do not belong together.` };
  if (!label.hash) return { matches: false, sentence: "The label names no bundle: it is of this subject, but any file about it could lie here." };
  const matches = label.hash === view.seal || label.hash === view.fileHash;
  return { matches, sentence: matches ? "This is the file that the label names." : `The label names the bundle ${label.hash}: this is another file.` };
}
