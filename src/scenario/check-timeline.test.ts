import { expect, test } from 'vitest'
import { aggregator, app, collector, forwarder } from '../faults/vocabulary.js'
import { timelineProblems } from './check-timeline.js'
import { all, delivered, elapsed, sent } from './condition.js'
import { checkScenario } from './schema.js'
import { after, at, every, lasting, together } from './timeline.js'

const nodes = ['node-1', 'node-2']
const load = { lines: 100, linesPerSecond: 50 }

test('what can be has no problems', () => {
  const steps = [
    together(
      [at(sent(1, { node: 'node-2' }), lasting('1s', forwarder('node-1').pause()))],
      [every('1s', app('node-2').rotateLogs(), { until: forwarder('node-2').down() })],
    ),
    after('1s', aggregator.delete()),
    after('1s', aggregator.recreate({ node: 'node-1' })),
  ]
  expect(timelineProblems(steps, nodes, load)).toEqual([])
})

test.each([
  [
    at(sent(1), forwarder('node-3').kill()),
    '"SIGKILL to all processes of the forwarder on node-3": there is no node-3. Did you mean "node-1" or "node-2"? Nodes: node-1, node-2.',
  ],
  [
    together([at(sent(1, { node: 'elsewhere' }), aggregator.kill())]),
    '"1 lines sent on elsewhere": there is no elsewhere. Nodes: node-1, node-2.',
  ],
  [
    at(all(sent(1), forwarder('mode-1').down()), aggregator.kill()),
    '"the container of the forwarder on mode-1 is down": there is no mode-1. Did you mean "node-1" or "node-2"? Nodes: node-1, node-2.',
  ],
  [
    at(sent(1), aggregator.recreate({ node: 'node-7' })),
    '"create the pod of the aggregator again on node-7": there is no node-7. Did you mean "node-1" or "node-2"? Nodes: node-1, node-2.',
  ],
  [
    at(sent(1), aggregator.kill('SIGFOO' as NodeJS.Signals)),
    '"SIGFOO to all processes of the aggregator": there is no signal SIGFOO',
  ],
  [
    every('1s', collector.release()),
    '"the destination releases what it holds and answers again" mends something and cannot be repeated; repeat lasting(…) of what it mends',
  ],
  [
    at(all(sent(1), elapsed('1s')), aggregator.kill()),
    '"SIGKILL to all processes of the aggregator": a time cannot be part of a condition; use after(), lasting() or `for`',
  ],
])('problem %#', (step, problem) => {
  expect(timelineProblems([step], nodes, load)).toEqual([problem])
})

test('a scenario is refused with the problem, also in a variant', () => {
  const scenario = {
    name: 'a',
    proves: 'x',
    load: { lines: 1, linesPerSecond: 1 },
    nodes: 1,
    variants: { v: { timeline: [at(sent(1), forwarder('node-2').kill())] } },
  }
  expect(() => checkScenario(scenario, 'a.ts')).toThrow('a.ts: its timeline cannot be:\n  "SIGKILL to all')
  expect(checkScenario({ ...scenario, nodes: 2 }, 'a.ts').nodes).toBe(2)
})

test.each([
  [sent(190), []],
  [delivered(95, { node: 'node-2' }), []],
  [
    sent(191),
    ['"191 lines sent" never holds: while the timeline goes on, all streams together send 190 lines'],
  ],
  [
    all(delivered(96, { node: 'node-2' }), sent(1)),
    [
      '"96 lines delivered on node-2" never holds: while the timeline goes on, the streams of node-2 send 95 lines',
    ],
  ],
])('a condition may not ask for more lines than the load has before its probe: %j', (condition, problems) => {
  expect(timelineProblems([at(condition, aggregator.kill())], nodes, load)).toEqual(problems)
})

test('each variant is held against its own load', () => {
  const scenario = {
    name: 'too-few',
    proves: 'Something.',
    load,
    timeline: [at(sent(150), aggregator.kill())],
    variants: { enough: {}, few: { load: { lines: 50, linesPerSecond: 50 } } },
  }
  expect(() => checkScenario(scenario, 'x.ts')).toThrow(
    'x.ts: its timeline cannot be:\n  "150 lines sent" never holds: while the timeline goes on, all streams together send 90 lines',
  )
})
