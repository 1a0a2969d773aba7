import { fileURLToPath } from 'node:url'

/**
 * The absolute path of a compiled program, e.g. `entryPoint('collector/main')`. This file lies at the same depth
 * in `src` and in `dist`, so programs are found from tests that run uncompiled, too.
 */
export function entryPoint(name: string): string {
  return fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url))
}
