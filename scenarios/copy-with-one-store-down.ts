import { defineScenario, none, some } from 'gapless'

/** Two stores: the aggregator, and another destination that is down for good. */
const copyTo = (secondStore: string) => `
<match kubernetes.**>
  @type copy
  <store>
    @type forward
    require_ack_response true
    <server>
      host "#{ENV['AGGREGATOR_HOST']}"
      port "#{ENV['AGGREGATOR_PORT']}"
    </server>
    <buffer>
      flush_interval 1s
    </buffer>
  </store>
  <${secondStore}>
    @type http
    endpoint http://127.0.0.1:9/
    <buffer>
      flush_interval 1s
      chunk_limit_size 32k
      total_limit_size 128k
      retry_forever true
    </buffer>
  </store>
</match>`

export default defineScenario({
  name: 'copy-with-one-store-down',
  claims: ['F8'],
  proves:
    'When one store of a copy is full the other gets copies and then nothing new, unless its errors are ignored.',
  load: { lines: 2000, linesPerSecond: 500 },
  drainDeadline: '10s',
  variants: {
    'as it is': {
      knobs: { 'forwarder.snippet': copyTo('store') },
      expect: { lost: none, duplicated: some, stranded: some, recovers: false },
    },
    'with ignore_error': {
      knobs: { 'forwarder.snippet': copyTo('store ignore_error') },
      expect: { lost: none, duplicated: none },
    },
  },
})
