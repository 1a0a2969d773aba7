import { after, aggregator, at, defineScenario, forwarder, none, sent, when } from 'gapless'

const takenDown = [at(sent(500), forwarder('node-1').delete()), after('0s', aggregator.delete())]
const startForwarder = after('0s', forwarder('node-1').recreate())

export default defineScenario({
  name: 'forwarder-starts-before-network',
  claims: ['N13'],
  proves:
    'A forwarder that finds no name for its aggregator does not start, unless told to; nothing is lost either way.',
  load: { lines: 4000, linesPerSecond: 400 },
  variants: {
    'by address': {
      knobs: { 'forward.address': 'ip', 'forward.ignoreNetworkErrorsAtStartup': false },
      timeline: [
        ...takenDown,
        startForwarder,
        when(
          forwarder('node-1').logged('fluentd worker is now running', { times: 2 }),
          aggregator.recreate(),
        ),
      ],
      expect: { lost: none },
    },
    'by name': {
      knobs: { 'forward.address': 'name', 'forward.ignoreNetworkErrorsAtStartup': false },
      timeline: [...takenDown, startForwarder, when(forwarder('node-1').restarted(), aggregator.recreate())],
      expect: { lost: none },
    },
    'by name, ignore_network_errors_at_startup': {
      knobs: { 'forward.address': 'name', 'forward.ignoreNetworkErrorsAtStartup': true },
      timeline: [
        ...takenDown,
        startForwarder,
        when(
          forwarder('node-1').logged('fluentd worker is now running', { times: 2 }),
          aggregator.recreate(),
        ),
      ],
      expect: { lost: none },
    },
  },
})
