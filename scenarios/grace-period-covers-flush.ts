import { after, aggregator, all, at, collector, defineScenario, forwarder, none, sent, some } from 'gapless'

/** A forwarder that has a slow destination itself. */
const toDestination = (buffer: 'memory' | 'file') => `
<match kubernetes.**>
  @type http
  endpoint "#{ENV['COLLECTOR_URL']}"
  <format>
    @type json
  </format>
  <buffer>
    @type ${buffer}
    ${buffer === 'file' ? `path "#{ENV['STATE_DIR']}/buffer"` : ''}
    flush_interval 1s
    flush_at_shutdown true
    retry_forever true
  </buffer>
</match>`

const alone = {
  aggregator: false,
  tap: false,
  load: { lines: 4000, linesPerSecond: 500 },
  timeline: [
    at(sent(500), collector.slow(5000)),
    // More than the one chunk that is under way.
    at(all(sent(3000), forwarder('node-1').buffered({ moreThanBytes: 350_000 })), forwarder('node-1').stop()),
    after('0s', collector.release()),
    after('0s', forwarder('node-1').start()),
  ],
}

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
    'forwarder, memory buffer, 60 s': {
      ...alone,
      knobs: { 'forwarder.snippet': toDestination('memory'), 'forwarder.terminationGracePeriod': '60s' },
      expect: { lost: none },
    },
    'forwarder, memory buffer, 2 s': {
      ...alone,
      knobs: { 'forwarder.snippet': toDestination('memory'), 'forwarder.terminationGracePeriod': '2s' },
      expect: { lost: some, lostBefore: { destination: some, forwarder: none } },
    },
    'forwarder, file buffer, 2 s': {
      ...alone,
      knobs: { 'forwarder.snippet': toDestination('file'), 'forwarder.terminationGracePeriod': '2s' },
      expect: { lost: none },
    },
    'aggregator, memory buffer, 60 s': {
      knobs: { 'aggregator.buffer': 'memory', 'aggregator.terminationGracePeriod': '60s' },
      expect: { lost: none },
    },
    'aggregator, memory buffer, 2 s': {
      knobs: { 'aggregator.buffer': 'memory', 'aggregator.terminationGracePeriod': '2s' },
      expect: { lost: some, lostBefore: { destination: some, wire: none, forwarder: none } },
    },
    'aggregator, file buffer, 2 s': {
      knobs: { 'aggregator.buffer': 'file', 'aggregator.terminationGracePeriod': '2s' },
      expect: { lost: none },
    },
  },
})
