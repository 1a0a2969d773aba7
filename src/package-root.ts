import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The package's own directory, with a trailing slash: the parent of `src/` and of `dist/` alike. */
export const packageRoot = fileURLToPath(new URL('../', import.meta.url))

export const gaplessVersion = (
  JSON.parse(readFileSync(`${packageRoot}package.json`, 'utf8')) as { version: string }
).version
