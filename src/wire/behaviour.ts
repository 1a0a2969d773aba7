import { z } from 'zod'

/** How the network between a node and the aggregator behaves. Each is of its own; together they add up. */
export const wireBehaviourSchema = z.strictObject({
  delayMs: z
    .int()
    .min(0)
    .max(600_000)
    .describe('bytes, and the end of a connection, are passed on this much later, each way'),
  cut: z.boolean().describe('connections are reset, new ones refused'),
  blackhole: z
    .boolean()
    .describe('connections are accepted and stay open, and nothing of them is read or passed'),
  dropAcks: z.boolean().describe('data passes, acknowledgements do not'),
})
export type WireBehaviour = z.infer<typeof wireBehaviourSchema>

export const normalWire: WireBehaviour = { delayMs: 0, cut: false, blackhole: false, dropAcks: false }

/** What is wrong with the wire, in words; 'normal' where nothing is. */
export function describeWire({ delayMs, cut, blackhole, dropAcks }: WireBehaviour): string {
  const wrong = [
    cut && 'cut',
    blackhole && 'blackhole',
    dropAcks && 'acknowledgements dropped',
    delayMs > 0 && `delayed by ${String(delayMs)} ms`,
  ].filter((what) => typeof what === 'string')
  return wrong.join(', ') || 'normal'
}
