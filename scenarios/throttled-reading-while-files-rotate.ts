import { app, at, defineScenario, none, sent, some } from 'gapless'

export default defineScenario({
  name: 'throttled-reading-while-files-rotate',
  proves:
    'Since Fluentd 1.13.2 a rotated file is read to its end although reading is throttled; before, its rest was skipped.',
  load: { lines: 1500, linesPerSecond: 500 },
  knobs: { 'forwarder.readBytesLimitPerSecond': '32k', 'forwarder.rotateWait': '1s' },
  timeline: [at(sent(1000, { node: 'node-1' }), app('node-1').rotateLogs())],
  variants: {
    '1.13.1': { fluentd: '1.13.1', expect: { stranded: some, nodes: { 'node-2': { stranded: none } } } },
    '1.13.2': { fluentd: '1.13.2', expect: { lost: none } },
  },
})
