import { expect, test } from 'vitest'
import { type RunEvent } from '../store/events.js'
import { faultsOf } from './faults.js'

const holds = (what: string, holds = true) => ({ what, atMs: 1, holds })
const injected: RunEvent = {
  type: 'fault-injected',
  atMs: 10,
  id: 'fault-1',
  fault: 'kill',
  target: 'aggregator',
  description: 'SIGKILL',
  condition: '5 lines sent',
  evidence: [holds('gone')],
}

test('evidence of injection and healing is one list, and all of it has to hold', () => {
  const healed = (ok: boolean): RunEvent => ({
    type: 'fault-healed',
    atMs: 20,
    id: 'fault-1',
    evidence: [holds('runs again', ok)],
  })
  expect(faultsOf([injected, healed(true)])).toMatchObject([
    {
      id: 'fault-1',
      injectedAtMs: 10,
      healedAtMs: 20,
      proven: true,
      evidence: [{ what: 'gone' }, { what: 'runs again' }],
    },
  ])
  expect(faultsOf([injected, healed(false)])).toMatchObject([{ proven: false }])
})

test('a fault without evidence is not proven, one that was missed is there all the same', () => {
  const missed: RunEvent = {
    type: 'step-missed',
    atMs: 30,
    action: 'inject',
    fault: 'outage',
    target: 'collector',
    description: 'hold',
    condition: '9 lines sent',
    why: 'the load ended',
  }
  expect(faultsOf([{ ...injected, evidence: [] }, missed])).toMatchObject([
    { id: 'fault-1', proven: false },
    { id: 'missed-2', injectedAtMs: null, proven: false },
  ])
})

test('each time that a rhythm repeated a fault is told', () => {
  const again = (atMs: number): RunEvent => ({ type: 'fault-repeated', atMs, id: 'fault-1', evidence: [] })
  expect(faultsOf([injected, again(18), again(26)])).toMatchObject([
    { injectedAtMs: 10, repeatedAtMs: [18, 26], healedAtMs: null },
  ])
  expect(faultsOf([injected])[0]).not.toHaveProperty('repeatedAtMs')
})
