/**
 * The report on the page: the answer first, then one line per check, then what was trusted.
 * @module
 */

import { chart } from "./chart.js";
import { el } from "./dom.js";
import { comparison } from "./label.js";

/** @typedef {import("./view.js").View} View */

const ANSWERS = {
  proven: ["Proven", "Everything that this file claims to prove holds."],
  refuted: ["Refuted", "Something in this file does not hold. Do not rely on it."],
  "cannot tell": ["Cannot tell", "Nothing speaks against this file, but something needed to tell is not at hand."],
};
const DAMAGED_LABEL = ["Cannot tell", "The label does not say which file it is about: scan it again, or leave it out."];
const OTHER_FILE = ["Refuted", "This file is not the one that the label is about. Do not rely on it for what lies before you."];
/** A word and a sign for each outcome, so that nothing depends on colour alone.
 * @type {{[outcome: string]: string}} */
const SIGNS = { proven: "\u2713", claimed: "\u2248", missing: "\u25cb", refuted: "\u2717", "cannot tell": "?" };

/** Returns the report's elements.
 * @param {View} view @param {string} fileName @param {import("./label.js").Label | null} label */
export function reportOf(view, fileName, label) {
  const compared = label && comparison(label, view);
  // A good file of something else must not stand as proven beside the label of this.
  const [verdict, [answer, meaning]] =
    compared?.matches === false
      ? ["refuted", OTHER_FILE]
      : label?.fault && view.verdict === "proven"
        ? ["cannot tell", DAMAGED_LABEL]
        : [view.verdict, ANSWERS[/** @type {keyof typeof ANSWERS} */ (view.verdict)]];
  const banner = el(
    "div",
    { class: `answer ${verdict.replace(" ", "-")}`, id: "verdict", "data-verdict": verdict },
    el("h2", {}, answer),
    el("p", {}, meaning),
    view.conclusion && el("p", { class: "conclusion" }, view.conclusion),
    view.supersededBy && el("p", { class: "note" }, `Superseded: a later attestation, ${view.supersededBy}, corrects this one.`),
    view.revoked && el("p", { class: "note" }, `Revoked by its attester ${view.revoked}.`),
    compared && labelLine(compared),
  );
  return [
    banner,
    ...view.curves.map(chart),
    view.image && picture(view.image),
    checksOf(view),
    view.unreached && el("p", { id: "unreached", class: "small" }, `${view.unreached}.`),
    section("Warnings", view.warnings, "warnings"),
    section("What was trusted", view.trusted, "trusted"),
    el("p", { class: "small" }, `${fileName}, sha256 ${view.fileHash}; checked in ${(view.milliseconds / 1000).toFixed(2)} s on this device.`),
  ];
}

/** @param {ReturnType<typeof comparison>} compared */
function labelLine({ matches, sentence }) {
  return el("p", { id: "label-match", class: matches ? "match" : "mismatch", "data-matches": String(matches) }, sentence);
}

/** @param {View} view */
function checksOf(view) {
  const rows = view.checks.map((check) =>
    el(
      "tr",
      { class: check.outcome.replace(" ", "-"), "data-check": check.name, "data-outcome": check.outcome },
      el("td", { class: "sign" }, el("span", { "aria-hidden": "true" }, SIGNS[check.outcome]), ` ${check.outcome}`),
      el("th", { scope: "row" }, check.name),
      el("td", {}, el("div", {}, check.proves), el("div", { class: "detail" }, check.detail), check.by && el("div", { class: "by" }, `by ${check.by}`)),
    ),
  );
  const head = el("thead", {}, el("tr", {}, ...["outcome", "check", "what it shows, what was found, who vouches for it"].map((name) => el("th", { scope: "col" }, name))));
  return el("table", { id: "checks" }, head, el("tbody", {}, ...rows));
}

/** @param {string} title @param {string[]} lines @param {string} id */
const section = (title, lines, id) => (lines.length ? el("section", { id }, el("h3", {}, title), el("ul", {}, ...lines.map((line) => el("li", {}, line)))) : null);

/** @param {Uint8Array} image */
function picture(image) {
  const address = URL.createObjectURL(new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (image)], { type: "image/png" }));
  const frame = el("img", { src: address, alt: "the inspected item's frame, as it was judged" });
  frame.addEventListener("load", () => URL.revokeObjectURL(address));
  return el("figure", {}, frame);
}
