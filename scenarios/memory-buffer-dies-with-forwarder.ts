import { after, aggregator, all, at, defineScenario, forwarder, none, sent, some } from 'gapless'

const forwarderHasLines = forwarder('node-1').buffered({ moreThanBytes: 50_000 })

export default defineScenario({
  name: 'memory-buffer-dies-with-forwarder',
  claims: ['F2'],
  proves: 'What a forwarder has read and not yet sent survives its SIGKILL in a file buffer, not in memory.',
  load: { lines: 3000, linesPerSecond: 500 },
  timeline: [
    at(sent(500), aggregator.stop()),
    at(all(sent(1500), forwarderHasLines), forwarder('node-1').kill('SIGKILL', { whileBuffered: true })),
    after('500ms', forwarder('node-1').start()),
    after('500ms', aggregator.start()),
  ],
  variants: {
    file: { knobs: { 'forwarder.buffer': 'file' }, expect: { lost: none } },
    memory: {
      knobs: { 'forwarder.buffer': 'memory' },
      expect: {
        lost: some,
        lostBefore: { wire: some, forwarder: none, destination: none },
        nodes: { 'node-2': { lost: none } },
      },
    },
  },
})
