/**
 * The anchor contracts as bytes: storage slots and the code hash of a genuine one. Pure. Mirrors oracle/anchor.py.
 * @module
 */

import anchorRegistry from "../../oracle/artifacts/AnchorRegistry.json" with { type: "json" };
import { address, uint } from "./abi.js";
import { bytesOf, concat, keccak256 } from "./bytes.js";

const ROOTS_SLOT = 0;

/** Returns the code hash that an account proof of a genuine AnchorRegistry states.
 * @param {Uint8Array} gatewayRegistry */
export const anchorRegistryCodeHash = (gatewayRegistry) => keccak256(runtimeCode(anchorRegistry, { GATEWAY_REGISTRY: gatewayRegistry }));

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
