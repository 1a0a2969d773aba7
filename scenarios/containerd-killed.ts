import { any, defineScenario, every, node, none, sent } from 'gapless'

export default defineScenario({
  name: 'containerd-killed',
  claims: ['N2'],
  proves:
    'A containerd that is killed can lose what it had read of stdout and not yet written, which no setting of Fluentd prevents; nothing of a file.',
  // It loses a few lines in one of ten kills, and only where there is always something to read.
  load: { lines: 40_000, linesPerSecond: 1000 },
  drainDeadline: '2m',
  timeline: [every('8s', node('node-1').killContainerd(), { from: sent(10_000), until: sent(60_000) })],
  variants: {
    'on stdout': {
      knobs: { 'app.logsTo': 'stdout' },
      expect: { lost: any, lostBefore: { forwarder: none, wire: none, destination: none } },
    },
    'on a hostPath': {
      knobs: { 'app.logsTo': 'hostPath' },
      expect: { lost: none },
    },
  },
})
