import { aggregator, at, defineScenario, forwarders, none, sent, some } from 'gapless'

export default defineScenario({
  name: 'rolling-update',
  claims: ['A3', 'N11', 'F4'],
  proves: 'A rolling update replaces every pod and loses nothing whose buffer and positions outlive a pod.',
  needs: ['kubernetes'],
  load: { lines: 4000, linesPerSecond: 100 },
  drainDeadline: '2m',
  variants: {
    'forwarders one by one': {
      timeline: [at(sent(1000), forwarders.rollingUpdate())],
      expect: { lost: none },
    },
    'forwarders all at once': {
      timeline: [at(sent(1000), forwarders.rollingUpdate({ maxUnavailable: '100%' }))],
      expect: { lost: none },
    },
    'forwarders with an emptyDir': {
      knobs: { 'forwarder.stateVolume': 'emptyDir' },
      timeline: [at(sent(1000), forwarders.rollingUpdate())],
      expect: { lost: none, duplicated: some },
    },
    'forwarders with an emptyDir, read_from_head false': {
      knobs: { 'forwarder.stateVolume': 'emptyDir', 'forwarder.readFromHead': false },
      timeline: [at(sent(1000), forwarders.rollingUpdate())],
      expect: { lost: some },
    },
    aggregator: {
      timeline: [at(sent(1000), aggregator.rollingUpdate())],
      expect: { lost: none },
    },
    'aggregator with a preStop sleep': {
      knobs: { 'aggregator.preStopSleep': '3s' },
      timeline: [at(sent(1000), aggregator.rollingUpdate())],
      expect: { lost: none },
    },
  },
})
