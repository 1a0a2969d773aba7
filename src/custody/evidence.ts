import { z } from 'zod'

/**
 * `evidence/index.json`: what was kept of the pipeline when nothing moved any more. Files are named relative to the
 * run's directory; a link may have grown since, so only the first `bytes` of it count.
 */
export const evidenceSchema = z.object({
  /** The container logs of the applications: current, rotated and compressed files. */
  logs: z.array(
    z.object({
      node: z.string(),
      file: z.string(),
      bytes: z.int().min(0),
      readBytes: z.int().min(0).nullable().describe('by the position file; null where none is kept'),
    }),
  ),
  /** Files of buffers, secondaries and backups. */
  states: z.array(z.object({ station: z.string(), file: z.string(), bytes: z.int().min(0) })),
  /** Memory buffers that Fluentd said were not empty: they may hold any line that is found nowhere else. */
  memory: z.array(z.object({ station: z.string() })),
})
export type EvidenceIndex = z.infer<typeof evidenceSchema>

export const evidenceIndexFile = 'evidence/index.json'
