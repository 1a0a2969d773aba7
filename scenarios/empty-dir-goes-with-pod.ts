import { after, aggregator, all, at, atLeast, defineScenario, forwarder, none, sent, some } from 'gapless'

const forwarderHasLines = forwarder('node-1').buffered({ moreThanBytes: 50_000 })

export default defineScenario({
  name: 'empty-dir-goes-with-pod',
  claims: ['F4'],
  proves:
    "A forwarder's pod that is replaced finds position file and buffer again on a hostPath, not in an emptyDir.",
  load: { lines: 3000, linesPerSecond: 500 },
  timeline: [
    at(sent(500), aggregator.stop()),
    at(all(sent(1500), forwarderHasLines), forwarder('node-1').delete()),
    after('500ms', forwarder('node-1').recreate()),
    after('500ms', aggregator.start()),
  ],
  variants: {
    hostPath: { knobs: { 'forwarder.stateVolume': 'hostPath' }, expect: { lost: none } },
    'emptyDir, read_from_head false': {
      knobs: { 'forwarder.stateVolume': 'emptyDir', 'forwarder.readFromHead': false },
      expect: { lost: some, nodes: { 'node-2': { lost: none } } },
    },
    'emptyDir, read_from_head true': {
      knobs: { 'forwarder.stateVolume': 'emptyDir', 'forwarder.readFromHead': true },
      expect: { lost: none, nodes: { 'node-1': { duplicated: atLeast(100) } } },
    },
  },
})
