import { after, aggregator, at, defineScenario, forwarder, none, sent, some } from 'gapless'

const full = [at(sent(1000), aggregator.fillDisk()), after('3s', aggregator.freeDisk())]

export default defineScenario({
  name: 'disk-full',
  proves:
    'A full disk costs a forwarder what it was adding to a chunk; it sends again what an aggregator did not acknowledge.',
  load: { lines: 3000, linesPerSecond: 500 },
  variants: {
    'aggregator, with acknowledgements': {
      knobs: { 'aggregator.stateVolumeSize': '8m' },
      timeline: full,
      expect: { lost: none },
    },
    'aggregator, without': {
      knobs: { 'aggregator.stateVolumeSize': '8m', 'forward.requireAck': false },
      timeline: full,
      expect: { lost: some, lostBefore: { destination: some } },
    },
    // in_tail lets go of what fails with any error but a full buffer; that is the error where a chunk cannot be begun,
    // not where one cannot grow. The long interval is for one to be there.
    forwarder: {
      knobs: { 'forwarder.stateVolumeSize': '8m', 'forwarder.flushInterval': '3s' },
      timeline: [at(sent(1000), forwarder('node-1').fillDisk()), after('3s', forwarder('node-1').freeDisk())],
      expect: { lost: some, lostBefore: { wire: some }, nodes: { 'node-2': { lost: none } } },
    },
  },
})
