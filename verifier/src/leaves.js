/**
 * The reading leaf: how one reading enters a Merkle tree. Pure. Mirrors oracle/leaves.py.
 * @module
 */

import { int256, uint } from "./abi.js";
import { concat, keccak256 } from "./bytes.js";
import { Refused } from "./errors.js";
import { keccakOfName } from "./schemas.js";

const DECIMALS = 9;
/** Stands for a device without a counter. */
export const NO_SEQUENCE = (1n << 64n) - 1n;
const DECIMAL = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:e([+-][0-9]+))?$/;

/** Returns the value in units of 1e-9, rounded half to even from its shortest decimal form.
 * @param {number} value */
export function fixedPoint(value) {
  const found = DECIMAL.exec(String(value));
  if (!found) throw new Refused(`value ${value} cannot enter a reading leaf: it is not finite`);
  const fraction = found[3] ?? "";
  const shift = Number(found[4] ?? 0) - fraction.length + DECIMALS;
  const size = scaled(BigInt(found[2] + fraction), shift);
  if (size >= 1n << 255n) throw new Refused(`value ${value} cannot enter a reading leaf: it is beyond int256 in units of 1e-9`);
  return found[1] ? -size : size;
}

/** Returns `digits * 10**shift`, rounded half to even.
 * @param {bigint} digits @param {number} shift */
function scaled(digits, shift) {
  return shift >= 0 ? digits * 10n ** BigInt(shift) : divideHalfEven(digits, 10n ** BigInt(-shift));
}

/** @param {bigint} dividend @param {bigint} divisor */
export function divideHalfEven(dividend, divisor) {
  let quotient = dividend / divisor;
  let rest = dividend % divisor;
  if (rest < 0n) {
    quotient -= 1n;
    rest += divisor;
  }
  return 2n * rest > divisor || (2n * rest === divisor && quotient & 1n) ? quotient + 1n : quotient;
}

/** Returns the number nearest to a fixed point.
 * @param {bigint} fixed */
export function numberOfFixed(fixed) {
  const text = String(fixed < 0n ? -fixed : fixed).padStart(DECIMALS + 1, "0");
  return Number(`${fixed < 0n ? "-" : ""}${text.slice(0, -DECIMALS)}.${text.slice(-DECIMALS)}`);
}

/** Returns the number that stands for every value with the same leaf.
 * @param {number} value */
export const canonicalValue = (value) => numberOfFixed(fixedPoint(value));

/** @typedef {{device: string, quantity: string, timeMs: number, value: number, sequence: bigint | null, evidence: Uint8Array}} Row */

/** Returns the leaf of one reading, 32 bytes.
 * @param {Row} row */
export function readingLeaf(row) {
  return keccak256(
    keccak256(
      concat(
        named(row.device),
        named(row.quantity),
        int256("value", fixedPoint(row.value)),
        uint("time", row.timeMs, 64),
        uint("sequence", row.sequence ?? NO_SEQUENCE, 64),
        row.evidence,
      ),
    ),
  );
}

/** @type {Map<string, Uint8Array>} */
const names = new Map();

/** Names of devices and quantities repeat for every reading.
 * @param {string} name */
function named(name) {
  const known = names.get(name);
  if (known) return known;
  if (names.size > 4096) names.clear();
  const digest = keccakOfName(name);
  names.set(name, digest);
  return digest;
}
