/**
 * Checks a document against the published JSON Schema of bundles: names, types and bounds of every field. Pure.
 *
 * The schema is generated from the Python reader's own types, so both readers agree about every bound. Only the words that it uses are
 * known here; an unknown word is a programming error, not something to pass over. `format` and other annotations bind nothing.
 * @module
 */

import { Refused, shorten } from "./errors.js";
import { isObject, numberOf } from "./json.js";

/** @typedef {import("./json.js").Json} Json */
/** @typedef {any} Schema */

const ANNOTATIONS = new Set(["$schema", "$defs", "$id", "title", "description", "default", "format"]);
const patterns = new Map();

/** Returns if the document has the schema's shape.
 * @param {Schema} root @param {Json} document */
export function requireShape(root, document) {
  check(root, root, document, "$");
}

/** @param {Schema} root @param {Schema} schema @param {Json} value @param {string} path */
function check(root, schema, value, path) {
  for (const word of Object.keys(schema)) {
    if (ANNOTATIONS.has(word) || word === "properties" || word === "required" || word === "additionalProperties" || word === "items") continue;
    const rule = RULES[word];
    if (!rule) throw new Error(`the schema's word ${word} is not known here`);
    rule(schema[word], value, path, root);
  }
  if (isObject(value)) checkObject(root, schema, value, path);
  if (Array.isArray(value) && isObject(schema.items)) value.forEach((item, place) => check(root, schema.items, item, `${path}[${place}]`));
}

/** @param {Schema} root @param {Schema} schema @param {{[name: string]: Json}} value @param {string} path */
function checkObject(root, schema, value, path) {
  for (const name of schema.required ?? []) if (!Object.hasOwn(value, name)) refuse(path, `lacks the field ${name}`);
  for (const name of Object.keys(value)) {
    if (Object.hasOwn(schema.properties ?? {}, name)) check(root, schema.properties[name], value[name], `${path}.${name}`);
    else if (schema.additionalProperties === false) refuse(`${path}.${shorten(name)}`, "unknown field");
    else if (isObject(schema.additionalProperties)) check(root, schema.additionalProperties, value[name], `${path}.${name}`);
  }
}

/** @type {{[word: string]: (bound: any, value: Json, path: string, root: Schema) => void}} */
const RULES = {
  $ref: (name, value, path, root) => check(root, root.$defs[name.split("/").at(-1)], value, path),
  type: (types, value, path) => [types].flat().some((type) => isOf(type, value)) || refuse(path, `expected ${types}, got ${shorten(value)}`),
  enum: (allowed, value, path) => allowed.includes(value) || refuse(path, `expected one of ${allowed}, got ${shorten(value)}`),
  const: (allowed, value, path) => allowed === value || refuse(path, `expected ${allowed}, got ${shorten(value)}`),
  anyOf(choices, value, path, root) {
    const holds = choices.some((/** @type {Schema} */ choice) => attempt(() => check(root, choice, value, path)));
    if (!holds) refuse(path, `${shorten(value)} is none of what is allowed`);
  },
  pattern(text, value, path) {
    if (!patterns.has(text)) patterns.set(text, new RegExp(text, "u"));
    if (typeof value === "string" && !patterns.get(text).test(value)) refuse(path, `${shorten(value)} does not match ${text}`);
  },
  minLength: (bound, value, path) => typeof value !== "string" || [...value].length >= bound || refuse(path, `shorter than ${bound}`),
  maxLength: (bound, value, path) => typeof value !== "string" || value.length <= bound || [...value].length <= bound || refuse(path, `longer than ${bound}`),
  minItems: (bound, value, path) => !Array.isArray(value) || value.length >= bound || refuse(path, `fewer than ${bound}`),
  maxItems: (bound, value, path) => !Array.isArray(value) || value.length <= bound || refuse(path, `more than ${bound}`),
  minProperties: (bound, value, path) => !isObject(value) || Object.keys(value).length >= bound || refuse(path, `fewer than ${bound}`),
  maxProperties: (bound, value, path) => !isObject(value) || Object.keys(value).length <= bound || refuse(path, `more than ${bound}`),
  propertyNames: (schema, value, path, root) => isObject(value) && Object.keys(value).forEach((name) => check(root, schema, name, path)),
  minimum: (bound, value, path) => !(numberOf(value) < bound) || refuse(path, `less than ${bound}`),
  maximum: (bound, value, path) => !(numberOf(value) > bound) || refuse(path, `more than ${bound}`),
  exclusiveMinimum: (bound, value, path) => !(numberOf(value) <= bound) || refuse(path, `not more than ${bound}`),
  exclusiveMaximum: (bound, value, path) => !(numberOf(value) >= bound) || refuse(path, `not less than ${bound}`),
};

/** Every word of a schema that binds something here, or is known to bind nothing. */
requireShape.words = [...ANNOTATIONS, ...Object.keys(RULES), "properties", "required", "additionalProperties", "items"];

/** Whole numbers written as fractions are numbers, not integers, as for the Python reader.
 * @param {string} type @param {Json} value */
function isOf(type, value) {
  if (type === "object") return isObject(value);
  if (type === "array") return Array.isArray(value);
  if (type === "null") return value === null;
  if (type === "integer") return typeof value === "bigint" || Number.isSafeInteger(value);
  if (type === "number") return Number.isFinite(numberOf(value));
  return typeof value === type;
}

/** @param {() => void} test */
function attempt(test) {
  try {
    test();
    return true;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}

/** @param {string} path @param {string} reason @returns {never} */
function refuse(path, reason) {
  throw new Refused(`${path}: ${reason}`);
}
