import { z } from 'zod'

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

/** POST /emitters/:stream/reserve — before writing numbers up to `upTo`; answered once the ledger has it. */
export const reserveSchema = z.object({ upTo: z.int().min(0) })
/** POST /emitters/:stream/sent — `write` has returned for all numbers up to `upTo`. */
export const sentSchema = z.object({ upTo: z.int().min(0), atMs: z.number() })

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

/** POST /emitters/:stream/register — an emitter starts (again). */
export const registrationSchema = z.object({ pid: z.int() })
/** The first number it may use: 1, or after a crash one past everything that was reserved. */
export const registeredSchema = z.object({ nextSeq: z.int().min(1), incarnation: z.int().min(1) })

export const streamStateSchema = z.object({
  registered: z.boolean(),
  incarnation: z.int(),
  sent: z.int(),
  reserved: z.int(),
  delivered: z.int().describe('distinct lines that arrived whole'),
  duplicated: z.int(),
  corrupted: z.int(),
  /** The emitter has done all it was told to. */
  idle: z.boolean(),
  ended: z.boolean(),
})

export const collectorStateSchema = z.object({
  bootId: z.string().describe('changes when the collector restarts'),
  atMs: z.number(),
  behaviour: behaviourSchema,
  streams: z.record(z.string(), streamStateSchema),
  unexpected: z.int(),
  requests: z.int().describe('data requests so far'),
  inFlight: z.int().describe('data requests read or being read and not answered yet'),
  held: z.array(
    z.object({ id: z.int(), sinceMs: z.number(), bytes: z.int(), lines: z.int(), connected: z.boolean() }),
  ),
  lastArrivalMs: z.number().nullable(),
  failure: z.string().nullable().describe('e.g. the disk is full: from then on nothing is acknowledged'),
})
export type CollectorState = z.infer<typeof collectorStateSchema>
export type StreamState = z.infer<typeof streamStateSchema>

/** POST /release — releases what is held, and goes back to normal. */
export const releaseResultSchema = z.object({ released: z.int(), lines: z.int() })

/**
 * A line of `arrivals.ndjson`, written before the request is answered. `runs` are in order of arrival:
 * [stream, first, last, emittedAtMs of first, emittedAtMs of last]; consecutive numbers in one request are one run.
 */
export const arrivalSchema = z.object({
  atMs: z.number(),
  request: z.int(),
  /** Where the body is in `arrivals.raw`, exactly as received; null once the file has reached its limit. */
  raw: z.tuple([z.int(), z.int()]).nullable().describe('[offset, length] in bytes'),
  runs: z.array(z.tuple([z.string(), z.int(), z.int(), z.number(), z.number()])),
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
  z.object({ type: z.literal('ended'), atMs: z.number(), stream: z.string() }),
])
export type SentEntry = z.infer<typeof sentEntrySchema>
