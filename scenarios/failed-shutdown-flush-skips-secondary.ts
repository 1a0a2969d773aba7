import { after, aggregator, all, at, defineScenario, forwarder, node, none, sent, some, when } from 'gapless'

const outage = at(sent(500), aggregator.stop())
const stop = at(
  all(sent(1500), forwarder('node-1').buffered({ moreThanBytes: 50_000 })),
  forwarder('node-1').stop(),
)
const startBoth = [after('0s', forwarder('node-1').start()), after('0s', aggregator.start())]

export default defineScenario({
  name: 'failed-shutdown-flush-skips-secondary',
  claims: ['F6'],
  proves: 'What a forwarder cannot flush when it is stopped does not get into its <secondary>.',
  load: { lines: 5000, linesPerSecond: 500 },
  knobs: { 'forwarder.secondary': true, 'forwarder.retryForever': false, 'forwarder.retryMaxTimes': 20 },
  variants: {
    'memory buffer': {
      knobs: { 'forwarder.buffer': 'memory' },
      timeline: [outage, stop, ...startBoth],
      expect: { lost: some, stranded: none, lostBefore: { wire: some, destination: none } },
    },
    // One failed flush is enough: until the next retry is due, Fluentd does not even try.
    'memory buffer, aggregator back': {
      load: { lines: 6000, linesPerSecond: 400 },
      knobs: {
        'forwarder.buffer': 'memory',
        'forwarder.retryWait': '20s',
        'forwarder.retryMaxInterval': '20s',
      },
      timeline: [
        outage,
        when(forwarder('node-1').logged('failed to flush the buffer'), aggregator.start()),
        when(aggregator.logged('fluentd worker is now running', { times: 2 }), forwarder('node-1').stop()),
        after('0s', forwarder('node-1').start()),
      ],
      expect: { lost: some, stranded: none, lostBefore: { wire: some, destination: none } },
    },
    'file buffer': { timeline: [outage, stop, ...startBoth], expect: { lost: none, stranded: none } },
    'file buffer, disk wiped': {
      timeline: [outage, stop, after('0s', node('node-1').wipeDisk()), ...startBoth],
      expect: { lost: some, stranded: none, lostBefore: { destination: none } },
    },
  },
})
