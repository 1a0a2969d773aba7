import { after, aggregator, all, at, defineScenario, none, sent, some } from 'gapless'

/**
 * A filter that takes ten milliseconds for each line, two and a half times as long as there is: what is sent waits in
 * sockets until the aggregator reads it. When its pod is deleted it is some 400 lines behind, four seconds of work. The
 * sleep lasts several times as long, so that it also does on a machine that is busy with other things; and the load
 * goes on for so long that an aggregator which is sent lines all the while is behind when the sleep is over.
 */
const slowly = `
<filter kubernetes.**>
  @type record_transformer
  enable_ruby
  <record>
    waited \${sleep 0.01}
  </record>
</filter>`

export default defineScenario({
  name: 'pre-stop-sleep-behind-a-service',
  claims: ['A3'],
  proves:
    'A preStop sleep behind a Service lets an aggregator read what was sent to it before it stops, without acknowledgements.',
  load: { lines: 1200, linesPerSecond: 125 },
  knobs: {
    'forward.address': 'service',
    'forward.requireAck': false,
    'aggregator.snippet': slowly,
    'aggregator.preStopSleep': '15s',
  },
  timeline: [
    at(all(sent(600), aggregator.buffered()), aggregator.delete()),
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
