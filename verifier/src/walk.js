/**
 * What `verify` works on and what it says: the trusted inputs, the walk in progress, and the report. Pure. Mirrors oracle/verify_walk.py.
 * @module
 */

/**
 * What the reader knows from elsewhere; what is missing is taken from the network's file, or else reported as not pinned.
 * @typedef {{
 *   registry?: Uint8Array, gatewayRegistry?: Uint8Array, gateway?: Uint8Array, attester?: Uint8Array,
 *   domain?: import("./eip712.js").Domain, deviceKeys?: {[device: string]: Uint8Array}, quorum?: number, checkpointSource?: string,
 * }} Expected
 */

/**
 * What became of one check: it follows from signatures and hashes; it is the signer's word alone; something is not there; it does not hold;
 * what would be needed to tell is not at hand; a check before it ended the walk.
 * @typedef {"proven" | "claimed" | "missing" | "refuted" | "cannot tell" | "not reached"} Outcome
 */

/** @typedef {{detail: string, by: string, outcome: Outcome}} Found what a check that did not refuse has found, and who vouches for it */
/** @typedef {{name: string, outcome: Outcome, detail: string, by: string, proves: string}} Check one line of the report */

/**
 * @typedef {{
 *   checks: Check[], unreached: string, trusted: string[], warnings: string[], conclusion: string, verdict: "proven" | "refuted" | "cannot tell",
 *   supersededBy: Uint8Array | null, revokedS: bigint | null, bundle: import("./bundle.js").Bundle | null,
 * }} Report
 */

/** The checks that were made: what a page has a line for.
 * @param {Check[]} checks */
export const madeOf = (checks) => checks.filter((check) => check.outcome !== "not reached");

/** Which checks were not reached, and after which, once in a sentence without its full stop; empty where all were.
 * @param {Check[]} checks */
export function unreachedOf(checks) {
  const names = new Set(checks.filter((check) => check.outcome === "not reached").map((check) => check.name));
  const ended = checks.find((check) => check.outcome === "refuted" || check.outcome === "cannot tell");
  return names.size && ended ? `Not reached after ${ended.name}: ${[...names].join(", ")}` : "";
}

/** @param {string} detail @param {string} by @param {Outcome} outcome @returns {Found} */
export const found = (detail, by = "", outcome = "proven") => ({ detail, by, outcome });

/** A verification in progress: inputs, and what earlier checks have established for later ones. */
export class Walk {
  /**
   * @param {import("./bundle.js").Bundle} bundle
   * @param {{checkpoint: Uint8Array | null, network: import("./lightclient/network.js").Network, nowS: bigint, expected: Expected,
   *   onKeys: (count: number) => void}} inputs
   */
  constructor(bundle, inputs) {
    this.bundle = bundle;
    this.checkpoint = inputs.checkpoint;
    this.network = inputs.network;
    this.nowS = inputs.nowS;
    this.expected = inputs.expected;
    this.bls = { onKeys: inputs.onKeys, keys: new Map() };
    /** @type {string[]} */
    this.trusted = [];
    /** @type {string[]} */
    this.warnings = [];
    this.conclusion = "";
    /** @type {Uint8Array | null} */
    this.supersededBy = null;
    /** @type {bigint | null} */
    this.revokedS = null;
    /** Whether the reader or the network's file says which EAS contract counts, and which version it is. */
    this.deploymentPinned = false;
    /** The signed statement, once it is known to be signed.
     * @type {any} */
    this.statement = null;
    /** The shipment's EPCIS event, once it is known to be the stated one.
     * @type {any} */
    this.event = null;
    /** The light client's store, once the checkpoint holds.
     * @type {any} */
    this.store = null;
    /** Storage root of the AnchorRegistry, once its account is proven.
     * @type {Uint8Array | null} */
    this.storageRoot = null;
    /** Storage root of the GatewayRegistry, once its account is proven.
     * @type {Uint8Array | null} */
    this.membersRoot = null;
    /** Storage root of the EAS contract, once its account is proven.
     * @type {Uint8Array | null} */
    this.revocationsRoot = null;
    /** Whether it is shown that the attester had not taken the statement back by the block. */
    this.unrevoked = false;
    /** The registered gateway whose key signed, once that is proven.
     * @type {Uint8Array | null} */
    this.member = null;
  }

  /** The finalized execution block, once the check that establishes it has been made. */
  get block() {
    return this.store.finalizedHeader.execution;
  }
}

/** Returns a moment as reports write it, to the second.
 * @param {bigint} seconds */
export function moment(seconds) {
  if (seconds < 0n || seconds > 253402300799n) throw new RangeError(`${seconds} is no moment before the year 10000`);
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
