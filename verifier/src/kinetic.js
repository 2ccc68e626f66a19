/**
 * Mean kinetic temperature, measured again from a file's readings. Pure. Mirrors oracle/policy_kinetic.py.
 *
 * Source: USP general chapter <1079.2>; a reading weighs as long as its two steps last, and a step that is longer than the policy's gap
 * weighs nothing.
 * @module
 */

const ZERO_CELSIUS = 273.15;
/** Degrees by which what is found is less, so that rounding never finds more than the agent did. */
const GIVEN_AWAY = 1e-6;

/** Returns degrees Celsius for times and values in order; null where nothing lies above absolute zero.
 * @param {[number, number][]} line @param {number} activationKelvin @param {number} gapMs @returns {number | null} */
export function meanKineticTemperature(line, activationKelvin, gapMs) {
  const weights = line.map(() => 0);
  for (let place = 0; place + 1 < line.length; place += 1) {
    const step = line[place + 1][0] - line[place][0];
    if (step > gapMs) continue;
    weights[place] += step;
    weights[place + 1] += step;
  }
  if (!weights.some(Boolean)) weights.fill(1);
  const weighed = line.map(([, value], place) => [value + ZERO_CELSIUS, weights[place], value]).filter(([, weight, value]) => weight && value > -ZERO_CELSIUS);
  if (!weighed.length) return null;
  // Relative to the warmest every exponent is at most zero, so nothing overflows and the sum cannot vanish.
  const warmest = weighed.reduce((most, [kelvin]) => Math.max(most, kelvin), 0);
  const summed = weighed.reduce((sum, [kelvin, weight]) => sum + weight * Math.exp(activationKelvin / warmest - activationKelvin / kelvin), 0);
  const relative = Math.log(summed / weighed.reduce((sum, [, weight]) => sum + weight, 0));
  return activationKelvin / (activationKelvin / warmest - relative) - ZERO_CELSIUS - GIVEN_AWAY;
}
