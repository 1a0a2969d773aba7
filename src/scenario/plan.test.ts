import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { packageRoot } from '../package-root.js'
import { aggregator, forwarder, node } from '../faults/vocabulary.js'
import { sent } from './condition.js'
import { type Scenario } from './define.js'
import { any, none, some } from './expectation.js'
import { casesOf, fluentdsOf, planRun, type Plan } from './plan.js'
import { describeTarget } from './target.js'
import { after, at, forGood } from './timeline.js'

const scenario: Scenario = {
  name: 'two-nodes',
  proves: 'Something.',
  load: { lines: 10, linesPerSecond: 5 },
  timeline: [at(sent(5), forwarder('node-1').kill()), after('1.5s', forwarder('node-1').start())],
}

function plan(of: Scenario, index = 0, options: Partial<Parameters<typeof planRun>[1]> = {}): Plan {
  const planned = casesOf(of, '/somewhere/else/two nodes.ts')[index]!
  const testbed = { name: 'local', emulated: [] }
  return planRun(planned, {
    testbed,
    seed: 7,
    versions: {},
    nowMs: Date.UTC(2026, 0, 2, 3, 4, 5),
    ...options,
  })
}

describe('planRun', () => {
  test('the command that repeats a run is about its variant alone', () => {
    const variants = { plain: {}, 'in memory': { knobs: { 'forwarder.buffer': 'memory' } } } as const
    expect(plan({ ...scenario, variants }, 1).command).toBe(
      "npx gapless run '/somewhere/else/two nodes.ts' --variant 'in memory' --testbed local --seed 7",
    )
  })

  test('settles what the scenario leaves open', () => {
    const { id, runToken, nodes, aggregatorNode, load, expect: expectation, timeline } = plan(scenario)
    expect(id).toBe(`20260102T030405-two-nodes-${runToken}`)
    expect(runToken).toMatch(/^[0-9a-z]{8}$/)
    expect(nodes).toEqual(['node-1', 'node-2'])
    expect(aggregatorNode).toBe('node-2')
    expect(load).toEqual({ streams: 2, lines: 10, linesPerSecond: 5, lineBytes: 200, noise: 'none' })
    expect(expectation).toEqual({
      lost: none,
      duplicated: any,
      reordered: any,
      corrupted: none,
      unexpected: none,
      stranded: none,
      late: none,
      recovers: true,
    })
    expect(timeline).toEqual([
      '5 lines sent: SIGKILL to all processes of the forwarder on node-1',
      '1.5 s later: start the forwarder on node-1',
    ])
  })

  test('every aggregator is a Fluentd of its own, by its number where there are several', () => {
    const fluentds = (replicas: number) =>
      fluentdsOf(plan({ ...scenario, knobs: { 'aggregator.replicas': replicas } })).map(describeTarget)
    expect(fluentds(1)).toEqual(['forwarder on node-1', 'forwarder on node-2', 'aggregator'])
    expect(fluentds(2).slice(2)).toEqual(['aggregator 0', 'aggregator 1'])
  })

  test('more aggregators than nodes are refused where each is to have one', () => {
    const knobs = { 'aggregator.replicas': 3 } as const
    expect(() => plan({ ...scenario, knobs })).toThrow(
      'aggregator.replicas=3, each on a node of its own, do not fit on 2 nodes',
    )
    expect(() => plan({ ...scenario, knobs: { ...knobs, 'aggregator.affinity': 'together' } })).not.toThrow()
  })

  test('where there are several aggregators, a node that is hit may have one: no stream is a control', () => {
    const timeline = [at(sent(5), node('node-1').drain())]
    const control = (replicas: number) =>
      plan({ ...scenario, timeline, knobs: { 'aggregator.replicas': replicas } }).streams.map(
        (stream) => stream.control,
      )
    expect(control(1)).toEqual([false, true])
    expect(control(2)).toEqual([false, false])
  })

  test('knows which nodes the timeline takes away for good', () => {
    const timeline = [at(sent(5), forGood(node('node-1').powerOff()))]
    expect(plan({ ...scenario, timeline }).nodesThatGo).toEqual(['node-1'])
    expect(plan(scenario).nodesThatGo).toEqual([])
  })

  test('a stream is a control where only the forwarder of another node is hit', () => {
    const control = (of: Scenario) => plan(of).streams.map((stream) => [stream.node, stream.control])
    expect(control(scenario)).toEqual([
      ['node-1', false],
      ['node-2', true],
    ])
    expect(control({ ...scenario, timeline: [at(sent(5), aggregator.kill())] })).toEqual([
      ['node-1', false],
      ['node-2', false],
    ])
    expect(control({ ...scenario, timeline: [] })).toEqual([
      ['node-1', false],
      ['node-2', false],
    ])
  })

  test('variants lie over the scenario, and the command line over both', () => {
    const varied: Scenario = {
      ...scenario,
      knobs: { 'forwarder.buffer': 'memory', 'forwarder.flushThreadCount': 3 },
      expect: { lost: none, duplicated: none },
      variants: {
        file: { knobs: { 'forwarder.buffer': 'file' } },
        naive: { profile: 'naive', expect: { lost: some } },
      },
    }
    expect(casesOf(varied, 'x').map(({ variant }) => variant)).toEqual(['file', 'naive'])
    expect(plan(varied, 0).knobs).toMatchObject({
      'forwarder.buffer': 'file',
      'forwarder.flushThreadCount': 3,
    })
    expect(plan(varied, 1)).toMatchObject({ profile: 'naive', expect: { lost: some, duplicated: none } })
    const overridden = plan(varied, 0, { profile: 'naive', knobs: { 'forwarder.flushThreadCount': 5 } })
    expect(overridden).toMatchObject({ profile: 'naive', knobs: { 'forwarder.flushThreadCount': 5 } })
  })

  test('without the tap there is no Service', () => {
    const service = { ...scenario, knobs: { 'forward.address': 'service' } } as const
    expect(plan(service).knobs['forward.address']).toBe('service')
    expect(() => plan({ ...service, tap: false })).toThrow('without the tap there is no Service')
  })

  test('the command repeats the run, whatever is in its words', () => {
    const { command } = plan(scenario, 0, { profile: 'naive', knobs: { 'forwarder.snippet': "it's" } })
    expect(command).toBe(
      "npx gapless run '/somewhere/else/two nodes.ts' --testbed local --profile naive " +
        `--knob 'forwarder.snippet=it'\\''s' --seed 7`,
    )
  })

  test('and what it was asked for besides; a scenario is named by its name if it comes along only', () => {
    const flags = ['--fluentd', '/my fluentd', '--reuse']
    const commandOf = (file: string) =>
      planRun(casesOf(scenario, file)[0]!, {
        testbed: { name: 'local', emulated: [] },
        seed: 7,
        versions: {},
        nowMs: 0,
        flags,
      }).command
    const rest = "--testbed local --fluentd '/my fluentd' --reuse --seed 7"
    expect(commandOf('/mine/scenarios/two-nodes.ts')).toBe(
      `npx gapless run /mine/scenarios/two-nodes.ts ${rest}`,
    )
    expect(commandOf(path.join(packageRoot, 'scenarios', 'two-nodes.ts'))).toBe(
      `npx gapless run two-nodes ${rest}`,
    )
  })
})
