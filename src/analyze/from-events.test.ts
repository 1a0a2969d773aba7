import { describe, expect, test } from 'vitest'
import { type Plan } from '../scenario/plan.js'
import { type RunEvent } from '../store/events.js'
import { durationsOf, problemsOf, recoveryOf } from './from-events.js'

const ended: RunEvent = { type: 'ended', atMs: 100 }
const collector = (bootId: string, failure: string | null = null): RunEvent => ({
  type: 'collector',
  atMs: 1,
  bootId,
  failure,
})
const lost = (records: number | null): RunEvent => ({
  type: 'testbed',
  atMs: 1,
  event: { type: 'records-lost', atMs: 1, node: 'node-2', records },
})

describe('problemsOf', () => {
  test('a run that went well has none', () => {
    expect(
      problemsOf([collector('a'), collector('a'), { type: 'clock', atMs: 9, jumpedMs: -40 }, ended]),
    ).toEqual([])
  })

  test.each<[RunEvent[], string]>([
    [[], 'the run was killed before its end'],
    [
      [collector('a'), collector('b'), ended],
      'the collector restarted during the run, so its ledger has a gap of its own',
    ],
    [
      [lost(3), ended],
      'the directory of volumes had no room: 3 records of what node-2 did and saw of them are lost',
    ],
    [
      [lost(null), ended],
      'the directory of volumes had no room: records of what node-2 did and saw of them are lost',
    ],
    [[collector('a', 'no space left'), ended], 'the collector failed: no space left'],
    [
      [{ type: 'clock', atMs: 9, jumpedMs: -3_600_000 }, ended],
      'the clock jumped by -3600000 ms during the run',
    ],
    [[{ type: 'interrupted', atMs: 9, phase: 'load' }, ended], 'interrupted during load'],
    [[{ type: 'problem', atMs: 9, message: 'odd' }, ended], 'odd'],
  ])('%j', (events, problem) => {
    expect(problemsOf(events)).toEqual([problem])
  })
})

test('a phase lasts until the next one', () => {
  const phase = (name: 'load' | 'drain', atMs: number): RunEvent => ({ type: 'phase', atMs, phase: name })
  expect(
    durationsOf([phase('load', 10), { type: 'load-ended', atMs: 15 }, phase('drain', 30), ended]),
  ).toEqual({
    load: 20,
    drain: 70,
  })
})

describe('recoveryOf', () => {
  const plan = { probeLines: 5, streams: [{ stream: 's00' }, { stream: 's01' }] } as unknown as Plan
  const probe: RunEvent = { type: 'probe', atMs: 50 }
  const healed: RunEvent = { type: 'fault-healed', atMs: 40, id: 'fault-1', evidence: [] }

  test('is counted from the last healing to the stream that was through last', () => {
    const probed = new Map([
      ['s00', 60],
      ['s01', 75],
    ])
    expect(recoveryOf(plan, [healed, probe], probed)).toEqual({ recovered: true, afterMs: 35, missing: [] })
    expect(recoveryOf(plan, [probe], probed)).toEqual({ recovered: true, afterMs: 25, missing: [] })
  })

  test('needs every stream', () => {
    expect(recoveryOf(plan, [healed, probe], new Map([['s01', 60]]))).toEqual({
      recovered: false,
      afterMs: null,
      missing: ['s00'],
    })
  })

  test('but for those whose node is gone for good', () => {
    const streams = [
      { stream: 's00', node: 'node-1' },
      { stream: 's01', node: 'node-2' },
    ]
    const gone = { ...plan, streams, nodesThatGo: ['node-1'] } as unknown as Plan
    expect(recoveryOf(gone, [probe], new Map([['s01', 60]]))).toEqual({
      recovered: true,
      afterMs: 10,
      missing: [],
    })
  })

  test('is not known where no fresh line was sent', () => {
    expect(recoveryOf(plan, [healed], new Map())).toBe(null)
    expect(recoveryOf({ ...plan, probeLines: 0 }, [healed, probe], new Map())).toBe(null)
  })
})
