import { after, aggregator, all, at, collector, defineScenario, none, sent, some, when } from 'gapless'

const givesUp = {
  'aggregator.retryForever': false,
  'aggregator.retryMaxTimes': 2,
  'aggregator.retryWait': '500ms',
} as const

export default defineScenario({
  name: 'destination-outage',
  claims: ['A7'],
  proves:
    'While the destination is down, endless retries and a volume keep all lines; a retry limit needs a <secondary>.',
  load: { lines: 2500, linesPerSecond: 500 },
  timeline: [at(sent(1000), collector.refuse()), after('6s', collector.release())],
  variants: {
    'retry for ever, restarted meanwhile': {
      timeline: [
        at(sent(1000), collector.refuse()),
        when(all(sent(2000), aggregator.buffered()), aggregator.stop()),
        after('500ms', aggregator.start()),
        after('2s', collector.release()),
      ],
      expect: { lost: none },
    },
    'limit with a secondary': {
      knobs: { ...givesUp, 'aggregator.secondary': true },
      expect: { lost: none, stranded: some },
    },
    'limit without': {
      knobs: givesUp,
      expect: { lost: some, lostBefore: { destination: some }, stranded: none },
    },
  },
})
