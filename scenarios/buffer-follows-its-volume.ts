import { after, aggregator, all, at, collector, defineScenario, node, none, sent, some, when } from 'gapless'

export default defineScenario({
  name: 'buffer-follows-its-volume',
  claims: ['A6'],
  proves:
    "Drained to another node in an outage, a StatefulSet's aggregator finds its buffer, a Deployment's does not.",
  needs: ['kubernetes'],
  timings: {
    nodeMonitorGracePeriodSeconds: 16,
    notReadyTolerationSeconds: 30,
    unreachableTolerationSeconds: 30,
  },
  load: { lines: 6500, linesPerSecond: 50 },
  drainDeadline: '2m',
  timeline: [
    at(sent(500), collector.unavailable()),
    when(
      all(aggregator.buffered({ moreThanBytes: 100_000 }), aggregator.logged('failed to flush the buffer')),
      node('node-2').drain(),
    ),
    when(aggregator.running(), collector.release()),
    after('2s', node('node-2').uncordon()),
  ],
  variants: {
    'StatefulSet with a block volume': { knobs: { 'aggregator.storage': 'block' }, expect: { lost: none } },
    'Deployment without': {
      knobs: { 'aggregator.stateVolume': 'emptyDir' },
      expect: { lost: some, lostBefore: { forwarder: none, wire: none, destination: some } },
    },
  },
})
