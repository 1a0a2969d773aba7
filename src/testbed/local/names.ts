import { renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** What pods are called while they exist, in the place of a cluster's DNS: `<pod>.<namespace>`. */
export interface Names {
  set(name: string, address: string): void
  remove(name: string): void
}

/** Written at each change, whole, so that whoever reads it never finds half of it. */
export function nameFile(file: string): Names {
  const addresses = new Map<string, string>()
  const write = () => {
    const text = [...addresses].map(([name, address]) => `${address} ${name}\n`).join('')
    writeFileSync(`${file}.new`, text)
    renameSync(`${file}.new`, file)
  }
  write()
  return {
    set(name, address) {
      addresses.set(name, address)
      write()
    },
    remove(name) {
      addresses.delete(name)
      write()
    },
  }
}

/** As far from here in `src/` as in `dist/`. */
const library = fileURLToPath(new URL('../../../fixtures/names', import.meta.url))

/** The environment with what a Ruby program needs to find those names; other programs do not find them. */
export function resolvingEnvironment(
  file: string,
  env: Readonly<Record<string, string>>,
): Record<string, string> {
  const { RUBYOPT = '', RUBYLIB = '' } = env
  return {
    ...env,
    GAPLESS_HOSTS: file,
    RUBYOPT: `${RUBYOPT} -rgapless_names`.trim(),
    RUBYLIB: [library, RUBYLIB].filter((path) => path !== '').join(':'),
  }
}
