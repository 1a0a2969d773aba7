import { after, at, defineScenario, forGood, node, none, sent, some } from 'gapless'

export default defineScenario({
  name: 'node-powered-off',
  claims: ['N7'],
  proves: 'A node that loses its power keeps what is on its disk, and delivers it when it is back, if ever.',
  needs: ['kubernetes'],
  timings: {
    nodeMonitorGracePeriodSeconds: 16,
    notReadyTolerationSeconds: 30,
    unreachableTolerationSeconds: 30,
  },
  load: { lines: 5000, linesPerSecond: 100 },
  drainDeadline: '2m',
  variants: {
    'node of the aggregator': {
      timeline: [at(sent(1000), node('node-2').powerOff()), after('2s', node('node-2').powerOn())],
      expect: { lost: none },
    },
    'node of a forwarder only': {
      timeline: [at(sent(1000), node('node-1').powerOff()), after('2s', node('node-1').powerOn())],
      expect: { lost: none },
    },
    'node of a forwarder, which never comes back': {
      timeline: [at(sent(1000), forGood(node('node-1').powerOff()))],
      expect: {
        lost: none,
        stranded: some,
        strandedAt: { aggregator: none },
        nodes: { 'node-2': { lost: none, stranded: none } },
      },
    },
    'node of the aggregator, which never comes back': {
      timeline: [at(sent(1000), forGood(node('node-2').powerOff()))],
      expect: { lost: none, stranded: some, strandedAt: { forwarder: some }, recovers: false },
    },
  },
})
