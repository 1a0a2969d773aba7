import { after, at, atLeast, defineScenario, delivered, forwarder, none, some } from 'gapless'

export default defineScenario({
  name: 'position-file-resumes',
  claims: ['F1'],
  proves:
    'Only with a position file does a forwarder that was killed go on where it was: no gap, no second copy of all.',
  load: { lines: 4000, linesPerSecond: 500 },
  timeline: [
    at(delivered(500, { node: 'node-1' }), forwarder('node-1').kill('SIGKILL')),
    after('1s', forwarder('node-1').start()),
  ],
  variants: {
    'position file': {
      expect: { lost: none, nodes: { 'node-2': { lost: none, duplicated: none } } },
    },
    'position file, read_from_head false': {
      knobs: { 'forwarder.readFromHead': false },
      expect: { lost: none },
    },
    'no position file, read_from_head false': {
      knobs: { 'forwarder.posFile': false, 'forwarder.readFromHead': false },
      expect: {
        lost: some,
        lostBefore: { wire: some, destination: none },
        nodes: { 'node-2': { lost: none, duplicated: none } },
      },
    },
    'no position file, read_from_head true': {
      knobs: { 'forwarder.posFile': false, 'forwarder.readFromHead': true },
      expect: {
        lost: none,
        duplicated: atLeast(500),
        duplicatedBy: { forwarder: atLeast(500) },
        nodes: { 'node-2': { lost: none, duplicated: none } },
      },
    },
  },
})
