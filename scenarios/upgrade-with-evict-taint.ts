import { after, all, at, defineScenario, forwarder, node, none, sent, when, type Step } from 'gapless'

/** What all upgrades do to a worker between drain and uncordon: its kubelet and containerd are down for a while. */
const upgrade: readonly Step[] = [
  after('0s', node('node-1').stopContainerd()),
  after('5s', node('node-1').startContainerd()),
  after('0s', node('node-1').startKubelet()),
  after('0s', node('node-1').uncordon()),
]
const stopWorker = node('node-1').stopKubelet({ until: 'stopped' })
const drain = node('node-1').drain({ gracePeriod: '120s', timeout: '5m' })
/** kubelet lets a pod go up to a minute after its containers have ended, which nobody here waits for. */
const stopped = { key: 'forwarding', value: 'stopped', wait: false } as const

export default defineScenario({
  name: 'upgrade-with-evict-taint',
  claims: ['N3', 'N4'],
  proves:
    "k0sctl's evictTaint ends the forwarder gracefully before its worker stops; a plain drain leaves it running.",
  needs: ['kubernetes'],
  // The aggregator's node is none of those that are tainted.
  nodes: 3,
  load: { lines: 5000, linesPerSecond: 100 },
  drainDeadline: '2m',
  variants: {
    'plain drain': {
      timeline: [at(sent(1000), drain), after('0s', stopWorker), ...upgrade],
      expect: { lost: none },
    },
    'evict taint': {
      knobs: { 'forwarder.tolerateTaints': false },
      timeline: [
        at(sent(1000), node('node-1').cordon()),
        // k0sctl does not wait for what its taint ends, only for what it drains, of which there is little here.
        after('0s', node('node-1').taint({ wait: false })),
        after('0s', drain),
        when(forwarder('node-1').down(), stopWorker),
        ...upgrade,
        after('0s', node('node-1').untaint()),
      ],
      expect: { lost: none },
    },
    'all forwarders stopped for the upgrade': {
      knobs: { 'forwarder.tolerateTaints': false },
      timeline: [
        at(sent(1000), node('node-2').taint(stopped)),
        after('0s', node('node-1').taint(stopped)),
        when(all(forwarder('node-1').down(), forwarder('node-2').down()), drain),
        after('0s', stopWorker),
        ...upgrade,
        after('0s', node('node-1').untaint()),
        after('0s', node('node-2').untaint()),
      ],
      expect: { lost: none },
    },
  },
})
