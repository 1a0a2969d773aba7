import { after, at, defineScenario, node, none, sent, some, together, type Step } from 'gapless'

/** Down for as long as a node takes to restart, and longer than lines may wait. */
const drainedFor30s = (name: string): readonly Step[] => [
  // One that a budget keeps back waits for the other one's restart, and then has its own grace period.
  at(sent(600), node(name).drain({ timeout: '5m' })),
  after('30s', node(name).uncordon()),
]
const inTurn = [...drainedFor30s('node-2'), ...drainedFor30s('node-1')]
/** Somebody drains the second node without having waited for the first one. */
const atOnce = [together(drainedFor30s('node-2'), drainedFor30s('node-1'))]

const apart = { 'aggregator.affinity': 'apart' } as const
const onOneNode = { 'aggregator.affinity': 'together' } as const
const budget = { 'aggregator.minAvailable': 1 } as const
/** Without a volume that is its node's they can go elsewhere: a budget would never let the second one go, else. */
const movable = { 'aggregator.stateVolume': 'emptyDir', 'aggregator.flushAtShutdown': 'true' } as const

export default defineScenario({
  name: 'replicas-drained',
  claims: ['A5'],
  proves:
    'Replicas on nodes of their own and a PodDisruptionBudget keep an aggregator up while nodes are drained.',
  needs: ['kubernetes'],
  load: { lines: 7200, linesPerSecond: 60 },
  lateAfter: '20s',
  drainDeadline: '2m',
  knobs: { 'aggregator.replicas': 2 },
  variants: {
    'on one node': { knobs: onOneNode, timeline: inTurn, expect: { lost: none, late: some } },
    'on one node with a budget': {
      knobs: { ...onOneNode, ...movable, ...budget },
      timeline: inTurn,
      expect: { lost: none, late: none },
    },
    apart: { knobs: apart, timeline: inTurn, expect: { lost: none, late: none } },
    'apart and drained at once': { knobs: apart, timeline: atOnce, expect: { lost: none, late: some } },
    'apart and drained at once with a budget': {
      knobs: { ...apart, ...budget },
      timeline: atOnce,
      expect: { lost: none, late: none },
    },
  },
})
