// Finds the official vectors, which are used in place and never copied into the project: $AIOS_VECTORS, else ../shared/vectors.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

const base = process.env.AIOS_VECTORS ?? fileURLToPath(new URL("../../../shared/vectors", import.meta.url));

/** Declares a test that needs vectors, or one that is skipped and says why. */
export function withVectors(name, body) {
  test(name, { skip: existsSync(base) ? false : `official vectors are not at ${base}` }, body);
}

export const text = (...path) => readFileSync(join(base, ...path), "utf8");
export const json = (...path) => JSON.parse(text(...path));

/** Returns the JSON files of an archive whose path has a part, by path; there are some. */
export function archived(archive, part) {
  const folder = mkdtempSync(join(tmpdir(), "vectors-"));
  try {
    execFileSync("tar", ["-xzf", join(base, archive), "-C", folder]);
    const names = readdirSync(folder, { recursive: true }).filter((name) => name.includes(part) && /\.json(ld)?$/.test(name));
    if (!names.length) throw new Error(`${archive} holds nothing under ${part}`);
    return new Map(names.sort().map((name) => [name, JSON.parse(readFileSync(join(folder, name), "utf8"))]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
