/**
 * Checks of what a lot's bundle rests on: the inspected item's image. Pure; each returns what it found or throws. Mirrors oracle/verify_lot.py.
 * @module
 */

import { equal, sha256, toHex } from "./bytes.js";
import { mismatch, signerOf } from "./content.js";
import { found } from "./walk.js";

/** @typedef {import("./walk.js").Walk} Walk */
/** @typedef {import("./bundle.js").Inspection} Inspection */

/** @param {Walk} walk */
export function image(walk) {
  const content = /** @type {Inspection} */ (walk.bundle.content);
  const stated = walk.statement.imageHash;
  if (!content.image) return found(`not in the file; its sha256 is ${toHex(stated)}`, signerOf(walk), "claimed");
  const digest = sha256(content.image);
  if (!equal(digest, stated)) mismatch("sha256 of the image", digest, stated);
  return found(`${content.image.length} bytes, sha256 ${toHex(digest)}`, signerOf(walk));
}
