/**
 * Reading a QR code: by the browser's own detector where there is one, else by a decoder in this file; from the camera, or from a photo.
 * @module
 */

import decodeQR from "qr/decode.js";

const LARGEST_SIDE = 1000;
const PAUSE_MS = 120;

/** Returns the text of the QR code in a picture, or null.
 * @param {CanvasImageSource} picture @param {number} width @param {number} height @returns {Promise<string | null>} */
export async function readCode(picture, width, height) {
  const scale = Math.min(1, LARGEST_SIDE / Math.max(width, height));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return (await detected(canvas)) ?? decoded(context.getImageData(0, 0, canvas.width, canvas.height));
}

/** @param {HTMLCanvasElement} canvas @returns {Promise<string | null>} */
async function detected(canvas) {
  const Detector = /** @type {any} */ (globalThis).BarcodeDetector;
  if (!Detector) return null;
  try {
    const [code] = await new Detector({ formats: ["qr_code"] }).detect(canvas);
    return code?.rawValue ?? null;
  } catch {
    return null; // some systems have the detector's name and not its service
  }
}

/** @param {ImageData} image @returns {string | null} */
function decoded(image) {
  try {
    return decodeQR(image);
  } catch {
    return null; // no code in this frame
  }
}

/** Shows the camera in a video element until a code is read or `stop` is called.
 * @param {HTMLVideoElement} video @param {(text: string) => void} onCode @returns {Promise<() => void>} */
export async function startCamera(video, onCode) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 } } });
  let running = true;
  const stop = () => {
    running = false;
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
  video.srcObject = stream;
  await video.play().catch((error) => {
    stop();
    throw error;
  });
  const look = async () => {
    if (!running) return;
    const text = video.videoWidth ? await readCode(video, video.videoWidth, video.videoHeight) : null;
    if (text && running) {
      stop();
      onCode(text);
    } else setTimeout(look, PAUSE_MS);
  };
  void look();
  return stop;
}

/** Returns the text of the QR code in a photo's file, or null.
 * @param {File} file */
export async function readPhoto(file) {
  const picture = await createImageBitmap(file);
  return readCode(picture, picture.width, picture.height);
}
