import { after, aggregator, all, at, collector, defineScenario, none, sent, some } from 'gapless'

export default defineScenario({
  name: 'volume-left-behind',
  proves:
    'An aggregator that comes back without its volume leaves on it what it had acknowledged: stranded, and not lost.',
  load: { lines: 3000, linesPerSecond: 500 },
  // The forwarders were told that these lines are safe, so nobody will send them again.
  timeline: [
    at(sent(500), collector.refuse()),
    at(
      all(sent(1500), aggregator.buffered({ moreThanBytes: 100_000 })),
      aggregator.delete({ gracePeriod: '0s' }),
    ),
    after('1s', aggregator.recreate({ node: 'node-1', newVolumes: true })),
    after('1s', collector.release()),
  ],
  expect: { lost: none, stranded: some, strandedAt: { aggregator: some } },
})
