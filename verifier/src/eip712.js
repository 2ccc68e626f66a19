/**
 * EIP-712 digests of EAS off-chain attestations version 2, written out for their one type. Pure. Mirrors oracle/eip712.py.
 * @module
 */

import { address, uint } from "./abi.js";
import { concat, keccak256, utf8 } from "./bytes.js";

export const DOMAIN_NAME = "EAS Attestation";
const DOMAIN_TYPE_HASH = keccak256(utf8("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"));
const ATTEST_TYPE_HASH = keccak256(
  utf8(
    "Attest(uint16 version,bytes32 schema,address recipient,uint64 time,uint64 expirationTime,bool revocable,bytes32 refUID,bytes data,bytes32 salt)",
  ),
);

/** @typedef {{version: string, chainId: bigint, verifyingContract: Uint8Array}} Domain */
/** @typedef {{schema: Uint8Array, recipient: Uint8Array, time: bigint, expirationTime: bigint, revocable: boolean, refUid: Uint8Array, data: Uint8Array, salt: Uint8Array}} Message */

/** @param {Domain} domain */
export const domainSeparator = (domain) =>
  keccak256(
    concat(
      DOMAIN_TYPE_HASH,
      keccak256(utf8(DOMAIN_NAME)),
      keccak256(utf8(domain.version)),
      uint("chainId", domain.chainId, 256),
      address(domain.verifyingContract),
    ),
  );

/** @param {Message} message */
export const attestHash = (message) =>
  keccak256(
    concat(
      ATTEST_TYPE_HASH,
      uint("version", 2, 16),
      message.schema,
      address(message.recipient),
      uint("time", message.time, 64),
      uint("expirationTime", message.expirationTime, 64),
      uint("revocable", message.revocable ? 1 : 0, 8),
      message.refUid,
      keccak256(message.data),
      message.salt,
    ),
  );

/** Returns the digest that is signed.
 * @param {Uint8Array} separator @param {Uint8Array} hash */
export const typedDataDigest = (separator, hash) => keccak256(concat(Uint8Array.of(0x19, 0x01), separator, hash));
