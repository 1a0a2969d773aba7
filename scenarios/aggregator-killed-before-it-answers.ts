import { after, aggregator, at, defineScenario, none, sent, some } from 'gapless'

export default defineScenario({
  name: 'aggregator-killed-before-it-answers',
  claims: ['F9'],
  proves:
    'What a forwarder has written to its socket dies with the aggregator, unless it waits for acknowledgements.',
  load: { lines: 2500, linesPerSecond: 500 },
  timeline: [
    // While it stands still its kernel goes on accepting connections and data.
    at(sent(1500), aggregator.pause()),
    after('3s', aggregator.kill('SIGKILL')),
    after('500ms', aggregator.start()),
  ],
  variants: {
    'without acknowledgements': {
      knobs: { 'forward.requireAck': false },
      expect: { lost: some, lostBefore: { destination: some } },
    },
    'with acknowledgements': { expect: { lost: none } },
  },
})
