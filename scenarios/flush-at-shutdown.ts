import { after, all, at, atLeast, defineScenario, forwarder, node, none, sent, some } from 'gapless'

const stop = at(
  all(sent(1500), forwarder('node-1').buffered({ moreThanBytes: 100_000 })),
  forwarder('node-1').stop(),
)
const start = after('0s', forwarder('node-1').start())
const wipe = after('0s', node('node-1').wipeDisk())

export default defineScenario({
  name: 'flush-at-shutdown',
  claims: ['F5'],
  proves:
    'flush_at_shutdown sends what a forwarder still has when its node goes; a file buffer has it off by default.',
  load: { lines: 5000, linesPerSecond: 500 },
  knobs: { 'forwarder.flushInterval': '4s' },
  timeline: [stop, start],
  variants: {
    // Memory goes with the process; what was not read is still in the node's log.
    'memory, default': {
      knobs: { 'forwarder.buffer': 'memory', 'forwarder.flushAtShutdown': 'default' },
      expect: { lost: none },
    },
    'memory, false': {
      knobs: { 'forwarder.buffer': 'memory', 'forwarder.flushAtShutdown': 'false' },
      expect: { lost: some, lostBefore: { wire: some, forwarder: none, destination: none } },
    },
    // A file goes with the disk, and so does what the applications wrote after the forwarder had stopped.
    'file, true, disk wiped': {
      knobs: { 'forwarder.flushAtShutdown': 'true' },
      timeline: [stop, wipe, start],
      expect: { lost: some, lostBefore: { destination: none } },
    },
    'file, default, disk wiped': {
      knobs: { 'forwarder.flushAtShutdown': 'default' },
      timeline: [stop, wipe, start],
      expect: { lost: atLeast(400), lostBefore: { destination: none } },
    },
  },
})
