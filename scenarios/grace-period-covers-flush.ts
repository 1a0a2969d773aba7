import { after, aggregator, all, at, collector, defineScenario, none, sent, some } from 'gapless'

export default defineScenario({
  name: 'grace-period-covers-flush',
  claims: ['F7'],
  proves:
    'A flush at shutdown saves what is in memory only if terminationGracePeriodSeconds lasts until it is done.',
  load: { lines: 3000, linesPerSecond: 500 },
  timeline: [
    at(sent(500), collector.slow(1500)),
    at(all(sent(2500), aggregator.buffered({ moreThanBytes: 200_000 })), aggregator.stop()),
    after('0s', collector.release()),
    after('0s', aggregator.start()),
  ],
  variants: {
    'memory buffer, 60 s': {
      knobs: { 'aggregator.buffer': 'memory', 'aggregator.terminationGracePeriod': '60s' },
      expect: { lost: none },
    },
    'memory buffer, 2 s': {
      knobs: { 'aggregator.buffer': 'memory', 'aggregator.terminationGracePeriod': '2s' },
      expect: { lost: some, lostBefore: { destination: some, wire: none, forwarder: none } },
    },
    'file buffer, 2 s': {
      knobs: { 'aggregator.buffer': 'file', 'aggregator.terminationGracePeriod': '2s' },
      expect: { lost: none },
    },
  },
})
