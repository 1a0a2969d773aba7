import { z } from 'zod'
import { latencySchema } from '../store/result.js'

/**
 * What the collector says and is told, over HTTP on its control port (JSON bodies). Emitters and gapless use the
 * same port; the data port, where the pipeline delivers, is another one, so that no outage touches the control.
 */

/** How the destination behaves towards the pipeline. */
export const behaviourSchema = z.discriminatedUnion('mode', [
  z.object({ mode: z.literal('normal') }),
  z.object({ mode: z.literal('refuse') }).describe('connections are refused (the port is closed)'),
  z.object({ mode: z.literal('unavailable') }).describe('every request is answered 503'),
  z.object({ mode: z.literal('hang') }).describe('requests are read and never answered nor stored'),
  z
    .object({ mode: z.literal('hold') })
    .describe('requests are read whole and held until released; released ones are stored, then answered'),
  z.object({ mode: z.literal('slow'), delayMs: z.int().min(0) }).describe('stored, answered after the delay'),
  z
    .object({ mode: z.literal('store-then-drop') })
    .describe('stored, then the connection is cut without an answer'),
])
export type Behaviour = z.infer<typeof behaviourSchema>

/**
 * POST /emitters/:stream/reserve — before writing numbers up to `upTo`; answered once the ledger has it. A report of
 * an incarnation that another has followed is answered 409: its lines stay indeterminate.
 */
export const reserveSchema = z.object({ upTo: z.int().min(0), incarnation: z.int().min(1) })
export type Reserve = z.infer<typeof reserveSchema>

/** A write that did not return for a while, as nobody read what an application writes. */
export const blockedWriteSchema = z.object({ fromMs: z.number(), toMs: z.number() })
export type BlockedWrite = z.infer<typeof blockedWriteSchema>

/** POST /emitters/:stream/sent — `write` has returned for all numbers up to `upTo`. */
export const sentSchema = z.object({
  upTo: z.int().min(0),
  atMs: z.number(),
  incarnation: z.int().min(1),
  blocked: z.array(blockedWriteSchema).optional().describe('since the report before'),
  done: z.int().min(1).optional().describe('id of the command that this report completes'),
})
export type Sent = z.infer<typeof sentSchema>

/**
 * POST /emitters/:stream/ended — the emitter ends in order. Numbers that it had reserved above `upTo` were never
 * written, and the next incarnation goes on at `upTo` + 1.
 */
export const endedSchema = z.object({
  upTo: z.int().min(0),
  atMs: z.number(),
  incarnation: z.int().min(1),
})
export type Ended = z.infer<typeof endedSchema>

/** What an emitter is to do next. It has the numbers 1…N of its stream; `upTo` is absolute. */
export const emitterCommandSchema = z.object({
  /** Commands are numbered; an emitter polls GET /emitters/:stream/command?after=K, which waits up to 10 s. */
  id: z.int().min(1),
  /** Write up to this number, then wait for the next command. */
  upTo: z.int().min(0),
  /** null: as fast as the pipe takes them. */
  linesPerSecond: z.number().positive().nullable(),
  /** End after this. */
  end: z.boolean(),
})
export type EmitterCommand = z.infer<typeof emitterCommandSchema>

/**
 * POST /streams/:stream/command — the newest command counts: one with a lower `upTo` stops the emitter where it is.
 * Answered with the command and its id. May come before the emitter has registered.
 */
export const commandRequestSchema = emitterCommandSchema.omit({ id: true })
export type CommandRequest = z.infer<typeof commandRequestSchema>

/** POST /emitters/:stream/register — an emitter starts (again). */
export const registrationSchema = z.object({ pid: z.int() })
export type Registration = z.infer<typeof registrationSchema>
/** The first number it may use: 1, after a crash one past everything that was reserved, after an orderly end the next. */
export const registeredSchema = z.object({ nextSeq: z.int().min(1), incarnation: z.int().min(1) })
export type Registered = z.infer<typeof registeredSchema>

export const streamStateSchema = z.object({
  registered: z.boolean(),
  incarnation: z.int(),
  sent: z
    .int()
    .describe('how many lines were sent; numbers that a crash left indeterminate are not among them'),
  sentUpTo: z.int().describe('the highest number that was sent'),
  reserved: z.int(),
  delivered: z.int().describe('distinct lines that arrived whole'),
  duplicated: z.int().describe('surplus arrivals'),
  corrupted: z.int(),
  command: z.int().describe('id of the newest command, 0 before the first'),
  /** The emitter has done all it was told to. */
  idle: z.boolean(),
  ended: z.boolean(),
})

export const collectorStateSchema = z.object({
  bootId: z.string().describe('changes when the collector restarts'),
  atMs: z.number(),
  behaviour: behaviourSchema,
  streams: z.record(z.string(), streamStateSchema),
  unexpected: z.int().describe("arrivals of another run's lines, and of numbers that nobody had reserved"),
  requests: z.int().describe('data requests so far'),
  rejected: z.int().describe('data requests that were not stored: answered 503, cut or left hanging'),
  unanswered: z.int().describe('data requests that were stored, and whose client never got the answer'),
  inFlight: z
    .int()
    .describe('data requests read or being read and not answered yet, their client still there'),
  held: z.array(
    z.object({
      id: z.int(),
      path: z.string(),
      sinceMs: z.number(),
      bytes: z.int(),
      lines: z.int(),
      connected: z.boolean(),
    }),
  ),
  lastArrivalMs: z.number().nullable(),
  failure: z.string().nullable().describe('e.g. the disk is full: from then on nothing is acknowledged'),
})
export type CollectorState = z.infer<typeof collectorStateSchema>
export type StreamState = z.infer<typeof streamStateSchema>

/** POST /release — releases what is held, and goes back to normal. */
export const releaseResultSchema = z.object({ released: z.int(), lines: z.int() })
export type ReleaseResult = z.infer<typeof releaseResultSchema>

/** What lines were found in bytes, in a ledger's entry about them; consecutive numbers are one run. */
export const linesFields = {
  runs: z
    .array(z.tuple([z.string(), z.int(), z.int(), z.number(), z.number()]))
    .describe('[stream, first, last, emittedAtMs of first, emittedAtMs of last], in their order'),
  corrupted: z
    .array(
      z.object({
        reason: z.enum(['truncated', 'payload', 'header']),
        stream: z.string().nullable(),
        seq: z.int().nullable(),
      }),
    )
    .optional(),
  unexpected: z
    .array(z.object({ run: z.string(), stream: z.string(), first: z.int(), last: z.int() }))
    .optional(),
}

/** A line of `arrivals.ndjson`, written before the request is answered. */
export const arrivalSchema = z.object({
  atMs: z.number(),
  request: z.int(),
  /** The path of the request: it names the hop, e.g. /from/aggregator. */
  path: z.string(),
  /** Where the body is in `arrivals.raw`, exactly as received; null once the file has reached its limit. */
  raw: z.tuple([z.int(), z.int()]).nullable().describe('[offset, length] in bytes'),
  ...linesFields,
  contentEncoding: z
    .enum(['gzip', 'undecodable'])
    .optional()
    .describe(
      'gzip: the body came so, `raw` is unpacked; undecodable: it claimed to be gzip, `raw` is as it came',
    ),
  clientGone: z
    .boolean()
    .optional()
    .describe('true: stored after its client had gone without an answer, e.g. held ones'),
})
export type Arrival = z.infer<typeof arrivalSchema>

/** A line of `sent.ndjson`: what emitters said, as it came. */
export const sentEntrySchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('registered'),
    atMs: z.number(),
    stream: z.string(),
    incarnation: z.int(),
    nextSeq: z.int(),
  }),
  z.object({ type: z.literal('reserved'), atMs: z.number(), stream: z.string(), upTo: z.int() }),
  z.object({ type: z.literal('sent'), atMs: z.number(), stream: z.string(), upTo: z.int() }),
  z.object({ type: z.literal('blocked'), atMs: z.number(), stream: z.string(), ...blockedWriteSchema.shape }),
  z.object({ type: z.literal('ended'), atMs: z.number(), stream: z.string() }),
])
export type SentEntry = z.infer<typeof sentEntrySchema>

const latencyOfSchema = latencySchema.extend({
  count: z.int(),
  histogram: z.string().describe('HdrHistogram, compressed and in base64'),
})

/** `latency.json`: milliseconds from emission to first arrival, written every second and at the end. */
export const latencyFileSchema = z.object({
  streams: z.record(z.string(), latencyOfSchema),
  total: latencyOfSchema.nullable(),
})
export type LatencyFile = z.infer<typeof latencyFileSchema>
