import { createJiti } from 'jiti'
import { GaplessError, messageOf } from '../errors.js'
import { didYouMean } from '../nearest.js'
import * as vocabulary from '../vocabulary.js'

/**
 * What a file of the user's exports by default, TypeScript or JavaScript; `gapless` resolves to this package wherever
 * the file lies. Throws 'scenario-invalid' for one that cannot be loaded and one without a default export.
 */
export async function importDefault(file: string, example: string): Promise<unknown> {
  const jiti = createJiti(import.meta.url, {
    virtualModules: { gapless: vocabulary },
    // A file that was just edited must be read again, and nothing is to be left in node_modules/.cache.
    fsCache: false,
    moduleCache: false,
    // Else a file without a default export would pass for one that exports its other names as an object.
    interopDefault: false,
  })
  let loaded: { default?: unknown }
  try {
    loaded = await jiti.import<{ default?: unknown }>(file)
  } catch (cause) {
    throw notLoaded(file, cause)
  }
  if (loaded.default !== undefined) return loaded.default
  throw new GaplessError(`${file} has no default export`, {
    code: 'scenario-invalid',
    hint: `End it with \`${example}\`.`,
  })
}

function notLoaded(file: string, cause: unknown): GaplessError {
  const stack = cause instanceof Error ? (cause.stack ?? '') : ''
  const at = /^.+?:(\d+:\d+)/.exec(stack.slice(stack.indexOf(`${file}:`)))?.[1]
  const where = at !== undefined && !messageOf(cause).includes(`${file}:`) ? ` (at ${file}:${at})` : ''
  // How a name that is imported and not there shows once it is called.
  const absent = /_gapless\.(\w+)\)? is not a function/.exec(messageOf(cause))?.[1]
  const what =
    absent === undefined
      ? messageOf(cause)
      : `gapless exports no ${absent}.${didYouMean(absent, Object.keys(vocabulary))}`
  return new GaplessError(`${file} cannot be loaded: ${what}${where}`, { code: 'scenario-invalid', cause })
}
