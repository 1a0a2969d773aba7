import { z } from 'zod'
import { GaplessError } from '../errors.js'

/**
 * The configuration that a program of ours was started with: one JSON argument, or the same JSON in a variable.
 * Throws a GaplessError ('usage').
 */
export function parseProgramConfig<Config>(
  name: string,
  schema: z.ZodType<Config>,
  json: string | undefined,
): Config {
  if (json === undefined) {
    throw new GaplessError(`The ${name} wants its configuration as one JSON argument.`, { code: 'usage' })
  }
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (cause) {
    throw new GaplessError(`The ${name}'s configuration is no JSON: ${json}`, { code: 'usage', cause })
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success) {
    throw new GaplessError(`The ${name}'s configuration is wrong: ${z.prettifyError(parsed.error)}`, {
      code: 'usage',
    })
  }
  return parsed.data
}
