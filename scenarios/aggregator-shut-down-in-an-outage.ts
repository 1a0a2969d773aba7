import { after, aggregator, all, at, collector, defineScenario, none, sent, some, when } from 'gapless'

export default defineScenario({
  name: 'aggregator-shut-down-in-an-outage',
  claims: ['A4'],
  proves:
    'An aggregator that cannot flush when it is shut down keeps its lines only if its buffer is on a volume.',
  load: { lines: 2500, linesPerSecond: 500 },
  timeline: [
    at(sent(1000), collector.refuse()),
    when(all(aggregator.buffered(), sent(2500)), aggregator.delete()),
    after('500ms', aggregator.recreate()),
    after('1s', collector.release()),
  ],
  variants: {
    'on a volume': { expect: { lost: none } },
    'in an emptyDir': {
      knobs: { 'aggregator.stateVolume': 'emptyDir' },
      expect: { lost: some, lostBefore: { destination: some } },
    },
    'in memory': {
      knobs: { 'aggregator.buffer': 'memory' },
      expect: { lost: some, lostBefore: { destination: some } },
    },
  },
})
