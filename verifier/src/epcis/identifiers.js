/**
 * Identifiers in events, brought to their canonical Digital Link as the CBV hash asks. Pure. Mirrors oracle/epcis/identifiers.py.
 *
 * EPC URNs (Tag Data Standard sections 6 to 8) and Digital Links under any host become `https://id.gs1.org/...`; what is not recognised stays
 * as it is written.
 * @module
 */

import { Refused } from "../errors.js";
import { checkDigit, RESOLVER } from "../gs1.js";

/** @param {string} payload */
const checked = (payload) => payload + checkDigit(payload);
/** @param {string} company @param {string} item */
const gtin = (company, item) => checked(item.slice(0, 1) + company + item.slice(1));

/** How the parts of each EPC URN make up a Digital Link path.
 * @type {{[scheme: string]: (...parts: string[]) => string}} */
const URNS = {
  "id:sgtin": (p, i, s) => `01/${gtin(p, i)}/21/${s}`,
  "id:sscc": (p, r) => `00/${gtin(p, r)}`,
  "id:sgln": (p, r, x) => `414/${checked(p + r)}${x === "0" ? "" : `/254/${x}`}`,
  "id:grai": (p, t, s) => `8003/0${checked(p + t)}${s}`,
  "id:giai": (p, r) => `8004/${p}${r}`,
  "id:gsrn": (p, r) => `8018/${checked(p + r)}`,
  "id:gsrnp": (p, r) => `8017/${checked(p + r)}`,
  "id:gdti": (p, t, s) => `253/${checked(p + t)}${s}`,
  "id:cpi": (p, r, s) => `8010/${p}${r}/8011/${s}`,
  "id:sgcn": (p, r, s) => `255/${checked(p + r)}${s}`,
  "id:ginc": (p, r) => `401/${p}${r}`,
  "id:gsin": (p, r) => `402/${checked(p + r)}`,
  "id:itip": (p, i, n, t, s) => `8006/${gtin(p, i)}${n}${t}/21/${s}`,
  "id:upui": (p, i, x) => `01/${gtin(p, i)}/235/${x}`,
  "id:pgln": (p, r) => `417/${checked(p + r)}`,
  "class:lgtin": (p, i, b) => `01/${gtin(p, i)}/10/${b}`,
  "idpat:sgtin": (p, i, _) => `01/${gtin(p, i)}`,
  "idpat:grai": (p, t, _) => `8003/0${checked(p + t)}`,
  "idpat:gdti": (p, t, _) => `253/${checked(p + t)}`,
  "idpat:sgcn": (p, r, _) => `255/${checked(p + r)}`,
  "idpat:cpi": (p, r, _) => `8010/${p}${r}`,
  "idpat:itip": (p, i, n, t, _) => `8006/${gtin(p, i)}${n}${t}`,
  "idpat:upui": (p, i, _) => `01/${gtin(p, i)}`,
};

const URN = /^urn:epc:(id(?:pat)?|class):([a-z]+):([0-9]{6,12})\.(.*)$/;
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
  if (text.startsWith("urn:epc:")) return fromUrn(text);
  const found = LINK.exec(text.split("?", 1)[0].split("#", 1)[0]);
  return found?.groups ? RESOLVER + pathOf(Object.fromEntries(Object.entries(found.groups).filter(([, value]) => value !== undefined))) : null;
}

/** @param {string} text */
function fromUrn(text) {
  const [, kind, scheme, company, rest] = URN.exec(text) ?? [];
  const build = kind && Object.hasOwn(URNS, `${kind}:${scheme}`) ? URNS[`${kind}:${scheme}`] : null;
  if (!build) return null;
  // The last part may itself hold dots (serial numbers do), so only as many as the scheme has are split off.
  const parts = rest.split(".");
  const wanted = build.length - 1;
  if (parts.length < wanted) return null;
  const fitted = [...parts.slice(0, wanted - 1), parts.slice(wanted - 1).join(".")];
  try {
    return RESOLVER + build(company, ...fitted).replace(/[!()*+,:]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
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
