/**
 * The page: takes a file, a checkpoint and a network, lets the worker check, and shows what it says. It asks no server for anything.
 * @module
 */

import { NETWORKS, WORKER } from "aios:inlined";

import { MAX_BYTES } from "../limits.js";
import { byId } from "./dom.js";
import { labelOf } from "./label.js";
import { reportOf } from "./report.js";
import { readPhoto, startCamera } from "./scan.js";

const OTHER = "other";
const PINS = ["registry", "gatewayRegistry", "gateway", "attester"];

const PROGRAM = URL.createObjectURL(new Blob([WORKER], { type: "text/javascript" }));

/** `turn` counts checks, and `scan` is the running scan: what an older one still brings is of other inputs, and goes.
 * @type {{file: File | null, network: string, linked: string, label: import("./label.js").Label | null, turn: number, worker: Worker | null,
 *   scan: object | null, stopCamera: (() => void) | null}} */
const state = { file: null, network: "", linked: "", label: null, turn: 0, worker: null, scan: null, stopCamera: null };
/** @type {HTMLSelectElement} */
const networks = byId("network");
/** @type {HTMLInputElement} */
const checkpoint = byId("checkpoint");

/** @param {string} text */
function say(text) {
  byId("status").textContent = text;
}

/** Runs the checks again whenever something that they rest on has changed. */
async function check() {
  const { file } = state;
  if (!file) return;
  const turn = begin();
  const order = await orderOf(file).catch((error) => (turn === state.turn ? say(`${file.name} could not be read: ${error.message}`) : undefined));
  if (!order || turn !== state.turn) return;
  const worker = new Worker(PROGRAM);
  state.worker = worker;
  byId("progress").hidden = false;
  say(`Checking ${file.name}\u2026`);
  const failed = (/** @type {string} */ reason) => {
    byId("progress").hidden = true;
    say(`The checks could not be made: ${reason}`);
  };
  worker.addEventListener("message", ({ data }) => {
    if (turn !== state.turn) return;
    if (data.progress !== undefined) /** @type {HTMLProgressElement} */ (byId("progress")).value = data.progress;
    else if (data.view) show(data.view, file);
    else failed(data.failure);
  });
  worker.addEventListener("error", (event) => turn === state.turn && failed(event.message));
  worker.postMessage(order, [order.data.buffer]);
}

/** Takes away what was said of other inputs: an answer never stands beside a file that it is not about.
 * @returns {number} */
function begin() {
  state.worker?.terminate();
  state.worker = null;
  byId("report").replaceChildren();
  byId("progress").hidden = true;
  say("");
  return ++state.turn;
}

/** Returns what the worker needs, or null after saying which input does not fit.
 * @param {File} file */
async function orderOf(file) {
  if (file.size > MAX_BYTES) return say(`${file.name} has ${file.size} bytes; no bundle is larger than ${MAX_BYTES}.`);
  const text = networks.value === OTHER ? state.network : NETWORKS[networks.value];
  if (!text) return say("Choose the network's file.");
  const [root, ...pinned] = [checkpoint, ...PINS.map((name) => /** @type {HTMLInputElement} */ (byId(`pin-${name}`)))];
  /** @type {HTMLInputElement} */
  const quorum = byId("quorum");
  const wrong = [root, ...pinned, quorum].find((input) => !input.checkValidity());
  if (wrong) {
    wrong.reportValidity();
    return say(`${wrong.labels?.[0]?.textContent?.trim() ?? "An input"}: ${wrong.title || wrong.validationMessage}`);
  }
  const pins = Object.fromEntries(pinned.map((input, at) => [PINS[at], input.value.trim().toLowerCase()]).filter(([, value]) => value));
  const data = new Uint8Array(await file.arrayBuffer());
  const given = root.value.trim().toLowerCase();
  const checkpointSource = !given ? "from the network file" : given === state.linked ? "named by the link that opened this page" : "given by hand";
  return { data, network: text, checkpoint: given, checkpointSource, nowS: Math.floor(Date.now() / 1000), quorum: Number(quorum.value) || 0, pins };
}

/** @param {import("./view.js").View} view @param {File} file */
function show(view, file) {
  say("");
  byId("progress").hidden = true;
  const elements = reportOf(view, file.name, state.label).filter((element) => element !== null);
  byId("report").replaceChildren(...elements);
}

/** @param {File | undefined} file */
function take(file) {
  if (!file) return;
  state.file = file;
  byId("chosen").textContent = `${file.name}, ${file.size.toLocaleString("en")} bytes`;
  void check();
}

/** @param {string} text */
function labelRead(text) {
  state.label = labelOf(text);
  const { path, hash, fault } = state.label;
  byId("label").textContent = path || hash || fault ? `Label: ${path ?? "no Digital Link"}, bundle ${fault ?? hash ?? "not named"}` : `This code is no label of a bundle: ${text.slice(0, 120)}`;
  byId("camera").hidden = true;
  void check();
}

async function scan() {
  if (state.scan) return endScan();
  const own = (state.scan = {});
  const video = /** @type {HTMLVideoElement} */ (byId("camera"));
  try {
    video.hidden = false;
    byId("scan").textContent = "Stop the camera";
    const stop = await startCamera(video, (text) => {
      if (own !== state.scan) return;
      endScan();
      labelRead(text);
    });
    if (own === state.scan) state.stopCamera = stop;
    else stop(); // it was stopped before it had started
  } catch (error) {
    if (own !== state.scan) return;
    endScan();
    say(`No camera: ${error instanceof Error ? error.message : error}. Take a photo of the label instead.`);
  }
}

function endScan() {
  state.scan = null;
  state.stopCamera?.();
  state.stopCamera = null;
  byId("camera").hidden = true;
  byId("scan").textContent = "Scan a label";
}

/** @param {File | undefined} photo */
async function photographed(photo) {
  if (!photo) return;
  const text = await readPhoto(photo).catch(() => null);
  if (text) labelRead(text);
  else say("No QR code could be read in that picture.");
}

/** @param {File | undefined} file */
async function networkTaken(file) {
  if (!file) return;
  state.network = file.size < 100_000 ? await file.text() : "";
  networks.value = OTHER;
  await check();
}

// Files dropped anywhere on the page count: nobody aims well with a bundle in hand.
function listen() {
  const drop = byId("drop");
  for (const kind of ["dragenter", "dragover"]) addEventListener(kind, (event) => (event.preventDefault(), drop.classList.add("over")));
  for (const kind of ["dragleave", "drop"]) addEventListener(kind, (event) => (event.preventDefault(), drop.classList.remove("over")));
  addEventListener("drop", (event) => take(event.dataTransfer?.files[0]));
  const onFile = (/** @type {string} */ id, /** @type {(file: File | undefined) => void} */ use) =>
    byId(id).addEventListener("change", (event) => use(/** @type {HTMLInputElement} */ (event.target).files?.[0]));
  onFile("file", take);
  onFile("network-file", networkTaken);
  onFile("photo", photographed);
  for (const id of ["checkpoint", "network", "quorum", ...PINS.map((name) => `pin-${name}`)]) byId(id).addEventListener("change", () => void check());
  byId("scan").addEventListener("click", () => void scan());
}

/** A link may name checkpoint and network behind its hash sign, so that nobody has to type 66 characters; they are shown, not hidden. */
function fromAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  const root = given.get("checkpoint") ?? "";
  if (/^0x[0-9a-f]{64}$/.test(root)) checkpoint.value = state.linked = root;
  const network = given.get("network") ?? "";
  if (Object.hasOwn(NETWORKS, network)) networks.value = network;
}

for (const name of [...Object.keys(NETWORKS), OTHER]) networks.append(new Option(name === OTHER ? "another: choose its file" : name, name));
networks.value = "mainnet";
fromAddress();
listen();
