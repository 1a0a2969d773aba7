import { after, at, defineScenario, node, none, sent, type Step } from 'gapless'

type Node = ReturnType<typeof node>
/**
 * What k0sctl does once a worker's service is stopped, which is that of kubelet and containerd. It goes on when the node
 * is Ready, which may be what the API server remembers from before; here the new kubelet has to have said so.
 */
const upgradeOf = ({ upgradeK0s, startKubelet }: Node): readonly Step[] => [
  after('0s', upgradeK0s()),
  after('0s', startKubelet()),
]
const stopOf = ({ stopKubelet }: Node) => stopKubelet({ until: 'stopped' })

const worker = node('node-1')
const stop = stopOf(worker)
const upgrade = upgradeOf(worker)
const drain = worker.drain({ gracePeriod: '120s', timeout: '5m' })
const uncordon = after('0s', worker.uncordon())
const withEvictTaint = [
  at(sent(1000), worker.cordon()),
  // k0sctl waits for what it drains only, not for what its taint ends.
  after('0s', worker.taint({ wait: false })),
  after('0s', drain),
  after('0s', stop),
  ...upgrade,
  uncordon,
]
const ofTheAggregator = node('node-2')

export default defineScenario({
  name: 'worker-upgraded',
  claims: ['N1', 'N2', 'N3'],
  proves:
    "A worker of k0s that is upgraded ends none of its containers; k0sctl's evictTaint ends the forwarder before.",
  load: { lines: 5000, linesPerSecond: 100 },
  drainDeadline: '2m',
  variants: {
    'without a drain': { timeline: [at(sent(1000), stop), ...upgrade], expect: { lost: none } },
    'plain drain': {
      timeline: [at(sent(1000), drain), after('0s', stop), ...upgrade, uncordon],
      expect: { lost: none },
    },
    'evict taint': {
      knobs: { 'forwarder.tolerateTaints': false },
      timeline: [...withEvictTaint, after('0s', worker.untaint())],
      expect: { lost: none },
    },
    // An upgrade that fails leaves it there, until somebody sees that the node has no forwarder.
    'evict taint left behind': {
      knobs: { 'forwarder.tolerateTaints': false },
      timeline: [...withEvictTaint, after('20s', worker.untaint())],
      expect: { lost: none },
    },
    // k0sctl upgrades the worker all the same.
    'drain that times out': {
      knobs: { 'aggregator.minAvailable': 1 },
      timeline: [
        at(sent(1000), ofTheAggregator.drain({ gracePeriod: '120s', timeout: '20s', until: 'timedOut' })),
        after('0s', stopOf(ofTheAggregator)),
        ...upgradeOf(ofTheAggregator),
        after('0s', ofTheAggregator.uncordon()),
      ],
      expect: { lost: none },
    },
    // The binary first; then k0s ends itself, and systemd starts it again after its pause.
    'by autopilot': {
      timeline: [
        at(sent(1000), worker.drain()),
        after('0s', worker.upgradeK0s({ unit: 'kept' })),
        after('0s', worker.terminateK0s()),
        uncordon,
      ],
      expect: { lost: none },
    },
  },
})
