import { type TestbedEvent } from '../testbed/contract.js'
import { type Evidence } from './result.js'

export const phases = [
  'provision',
  'deploy',
  'warm-up',
  'load',
  'drain',
  'custody',
  'account',
  'report',
  'teardown',
] as const
export type Phase = (typeof phases)[number]

/** A line of `events.ndjson`: what happened in a run, written as it happened. Times are milliseconds since the epoch. */
export type RunEvent =
  | { readonly type: 'phase'; readonly atMs: number; readonly phase: Phase }
  | { readonly type: 'load-ended'; readonly atMs: number }
  /** Every fault is healed, and fresh lines are sent to see whether they get through. */
  | { readonly type: 'probe'; readonly atMs: number }
  | {
      readonly type: 'fault-injected'
      readonly atMs: number
      readonly id: string
      readonly fault: string
      readonly target: string
      readonly description: string
      readonly condition: string
      readonly evidence: readonly Evidence[]
      /** When it was over, where it needs no healing and is not repeated. */
      readonly endedAtMs?: number
    }
  | {
      /** One more time of a fault that a rhythm repeats; what all of them showed comes with `fault-healed`. */
      readonly type: 'fault-repeated'
      readonly atMs: number
      readonly id: string
      readonly evidence: readonly Evidence[]
    }
  | {
      readonly type: 'fault-healed'
      readonly atMs: number
      readonly id: string
      readonly evidence: readonly Evidence[]
    }
  | {
      /** It is for good; what showed at the end that it was still so. */
      readonly type: 'fault-lasted'
      readonly atMs: number
      readonly id: string
      readonly evidence: readonly Evidence[]
    }
  | {
      readonly type: 'step-missed'
      readonly atMs: number
      readonly action: 'inject' | 'heal'
      readonly fault: string
      readonly target: string
      readonly description: string
      readonly condition: string
      readonly why: string
    }
  | {
      /** What the buffer of the aggregator held when its volume came to another node, read from outside of every node. */
      readonly type: 'buffer-found'
      readonly atMs: number
      readonly node: string
      readonly files: number
      readonly lines: number
    }
  | { readonly type: 'testbed'; readonly atMs: number; readonly event: TestbedEvent }
  | {
      readonly type: 'drain-ended'
      readonly atMs: number
      readonly drained: boolean
      readonly why: string
      /** How fast lines still arrived when the deadline came; absent where none did any more. */
      readonly linesPerSecond?: number
    }
  | {
      readonly type: 'collector'
      readonly atMs: number
      readonly bootId: string
      readonly failure: string | null
    }
  | { readonly type: 'problem'; readonly atMs: number; readonly message: string }
  | { readonly type: 'interrupted'; readonly atMs: number; readonly phase: Phase }
  /** How far the wall clock and the steady one drifted apart since the run began. */
  /** Of what the testbed turned out to be made of, once it stood. */
  | {
      readonly type: 'versions'
      readonly atMs: number
      readonly versions: Readonly<Record<string, string>>
    }
  | { readonly type: 'clock'; readonly atMs: number; readonly jumpedMs: number }
  | { readonly type: 'ended'; readonly atMs: number }
