import { z } from 'zod'

/**
 * `result.json`, the machine-readable outcome of a run. Published as JSON Schema in
 * fixtures/result.schema.json. Counts are lines, times are milliseconds since the epoch, durations milliseconds.
 */

export const verdictSchema = z.enum(['pass', 'fail', 'inconclusive'])
export type Verdict = z.infer<typeof verdictSchema>

const count = z.int().min(0)

/** Inclusive at both ends: [1204, 1210] are seven lines. */
export const seqRangeSchema = z.tuple([z.int().min(1), z.int().min(1)])

export const countsSchema = z.object({
  sent: count.describe("lines for which the emitter's write returned"),
  indeterminate: count.describe(
    'lines whose write was under way when the emitter died; never counted as lost',
  ),
  delivered: count.describe('distinct lines that arrived whole'),
  lost: count.describe('sent, never arrived whole, and held nowhere any more'),
  duplicated: count.describe('surplus deliveries: a line that arrived three times counts two'),
  reordered: count.describe(
    'lines whose first arrival came after that of a higher number of the same stream',
  ),
  corrupted: count.describe(
    'arrivals with a damaged marker or a payload that is not the one of their number',
  ),
  unexpected: count.describe("arrivals of another run's lines or of numbers that were never sent"),
  stranded: count.describe('sent, not delivered, but still held somewhere (recoverable, so not lost)'),
  late: count.describe("delivered later than the scenario's bound; 0 where it sets none"),
})
export type Counts = z.infer<typeof countsSchema>

/** Milliseconds from emission to first arrival. */
export const latencySchema = z.object({ p50: z.number(), p90: z.number(), p99: z.number(), max: z.number() })

export const strandedAtSchema = z.object({
  station: z.string().describe('where the lines are, e.g. "forwarder buffer on node-1"'),
  lines: count,
  ranges: z.array(seqRangeSchema),
  perhaps: z
    .literal(true)
    .optional()
    .describe('nobody can look into it: lines that were found nowhere else may be there, or may be gone'),
})

export const streamResultSchema = countsSchema.extend({
  stream: z.string(),
  node: z.string(),
  lostRanges: z.array(seqRangeSchema),
  duplicatedRanges: z.array(seqRangeSchema),
  strandedAt: z.array(strandedAtSchema),
  latencyMs: latencySchema.nullable(),
})
export type StreamResult = z.infer<typeof streamResultSchema>

export const evidenceSchema = z.object({
  what: z.string().describe('a sentence that states a fact, e.g. "process 4711 (fluentd worker) is gone"'),
  atMs: z.number(),
  holds: z.boolean().describe('false: it was looked for and not found'),
  data: z.record(z.string(), z.unknown()).optional(),
})
export type Evidence = z.infer<typeof evidenceSchema>

export const faultResultSchema = z.object({
  id: z.string(),
  kind: z.string().describe('e.g. "kill"'),
  target: z.string().describe('e.g. "forwarder on node-1"'),
  description: z.string(),
  condition: z.string().describe('what it waited for, in words'),
  injectedAtMs: z.number().nullable(),
  repeatedAtMs: z.array(z.number()).optional().describe('each time that a rhythm injected it once more'),
  healedAtMs: z.number().nullable(),
  proven: z.boolean(),
  evidence: z.array(evidenceSchema),
})
export type FaultResult = z.infer<typeof faultResultSchema>

export const expectationResultSchema = z.object({
  expected: z.string().describe('e.g. "lost = 0"'),
  found: z.string(),
  met: z.boolean(),
})
export type ExpectationResult = z.infer<typeof expectationResultSchema>

export const gapSchema = z.object({
  stream: z.string(),
  kind: z.enum(['lost', 'duplicated', 'stranded']),
  range: seqRangeSchema,
  emittedFromMs: z.number().nullable(),
  emittedToMs: z.number().nullable(),
  during: z.string().nullable().describe('id of the fault in whose window it was emitted, if in any'),
})

export const goneSchema = z.object({
  stream: z.string(),
  node: z.string(),
  lines: count,
  ranges: z.array(seqRangeSchema),
  lastSeen: z.string().describe('the last station known to have had the lines'),
  firstMissing: z.string().describe('the first station known not to have had them; they went in between'),
  explanation: z.string(),
  causes: z
    .array(z.object({ what: z.string(), atMs: z.number() }))
    .optional()
    .describe('what happened that may be how they were lost'),
})
export type Gone = z.infer<typeof goneSchema>

export const duplicatesSchema = z.object({
  stream: z.string(),
  node: z.string(),
  lines: count.describe('distinct lines that arrived more than once'),
  ranges: z.array(seqRangeSchema),
  hop: z.string().describe('where the second copy came about'),
  explanation: z.string(),
})
export type Duplicates = z.infer<typeof duplicatesSchema>

export const recoverySchema = z.object({
  recovered: z.boolean().describe('a fresh line of every stream got through after the last fault was healed'),
  afterMs: z.number().nullable().describe('until the last stream was through, from the last healing on'),
  missing: z.array(z.string()).describe('streams of which none got through'),
})
export type Recovery = z.infer<typeof recoverySchema>

const plantedFields = { planted: count, found: count }

export const selfCheckSchema = z.object({
  ok: z.boolean().nullable().describe('null: no line arrived, so that there was nothing to check it with'),
  summary: z.string(),
  defects: z
    .array(z.object({ kind: z.string().describe('e.g. "loss"'), ...plantedFields }))
    .describe('lines, or for duplication copies'),
  stations: z.array(z.object({ station: z.string().describe('e.g. "app → node log"'), ...plantedFields })),
  checked: z
    .object({ requests: count, bytes: count, ofBytes: count })
    .describe('how much of what arrived it was done with'),
  problems: z.array(z.string()).describe('what was not found as it was planted'),
})
export type SelfCheck = z.infer<typeof selfCheckSchema>

/** One point a tick, for the picture of the run over time. Cumulative distinct lines. */
export const sampleSchema = z.object({
  atMs: z.number(),
  sent: count,
  delivered: count,
  duplicated: count,
})
export type Sample = z.infer<typeof sampleSchema>

export const staircaseSchema = z.object({
  steps: z
    .array(
      z.object({
        atMs: z.number(),
        what: z.string(),
        kind: z.enum(['fault', 'cluster', 'volume', 'lines']).describe('who did it'),
      }),
    )
    .describe(
      'by time: what was done to the node, what the cluster made of it, until lines got through again',
    ),
  withoutDelivery: z
    .object({ fromMs: z.number(), toMs: z.number().nullable().describe('null: until the end') })
    .nullable()
    .describe('the longest time in which lines were sent and none arrived; null where there was none'),
})
export type Staircase = z.infer<typeof staircaseSchema>

export const blockedSchema = z.object({
  node: z.string(),
  times: count,
  longestMs: z.number(),
  totalMs: z.number(),
})
export type Blocked = z.infer<typeof blockedSchema>

export const forwarderSchema = z.object({
  node: z.string(),
  ends: z.array(
    z.object({
      how: z.string().describe('e.g. "SIGKILL", "end (exit status 0)", or "deletion" where nobody told how'),
      atMs: z.number(),
      backAtMs: z.number().nullable().describe('when the next one started; null: none did'),
    }),
  ),
})
export type ForwarderResult = z.infer<typeof forwarderSchema>

export const resultSchema = z.object({
  schemaVersion: z.literal(1),
  id: z.string(),
  scenario: z.string(),
  variant: z.string().nullable(),
  proves: z.string(),
  claims: z.array(z.string()),
  testbed: z.string(),
  emulated: z.array(z.string()).describe('what was not the real thing on this testbed'),
  profile: z.string(),
  knobs: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  seed: z.int(),
  command: z.string().describe('repeats this run'),
  versions: z
    .record(z.string(), z.string())
    .describe('gapless, node, ruby, fluentd, os; on a cluster kubernetes'),
  startedAtMs: z.number(),
  verdict: verdictSchema,
  summary: z.string().describe('the verdict and why, in one sentence'),
  reasons: z.array(z.string()),
  expectations: z.array(expectationResultSchema),
  totals: countsSchema,
  streams: z.array(streamResultSchema),
  faults: z.array(faultResultSchema),
  gaps: z.array(gapSchema),
  gone: z.array(goneSchema).describe('lost lines by where they went'),
  duplicates: z.array(duplicatesSchema),
  recovery: recoverySchema.nullable().describe('null where the run did not get that far'),
  staircase: staircaseSchema.optional().describe('of runs with a volume that moves with its pod'),
  blocked: z
    .array(blockedSchema)
    .optional()
    .describe(
      'of nodes whose applications could not write for a second or longer, as nobody read; [] where all could, absent where nobody told',
    ),
  forwarders: z
    .array(forwarderSchema)
    .optional()
    .describe("how the containers of each node's forwarder ended, from the load on until the drain was over"),
  timeline: z.array(sampleSchema),
  latencyMs: latencySchema.nullable(),
  durationsMs: z.record(z.string(), z.number()).describe('per phase'),
  drain: z.object({
    drained: z.boolean(),
    why: z.string(),
    linesPerSecond: z.number().optional().describe('lines still arrived, so fast, when the deadline came'),
  }),
  selfCheck: selfCheckSchema
    .nullable()
    .describe("what was planted in a copy of the run's own evidence, and what was found of it"),
})
export type Result = z.infer<typeof resultSchema>
