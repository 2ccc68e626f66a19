/**
 * Numbers as the Python report writes them: rounded half to even from the exact binary value. Pure.
 * @module
 */

/** Returns a number with so many significant digits, as Python's `:.{digits}g`.
 * @param {number} value @param {number} digits */
export function general(value, digits) {
  if (value === 0 || !Number.isFinite(value)) return Object.is(value, -0) ? "-0" : String(value);
  // A hundred digits tell a tie from what only looks like one.
  const [, sign, lead, rest, exponent] = /** @type {RegExpExecArray} */ (/^(-?)(\d)\.(\d+)e([+-]\d+)$/.exec(value.toExponential(100)));
  const all = lead + rest;
  let mantissa = BigInt(all.slice(0, digits));
  const [next, beyond] = [all[digits], all.slice(digits + 1)];
  const isTie = next === "5" && /^0*$/.test(beyond);
  if (isTie ? mantissa & 1n : next >= "5") mantissa += 1n;
  const carried = String(mantissa).length > digits;
  const power = Number(exponent) + (carried ? 1 : 0);
  const kept = String(mantissa).slice(0, digits);
  return sign + (power < -4 || power >= digits ? scientific(kept, power) : plain(kept, power));
}

/** @param {string} digits @param {number} power */
function plain(digits, power) {
  if (power < 0) return `0.${"0".repeat(-power - 1)}${digits}`.replace(/\.?0+$/, "");
  const fraction = digits.slice(power + 1).replace(/0+$/, "");
  return digits.slice(0, power + 1) + (fraction && `.${fraction}`);
}

/** @param {string} digits @param {number} power */
function scientific(digits, power) {
  const fraction = digits.slice(1).replace(/0+$/, "");
  return `${digits[0]}${fraction && `.${fraction}`}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

/** Returns a number without fraction, as Python's `:.0f`.
 * @param {number} value one that is finite */
export function whole(value) {
  const below = Math.floor(value);
  const rest = value - below;
  return String(BigInt(rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below));
}
