import { after, app, at, defineScenario, none, sent, some } from 'gapless'

export default defineScenario({
  name: 'rotated-while-inodes-are-followed',
  proves:
    'Since Fluentd 1.16.2 a forwarder with follow_inodes reads on after a rotation; before, it let go of the new file.',
  load: { lines: 4000, linesPerSecond: 400 },
  drainDeadline: '25s',
  // A rotated file is let go of after rotate_wait, and before the mend its successor with it.
  knobs: {
    'forwarder.followInodes': true,
    'forwarder.refreshInterval': '1s',
    'forwarder.rotateWait': '1s',
  },
  timeline: [
    at(sent(800), app('node-1').rotateLogs()),
    after('2s', app('node-1').rotateLogs()),
    after('2s', app('node-1').rotateLogs()),
  ],
  variants: {
    '1.16.1': {
      fluentd: '1.16.1',
      expect: {
        lost: none,
        stranded: some,
        strandedAt: { 'node log': some },
        nodes: { 'node-2': { stranded: none } },
        recovers: false,
      },
    },
    '1.16.2': { fluentd: '1.16.2', expect: { lost: none } },
  },
})
