import { after, app, at, defineScenario, forwarder, none, sent, some } from 'gapless'

/** A filter that takes a millisecond for each line, so that catching up takes a while. */
const slowly = `
<filter kubernetes.**>
  @type record_transformer
  enable_ruby
  <record>
    waited \${sleep 0.001}
  </record>
</filter>`

export default defineScenario({
  name: 'stopped-while-reading-a-rotated-file',
  proves:
    'Since Fluentd 1.16.4 a forwarder that stops while it reads a rotated file goes on to its end; before, it did not.',
  load: { streams: 1, lines: 4000, linesPerSecond: 1000 },
  knobs: { 'forwarder.snippet': slowly, 'forwarder.followInodes': true, 'forwarder.rotateWait': '30s' },
  timeline: [
    // It falls behind, and then finds the file rotated away with no new one in its place yet.
    at(sent(100), forwarder('node-1').pause('workers')),
    at(sent(2600), app('node-1').hideLogLinks()),
    after('0s', app('node-1').rotateLogs()),
    after('0s', forwarder('node-1').resume()),
    after('300ms', forwarder('node-1').stop()),
    after('0s', app('node-1').showLogLinks()),
    after('0s', forwarder('node-1').start()),
  ],
  variants: {
    '1.16.3': { fluentd: '1.16.3', expect: { lost: none, stranded: some } },
    '1.16.4': { fluentd: '1.16.4', expect: { lost: none } },
  },
})
