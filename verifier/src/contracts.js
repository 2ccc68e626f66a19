/**
 * The contracts as bytes: storage slots, the words in them, and the code hashes of genuine registries. Pure. Mirrors oracle/anchor.py,
 * oracle/gateway_registry.py and the slots of oracle/eas.py.
 * @module
 */

import anchorRegistry from "../../oracle/artifacts/AnchorRegistry.json" with { type: "json" };
import gatewayRegistry from "../../oracle/artifacts/GatewayRegistry.json" with { type: "json" };
import { address, uint } from "./abi.js";
import { bigEndian, bytesOf, concat, keccak256 } from "./bytes.js";
import { Refused } from "./errors.js";

const ROOTS_SLOT = 0;
const GATEWAYS_SLOT = 0;
const KEYS_SLOT = 1;
/** Slot of EAS' `_revocationsOffchain`, before version 1.0 and since. */
const REVOCATIONS_SLOTS = [3, 6];
const STANDINGS = ["unknown", "active", "suspended", "unbonding", "retired", "slashed"];
const TIME = (1n << 40n) - 1n;
const ADDRESS = (1n << 160n) - 1n;

/** Returns the code hash that an account proof of a genuine AnchorRegistry states.
 * @param {Uint8Array} gatewayRegistry */
export const anchorRegistryCodeHash = (gatewayRegistry) => keccak256(runtimeCode(anchorRegistry, { GATEWAY_REGISTRY: gatewayRegistry }));

/** Returns the code hash that an account proof of a genuine GatewayRegistry states: the same for all. */
export const gatewayRegistryCodeHash = () => keccak256(runtimeCode(gatewayRegistry, {}));

/** Returns the code that a deployment with these immutables has on chain.
 * @param {{deployedBytecode: string, immutableReferences: {[name: string]: {start: number, length: number}[]}}} artifact
 * @param {{[name: string]: Uint8Array}} immutables */
export function runtimeCode(artifact, immutables) {
  const code = bytesOf(artifact.deployedBytecode);
  for (const [name, places] of Object.entries(artifact.immutableReferences)) {
    for (const { start, length } of places) code.set(concat(new Uint8Array(length - immutables[name].length), immutables[name]), start);
  }
  return code;
}

/** Returns the storage key of a batch's root: keccak256(index . keccak256(gateway . slot)).
 * @param {Uint8Array} gateway @param {bigint | number} index */
export function anchorSlot(gateway, index) {
  const roots = keccak256(concat(address(gateway), uint("slot", ROOTS_SLOT, 256)));
  return keccak256(concat(uint("index", index, 256), roots));
}

/** Returns the storage key of a mapping's value.
 * @param {Uint8Array} key a word @param {number} slot */
const mapped = (key, slot) => keccak256(concat(key, uint("slot", slot, 256)));

/** @param {Uint8Array} gateway */
export const gatewaySlot = (gateway) => mapped(address(gateway), GATEWAYS_SLOT);

/** @param {Uint8Array} key address of a signer key */
export const keySlot = (key) => mapped(address(key), KEYS_SLOT);

/** Returns the storage key of the seconds at which a revoker revoked an off-chain attestation.
 * @param {string} version of EAS @param {Uint8Array} revoker @param {Uint8Array} uid */
export const revocationSlot = (version, revoker, uid) => keccak256(concat(uid, mapped(address(revoker), REVOCATIONS_SLOTS[version.startsWith("0.") ? 0 : 1])));

/** Returns how a gateway stands, and since when.
 * @param {bigint} word */
export function gatewayRecord(word) {
  const standing = STANDINGS[Number(word & 0xffn)];
  if (!standing || word >> 248n) throw new Refused("the word of a gateway is none that the registry writes");
  return { standing, since: (word >> 8n) & TIME };
}

/** Returns whose key it is, since when, and when it was revoked; a gateway of zeros for a key that is not known.
 * @param {bigint} word */
export function keyRecord(word) {
  if (word >> 240n > 2n) throw new Refused("the word of a key is none that the registry writes");
  return { gateway: bigEndian(word & ADDRESS, 20), since: (word >> 160n) & TIME, revokedAt: (word >> 200n) & TIME };
}
