import { after, at, defineScenario, node, none, sent } from 'gapless'

export default defineScenario({
  name: 'node-powered-off',
  claims: ['N7'],
  proves: 'A node that loses its power keeps what is on its disk, and delivers it when it is back.',
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
  },
})
