import { describe, expect, test } from 'vitest'
import { defaultExpectation, none, some } from '../scenario/expectation.js'
import { type Counts, type FaultResult, type StreamResult } from '../store/result.js'
import { judge, type Judged } from './judge.js'

const counts: Counts = {
  sent: 100,
  indeterminate: 0,
  delivered: 100,
  lost: 0,
  duplicated: 0,
  reordered: 0,
  corrupted: 0,
  unexpected: 0,
  stranded: 0,
  late: 0,
}
const stream: StreamResult = {
  ...counts,
  stream: 's00',
  node: 'node-1',
  lostRanges: [],
  duplicatedRanges: [],
  strandedAt: [],
  latencyMs: null,
}
const fault: FaultResult = {
  id: 'fault-1',
  kind: 'kill',
  target: 'aggregator',
  description: 'SIGKILL',
  condition: '5 lines sent',
  injectedAtMs: 1500,
  healedAtMs: 1700,
  proven: true,
  evidence: [{ what: 'gone', atMs: 1500, holds: true }],
}
const good: Judged = {
  expect: defaultExpectation,
  streams: [stream],
  totals: counts,
  faults: [fault],
  gone: [],
  duplicates: [],
  latencyMs: { p50: 1000, p90: 2000, p99: 3000, max: 4000 },
  recovery: { recovered: true, afterMs: 1200, missing: [] },
  drain: { drained: true, why: 'every buffer is empty' },
  counted: true,
  cutShort: false,
  plannedLines: 100,
  controlStreams: [],
  loadFromMs: 1000,
  loadToMs: 2000,
  problems: [],
}

const inMemory = (lines: number) => {
  const found = { stranded: lines, delivered: 100 - lines }
  const strandedAt = [
    {
      station: 'memory of the aggregator',
      lines,
      ranges: [[101 - lines, 100] as [number, number]],
      perhaps: true as const,
    },
  ]
  return { totals: { ...counts, ...found }, streams: [{ ...stream, ...found, strandedAt }] }
}

describe('judge', () => {
  test('lets no loss pass that may hide where nobody can look, and calls nothing lost that may be there', () => {
    const expect_ = (bounds: Partial<Judged['expect']>) => ({ ...defaultExpectation, ...bounds })
    const doubt = (about: string) =>
      `whether 3 lines are still held or gone is not known, and that decides on "${about}": memory of the aggregator`
    expect(judge({ ...good, ...inMemory(3), expect: expect_({ stranded: some }) })).toMatchObject({
      verdict: 'inconclusive',
      reasons: [doubt('lost: none')],
    })
    expect(judge({ ...good, ...inMemory(3), expect: expect_({ lost: some }) })).toMatchObject({
      verdict: 'inconclusive',
      reasons: [doubt('lost: at least 1')],
    })
  })
  test('fails and passes where it makes no difference whether they are there or gone', () => {
    expect(judge({ ...good, ...inMemory(3) })).toMatchObject({
      verdict: 'fail',
      reasons: ['expected stranded: none; found 3'],
    })
    const any = { ...defaultExpectation, lost: { atMost: 3 }, stranded: { atMost: 3 } }
    expect(judge({ ...good, ...inMemory(3), expect: any })).toMatchObject({ verdict: 'pass' })
  })
  test('passes what meets every expectation with every fault proven', () => {
    expect(judge(good)).toMatchObject({ verdict: 'pass', summary: 'All 100 lines arrived.', reasons: [] })
  })

  test('three lost and three surplus copies are six findings, never none', () => {
    const totals = { ...counts, delivered: 97, lost: 3, duplicated: 3 }
    expect(judge({ ...good, totals, expect: { ...defaultExpectation, duplicated: none } })).toMatchObject({
      verdict: 'fail',
      reasons: ['expected lost: none; found 3', 'expected duplicated: none; found 3'],
    })
  })

  test('a loss that was expected passes, and its absence fails', () => {
    const expectation = { ...defaultExpectation, lost: some }
    expect(
      judge({ ...good, expect: expectation, totals: { ...counts, delivered: 99, lost: 1 } }).verdict,
    ).toBe('pass')
    expect(judge({ ...good, expect: expectation })).toMatchObject({
      verdict: 'fail',
      reasons: ['expected lost: at least 1; found 0'],
    })
  })

  test.each<[string, Partial<Judged>, string]>([
    ['nothing was sent', { totals: { ...counts, sent: 0, delivered: 0 } }, 'nothing was sent'],
    ['less than planned was sent', { plannedLines: 200 }, 'only 100 of 200 lines were sent'],
    ['a fault has no evidence', { faults: [{ ...fault, evidence: [] }] }, '"SIGKILL" has no evidence'],
    [
      'evidence was looked for and not found',
      { faults: [{ ...fault, evidence: [{ what: 'it still runs', atMs: 1, holds: false }] }] },
      '"SIGKILL" is not proven: it still runs',
    ],
    [
      'a fault never happened',
      { faults: [{ ...fault, injectedAtMs: null }] },
      '"SIGKILL" never happened: waited in vain for "5 lines sent"',
    ],
    ['a fault fired outside the load', { loadToMs: 1400 }, '"SIGKILL" happened outside the load'],
    ['a fault fired and there was no load', { loadFromMs: null }, '"SIGKILL" happened outside the load'],
    [
      'the measuring had a problem',
      { problems: ['the collector failed: no space'] },
      'the collector failed: no space',
    ],
    [
      'a stream never arrived',
      { streams: [{ ...stream, delivered: 0 }] },
      'stream s00 on node-1 never arrived, not even before the faults',
    ],
    [
      'a control stream lost lines, even where a loss was expected',
      {
        streams: [{ ...stream, delivered: 99, lost: 1 }],
        totals: { ...counts, delivered: 99, lost: 1 },
        expect: { ...defaultExpectation, lost: some },
        controlStreams: ['s00'],
      },
      'the control stream s00 on node-1, which no fault can touch, lost 1 line and had 0 surplus copies',
    ],
  ])('is inconclusive when %s', (_, change, reason) => {
    const judgement = judge({ ...good, ...change })
    expect(judgement.verdict).toBe('inconclusive')
    expect(judgement.reasons).toContain(reason)
  })

  test.each<[string, Partial<Judged['expect']>, Partial<Judged>, string]>([
    [
      'one node',
      { nodes: { 'node-1': { lost: { atLeast: 1 } } } },
      {},
      'expected lost on node-1: at least 1; found 0',
    ],
    ['one hop', { lostBefore: { wire: some } }, {}, 'expected lost before the wire: at least 1; found 0'],
    [
      'who sent twice',
      { duplicatedBy: { aggregator: some } },
      {},
      'expected duplicated by the aggregator: at least 1; found 0',
    ],
    [
      'one holder',
      {
        stranded: { atMost: 9 },
        strandedAt: { 'node log': { atMost: 1 }, forwarder: none, aggregator: some },
      },
      {
        streams: good.streams.map((stream) => ({
          ...stream,
          strandedAt: [
            { station: 'node log on node-1, not read by the forwarder', lines: 2, ranges: [] },
            { station: 'buffer of the aggregator', lines: 3, ranges: [] },
          ],
        })),
      },
      'expected stranded at the node log: at most 1; found 2',
    ],
    ['delay', { delay: { p99: '2500ms' } }, {}, 'expected delay p99: at most 2500ms; found 3.0 s'],
    [
      'delay where nothing arrived',
      { delay: { max: '1h' } },
      { latencyMs: null },
      'expected delay max: at most 1h; found no line arrived',
    ],
    [
      'time to recover',
      { recovers: '1s' },
      {},
      'expected fresh lines get through after the last fault, within 1s; found they did, after 1.2 s',
    ],
    [
      'a pipeline that never recovered',
      {},
      { recovery: { recovered: false, afterMs: null, missing: ['s01'] } },
      'expected fresh lines get through after the last fault; found none of s01 did: it never recovered',
    ],
  ])('fails an expectation about %s', (_, more, change, reason) => {
    expect(judge({ ...good, ...change, expect: { ...defaultExpectation, ...more } })).toMatchObject({
      verdict: 'fail',
      reasons: [reason],
    })
  })

  test('expectations in parts that are met pass', () => {
    const group = { stream: 's00', node: 'node-1', lines: 3, ranges: [], explanation: '' }
    const judgement = judge({
      ...good,
      expect: {
        ...defaultExpectation,
        nodes: { 'node-1': { lost: none } },
        lostBefore: { wire: { atMost: 3 }, destination: none },
        duplicatedBy: { forwarder: { atLeast: 3 }, aggregator: none },
        delay: { max: '4s' },
        recovers: '2s',
      },
      gone: [{ ...group, lastSeen: 'forwarder', firstMissing: 'wire' }],
      duplicates: [{ ...group, hop: 'forwarder → aggregator' }],
    })
    expect(judgement.verdict).toBe('pass')
    expect(
      judge({
        ...good,
        recovery: { recovered: false, afterMs: null, missing: ['s00'] },
        expect: { ...defaultExpectation, recovers: false },
      }).verdict,
    ).toBe('pass')
  })

  test('a finding outweighs a doubt', () => {
    const totals = { ...counts, delivered: 99, lost: 1 }
    expect(judge({ ...good, totals, problems: ['odd'] })).toMatchObject({
      verdict: 'fail',
      reasons: ['expected lost: none; found 1', 'odd'],
    })
  })

  test('a run whose accounting failed is not said to have sent nothing', () => {
    const totals = { ...counts, sent: 0, delivered: 0 }
    const problems = ['the accounting failed: odd']
    expect(judge({ ...good, totals, streams: [], counted: false, cutShort: true, problems })).toMatchObject({
      verdict: 'inconclusive',
      reasons: ['the accounting failed: odd'],
    })
  })

  test('a run that was cut short finds nothing', () => {
    const totals = { ...counts, delivered: 60, stranded: 40 }
    const judgement = judge({
      ...good,
      totals,
      loadToMs: null,
      cutShort: true,
      problems: ['interrupted during load'],
    })
    expect(judgement).toMatchObject({ verdict: 'inconclusive', reasons: ['interrupted during load'] })
  })
})
