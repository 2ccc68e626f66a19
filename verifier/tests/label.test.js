// What a label says, and whether a file is the one that it is about.
import assert from "node:assert/strict";
import test from "node:test";

import { comparison, labelOf } from "../src/ui/label.js";

const PATH = "00/106141412345678908";
const [FILE, SEAL] = [`0x${"1a".repeat(32)}`, `0x${"2b".repeat(32)}`];
const VIEW = { subject: PATH, fileHash: FILE, seal: SEAL };

for (const link of [`https://id.gs1.org/${PATH}`, `http://labels.example.org/of/ours/${PATH}?x=1#y`, ` https://id.gs1.org/${PATH}/ `]) {
  test(`a label names its subject under any host: ${link}`, () => {
    assert.deepEqual([labelOf(link).path, labelOf(link).hash], [PATH, null]);
    assert.equal(comparison(labelOf(link), VIEW).matches, true);
    assert.equal(comparison(labelOf(link), { ...VIEW, subject: "00/106141412345678915" }).matches, false);
    assert.equal(comparison(labelOf(link), { ...VIEW, subject: null }).matches, null);
  });
}

test("items and lots are told apart by their qualifier", () => {
  const item = labelOf("https://example.org/01/10614141123459/21/400");
  assert.equal(item.path, "01/10614141123459/21/400");
  for (const other of ["01/10614141123459/21/401", "01/10614141123459/10/400", "01/10614141123459"]) {
    assert.equal(comparison(item, { ...VIEW, subject: other }).matches, false);
  }
});

test("a hash is compared with the file and with its seal, and never outweighs another subject", () => {
  for (const hash of [FILE, SEAL]) {
    const label = labelOf(`https://id.gs1.org/${PATH}?sha256=${hash.slice(2).toUpperCase()}`);
    assert.equal(comparison(label, VIEW).matches, true);
    assert.equal(comparison(label, { ...VIEW, subject: "00/106141412345678915" }).matches, false);
    assert.equal(comparison(label, { ...VIEW, fileHash: "0x", seal: null }).matches, false);
  }
});

test("a damaged hash is no missing one, nor is one that is given twice or empty: nothing is compared, and the label says why", () => {
  for (const hash of [FILE.slice(2, -1), `${FILE.slice(2)}0`, "none", "", "0x", `${FILE}&sha256=${SEAL}`, `${FILE}&SHA256=${FILE}`]) {
    const label = labelOf(`https://id.gs1.org/${PATH}?sha256=${hash}`);
    assert.match(label.fault ?? "", /^sha256: /);
    const compared = comparison(label, VIEW);
    assert.equal(compared.matches, null);
    assert.equal(comparison(label, { ...VIEW, subject: "00/106141412345678915" }).matches, false);
    assert.ok(compared.sentence.includes(/** @type {string} */ (label.fault)));
  }
});

test("the hash's name is read in any case, and a hash elsewhere in a link is not the bundle's", () => {
  for (const name of ["sha256", "SHA256", "Sha256", "%73ha256"]) {
    assert.equal(labelOf(`https://id.gs1.org/${PATH}?x=1&${name}=${FILE.slice(2)}`).hash, FILE);
    assert.equal(comparison(labelOf(`https://id.gs1.org/${PATH}?${name}=${"00".repeat(32)}`), VIEW).matches, false);
  }
  for (const link of [`https://id.gs1.org/${SEAL.slice(2)}/${PATH}`, `HTTPS://id.gs1.org/${PATH}?linkType=${"3c".repeat(32)}`]) {
    assert.equal(labelOf(link).path, PATH);
    assert.equal(labelOf(link).hash, null);
  }
  assert.equal(labelOf(FILE).hash, FILE);
});

for (const text of ["", "hello", "https://example.org/", "https://id.gs1.org/00/106141412345678909", "https://id.gs1.org/99/1"]) {
  test(`no label, so nothing is compared: ${text}`, () => assert.equal(comparison(labelOf(text), VIEW).matches, null));
}
