import { z } from 'zod'
import { GaplessError } from '../errors.js'

const port = z.int().min(0).max(65_535)

/** What the collector's program is told: one JSON argument, or the same JSON in GAPLESS_COLLECTOR. */
export const collectorConfigSchema = z.strictObject({
  /** The run's token, as it stands in every marker. */
  run: z.string().min(1),
  /** Where the ledgers go; an existing directory without any. */
  directory: z.string().min(1),
  /** 0: any that is free. */
  dataPort: port.default(0),
  controlPort: port.default(0),
  host: z.string().min(1).default('127.0.0.1'),
  /** What `arrivals.raw` may grow to. */
  rawLimitBytes: z
    .int()
    .min(0)
    .default(4 * 1024 ** 3),
  /** What all bodies that are being read or held may take together; requests above it are answered 503. */
  memoryLimitBytes: z
    .int()
    .min(1)
    .default(1024 ** 3),
})
export type CollectorConfig = z.output<typeof collectorConfigSchema>
export type CollectorOptions = z.input<typeof collectorConfigSchema>

export const readySchema = z.object({ pid: z.int(), bootId: z.string(), dataPort: port, controlPort: port })
/** The one line that the program prints: where it is, or why it is not. */
export const announcementSchema = z.union([
  z.object({ ready: readySchema }),
  z.object({ error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }) }),
])
export type Announcement = z.infer<typeof announcementSchema>

export function parseConfig(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): CollectorConfig {
  const json = argv[0] ?? env.GAPLESS_COLLECTOR
  if (json === undefined) {
    throw new GaplessError('The collector wants its configuration as one JSON argument.', { code: 'usage' })
  }
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (cause) {
    throw new GaplessError(`The collector's configuration is no JSON: ${json}`, { code: 'usage', cause })
  }
  const parsed = collectorConfigSchema.safeParse(value)
  if (!parsed.success) {
    throw new GaplessError(`The collector's configuration is wrong: ${z.prettifyError(parsed.error)}`, {
      code: 'usage',
    })
  }
  return parsed.data
}
