import { fileURLToPath } from 'node:url'

/**
 * The absolute path of a compiled program, e.g. `entryPoint('collector/main')`. This file lies at the same depth
 * in `src` and in `dist`, so programs are found from tests that run uncompiled, too.
 */
export function entryPoint(name: string): string {
  return fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url))
}

/** Programs that are to be had as one file, which needs nothing but Node 20: `setup/bundle.mjs` makes them. */
export type Bundle = 'workload' | 'collector' | 'wire' | 'csi'

/** The absolute path of a bundled program, to be given to a container. */
export function bundlePath(name: Bundle): string {
  return fileURLToPath(new URL(`../dist/bundles/${name}.mjs`, import.meta.url))
}
