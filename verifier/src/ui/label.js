/**
 * What a label's QR code says: a GS1 Digital Link, and the hash of the bundle that belongs to it. Pure. Mirrors gateway/labels.py.
 * @module
 */

import { keyOfPath } from "../gs1.js";

const HASH_PARAMETER = "sha256";
const DIGEST = /(?:^|[^0-9a-fA-F])(?:0x)?([0-9a-fA-F]{64})(?![0-9a-fA-F])/;

/** @typedef {{text: string, path: string | null, hash: string | null, fault: string | null}} Label */

/** Returns the parts of a label's text; both may be missing.
 * @param {string} text @returns {Label} */
export function labelOf(text) {
  const link = /^https?:\/\/[^/?#\s]+\/([^?#\s]+)(?:\?([^#\s]*))?/i.exec(text.trim());
  const named = link ? hashOf(link[2] ?? "") : { hash: hashIn(text), fault: null };
  return { text: text.trim(), path: link && pathOf(link[1]), ...named };
}

/** Returns the hash that a link's query names, or why what it names is none: a hash that was damaged is no missing one.
 * @param {string} query @returns {{hash: string | null, fault: string | null}} */
function hashOf(query) {
  const named = [...new URLSearchParams(query)].filter(([name]) => name.toLowerCase() === HASH_PARAMETER).map(([, value]) => value);
  if (named.length > 1) return { hash: null, fault: `${HASH_PARAMETER}: it is given ${named.length} times` };
  const digest = /^(?:0x)?([0-9a-f]{64})$/.exec(named[0]?.toLowerCase() ?? "");
  if (named.length && !digest) return { hash: null, fault: `${HASH_PARAMETER}: '${named[0].slice(0, 80)}' is not 64 hexadecimal digits` };
  return { hash: digest && `0x${digest[1]}`, fault: null };
}

/** @param {string} text */
function hashIn(text) {
  const digest = DIGEST.exec(text);
  return digest && `0x${digest[1].toLowerCase()}`;
}

/** Returns the canonical path of the key that a link's path ends in, or null.
 * @param {string} path */
function pathOf(path) {
  const parts = path.replace(/\/+$/, "").split("/");
  try {
    return keyOfPath(parts.slice(["00", "01"].includes(parts.at(-2) ?? "") ? -2 : -4).join("/")).path;
  } catch {
    return null;
  }
}

/** Says whether a file is the one that a label names: true, false, or null where nothing could be compared.
 * @param {Label} label @param {{subject: string | null, fileHash: string, seal: string | null}} view
 * @returns {{matches: boolean | null, sentence: string}} */
export function comparison(label, view) {
  if (!label.path && !label.hash && !label.fault) return { matches: null, sentence: "This code is no label of a bundle: nothing was compared." };
  if (label.path && view.subject && label.path !== view.subject)
    return { matches: false, sentence: `The label is of ${label.path}, the file is about ${view.subject}: they do not belong together.` };
  if (label.fault) return { matches: null, sentence: `The label's link is malformed, so its hash was not compared: ${label.fault}.` };
  if (label.hash) {
    const matches = label.hash === view.seal || label.hash === view.fileHash;
    return { matches, sentence: matches ? "This is the file that the label names." : `The label names the bundle ${label.hash}: this is another file.` };
  }
  if (!view.subject) return { matches: null, sentence: "This file says of nothing that it is about it: nothing was compared with the label." };
  return { matches: true, sentence: "The file is about what the label names. The label names no hash, so another file about it would fit as well." };
}
