/**
 * The verifier beside the page: half a second of arithmetic per sync committee must not freeze what people look at.
 * @module
 */

import { bytesOf } from "../bytes.js";
import { parseNetwork } from "../lightclient/network.js";
import { verify } from "../verify.js";
import { viewOf } from "./view.js";

/**
 * @typedef {{
 *   data: Uint8Array, network: string, checkpoint: string, checkpointSource: string, nowS: number, quorum: number,
 *   pins: {registry?: string, gatewayRegistry?: string, gateway?: string, attester?: string},
 * }} Order
 */

addEventListener("message", ({ data: order }) => {
  try {
    postMessage({ view: check(order) });
  } catch (error) {
    postMessage({ failure: error instanceof Error ? error.message : String(error) });
  }
});

/** @param {Order} order */
function check({ data, network: text, checkpoint, checkpointSource, nowS, quorum, pins }) {
  const start = performance.now();
  const network = parseNetwork(text);
  let [done, total] = [0, network.preset.committeeSize];
  const report = verify(data, {
    checkpoint: checkpoint ? bytesOf(checkpoint) : network.checkpoint,
    network,
    nowS: BigInt(nowS),
    expected: { ...Object.fromEntries(Object.entries(pins).map(([name, address]) => [name, bytesOf(address)])), quorum, checkpointSource },
    onRead(bundle) {
      total *= 1 + bundle.trace.updates.length;
    },
    onKeys(count) {
      done += count;
      postMessage({ progress: Math.min(done / total, 1) });
    },
  });
  return viewOf(report, data, performance.now() - start);
}
