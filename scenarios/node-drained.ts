import { after, at, defineScenario, node, none, sent } from 'gapless'

export default defineScenario({
  name: 'node-drained',
  claims: ['N1'],
  proves:
    'A drain leaves the forwarder alone and evicts the aggregator, which delays what it would have got.',
  needs: ['kubernetes'],
  load: { lines: 4000, linesPerSecond: 100 },
  drainDeadline: '2m',
  timeline: [at(sent(1000), node('node-2').drain()), after('5s', node('node-2').uncordon())],
  variants: {
    StatefulSet: { expect: { lost: none } },
    'Deployment that flushes at shutdown': {
      knobs: { 'aggregator.stateVolume': 'emptyDir', 'aggregator.flushAtShutdown': 'true' },
      expect: { lost: none },
    },
    'node of a forwarder only': {
      timeline: [at(sent(1000), node('node-1').drain()), after('5s', node('node-1').uncordon())],
      expect: { lost: none },
    },
  },
})
