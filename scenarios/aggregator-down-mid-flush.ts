import { after, aggregator, all, at, collector, defineScenario, none, sent, when } from 'gapless'

export default defineScenario({
  name: 'aggregator-down-mid-flush',
  claims: ['A2'],
  proves: 'A request that the destination never answered is sent again after the aggregator died.',
  load: { lines: 2400, linesPerSecond: 500 },
  timeline: [
    at(sent(1200), collector.hold()),
    when(all(collector.holds(), aggregator.bufferedBeyondHeld()), aggregator.kill('SIGKILL')),
    after('500ms', collector.release()),
    after('500ms', aggregator.start()),
  ],
  expect: { lost: none },
})
