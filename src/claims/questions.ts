import { type Article } from './claims.js'
import { type MeasuredOn } from './table.js'

/** What a reader of an article wants to know, and which stored runs tell it; the answers are made from those alone. */
export interface Question {
  readonly asks: string
  readonly article: Article
  /** What the rows of its table have in common: the heading of the first column. */
  readonly rows: string
  /** Testbeds that can tell. */
  readonly on: readonly MeasuredOn[]
  readonly ways: readonly Way[]
  readonly columns: readonly Column[]
}

export interface Way {
  readonly way: string
  readonly measuredBy: readonly { readonly scenario: string; readonly variant: string | null }[]
}

export interface Column {
  readonly figure: 'forwarder' | 'lost' | 'delay' | 'blocked'
  readonly asks: string
}

const upgraded = (variant: string) => ({ scenario: 'worker-upgraded', variant })
const withTaint = (variant: string) => ({ scenario: 'upgrade-with-evict-taint', variant })
const killed = (variant: string) => ({ scenario: 'containerd-killed', variant })
const evicted = (variant: string) => ({ scenario: 'evicted-with-forwarder', variant })

export const questions: readonly Question[] = [
  {
    asks: 'The worker is upgraded: what becomes of my logs?',
    article: 'k0s',
    rows: 'way of upgrading',
    on: ['kind', 'k0s'],
    ways: [
      // For comparison.
      { way: 'no upgrade', measuredBy: [{ scenario: 'control', variant: null }] },
      { way: 'without a drain', measuredBy: [upgraded('without a drain')] },
      { way: 'plain drain', measuredBy: [upgraded('plain drain'), withTaint('plain drain')] },
      { way: 'evictTaint', measuredBy: [upgraded('evict taint'), withTaint('evict taint')] },
      { way: 'evictTaint, left behind for a while', measuredBy: [upgraded('evict taint left behind')] },
      { way: 'drain that times out', measuredBy: [upgraded('drain that times out')] },
      { way: 'by autopilot', measuredBy: [upgraded('by autopilot')] },
      {
        way: 'all forwarders stopped meanwhile',
        measuredBy: [withTaint('all forwarders stopped for the upgrade')],
      },
    ],
    columns: [
      { figure: 'forwarder', asks: 'Does my Fluentd die?' },
      { figure: 'lost', asks: 'What do I lose?' },
      { figure: 'delay', asks: 'How late are my logs?' },
      { figure: 'blocked', asks: 'How long do applications stand still?' },
    ],
  },
  {
    asks: 'Should my applications write to stdout, or to files of their node?',
    article: 'k0s',
    rows: 'what happens',
    on: ['kind', 'k0s'],
    ways: [
      { way: 'containerd is killed, stdout', measuredBy: [killed('on stdout')] },
      { way: 'containerd is killed, files', measuredBy: [killed('on a hostPath')] },
      { way: 'evicted with the forwarder, stdout', measuredBy: [evicted('stdout')] },
      { way: 'evicted with the forwarder, files', measuredBy: [evicted('hostPath file')] },
    ],
    columns: [
      { figure: 'lost', asks: 'What do I lose?' },
      { figure: 'delay', asks: 'How late are my logs?' },
      { figure: 'blocked', asks: 'How long do applications stand still?' },
    ],
  },
]
