import { expect, test } from 'vitest'
import { type TracedDuplicates } from '../account/trace.js'
import { type RunEvent } from '../store/events.js'
import { type FaultResult } from '../store/result.js'
import { explainDuplicates, type Passings } from './explain-copies.js'
import { type Circumstances } from './incidents.js'

const fault: FaultResult = {
  id: 'fault-1',
  kind: 'wire',
  target: 'network of node-1',
  description: 'acknowledgements are lost',
  condition: '1 line sent',
  injectedAtMs: 1500,
  healedAtMs: 2500,
  proven: true,
  evidence: [],
}
const killed = {
  type: 'testbed',
  atMs: 1800,
  event: {
    type: 'container-exited',
    atMs: 1800,
    pod: 'fluentd-forwarder-node-1',
    signal: 'SIGKILL',
    code: null,
  },
} as unknown as RunEvent

const around: Circumstances = {
  node: 'node-1',
  events: [],
  faults: [],
  zeroMs: 0,
  sentBy: () => 0,
  buffers: { forwarder: 'file', aggregator: 'file' },
}
const copies = (known: Partial<Passings>): Passings => ({ crossings: [], deliveries: [], acks: [], ...known })
const crossing = (atMs: number, chunk: string | null, first = 1, last = 10) => ({ atMs, chunk, first, last })
const traced = (
  hop: TracedDuplicates['hop'],
  ranges: TracedDuplicates['ranges'] = [[1, 10]],
): TracedDuplicates => ({
  hop,
  lines: ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0),
  ranges,
})
const byForwarder = traced('forwarder → aggregator')
const resent = [crossing(1000, 'aa'), crossing(3000, 'aa')]

test.each<[string, Passings['acks'], string]>([
  ['whose acknowledgement never came', [], 'no acknowledgement had come'],
  [
    'whose acknowledgement was lost',
    [{ chunk: 'aa', atMs: 1200, dropped: true }],
    'its acknowledgement (1.20 s) did not get back',
  ],
  [
    'that was acknowledged',
    [{ chunk: 'aa', atMs: 1200, dropped: false }],
    'although it was acknowledged (1.20 s)',
  ],
  [
    'acknowledged only after it was sent again',
    [{ chunk: 'aa', atMs: 3100, dropped: false }],
    'no acknowledgement had come',
  ],
])('a chunk %s was sent again', (_, acks, why) => {
  expect(explainDuplicates(byForwarder, copies({ crossings: resent, acks }), around)).toBe(
    `10 lines arrived more than once: in chunk aa crossed the wire at 1.00 s and again at 3.00 s: the same chunk was sent again, ${why}; no fault was in effect between`,
  )
})

test('lines in two chunks were read again, after what happened between', () => {
  const crossings = [crossing(1000, 'aa'), crossing(3000, 'bb')]
  const then = { ...around, events: [killed], faults: [fault] }
  expect(explainDuplicates(byForwarder, copies({ crossings }), then)).toBe(
    '10 lines arrived more than once: crossed the wire in chunk aa at 1.00 s and in chunk bb at 3.00 s after the SIGKILL of the forwarder on node-1 at 1.80 s: they were read again from the node log; in effect between: "acknowledgements are lost" (1.50 s to 2.50 s)',
  )
})

test('of chunks without ids no more is said than that they crossed twice', () => {
  const crossings = [crossing(1000, null), crossing(3000, null)]
  expect(explainDuplicates(byForwarder, copies({ crossings }), around)).toContain(
    'crossed the wire at 1.00 s and again at 3.00 s, in chunks without ids',
  )
})

test('lines that came twice in different ways are told apart, to the line', () => {
  const crossings = [
    crossing(1000, 'aa', 1, 10),
    crossing(3000, 'aa', 1, 10),
    crossing(1100, 'bb', 11, 30),
    crossing(3100, 'cc', 11, 14),
    crossing(4000, 'dd', 40, 50),
    crossing(5000, 'dd', 40, 50),
  ]
  const ranges: TracedDuplicates['ranges'] = [
    [1, 14],
    [40, 50],
  ]
  const text = explainDuplicates(traced('forwarder → aggregator', ranges), copies({ crossings }), around)
  expect(text).toContain(
    '25 lines arrived more than once: 21 in chunk aa and 1 other chunk crossed the wire at 1.00 s',
  )
  expect(text).toContain('; 4 crossed the wire in chunk bb at 1.10 s and in chunk cc at 3.10 s')
})

test('lines that the aggregator sent twice are told by their requests', () => {
  const deliveries = [
    { atMs: 2000, first: 1, last: 10, request: 4 },
    { atMs: 3000, first: 1, last: 10, request: 5 },
  ]
  const known = copies({ deliveries, crossings: [crossing(1000, 'aa')] })
  expect(explainDuplicates(traced('aggregator → destination'), known, around)).toBe(
    '10 lines arrived more than once: crossed the wire once and arrived at 2.00 s (request 4) and again at 3.00 s (request 5): the aggregator sent them again; no fault was in effect between',
  )
  expect(explainDuplicates(traced('somewhere before the destination'), known, around)).toContain(
    '(request 5): where they were sent again is not known without a tap',
  )
  expect(explainDuplicates(traced('forwarder → destination'), copies({ deliveries }), around)).toContain(
    '(request 5): the forwarder sent them again',
  )
})

test('where no passing is known, only the sender is', () => {
  expect(explainDuplicates(byForwarder, copies({}), around)).toBe(
    '10 lines arrived more than once: the forwarder sent them again',
  )
})
