// eas-sdk as a peer: one JSON request per line on standard input, one JSON answer per line on standard output.
//   {"do": "verify", "domain": {address, version, chainId}, "document": {sig, signer}}  -> {"valid": true | false} or {"error"}
//   {"do": "sign", "domain": {...}, "message": {...}}                                   -> {"document": {sig, signer}}
//   {"do": "bench", "domain": {...}, "document": {...}, "message": {...}, "rounds": N}  -> {"sign": per second, "verify": per second}
// The SDK's ESM entry fails on Node 20, so it is required.
const { Offchain, OffchainAttestationVersion } = require("@ethereum-attestation-service/eas-sdk");
const { Wallet } = require("ethers");
const { createInterface } = require("node:readline");

const wallet = Wallet.createRandom();

// The SDK computes with bigints, which JSON has not: it writes them as decimal strings, and so do we.
const toText = (value) => JSON.stringify(value, (_, item) => (typeof item === "bigint" ? item.toString() : item));

const offchain = ({ address, version, chainId }) =>
  new Offchain({ address, version, chainId: BigInt(chainId) }, OffchainAttestationVersion.Version2, undefined);

const verify = ({ domain, document }) => offchain(domain).verifyOffchainAttestationSignature(document.signer, document.sig);

const sign = async ({ domain, message }) => {
  const { time, expirationTime, ...rest } = message;
  const sig = await offchain(domain).signOffchainAttestation(
    { ...rest, time: BigInt(time), expirationTime: BigInt(expirationTime) },
    wallet,
  );
  return { sig, signer: wallet.address };
};

const perSecond = async (rounds, work) => {
  await work();
  const started = process.hrtime.bigint();
  for (let round = 0; round < rounds; round += 1) await work();
  return (rounds * 1e9) / Number(process.hrtime.bigint() - started);
};

const answers = {
  verify: async (request) => ({ valid: verify(request) }),
  sign: async (request) => ({ document: await sign(request) }),
  bench: async (request) => ({
    sign: await perSecond(request.rounds, () => sign(request)),
    verify: await perSecond(request.rounds, async () => verify(request)),
  }),
};

(async () => {
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    let answer;
    try {
      answer = await answers[request.do](request);
    } catch (error) {
      answer = { error: String(error.message ?? error) };
    }
    process.stdout.write(`${toText(answer)}\n`);
  }
})();
