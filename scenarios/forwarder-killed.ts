import { after, at, defineScenario, forwarder, none, sent } from 'gapless'

export default defineScenario({
  name: 'forwarder-killed',
  claims: ['F1', 'F2'],
  proves: 'A forwarder that is killed with lines in its buffer loses nothing: it goes on where it was.',
  load: { lines: 2000, linesPerSecond: 500 },
  timeline: [
    at(sent(1200), forwarder('node-1').kill('SIGKILL', { whileBuffered: true })),
    after('1s', forwarder('node-1').start()),
  ],
  expect: { lost: none },
})
