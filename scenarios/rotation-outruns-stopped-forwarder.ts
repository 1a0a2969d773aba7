import { after, app, at, defineScenario, every, forwarder, none, sent, some } from 'gapless'

const stop = at(sent(1000), forwarder('node-1').stop())
const rotate = app('node-1').rotateLogs()
const start = after('500ms', forwarder('node-1').start())

export default defineScenario({
  name: 'rotation-outruns-stopped-forwarder',
  claims: ['N14'],
  proves:
    'What is rotated while a forwarder is down is not read when it is back, and is gone once more files follow.',
  load: { lines: 5000, linesPerSecond: 500 },
  containerLog: { maxFiles: 3 },
  variants: {
    'not rotated': { timeline: [stop, start], expect: { lost: none } },
    'rotated once': {
      timeline: [stop, after('500ms', rotate), start],
      expect: { lost: none, stranded: some },
    },
    'rotated four times': {
      timeline: [stop, every('500ms', rotate, { times: 4 }), start],
      expect: { lost: some, stranded: some, lostBefore: { forwarder: some, wire: none, destination: none } },
    },
  },
})
