/**
 * ABI words of static types: 32 bytes each, big-endian. Pure. Mirrors oracle/abi.py.
 * @module
 */

import { bigEndian, concat, toBigInt } from "./bytes.js";
import { Refused } from "./errors.js";

/** @param {string} field @param {bigint | number} value @param {number} bits */
export function uint(field, value, bits) {
  const number = BigInt(value);
  if (number < 0n || number >> BigInt(bits)) throw new Refused(`${field} = ${value} does not fit uint${bits}`);
  return bigEndian(number, 32);
}

/** @param {string} field @param {bigint} value */
export function int256(field, value) {
  if (value < -(1n << 255n) || value >= 1n << 255n) throw new Refused(`${field} = ${value} does not fit int256`);
  return bigEndian(BigInt.asUintN(256, value), 32);
}

/** @param {Uint8Array} value */
export const address = (value) => concat(new Uint8Array(12), value);

/** Splits data into so many words.
 * @param {string} schema @param {Uint8Array} data @param {number} count */
export function words(schema, data, count) {
  if (data.length !== 32 * count) throw new Refused(`${schema} statement: ${data.length} bytes, expected ${32 * count}`);
  return Array.from({ length: count }, (_, place) => data.slice(32 * place, 32 * (place + 1)));
}

/** Returns the number in a word; refused if it does not fit its type.
 * @param {string} schema @param {string} field @param {Uint8Array} word @param {number} bits */
export function number(schema, field, word, bits) {
  const value = toBigInt(word);
  if (value >> BigInt(bits)) throw new Refused(`${schema} statement: ${field} does not fit uint${bits}`);
  return value;
}
