import { after, at, defineScenario, node, none, sent } from 'gapless'

export default defineScenario({
  name: 'statefulset-stuck-when-kubelet-stops',
  claims: ['N6'],
  proves:
    "While its node's kubelet is stopped, a StatefulSet's aggregator is nowhere else, and forwarders hold.",
  needs: ['kubernetes'],
  timings: {
    nodeMonitorGracePeriodSeconds: 16,
    notReadyTolerationSeconds: 30,
    unreachableTolerationSeconds: 30,
  },
  load: { lines: 5000, linesPerSecond: 50 },
  drainDeadline: '2m',
  knobs: { 'aggregator.storage': 'block' },
  timeline: [
    at(sent(500), node('node-2').stopKubelet({ until: 'evicted' })),
    // Long enough for anything to happen that would happen by itself.
    after('20s', node('node-2').startKubelet()),
  ],
  expect: { lost: none },
})
