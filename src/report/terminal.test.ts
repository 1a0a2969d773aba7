import { expect, test } from 'vitest'
import { goldenResult } from '../testing/goldens.js'
import { type RunStart } from './reporter.js'
import { terminalReporter } from './terminal.js'
import { renderRun } from './terminal/run.js'

const run: RunStart = {
  id: 'r1',
  scenario: 'forwarder-killed',
  variant: null,
  profile: 'hardened',
  testbed: 'local',
  seed: 7,
  index: 1,
  total: 2,
  proves: 'Nothing is lost.',
}
const result = goldenResult('pass-with-duplicates')

/** A reporter that writes to a list, at a time that the test sets. */
function setUp(terminal: { readonly isTTY?: boolean; readonly columns?: number }) {
  const written: string[] = []
  const clock = { nowMs: 0 }
  const reporter = terminalReporter({
    output: { write: (text) => written.push(text), ...terminal },
    env: { NO_COLOR: '1' },
    now: () => clock.nowMs,
  })
  const take = () => written.splice(0).join('')
  return { reporter, clock, take }
}

const progress = (sent: number, delivered: number, elapsedMs: number) =>
  ({ phase: 'load', sent, delivered, expectedLines: 8000, elapsedMs }) as const

test('where stdout is no terminal: plain lines, and one of progress at most every 2 s', () => {
  const { reporter, clock, take } = setUp({})
  reporter.runStarted?.(run)
  clock.nowMs = 320
  reporter.phase?.('load')
  for (clock.nowMs = 500; clock.nowMs <= 4500; clock.nowMs += 500) {
    reporter.progress?.(progress(clock.nowMs / 2, clock.nowMs / 4, clock.nowMs))
  }
  reporter.fault?.({ text: 'SIGKILL to the\u001b[2Jforwarder', atMs: 4600 })
  expect(take()).toBe(
    `[1/2] forwarder-killed · hardened · local · seed 7
  Nothing is lost.
   0.32 s  load: writing numbered lines, and breaking things
   2.00 s  1,000 of 8,000 lines sent, 500 delivered
   4.00 s  2,000 of 8,000 lines sent, 1,000 delivered
   4.60 s  SIGKILL to the�[2Jforwarder
`,
  )
  void reporter.runEnded?.(result, 'reports/r1')
  const printed = renderRun(result, { width: 100, color: false, report: 'reports/r1/report.html' })
  expect(take()).toBe(`\n${printed}\n`)
  reporter.phase?.('teardown')
  expect(take()).toBe('')
})

test('on a terminal: a live area at the bottom, faults stay above it', () => {
  const { reporter, clock, take } = setUp({ isTTY: true, columns: 60 })
  reporter.runStarted?.(run)
  const title = '[1/2] forwarder-killed · hardened · local · seed 7\n'
  expect(take()).toBe(`  Nothing is lost.\n${title}  starting  0.0 s\n`)

  clock.nowMs = 1000
  reporter.progress?.(progress(4000, 2000, 1000))
  reporter.phase?.('load')
  const area = `${title}  load: writing numbered lines, and breaking things  0.0 s
  sent      ${'█'.repeat(15)}${'░'.repeat(16)}  4,000 of 8,000
  delivered ${'█'.repeat(7)}${'░'.repeat(24)}  2,000 of 8,000
`
  expect(take()).toBe(`\u001b[2A\r\u001b[0J${area}`)

  reporter.fault?.({ text: 'the forwarder is killed', atMs: 1000 })
  expect(take()).toBe(`\u001b[4A\r\u001b[0J   1.00 s  the forwarder is killed\n${area}`)

  reporter.runAborted?.()
  expect(take()).toBe('\u001b[4A\r\u001b[0J')
})

test('no line of the live area is wider than the terminal, whatever its width', () => {
  const { reporter, take } = setUp({ isTTY: true, columns: 20 })
  reporter.runStarted?.({ ...run, proves: '' })
  reporter.progress?.(progress(4000, 2000, 0))
  reporter.phase?.('warm-up')
  const lines = take().split('\u001b[0J').at(-1)?.split('\n')
  expect(lines).toEqual(['[1/2] forwarder-ki…', '  warm-up: waiting…', '  sent      4,000 …', '  delivered 2,000 …', '']) // prettier-ignore
  reporter.runAborted?.()
})

test('a skipped scenario is told with the reason', () => {
  const { reporter, take } = setUp({})
  reporter.skipped?.({ scenario: 'drain', variant: 'x', testbed: 'local', reason: 'it has no rwo-volumes' })
  expect(take()).toBe('SKIPPED drain (x): not on the testbed local: it has no rwo-volumes\n\n')
})
