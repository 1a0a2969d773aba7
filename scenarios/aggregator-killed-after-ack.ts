import { after, aggregator, at, defineScenario, none, sent, some } from 'gapless'

export default defineScenario({
  name: 'aggregator-killed-after-ack',
  claims: ['A1'],
  proves:
    'Acknowledged lines survive the death of the aggregator in a file buffer, and in a memory buffer they do not.',
  load: { lines: 2500, linesPerSecond: 500 },
  knobs: { 'aggregator.flushInterval': '3s' },
  timeline: [
    at(sent(1500), aggregator.kill('SIGKILL', { whileBuffered: true })),
    after('500ms', aggregator.start()),
  ],
  variants: {
    memory: {
      knobs: { 'aggregator.buffer': 'memory' },
      expect: { lost: some, lostBefore: { destination: some } },
    },
    file: { expect: { lost: none } },
  },
})
