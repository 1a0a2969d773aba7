import { after, aggregator, at, defineScenario, forwarder, none, sent, some } from 'gapless'

export default defineScenario({
  name: 'aggregator-outage-ridden-out',
  claims: ['F11'],
  proves:
    'A forwarder that retries for ever rides out an outage, a crash of its own included if its buffer is a file.',
  load: { lines: 2500, linesPerSecond: 500 },
  timeline: [
    at(sent(1000), aggregator.kill('SIGKILL')),
    after('2s', forwarder('node-1').kill('SIGKILL', { whileBuffered: true })),
    after('500ms', forwarder('node-1').start()),
    after('4s', aggregator.start()),
  ],
  variants: {
    'buffer on disk': { expect: { lost: none } },
    'buffer in memory': {
      knobs: { 'forwarder.buffer': 'memory' },
      expect: { lost: some, lostBefore: { wire: some }, nodes: { 'node-2': { lost: none } } },
    },
  },
})
