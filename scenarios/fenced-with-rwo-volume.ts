import {
  after,
  aggregator,
  all,
  any,
  at,
  collector,
  defineScenario,
  node,
  none,
  sent,
  some,
  when,
} from 'gapless'

const refused = aggregator.hasEvent('FailedAttachVolume')
/** The old aggregator is silent and runs on, with lines in its buffer that it cannot send. */
const silentWithLines = [
  at(sent(500), collector.unavailable()),
  when(
    all(aggregator.buffered({ moreThanBytes: 100_000 }), aggregator.logged('failed to flush the buffer')),
    node('node-2').stopKubelet(),
  ),
]

export default defineScenario({
  name: 'fenced-with-rwo-volume',
  claims: ['N7', 'A6'],
  proves:
    'A fenced node keeps its block volume until the attachment goes; then the new aggregator finds the buffer.',
  needs: ['kubernetes'],
  timings: {
    nodeMonitorGracePeriodSeconds: 16,
    notReadyTolerationSeconds: 30,
    unreachableTolerationSeconds: 30,
  },
  load: { lines: 8000, linesPerSecond: 50 },
  drainDeadline: '2m',
  knobs: { 'aggregator.storage': 'block', 'aggregator.flushInterval': '5s' },
  variants: {
    'powered off, attachment deleted': {
      timeline: [
        at(all(sent(1200), aggregator.buffered()), node('node-2').powerOff({ until: 'evicted' })),
        after('1s', node('node-2').fence()),
        when(refused, aggregator.deleteVolumeAttachment()),
        when(aggregator.running(), node('node-2').powerOn()),
      ],
      expect: { lost: none },
    },
    // The attacher asks the machine, which still has it mounted. A kubelet that comes back and finds no pod for it any more
    // may leave it staged for ever (that of Kubernetes 1.20 does): then nobody gets at it. From 1.28 on it looks for what is
    // mounted when it starts, and lets go of it.
    'kubelet only stopped, attachment deleted': {
      load: { lines: 6000, linesPerSecond: 50 },
      timeline: [
        ...silentWithLines,
        after('1s', node('node-2').fence({ whileOn: true })),
        when(refused, aggregator.deleteVolumeAttachment({ until: 'refused' })),
        after('5s', node('node-2').startKubelet()),
        after('1s', collector.release()),
      ],
      expect: { lost: none, stranded: any, recovers: false, duplicatedBy: { aggregator: none } },
    },
    'kubelet only stopped, attachment deleted by force': {
      load: { lines: 7500, linesPerSecond: 50 },
      timeline: [
        ...silentWithLines,
        after('1s', node('node-2').fence({ whileOn: true, keepNode: true })),
        when(refused, aggregator.deleteVolumeAttachment({ removeFinalizers: true })),
        when(aggregator.running(), collector.release()),
        after('5s', node('node-2').startKubelet()),
      ],
      expect: { lost: none, duplicated: some, duplicatedBy: { aggregator: some } },
    },
    'powered off, out-of-service taint': {
      timeline: [
        at(all(sent(1200), aggregator.buffered()), node('node-2').powerOff()),
        after('1s', node('node-2').outOfService()),
        when(aggregator.running(), node('node-2').powerOn()),
        after('1s', node('node-2').inService()),
      ],
      expect: { lost: none },
    },
  },
})
