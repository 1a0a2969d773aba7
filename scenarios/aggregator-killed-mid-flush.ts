import { after, aggregator, all, at, collector, defineScenario, none, sent, some, when } from 'gapless'

export default defineScenario({
  name: 'aggregator-killed-mid-flush',
  claims: ['A2'],
  proves:
    'An aggregator that is killed in the middle of a flush loses what it had in memory, and sends all of a file buffer.',
  load: { lines: 2500, linesPerSecond: 500 },
  timeline: [
    at(sent(1200), collector.hold()),
    when(all(collector.holds(), aggregator.bufferedBeyondHeld()), aggregator.kill('SIGKILL')),
    after('500ms', collector.release()),
    after('500ms', aggregator.start()),
  ],
  variants: {
    file: { expect: { lost: none } },
    memory: {
      knobs: { 'aggregator.buffer': 'memory' },
      expect: { lost: some, lostBefore: { destination: some, wire: none, forwarder: none } },
    },
  },
})
