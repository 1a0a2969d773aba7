import { after, at, defineScenario, node, none, sent, type Step } from 'gapless'

const { stopKubelet, upgradeK0s, startKubelet, cordon, uncordon, taint, untaint } = node('node-1')
const stop = stopKubelet({ until: 'stopped' })
/** What all upgrades do once a worker's service is stopped, which is that of kubelet and containerd. */
const upgrade: readonly Step[] = [after('0s', upgradeK0s()), after('0s', startKubelet())]
const drain = node('node-1').drain({ gracePeriod: '120s', timeout: '5m' })

export default defineScenario({
  name: 'worker-upgraded',
  claims: ['N2', 'N3'],
  proves:
    "A worker of k0s that is upgraded ends none of its containers; k0sctl's evictTaint ends the forwarder before.",
  load: { lines: 5000, linesPerSecond: 100 },
  drainDeadline: '2m',
  variants: {
    'without a drain': { timeline: [at(sent(1000), stop), ...upgrade], expect: { lost: none } },
    'plain drain': {
      timeline: [at(sent(1000), drain), after('0s', stop), ...upgrade, after('0s', uncordon())],
      expect: { lost: none },
    },
    // k0sctl waits for what it drains only, not for what its taint ends.
    'evict taint': {
      knobs: { 'forwarder.tolerateTaints': false },
      timeline: [
        at(sent(1000), cordon()),
        after('0s', taint({ wait: false })),
        after('0s', drain),
        after('0s', stop),
        ...upgrade,
        after('0s', uncordon()),
        after('0s', untaint()),
      ],
      expect: { lost: none },
    },
  },
})
