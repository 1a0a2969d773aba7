import { z } from 'zod'

const port = z.int().min(0).max(65_535)

/** What the tap's program is told: one JSON argument, or the same JSON in GAPLESS_WIRE. */
export const wireConfigSchema = z.strictObject({
  /** The run's token, as it stands in every marker. */
  run: z.string().min(1),
  /** Where `wire.ndjson` goes; an existing directory without one. */
  directory: z.string().min(1),
  host: z.string().min(1).default('127.0.0.1'),
  /** Where each node's forwarder connects, by the node's name. */
  ports: z.record(z.string(), port.min(1)),
  /** in_forward of the aggregator. */
  aggregator: z.object({ host: z.string().min(1), port: port.min(1) }),
  /**
   * An aggregator that takes no new connection for so long is taken for one that does not listen, though the old
   * ones were not ended: a machine without power ends nothing. null: the kernel always tells.
   */
  silentAfterMs: z.int().min(100).nullable().default(null),
  controlPort: port.default(0),
})
export type WireConfig = z.output<typeof wireConfigSchema>
export type WireOptions = z.input<typeof wireConfigSchema>

export const wireReadySchema = z.object({ pid: z.int(), controlPort: port })
