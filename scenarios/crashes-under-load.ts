import { defineScenario, every, forwarder, lasting, none, sent } from 'gapless'

export default defineScenario({
  name: 'crashes-under-load',
  claims: ['F3'],
  proves: 'A forwarder with a file buffer that crashes again and again under load loses nothing.',
  load: { lines: 6000, linesPerSecond: 250 },
  knobs: { 'forwarder.flushInterval': '500ms' },
  timeline: [
    every('5s', lasting('100ms', forwarder('node-1').kill('SIGKILL', { whileBuffered: true })), {
      from: sent(500),
      until: sent(9000),
    }),
  ],
  expect: { lost: none, nodes: { 'node-2': { lost: none, duplicated: none } } },
  variants: {
    'with acknowledgements': { knobs: { 'forward.requireAck': true } },
    'without acknowledgements': { knobs: { 'forward.requireAck': false } },
  },
})
