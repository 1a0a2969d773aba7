import { z } from 'zod'
import { GaplessError } from '../errors.js'
import { isRunToken, isStreamToken, maxLineBytes } from '../marker/format.js'

/** Bytes of a numbered line without its newline, both ends included; smaller ones are raised to the marker's own. */
export interface LineSize {
  readonly minBytes: number
  readonly maxBytes: number
}

const lineSizeSchema = z
  .string()
  .regex(/^\d+(-\d+)?$/, 'a number of bytes, or a range such as 200-4000')
  .transform((text): LineSize => {
    const [min, max = min] = text.split('-').map(Number)
    return { minBytes: min ?? 0, maxBytes: max ?? 0 }
  })
  .refine(({ minBytes, maxBytes }) => minBytes <= maxBytes, 'the range ends before it begins')
  .refine(({ maxBytes }) => maxBytes <= maxLineBytes, `a line has at most ${maxLineBytes} bytes`)

const emitterConfigSchema = z
  .object({
    GAPLESS_RUN: z.string().refine(isRunToken, 'a run token is eight of 0-9a-z'),
    GAPLESS_STREAM: z.string().refine(isStreamToken, 'a stream token is three of 0-9a-z'),
    GAPLESS_CONTROL_URL: z.url({ protocol: /^http$/ }),
    GAPLESS_LINE_BYTES: lineSizeSchema.default({ minBytes: 200, maxBytes: 200 }),
    GAPLESS_SEED: z.coerce.number().int().default(1),
    GAPLESS_NOISE: z.enum(['none', 'hostile']).default('none'),
    GAPLESS_LOG_FILE: z.string().min(1).optional(),
  })
  .transform((env) => ({
    run: env.GAPLESS_RUN,
    stream: env.GAPLESS_STREAM,
    controlUrl: env.GAPLESS_CONTROL_URL,
    lineSize: env.GAPLESS_LINE_BYTES,
    seed: env.GAPLESS_SEED,
    noise: env.GAPLESS_NOISE,
    /** Lines are appended to it; null: to stdout. */
    logFile: env.GAPLESS_LOG_FILE ?? null,
  }))
export type EmitterConfig = z.output<typeof emitterConfigSchema>

/** Throws GaplessError 'usage' that names every variable that is wrong. */
export function parseEmitterConfig(env: Readonly<Record<string, string | undefined>>): EmitterConfig {
  const parsed = emitterConfigSchema.safeParse(env)
  if (!parsed.success) {
    throw new GaplessError(`The emitter's environment is wrong:\n${z.prettifyError(parsed.error)}`, {
      code: 'usage',
    })
  }
  return parsed.data
}
