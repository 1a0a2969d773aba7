import { after, aggregator, all, at, collector, defineScenario, none, sent, some, when } from 'gapless'

const outage = at(sent(500), collector.unavailable())
const aggregatorHasLines = all(
  aggregator.buffered({ moreThanBytes: 100_000 }),
  aggregator.logged('failed to flush the buffer'),
)

export default defineScenario({
  name: 'shared-volume-two-writers',
  claims: ['N8'],
  proves:
    'A volume that every node can mount hands the buffer on if the old aggregator is dead; else both of them send it.',
  load: { lines: 3000, linesPerSecond: 500 },
  variants: {
    'old pod dead': {
      timeline: [
        outage,
        when(aggregatorHasLines, aggregator.delete({ gracePeriod: '0s' })),
        after('500ms', aggregator.recreate({ node: 'node-1' })),
        after('500ms', collector.release()),
      ],
      expect: { lost: none },
    },
    'old pod still running': {
      timeline: [
        outage,
        when(aggregatorHasLines, aggregator.startSecond()),
        after('500ms', collector.release()),
        after('3s', aggregator.stopSecond()),
      ],
      expect: { lost: none, duplicated: some, duplicatedBy: { aggregator: some } },
    },
  },
})
