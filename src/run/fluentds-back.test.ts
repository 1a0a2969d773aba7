import { expect, test } from 'vitest'
import { workerRuns } from './fluentds-back.js'

const starting = '[info]: starting fluentd-1.16.11 pid=7 ruby="3.1.2"\n'
const running = '[info]: #0 fluentd worker is now running worker=0\n'

test.each<[string, string, boolean]>([
  ['it runs', starting + running, true],
  ['it was started again and does not run yet', starting + running + starting, false],
  ['it runs again', starting + running + starting + running, true],
  ['its beginning is no longer in the part that was read', 'a line\n', true],
])('%s', (_, log, runs) => {
  expect(workerRuns(log)).toBe(runs)
})
