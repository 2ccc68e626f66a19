// The verify page: a bundle dropped on it is checked at once, and a label is read by the browser's own detector. Without this script, or
// without a camera, the form does the same.
"use strict";

const form = document.getElementById("verify");
const scanned = document.getElementById("scanned");
const camera = document.getElementById("camera");
const scan = document.getElementById("scan");
const instead = document.getElementById("elsewhere").dataset.offline;

function say(text) {
  scanned.textContent = text;
}

async function check() {
  say("Checking…");
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.getElementById("report").replaceWith(page.getElementById("report"));
    say("");
  } catch {
    say("The box could not be reached. Try again.");
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (form.reportValidity()) void check();
});
form.elements.bundle.addEventListener("change", () => void check());
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  if (!event.dataTransfer.files.length) return;
  form.elements.bundle.files = event.dataTransfer.files;
  void check();
});

// The camera

let stop = null;

function end() {
  stop?.();
  stop = null;
  camera.hidden = true;
  scan.textContent = "Scan a label";
}

function whyNot() {
  const other = instead ? ` The page at ${instead} brings a reader of its own.` : " Type the label's text instead.";
  if (!window.isSecureContext) return `A browser lends its camera only to pages over https or on this machine.${other}`;
  if (!("BarcodeDetector" in window)) return `This browser cannot read codes by itself.${other}`;
  return navigator.mediaDevices ? "" : `This browser has no camera to lend.${other}`;
}

async function start() {
  if (stop) return end();
  const obstacle = whyNot();
  if (obstacle) return say(obstacle);
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: { ideal: "environment" } } });
    stop = () => stream.getTracks().forEach((track) => track.stop());
    camera.srcObject = stream;
    camera.hidden = false;
    scan.textContent = "Stop the camera";
    await camera.play();
  } catch (error) {
    end();
    return say(`No camera: ${error.message}`);
  }
  const look = async () => {
    if (!stop) return;
    const [code] = await detector.detect(camera).catch(() => []);
    if (!code) return setTimeout(look, 150);
    end();
    form.elements.label.value = code.rawValue;
    void check();
  };
  void look();
}

scan.hidden = false;
scan.addEventListener("click", () => void start());
