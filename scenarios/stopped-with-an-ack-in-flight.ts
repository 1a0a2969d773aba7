import { after, all, at, defineScenario, forwarder, none, sent, some } from 'gapless'

export default defineScenario({
  name: 'stopped-with-an-ack-in-flight',
  proves:
    'Since Fluentd 1.12.2 a forwarder that stops waits for the acknowledgement of what it sends last; before, it sent it again.',
  load: { lines: 2500, linesPerSecond: 500 },
  knobs: { 'forwarder.flushInterval': '3s' },
  timeline: [
    at(all(sent(1500), forwarder('node-1').buffered({ moreThanBytes: 50_000 })), forwarder('node-1').stop()),
    after('500ms', forwarder('node-1').start()),
  ],
  variants: {
    '1.12.1': { fluentd: '1.12.1', expect: { lost: none, duplicatedBy: { forwarder: some } } },
    '1.12.2': { fluentd: '1.12.2', expect: { lost: none, duplicated: none } },
  },
})
