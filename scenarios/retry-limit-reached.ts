import { after, aggregator, at, defineScenario, none, sent, some } from 'gapless'

export default defineScenario({
  name: 'retry-limit-reached',
  claims: ['F12'],
  proves:
    'A forwarder that gives up throws away all it has buffered, unless it has a <secondary>, which keeps it.',
  load: { lines: 2500, linesPerSecond: 500 },
  knobs: {
    'forwarder.retryForever': false,
    'forwarder.retryMaxTimes': 2,
    'forwarder.retryWait': '500ms',
  },
  timeline: [at(sent(1000), aggregator.kill('SIGKILL')), after('8s', aggregator.start())],
  variants: {
    'without a secondary': { expect: { lost: some, lostBefore: { wire: some }, stranded: none } },
    'with a secondary': {
      knobs: { 'forwarder.secondary': true },
      expect: { lost: none, stranded: some },
    },
  },
})
