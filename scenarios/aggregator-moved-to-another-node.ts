import { after, aggregator, all, at, defineScenario, none, sent, some } from 'gapless'

export default defineScenario({
  name: 'aggregator-moved-to-another-node',
  claims: ['A6'],
  proves:
    'An aggregator whose node dies finds its buffer again on another node if it is on a volume of its own.',
  load: { lines: 2500, linesPerSecond: 500 },
  knobs: { 'aggregator.flushInterval': '5s' },
  timeline: [
    at(
      all(sent(1000), aggregator.buffered({ moreThanBytes: 100_000 })),
      aggregator.delete({ gracePeriod: '0s' }),
    ),
    after('1s', aggregator.recreate({ node: 'node-1' })),
  ],
  variants: {
    'StatefulSet with a volume': { expect: { lost: none } },
    'Deployment without': {
      knobs: { 'aggregator.stateVolume': 'emptyDir' },
      expect: { lost: some, lostBefore: { destination: some } },
    },
  },
})
