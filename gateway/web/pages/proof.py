"""What the page of a shipment and that of a lot end with: every step of the proof, and what can be taken away. Pure."""

import segno

from gateway.store.records import Bundle
from gateway.web.model import Proof
from gateway.web.pages.parts import address, code, empty, facts
from oracle.drawing import svg, words
from oracle.drawing.html import Child, el


def proofs(found: tuple[Proof, ...]) -> Child:
    """Returns the way of each attestation, the newest first."""
    if not found:
        return empty(
            "Not signed yet",
            "The verdict is signed as soon as there is one; then it is batched, anchored, and proven by our own light client.",
        )
    return [_proof(proof) for proof in reversed(found)]


def _proof(proof: Proof) -> Child:
    signed = proof.attestation.attestation
    shown: list[tuple[str, Child]] = [("Attestation", code(signed.uid)), ("Signed by", address(signed.attester))]
    if proof.batch is None:
        return facts(*shown, ("Batch", "waits for the next one"))
    place = f"{proof.batch.batch_index}, leaf {(proof.attestation.position or 0) + 1} of {proof.batch.count}"
    shown += [("Batch", place), ("Root", code(proof.batch.root))]
    anchor = proof.publication
    if anchor is None:
        return facts(*shown)
    shown += [("Anchor", anchor.state.value), ("Chain", str(anchor.chain_id)), ("Registry", address(anchor.registry))]
    if anchor.attempts:
        sent = anchor.inclusion.tx_hash if anchor.inclusion else anchor.attempts[-1].tx_hash
        shown.append(("Transaction", code(sent)))
    if anchor.inclusion is not None:
        shown.append(("Included in block", str(anchor.inclusion.block_number)))
    if anchor.final is not None:
        shown += [("Finalized block", str(anchor.final.number)), ("Block hash", code(anchor.final.block_hash))]
    return facts(*shown)


def take(bundle: Bundle | None, *, kind: str, page: str, file: str, digital_link: str) -> Child:
    """Returns the bundle and label of a subject that is a `kind` with a page at the address `page`, and its Digital Link as QR code."""
    if bundle is None:
        offered: Child = empty("No bundle yet", f"The file that proves this {kind} is written when its anchor is final.")
    else:
        offered = [
            el("p", el("a", "Download the bundle", href=f"{page}/bundle.json", class_="button", download=True)),
            el("p", el("a", "Label to print (SVG)", href=f"{page}/label.svg", download=True)),
            facts(("sha256", code(bundle.sha256)), ("Written", words.moment(bundle.created_ms))),
            el("p", "Anybody can check it, offline, against a checkpoint they trust:"),
            el("pre", f"aios verify {file}.json --checkpoint 0x…"),
        ]
    rows = [[bool(cell) for cell in row] for row in segno.make(digital_link, error="m", micro=False).matrix]
    picture = el("figure", svg.matrix(rows, f"QR code of {digital_link}"), el("figcaption", digital_link, class_="quiet small wrap"))
    return el("div", el("div", offered), picture, class_="take")
