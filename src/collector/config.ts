import { z } from 'zod'

const port = z.int().min(0).max(65_535)

/** What the collector's program is told: one JSON argument, or the same JSON in GAPLESS_COLLECTOR. */
export const collectorConfigSchema = z.strictObject({
  /** The run's token, as it stands in every marker. */
  run: z.string().min(1),
  /** Where the ledgers go; an existing directory without any. */
  directory: z.string().min(1),
  /** 0: any that is free. */
  dataPort: port.default(0),
  /** Where it speaks the forward protocol; null: nowhere. */
  forwardPort: port.nullable().default(null),
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

export const readySchema = z.object({
  pid: z.int(),
  bootId: z.string(),
  dataPort: port,
  forwardPort: port.nullable(),
  controlPort: port,
})
