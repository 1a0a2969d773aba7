import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'rolldown'
import { bundles } from './bundles.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

// Put into files of their own by `npm run build`, once the sources are compiled.
await build(
  Object.entries(bundles).map(([name, entry]) => ({
    input: join(root, 'dist', entry),
    platform: 'node',
    logLevel: 'warn',
    // hdr-histogram-js looks for zlib this way, and has one of its own where it finds none.
    checks: { eval: false },
    output: {
      file: join(root, 'dist', 'bundles', `${name}.mjs`),
      format: 'esm',
      minify: true,
      codeSplitting: false,
    },
  })),
)

// What package.json calls `bin`: npm makes it executable where it installs a package, but nobody does in a checkout.
chmodSync(join(root, 'dist', 'cli', 'main.js'), 0o755)
