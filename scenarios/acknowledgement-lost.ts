import { after, at, collector, defineScenario, network, none, sent, some } from 'gapless'

export default defineScenario({
  name: 'acknowledgement-lost',
  claims: ['F10'],
  proves:
    'Where only the acknowledgement of a chunk is lost, all of its lines come again, from the one who waited for it.',
  load: { lines: 2500, linesPerSecond: 500 },
  knobs: { 'forward.ackResponseTimeout': '3s' },
  variants: {
    'from the aggregator': {
      timeline: [at(sent(1500), network().dropAcks()), after('2s', network().restore())],
      expect: { lost: none, duplicatedBy: { forwarder: some, aggregator: none } },
    },
    'from the destination': {
      timeline: [at(sent(1500), collector.dropAnswers()), after('2s', collector.release())],
      expect: { lost: none, duplicatedBy: { aggregator: some, forwarder: none } },
    },
  },
})
