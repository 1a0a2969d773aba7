import { after, aggregator, app, at, defineScenario, none, sent, some } from 'gapless'

export default defineScenario({
  name: 'buffer-full',
  claims: ['F13'],
  proves:
    'An outage that outlasts the buffer loses lines by drop_oldest_chunk; else the node log keeps them, while it lasts.',
  load: { lines: 2500, linesPerSecond: 500, lineBytes: 500 },
  knobs: { 'forwarder.totalLimitSize': '256k', 'forwarder.chunkLimitSize': '64k' },
  timeline: [at(sent(1000), aggregator.kill('SIGKILL')), after('6s', aggregator.start())],
  variants: {
    throw_exception: {
      knobs: { 'forwarder.overflowAction': 'throw_exception' },
      expect: { lost: none },
    },
    block: {
      knobs: { 'forwarder.overflowAction': 'block' },
      expect: { lost: none },
    },
    drop_oldest_chunk: {
      knobs: { 'forwarder.overflowAction': 'drop_oldest_chunk' },
      expect: { lost: some, lostBefore: { wire: some } },
    },
    'block, and the logs are rotated away meanwhile': {
      knobs: { 'forwarder.overflowAction': 'block' },
      timeline: [
        at(sent(1000), aggregator.kill('SIGKILL')),
        after('1500ms', app('node-1').rotateLogs()),
        after('1s', app('node-1').rotateLogs()),
        after('100ms', app('node-1').removeRotatedLogs()),
        after('2s', aggregator.start()),
      ],
      expect: { lost: some, lostBefore: { forwarder: some }, nodes: { 'node-2': { lost: none } } },
    },
  },
})
