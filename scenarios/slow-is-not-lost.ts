import {
  after,
  aggregator,
  at,
  collector,
  defineScenario,
  forwarder,
  lasting,
  none,
  sent,
  when,
} from 'gapless'

const longWaits = { 'aggregator.retryWait': '2s', 'aggregator.retryMaxInterval': '30s' } as const
const untilLongWait = [
  at(sent(50), collector.unavailable()),
  when(aggregator.logged('failed to flush the buffer', { times: 3 }), collector.release()),
]
export default defineScenario({
  name: 'slow-is-not-lost',
  proves:
    'What waits (in an outage, a back-off, a process that stands still, a flush interval) is late, not lost.',
  load: { lines: 400, linesPerSecond: 100 },
  nodes: 1,
  expect: { lost: none },
  variants: {
    'an outage': { timeline: [at(sent(100), lasting('10s', collector.refuse()))] },
    'a back-off that the load ends in': { knobs: longWaits, timeline: untilLongWait },
    'a forwarder paused for 30 s': {
      timeline: [at(sent(100), lasting('30s', forwarder('node-1').pause()))],
    },
    'a flush interval of 20 s': { knobs: { 'forwarder.flushInterval': '20s' } },
    'one after the other': {
      load: { lines: 3000, linesPerSecond: 100 },
      knobs: { ...longWaits, 'forwarder.flushInterval': '8s' },
      timeline: [...untilLongWait, after('0s', lasting('30s', forwarder('node-1').pause()))],
    },
  },
})
