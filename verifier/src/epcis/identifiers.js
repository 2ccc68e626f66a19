/**
 * Identifiers in events, brought to their canonical Digital Link as the CBV hash asks. Pure. Mirrors oracle/epcis/identifiers.py.
 *
 * EPC URNs (Tag Data Standard sections 6 to 8) and Digital Links under any host become `https://id.gs1.org/...`; what is not recognised stays
 * as it is written.
 * @module
 */

import { checkDigit, quote, RESOLVER } from "../gs1.js";

/** How each kind of EPC is built: application identifier of its key, digits of company prefix and reference together (0: free text), whether
 * the reference's first digit stands before the company prefix, further parts of two digits, and the serial's identifier (`+` appends it).
 * @type {{[scheme: string]: {ai: string, digits?: number, indicator?: boolean, pieces?: number, serial?: string}}} */
const SCHEMES = {
  "id:sgtin": { ai: "01", digits: 13, indicator: true, serial: "21" },
  "id:sscc": { ai: "00", digits: 17, indicator: true },
  "id:sgln": { ai: "414", digits: 12, serial: "254" },
  "id:grai": { ai: "8003", digits: 12, serial: "+" },
  "id:giai": { ai: "8004" },
  "id:gsrn": { ai: "8018", digits: 17 },
  "id:gsrnp": { ai: "8017", digits: 17 },
  "id:gdti": { ai: "253", digits: 12, serial: "+" },
  "id:cpi": { ai: "8010", serial: "8011" },
  "id:sgcn": { ai: "255", digits: 12, serial: "+" },
  "id:ginc": { ai: "401" },
  "id:gsin": { ai: "402", digits: 16 },
  "id:itip": { ai: "8006", digits: 13, indicator: true, pieces: 2, serial: "21" },
  "id:upui": { ai: "01", digits: 13, indicator: true, serial: "235" },
  "id:pgln": { ai: "417", digits: 12 },
  "class:lgtin": { ai: "01", digits: 13, indicator: true, serial: "10" },
};
/** Schemes with a class form `urn:epc:idpat:<scheme>:...*`, whose serial is left open. */
const PATTERNS = ["sgtin", "grai", "gdti", "sgcn", "cpi", "itip", "upui"];
const SET_82 = /^[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]*$/;
const SET_39 = /^[#\-/0-9A-Z]*$/;
const DIGITS = /^[0-9]*$/;
/** Digits that a value begins with, most characters after them, and what those may be.
 * @type {{[ai: string]: [number, number, RegExp]}} */
const RULES = {
  ...{ "00": [18, 0, SET_82], "01": [14, 0, SET_82], 10: [0, 20, SET_82], 21: [0, 20, SET_82], 235: [0, 28, SET_82] },
  ...{ 253: [13, 17, SET_82], 254: [0, 20, SET_82], 255: [13, 12, DIGITS], 401: [0, 30, SET_82], 402: [17, 0, SET_82] },
  ...{ 414: [13, 0, SET_82], 417: [13, 0, SET_82], 8003: [14, 16, SET_82], 8004: [0, 30, SET_82], 8006: [18, 0, SET_82] },
  ...{ 8010: [0, 30, SET_39], 8011: [0, 12, DIGITS], 8017: [18, 0, SET_82], 8018: [18, 0, SET_82] },
};

/** Characters of an identifier that is looked at. */
const MAX_TEXT = 2048;
const URN = /^urn:epc:(id|class|idpat):([a-z]+):([0-9]+)\.(.*)$/;
const PART = /^(?:[A-Za-z0-9!'()*+,.:;=_-]|%[0-9A-Fa-f]{2})+$/;
const X = "[\\w!\"&'()*+,.:;<=>-]";
const GTIN_LINK =
  `(?:01|gtin)/(?<gtin>\\d{8}|\\d{12,14})(?:/(?:22|cpv)/${X}{1,20})?` +
  `(?:/(?:10|lot)/(?<lot>${X}{1,20}))?(?:/(?:21|ser)/(?<serial>${X}{1,20})|/(?:235|upui)/(?<upui>${X}{1,28}))?`;
const ITIP_LINK =
  `(?:8006|itip)/(?<itip>\\d{18})(?:/(?:22|cpv)/${X}{1,20})?` +
  `(?:/(?:10|lot)/(?<itipLot>${X}{1,20}))?(?:/(?:21|ser)/(?<itipSerial>${X}{1,20}))?`;
/** Application identifier, short name and value of the Digital Links that take no qualifier. */
const PLAIN_LINKS = [
  ["00", "sscc", "\\d{18}"],
  ["253", "gdti", `\\d{13}${X}{0,17}`],
  ["255", "gcn", "\\d{13,25}"],
  ["401", "ginc", `${X}{1,30}`],
  ["402", "gsin", "\\d{17}"],
  ["417", "party", "\\d{13}"],
  ["8003", "grai", `\\d{14}${X}{0,16}`],
  ["8004", "giai", `${X}{1,30}`],
  ["8017", "gsrnp", "\\d{18}"],
  ["8018", "gsrn", "\\d{18}"],
];
const LINK = new RegExp(
  `^https?://[^/?#]+\\.[^/?#]+/(?:[^?#]*/)?(?:${[
    GTIN_LINK,
    ITIP_LINK,
    `(?:414|gln)/(?<gln>\\d{13})(?:/(?:254|glnx)/(?<glnx>${X}{1,20}))?`,
    `(?:8010|cpid)/(?<cpid>${X}{1,30})(?:/(?:8011|cpsn)/(?<cpsn>\\d{1,12}))?`,
    ...PLAIN_LINKS.map(([ai, name, value]) => `(?:${ai}|${name})/(?<ai${ai}>${value})`),
  ].join("|")})$`,
);
/** The first qualifier present wins: a lot goes where a serial number is.
 * @type {{[name: string]: [string, [string, string][]]}} */
const QUALIFIED = {
  gtin: ["01", [["serial", "21"], ["upui", "235"], ["lot", "10"]]],
  itip: ["8006", [["itipSerial", "21"], ["itipLot", "10"]]],
  gln: ["414", [["glnx", "254"]]],
  cpid: ["8010", [["cpsn", "8011"]]],
};

/** Returns the canonical Digital Link of an EPC URN or Digital Link, or null if the text is neither.
 * @param {string} text @returns {string | null} */
export function canonicalLink(text) {
  if (text.length > 2 * MAX_TEXT || [...text].length > MAX_TEXT) return null;
  if (text.startsWith("urn:epc:")) return fromUrn(text);
  const found = LINK.exec(text.split("?", 1)[0].split("#", 1)[0]);
  return found?.groups ? RESOLVER + pathOf(Object.fromEntries(Object.entries(found.groups).filter(([, value]) => value !== undefined))) : null;
}

/** @param {string} text @returns {string | null} */
function fromUrn(text) {
  const [, kind, type, company, rest] = URN.exec(text) ?? [];
  const isPattern = kind === "idpat" && PATTERNS.includes(type);
  const name = `${isPattern ? "id" : kind}:${type}`;
  if (rest === undefined || !Object.hasOwn(SCHEMES, name) || company.length < 6 || company.length > 12) return null;
  const { ai, digits = 0, indicator = false, pieces = 0, serial } = SCHEMES[name];
  // The last part may itself hold dots (serial numbers do), so only as many as the scheme has are split off.
  const wanted = 1 + pieces + (serial ? 1 : 0);
  const split = rest.split(".");
  if (split.length < wanted) return null;
  const parts = [...split.slice(0, wanted - 1), split.slice(wanted - 1).join(".")];
  const [reference, ...more] = parts;
  const two = more.slice(0, pieces);
  const key = keyOf(ai, company, reference, digits, indicator);
  if (key === null || two.some((piece) => !/^[0-9]{2}$/.test(piece))) return null;
  if (!serial || isPattern) return !serial || parts.at(-1) === "*" ? linkOf([[ai, key + two.join("")]]) : null;
  const last = plain(parts[wanted - 1]);
  if (last === null) return null;
  if (serial === "+") return linkOf([[ai, key + last]]);
  // Extension 0 says that there is none.
  return linkOf(ai === "414" && last === "0" ? [[ai, key]] : [[ai, key + two.join("")], [serial, last]]);
}

/** @param {string} ai @param {string} company @param {string} reference @param {number} digits @param {boolean} indicator */
function keyOf(ai, company, reference, digits, indicator) {
  if (!digits) {
    const free = plain(reference);
    return free === null ? null : company + free;
  }
  const whole = company + reference;
  if (whole.length !== digits || !/^[0-9]+$/.test(whole) || (indicator && !reference)) return null;
  const payload = indicator ? reference[0] + company + reference.slice(1) : whole;
  return (ai === "8003" ? "0" : "") + payload + checkDigit(payload);
}

/** @param {string} part */
function plain(part) {
  if (!PART.test(part)) return null;
  return part.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => new TextDecoder().decode(Uint8Array.from(run.slice(1).split("%"), (pair) => Number.parseInt(pair, 16))));
}

/** Returns the canonical Digital Link of a key and its qualifier, or null if a value breaks the rule of its identifier.
 * @param {[string, string][]} pairs */
function linkOf(pairs) {
  for (const [ai, value] of pairs) {
    const [digits, more, alphabet] = RULES[ai];
    const tail = value.slice(digits);
    if (!value || value.length < digits || !DIGITS.test(value.slice(0, digits)) || tail.length > more || !alphabet.test(tail)) return null;
  }
  return RESOLVER + pairs.map(([ai, value]) => `${ai}/${quote(value)}`).join("/");
}

/** @param {{[name: string]: string}} found */
function pathOf(found) {
  for (const [name, [ai, qualifiers]] of Object.entries(QUALIFIED)) {
    if (!(name in found)) continue;
    const used = qualifiers.find(([group]) => group in found);
    return `${ai}/${name === "gtin" ? found[name].padStart(14, "0") : found[name]}${used ? `/${used[1]}/${found[used[0]]}` : ""}`;
  }
  const [[name, value]] = Object.entries(found);
  return `${name.replace(/^ai/, "")}/${value}`;
}
