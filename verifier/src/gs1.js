/**
 * GS1 keys of subjects and their canonical Digital Link. Pure. Mirrors oracle/gs1.py.
 *
 * Specifications: GS1 General Specifications section 7.9 (check digit) and figure 7.11-1 (character set 82), GS1 Digital Link URI Syntax 1.4.
 * @module
 */

import { utf8 } from "./bytes.js";
import { Refused, shorten } from "./errors.js";

export const RESOLVER = "https://id.gs1.org/";
const SET_82 = /^[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}$/;

/** @typedef {{primary: string, number: string, qualifier: string, value: string, path: string, uri: string}} Key */

/** @param {string} key @param {string} reason @returns {never} */
function refuse(key, reason) {
  throw new Refused(`GS1 key ${shorten(key)}: ${reason}`);
}

/** Returns the check digit over the payload's digits: weights 3, 1, 3, ... from the right, complemented to ten.
 * @param {string} payload */
export function checkDigit(payload) {
  if (!/^[0-9]+$/.test(payload)) refuse(payload, "expected digits only");
  const total = [...payload].reverse().reduce((sum, digit, place) => sum + Number(digit) * (place % 2 ? 1 : 3), 0);
  return String((10 - (total % 10)) % 10);
}

/** Returns the key of a Digital Link path such as `00/106141412345678908`; any other spelling is refused.
 * @param {string} path @returns {Key} */
export function keyOfPath(path) {
  const parts = path.split("/");
  if (parts.length !== 2 && parts.length !== 4) refuse(path, "expected AI/key or AI/key/AI/value");
  const [primary, number] = parts;
  const [qualifier, value] = [unquote(parts[2] ?? ""), unquote(parts[3] ?? "")];
  if (!(primary === "00" && number.length === 18) && !(primary === "01" && number.length === 14)) refuse(path, "expected 00 with 18 digits or 01 with 14");
  if (number.at(-1) !== checkDigit(number.slice(0, -1))) refuse(number, `check digit is ${number.at(-1)}, expected ${checkDigit(number.slice(0, -1))}`);
  if (primary === "00" && qualifier) refuse(qualifier, "an SSCC takes no qualifier");
  if (!["", "10", "21"].includes(qualifier)) refuse(qualifier, "expected 10 (lot) or 21 (serial)");
  if (Boolean(qualifier) !== Boolean(value)) refuse(path, "a qualifier needs a value");
  if (value && !SET_82.test(value)) refuse(value, "expected 1 to 20 characters of GS1's set 82");
  const written = qualifier ? `${primary}/${number}/${qualifier}/${quote(value)}` : `${primary}/${number}`;
  if (written !== path) refuse(path, `not its canonical spelling, which is ${written}`);
  return { primary, number, qualifier, value, path, uri: RESOLVER + path };
}

/** Returns the key of a canonical Digital Link URI; any other spelling is refused.
 * @param {string} uri */
export function keyOfUri(uri) {
  if (!uri.startsWith(RESOLVER)) refuse(uri, `expected a URI under ${RESOLVER}`);
  return keyOfPath(uri.slice(RESOLVER.length));
}

/** Encodes what a canonical Digital Link does not leave as it is.
 * @param {string} text */
export const quote = (text) =>
  text.replace(/[^A-Za-z0-9_.\-~';=]/gu, (character) => Array.from(utf8(character), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""));

/** Decodes what is well formed and leaves the rest, so that the comparison with the canonical spelling decides.
 * @param {string} text */
const unquote = (text) =>
  text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) =>
    new TextDecoder().decode(Uint8Array.from(run.slice(1).split("%"), (pair) => Number.parseInt(pair, 16))),
  );
