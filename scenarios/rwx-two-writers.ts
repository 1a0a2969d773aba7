import { after, aggregator, all, at, collector, defineScenario, node, none, sent, some, when } from 'gapless'

const outage = at(sent(500), collector.unavailable())
const hasLines = all(
  aggregator.buffered({ moreThanBytes: 100_000 }),
  aggregator.logged('failed to flush the buffer'),
)

export default defineScenario({
  name: 'rwx-two-writers',
  claims: ['N8'],
  proves:
    'A file system of all nodes hands the buffer on at once; if the old aggregator still runs, both of them send it.',
  needs: ['kubernetes'],
  timings: {
    nodeMonitorGracePeriodSeconds: 16,
    notReadyTolerationSeconds: 30,
    unreachableTolerationSeconds: 30,
  },
  load: { lines: 4000, linesPerSecond: 50 },
  drainDeadline: '2m',
  knobs: { 'aggregator.storage': 'file' },
  variants: {
    'old aggregator dead': {
      timeline: [
        outage,
        when(hasLines, node('node-2').powerOff()),
        after('1s', node('node-2').fence({ keepNode: true })),
        when(aggregator.running(), collector.release()),
        after('5s', node('node-2').powerOn()),
      ],
      expect: { lost: none },
    },
    'old aggregator still running': {
      timeline: [
        outage,
        when(hasLines, node('node-2').stopKubelet()),
        after('1s', node('node-2').fence({ keepNode: true, whileOn: true })),
        when(aggregator.running(), collector.release()),
        after('5s', node('node-2').startKubelet()),
      ],
      expect: { lost: none, duplicated: some, duplicatedBy: { aggregator: some } },
    },
  },
})
