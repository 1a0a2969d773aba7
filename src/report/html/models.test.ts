import { expect, test } from 'vitest'
import { goldenResult } from '../../testing/goldens.js'
import { chartModel } from './chart-model.js'
import { passagesModel } from './passages-model.js'
import { pipelineModel, stationOf } from './pipeline-model.js'

const limits = { points: 10, marks: 100, windows: 10 }

test.each([
  ['buffer of the forwarder on node-1', 'forwarder'],
  ['memory buffer of the aggregator (512 bytes, which lines is not known)', 'aggregator'],
  ["the forwarder's secondary", 'forwarder'],
  ['aggregator', 'aggregator'],
  ['aggregator log', 'aggregator'],
  ['node log on node-1', 'log'],
  ['node log on node-1, not read by the forwarder', 'log'],
  ['rotated log file', 'log'],
  ['collector', 'destination'],
  ['the wire', 'wire'],
  ['volume data-0', null],
  ['catalogue', null],
])('"%s" is at the station %s', (words, station) => {
  expect(stationOf(words)).toBe(station)
})

test('faults and stranded lines are put where they are, and only there', () => {
  const golden = goldenResult('fail-with-losses')
  const [first] = golden.streams
  if (!first) throw new Error('the golden has no stream')
  const ten = { ...first, stream: 'app-10', node: 'node-10', strandedAt: [{ station: 'volume data-0', lines: 7, ranges: [] }] } // prettier-ignore
  expect(pipelineModel({ ...golden, streams: [ten, ...golden.streams] })).toEqual({
    nodes: [
      {
        node: 'node-1',
        sent: 4000,
        lost: 500,
        faults: [],
        boxes: {
          app: { faults: [], strandedLines: 0 },
          log: { faults: [], strandedLines: 50 },
          forwarder: { faults: [1], strandedLines: 88 },
        },
      },
      { node: 'node-2', sent: 4000, lost: 0, faults: [], boxes: nothingAt() },
      { node: 'node-10', sent: 4000, lost: 500, faults: [], boxes: nothingAt() },
    ],
    wire: { faults: [], strandedLines: 0 },
    aggregator: { faults: [], strandedLines: 0 },
    destination: { faults: [], strandedLines: 0 },
    elsewhere: [{ where: 'volume data-0', lines: 7 }],
    otherFaults: [],
  })
})

test('a fault of a node as such is at the node, one of nothing in the picture beside it', () => {
  const golden = goldenResult('fail-with-losses')
  const [fault] = golden.faults
  if (!fault) throw new Error('the golden has no fault')
  const faults = ['node-2', 'dns'].map((target) => ({ ...fault, target }))
  const { nodes, otherFaults } = pipelineModel({ ...golden, faults })
  expect(nodes.map((row) => row.faults)).toEqual([[], [1]])
  expect(otherFaults).toEqual([2])
})

function nothingAt() {
  const box = { faults: [], strandedLines: 0 }
  return { app: box, log: box, forwarder: box }
}

const group = { stream: 'app-1', node: 'node-2', lines: 5, ranges: [], explanation: '' }

test.each([
  ['app', 'node log', { from: 'app', to: 'log', wide: false }],
  ['node log', 'wire', { from: 'log', to: 'wire', wide: true }],
  ['forwarder', 'wire', { from: 'forwarder', to: 'wire', wide: false }],
  ['wire', 'destination', { from: 'wire', to: 'destination', wide: true }],
  ['aggregator', 'destination', { from: 'aggregator', to: 'destination', wide: false }],
])('lines last seen at %s and first missing at %s', (lastSeen, firstMissing, ends) => {
  const gone = [{ ...group, lastSeen, firstMissing }]
  const golden = { ...goldenResult('fail-with-losses'), duplicates: [] }
  expect(passagesModel({ ...golden, gone })).toEqual({
    passages: [{ kind: 'lost', node: 'node-2', lines: 5, ...ends }],
    lostUnattributed: 495,
  })
})

test.each([
  ['forwarder → aggregator', [{ from: 'forwarder', to: 'aggregator', wide: false }]],
  ['aggregator → destination', [{ from: 'aggregator', to: 'destination', wide: false }]],
  ['somewhere before the destination', [{ from: 'forwarder', to: 'destination', wide: true }]],
  ['destination → forwarder', []],
  ['elsewhere', []],
])('copies that came about at the hop %s', (hop, passages) => {
  const golden = { ...goldenResult('pass-with-duplicates'), duplicates: [{ ...group, hop }] }
  expect(passagesModel(golden).passages).toEqual(
    passages.map((ends) => ({ kind: 'duplicated', node: 'node-2', lines: 5, ...ends })),
  )
})

test('streams of a node that lost lines at the same place are one passage; nodes are in order', () => {
  const lost = (node: string, lines: number, lastSeen: string) =>
    ({ ...group, node, lines, lastSeen, firstMissing: 'destination' }) // prettier-ignore
  const gone = [lost('node-10', 1, 'wire'), lost('node-2', 2, 'wire'), lost('node-2', 3, 'app'), lost('node-2', 4, 'wire')] // prettier-ignore
  const { passages } = passagesModel({ ...goldenResult('pass-with-duplicates'), gone })
  expect(passages.map(({ kind, node, lines }) => [kind, node, lines])).toEqual([
    ['lost', 'node-2', 3],
    ['lost', 'node-2', 6],
    ['lost', 'node-10', 1],
    ['duplicated', 'node-1', 312],
  ])
})

test('a chart has as many points as it can show, the last one among them', () => {
  const model = chartModel(goldenResult('fail-with-losses'), limits)
  expect(model?.points.length).toBeLessThanOrEqual(11)
  expect(model?.points[0]).toEqual({ atS: 0, sent: 0, delivered: 0 })
  expect(model?.points.at(-1)).toEqual({ atS: 24, sent: 8000, delivered: 7362 })
  expect(model?.windows).toEqual([{ number: 1, fromS: 8.03, toS: 11.06, healed: true }])
})

test('what happened before the load takes no room, unless there is nothing else', () => {
  const golden = goldenResult('fail-with-losses')
  const early = [-9, -5, -0.2].map((atS) => ({ atMs: golden.startedAtMs + 4000 + atS * 1000, sent: 0, delivered: 0, duplicated: 0 })) // prettier-ignore
  expect(chartModel({ ...golden, timeline: [...early, ...golden.timeline] }, limits)?.fromS).toBe(-0.2)
  expect(chartModel({ ...golden, timeline: early }, limits)).toMatchObject({ fromS: -9, toS: -0.2 })
})

test('marks too close to be told apart become one, with all their lines', () => {
  const lost = (marks: number) =>
    chartModel(goldenResult('fail-with-losses'), { ...limits, marks })?.marks.filter(
      ({ lane }) => lane === 'lost',
    )
  expect(lost(1000)?.map(({ lines }) => lines)).toEqual([150, 180, 1, 90, 79])
  expect(lost(20)).toEqual([{ lane: 'lost', fromS: 7.804, toS: 10.716, lines: 500 }])
})

test('a fault that was never healed lasts to the end; one that was never injected is not drawn', () => {
  const golden = goldenResult('inconclusive-unproven-fault')
  const faults = golden.faults.map((fault) => ({ ...fault, healedAtMs: null }))
  expect(chartModel({ ...golden, faults }, limits)?.windows).toEqual([
    { number: 1, fromS: 4.02, toS: 19.25, healed: false },
    { number: 2, fromS: 4.98, toS: 19.25, healed: false },
  ])
})

test('gaps whose time is not known, or absurd, are counted and not drawn', () => {
  const golden = goldenResult('fail-with-losses')
  const [gap] = golden.gaps
  if (!gap) throw new Error('the golden has no gap')
  const gaps = [
    { ...gap, emittedFromMs: null },
    { ...gap, emittedFromMs: 0, emittedToMs: 1 },
    { ...gap, emittedFromMs: 1e17, emittedToMs: 1e18 },
  ]
  expect(chartModel({ ...golden, gaps }, limits)).toMatchObject({ marks: [], unplaced: 3 })
})
