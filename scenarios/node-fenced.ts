import { after, aggregator, all, at, defineScenario, node, none, sent, some } from 'gapless'

export default defineScenario({
  name: 'node-fenced',
  claims: ['N7'],
  proves: 'Fencing a dead node lets its pods start elsewhere, unless a volume binds them to it.',
  needs: ['kubernetes'],
  timings: {
    nodeMonitorGracePeriodSeconds: 16,
    notReadyTolerationSeconds: 30,
    unreachableTolerationSeconds: 30,
  },
  load: { lines: 7000, linesPerSecond: 100 },
  drainDeadline: '2m',
  timeline: [
    at(all(sent(400), aggregator.buffered()), node('node-2').powerOff()),
    after('1s', node('node-2').fence()),
    after('5s', node('node-2').powerOn()),
  ],
  variants: {
    'StatefulSet with a volume of the node': { expect: { lost: none } },
    // It starts elsewhere. What it had acknowledged and not flushed yet, some seconds of lines, stays behind and is gone.
    'Deployment without': {
      knobs: { 'aggregator.stateVolume': 'emptyDir', 'aggregator.flushInterval': '10s' },
      expect: { lost: some, lostBefore: { forwarder: none, wire: none, destination: some } },
    },
  },
})
