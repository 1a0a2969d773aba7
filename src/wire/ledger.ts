import { z } from 'zod'
import { linesFields } from '../collector/protocol.js'
import { modes } from '../forward/message.js'
import { wireBehaviourSchema } from './behaviour.js'

/**
 * A line of `wire/wire.ndjson`. Bytes go first: an entry is written right after the bytes it speaks of were handed to
 * the kernel towards the aggregator, `atMs` being that moment, so that the tap delays nothing; what a tap that is
 * killed leaves unwritten is what it handed on in its last milliseconds. Entries of one connection stand in the order
 * of what they tell.
 */

const messageLines = {
  ...linesFields,
  unreadable: z
    .literal(true)
    .optional()
    .describe('compressed in a way that cannot be read here, or damaged: its lines are not known'),
}

const at = { atMs: z.number(), node: z.string() }
const onConnection = { ...at, connection: z.int().min(1) }
const chunk = z
  .string()
  .nullable()
  .describe("the chunk's id in hexadecimal, as in Fluentd's log and buffer files; null: no ack is awaited")
const mode = z.enum(modes)
const compressed = z.string().nullable().describe("'gzip', 'zstd', …; null: as it is")

export const wireEntrySchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('gate'), ...at, listening: z.boolean(), why: z.string() }),
  z.object({ type: z.literal('behaviour'), ...at, behaviour: wireBehaviourSchema }),
  z.object({ type: z.literal('opened'), ...onConnection }),
  z.object({
    type: z.literal('closed'),
    ...onConnection,
    by: z.enum(['forwarder', 'aggregator', 'tap']).describe('who ended it first'),
    how: z.enum(['FIN', 'RST']),
    why: z.string().nullable().describe('where it was the tap: its reason'),
    toAggregatorBytes: z.int(),
    toForwarderBytes: z.int(),
  }),
  z
    .object({
      type: z.literal('message'),
      ...onConnection,
      mode,
      tag: z.string().nullable(),
      chunk,
      bytes: z.int(),
      compressed,
      ...messageLines,
    })
    .describe('its last byte was handed to the aggregator'),
  z
    .object({
      type: z.literal('cut-off'),
      ...onConnection,
      takenBytes: z.int().describe('what the tap had of it'),
      handedBytes: z.int().describe('at least so many of them were handed to the aggregator'),
      crossed: linesFields.runs.describe('lines that were handed on whole, in a message that was not'),
      ...messageLines,
    })
    .describe(
      'a message of which the tap took only a part; the forwarder cannot have finished writing it there',
    ),
  z
    .object({
      type: z.literal('swallowed'),
      ...onConnection,
      mode,
      tag: z.string().nullable(),
      chunk,
      bytes: z.int(),
      handedBytes: z.int(),
      compressed,
      waitedMs: z.number().describe('how long its last byte had been in the tap'),
      behaviour: wireBehaviourSchema,
      ...messageLines,
    })
    .describe('taken whole and not handed on whole. Without `chunk` the forwarder may believe it delivered'),
  z.object({ type: z.literal('ack'), ...onConnection, chunk: z.string(), dropped: z.boolean() }),
  z
    .object({ type: z.literal('unframed'), ...onConnection, bytes: z.int(), ...messageLines })
    .describe(
      'passed on, and not the forward protocol in msgpack (TLS, JSON): lines that could be seen anyway',
    ),
])
export type WireEntry = z.infer<typeof wireEntrySchema>
export type WireRuns = z.infer<typeof linesFields.runs>
