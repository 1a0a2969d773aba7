import { app, at, defineScenario, none, sent, some } from 'gapless'

export default defineScenario({
  name: 'oversize-record-takes-its-batch',
  proves:
    'Since Fluentd 1.14.3 a record over chunk_limit_size is dropped alone; before, all that was read with it went too.',
  load: { lines: 2000, linesPerSecond: 500 },
  knobs: { 'forwarder.chunkLimitSize': '8k' },
  timeline: [at(sent(500), app('node-1').writeOversizeLine(12_000))],
  variants: {
    '1.14.2': {
      fluentd: '1.14.2',
      expect: { lost: some, lostBefore: { wire: some }, nodes: { 'node-2': { lost: none } } },
    },
    '1.14.3': { fluentd: '1.14.3', expect: { lost: none } },
  },
})
