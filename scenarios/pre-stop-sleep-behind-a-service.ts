import { after, aggregator, all, at, defineScenario, none, sent, some } from 'gapless'

/** A filter that takes four milliseconds for each line: what is sent waits in sockets until the aggregator reads it. */
const slowly = `
<filter kubernetes.**>
  @type record_transformer
  enable_ruby
  <record>
    waited \${sleep 0.004}
  </record>
</filter>`

export default defineScenario({
  name: 'pre-stop-sleep-behind-a-service',
  claims: ['A3'],
  proves:
    'A preStop sleep behind a Service lets an aggregator read what was sent to it before it stops, without acknowledgements.',
  load: { lines: 2500, linesPerSecond: 500 },
  knobs: {
    'forward.address': 'service',
    'forward.requireAck': false,
    'aggregator.snippet': slowly,
    'aggregator.preStopSleep': '10s',
  },
  timeline: [
    at(all(sent(3000), aggregator.buffered()), aggregator.delete()),
    after('0s', aggregator.recreate()),
  ],
  variants: {
    'preStop sleep': { expect: { lost: none } },
    'no preStop': {
      knobs: { 'aggregator.preStopSleep': '0s' },
      expect: { lost: some, lostBefore: { destination: some } },
    },
    'no preStop, with acknowledgements': {
      knobs: { 'aggregator.preStopSleep': '0s', 'forward.requireAck': true },
      expect: { lost: none },
    },
    // Without a Service nobody is told: lines come until SIGTERM, however late that is.
    'preStop sleep, found by its address': {
      knobs: { 'forward.address': 'ip' },
      expect: { lost: some, lostBefore: { destination: some } },
    },
  },
})
