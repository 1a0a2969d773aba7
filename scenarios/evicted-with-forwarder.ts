import { after, at, defineScenario, node, none, sent, some } from 'gapless'

export default defineScenario({
  name: 'evicted-with-forwarder',
  claims: ['N5'],
  proves:
    'Evicted with the forwarder, an application loses what was not read of its stdout, and nothing of a hostPath file.',
  needs: ['kubernetes'],
  load: { lines: 1500, linesPerSecond: 100 },
  // Slower than lines are written, so that the forwarder is behind when it ends.
  knobs: {
    'forwarder.readBytesLimitPerSecond': '16k',
    'forwarder.tolerateTaints': false,
    'app.tolerateTaints': false,
  },
  drainDeadline: '3m',
  timeline: [
    at(sent(1000), node('node-1').taint()),
    // kubelet removes the logs of pods that are gone once a minute.
    after('75s', node('node-1').untaint()),
  ],
  variants: {
    stdout: { expect: { lost: some, lostBefore: { forwarder: some }, nodes: { 'node-2': { lost: none } } } },
    'hostPath file': { knobs: { 'app.logsTo': 'hostPath' }, expect: { lost: none } },
  },
})
