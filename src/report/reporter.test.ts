import { expect, test } from 'vitest'
import { goldenResult } from '../testing/goldens.js'
import { multiplex, type AllEnded, type Reporter } from './reporter.js'

const all: AllEnded = { verdict: 'pass', runs: [], skipped: [], exitCode: 0 }

function recorder(name: string): { readonly reporter: Reporter; readonly told: string[] } {
  const told: string[] = []
  const reporter: Reporter = {
    name,
    phase: (phase) => void told.push(phase),
    runEnded: (result, directory) => void told.push(`${result.scenario} in ${directory}`),
    end: () => void told.push('end'),
  }
  return { reporter, told }
}

test('a reporter that throws breaks no other, and its error is told once, at the end', async () => {
  const complaints: string[] = []
  const before = recorder('before')
  const after = recorder('after')
  const broken: Reporter = {
    name: 'broken',
    phase: () => {
      throw new Error('no ink')
    },
    runEnded: () => Promise.reject(new Error('no paper')),
  }
  const reporters = multiplex([before.reporter, broken, after.reporter], (line) => complaints.push(line))

  reporters.phase('load')
  reporters.progress({ phase: 'load', sent: 1, delivered: 0, expectedLines: 2, elapsedMs: 3 })
  await reporters.runEnded(goldenResult('pass-with-duplicates'), 'reports/a')
  expect(complaints).toEqual([])
  await reporters.end(all)

  expect(before.told).toEqual(['load', 'forwarder-killed in reports/a', 'end'])
  expect(after.told).toEqual(before.told)
  expect(complaints).toEqual(['the broken reporter failed: no ink (and 1 more times)'])
  expect(reporters.failures()).toEqual([{ reporter: 'broken', message: 'no ink', times: 2 }])
})

test('one reporter is done with a run before the next one is told', async () => {
  const order: string[] = []
  const slow: Reporter = {
    name: 'slow',
    async runEnded() {
      await Promise.resolve()
      order.push('slow')
    },
  }
  const quick: Reporter = { name: 'quick', runEnded: () => void order.push('quick') }
  await multiplex([slow, quick]).runEnded(goldenResult('pass-with-duplicates'), 'reports/a')
  expect(order).toEqual(['slow', 'quick'])
})
