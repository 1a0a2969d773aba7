import { after, at, defineScenario, node, none, sent } from 'gapless'

export default defineScenario({
  name: 'kubelet-stopped',
  claims: ['N6'],
  proves:
    "When a node's kubelet stops, a Deployment's aggregator is replaced, and a StatefulSet's stays Terminating.",
  needs: ['kubernetes'],
  timings: {
    nodeMonitorGracePeriodSeconds: 16,
    notReadyTolerationSeconds: 30,
    unreachableTolerationSeconds: 30,
  },
  load: { lines: 7000, linesPerSecond: 100 },
  drainDeadline: '2m',
  timeline: [
    at(sent(1000), node('node-2').stopKubelet({ until: 'evicted' })),
    after('5s', node('node-2').startKubelet()),
  ],
  variants: {
    StatefulSet: { expect: { lost: none } },
    Deployment: { knobs: { 'aggregator.stateVolume': 'emptyDir' }, expect: { lost: none } },
  },
})
