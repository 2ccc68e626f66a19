/** What the build puts into the page: see build.mjs. */
declare module "aios:inlined" {
  /** The worker's program. */
  export const WORKER: string;
  /** The networks' files by name. */
  export const NETWORKS: { [name: string]: string };
}
