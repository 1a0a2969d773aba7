import { existsSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { GaplessError } from '../errors.js'
import { defaultSettings, settingsSchema, type Settings } from '../testbed/settings.js'
import { importDefault } from './import-default.js'

const names = ['gapless.config.ts', 'gapless.config.mts', 'gapless.config.js', 'gapless.config.mjs']

/** The settings of the directory that gapless is called in. Throws 'usage' for a file that is there and wrong. */
export async function loadSettings(directory = process.cwd()): Promise<Settings> {
  const file = names.map((name) => path.join(directory, name)).find((candidate) => existsSync(candidate))
  if (file === undefined) return defaultSettings
  const example = "export default { kind: { nodeImage: 'kindest/node:v1.33.1' } }"
  const parsed = settingsSchema.safeParse(await importDefault(file, example))
  if (parsed.success) return parsed.data
  throw new GaplessError(`${file} is wrong:\n${z.prettifyError(parsed.error)}`, {
    code: 'usage',
    hint: `E.g. ${example}`,
  })
}
