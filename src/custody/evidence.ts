import { z } from 'zod'

const goneSchema = z.object({
  how: z.string().describe('e.g. "was wiped": what became of it, as the end of a sentence'),
  atMs: z.number(),
})
export type GoneFile = z.infer<typeof goneSchema>

const offset = z.int().min(0)

/**
 * `evidence/index.json`: what was kept of the pipeline when nothing moved any more, and of what was removed before.
 * Files are named relative to the run's directory; a link may have grown since, so only the first `bytes` of it count.
 */
export const evidenceSchema = z.object({
  /** The container logs of the applications: current, rotated and compressed files. */
  logs: z.array(
    z.object({
      node: z.string(),
      nodeIsOff: z.literal(true).optional().describe('nothing of the pipeline gets at its disk'),
      file: z.string(),
      bytes: offset,
      readBytes: offset
        .nullable()
        .describe('of its text when it is unpacked, by the position file; null where none is kept'),
      perhapsReadBytes: offset
        .optional()
        .describe(
          'it may have been read up to here: in_tail let go of its position, and read on. Absent: to readBytes, no more',
        ),
      skipped: z
        .array(z.tuple([offset, offset]))
        .optional()
        .describe(
          'from…to of what in_tail passed over, as it began anew at the end of the file, or where it was in an earlier one',
        ),
      gone: goneSchema.optional().describe('it was removed; this is a copy of what was in it'),
    }),
  ),
  /** Files of buffers, secondaries and backups. */
  states: z.array(
    z.object({
      station: z.string(),
      file: z.string(),
      bytes: offset,
      gone: goneSchema.optional().describe('it was removed; this is a copy of what was in it at last'),
    }),
  ),
  /** What nobody can look into, such as memory buffers that Fluentd said were not empty. */
  memory: z.array(
    z.object({
      station: z.string(),
      among: z
        .literal('crossed')
        .optional()
        .describe(
          'only lines that crossed the wire can be there; absent: any line that is found nowhere else',
        ),
    }),
  ),
  /** Position files that were removed while the run went on. */
  positionsGone: z.array(goneSchema.extend({ node: z.string() })).optional(),
})
export type EvidenceIndex = z.infer<typeof evidenceSchema>
export type LogEvidence = EvidenceIndex['logs'][number]

export const evidenceIndexFile = 'evidence/index.json'
