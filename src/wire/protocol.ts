import { z } from 'zod'
import { wireBehaviourSchema } from './behaviour.js'

/** What the tap says and is told, over HTTP on its control port (JSON bodies). */

const count = z.int().min(0)

/** POST /behaviour — `node: null` is every node. What `change` leaves out stays as it is. */
export const wireChangeSchema = z.strictObject({
  node: z.string().nullable(),
  change: wireBehaviourSchema.partial(),
})
export type WireChange = z.infer<typeof wireChangeSchema>

/** POST /endpoint — whether there is an aggregator to lead new connections to; while not, they are refused. */
export const wireEndpointSchema = z.strictObject({ ready: z.boolean() })
export type WireEndpoint = z.infer<typeof wireEndpointSchema>

/**
 * POST /conclude — ends connections that brought something which the aggregator has not acknowledged, and which a
 * forwarder keeps open, as if the forwarder had: they count as unfinished until the aggregator is done with them.
 */
export const wireConcludedSchema = z.object({ connections: count.describe('how many it were') })
export type WireConcluded = z.infer<typeof wireConcludedSchema>

/** Of one node's forwarder. Counts are since the tap's start and only grow, where nothing else is said. */
export const wireNodeSchema = z.object({
  behaviour: wireBehaviourSchema,
  listening: z.boolean().describe('right now: connections are accepted'),
  connections: count.describe('right now: open ones'),
  unconfirmed: count.describe(
    'connections that are open and brought chunks which the aggregator has not acknowledged, if only because nobody asked it to',
  ),
  unfinished: count.describe(
    'right now: connections that brought something, were ended by the forwarder or concluded, and not yet by the aggregator, which is still there',
  ),
  opened: count,
  resetByFault: count.describe('connections that a cut reset'),
  stuck: count.describe('right now: connections that a blackhole holds'),
  stuckInAll: count.describe('connections that a blackhole held'),
  messages: count.describe('messages whose last byte was handed to the aggregator'),
  lines: count.describe('lines in them, copies included; those that could not be unpacked count as none'),
  delayedBytes: count.describe('bytes that were passed on later than they came, because of a delay'),
  waitingBytes: count.describe(
    'right now: bytes that were taken from one side and not yet handed to the other',
  ),
  acks: count.describe('acknowledgements that were passed to the forwarder'),
  acksDropped: count,
  cutOff: count.describe('messages of which the tap took only a part'),
  swallowed: count.describe('messages that the tap took whole and could not hand on'),
  swallowedLines: count.describe(
    'lines in those for which the forwarder awaits no acknowledgement: lost here',
  ),
})
export type WireNode = z.infer<typeof wireNodeSchema>

export const wireStateSchema = z.object({
  atMs: z.number(),
  aggregatorListens: z.boolean(),
  nodes: z.record(z.string(), wireNodeSchema),
  failure: z.string().nullable().describe('e.g. the disk is full, or a port was taken by somebody else'),
})
export type WireState = z.infer<typeof wireStateSchema>
