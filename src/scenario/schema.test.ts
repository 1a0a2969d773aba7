import { describe, expect, test } from 'vitest'
import { aggregator } from '../faults/vocabulary.js'
import { sent } from './condition.js'
import { type Scenario } from './define.js'
import { checkScenario } from './schema.js'
import { at, together, type Action } from './timeline.js'

const minimal = { name: 'a-b', proves: 'Something.', load: { lines: 10, linesPerSecond: 5 } }

const killOf = (target: object) =>
  ({ type: 'inject', spec: { fault: 'kill', target, description: 'x', parameters: {} } }) as Action
const kill = killOf({ role: 'aggregator' })
const aggregatorOn = (role: string) => ({ on: 'container', target: { role }, is: 'down' })

describe('checkScenario', () => {
  test('takes what defineScenario types', () => {
    const scenario: Scenario = {
      ...minimal,
      load: { lines: 10, linesPerSecond: 'max', lineBytes: [100, 200], noise: 'hostile', streams: 3 },
      claims: ['F1'],
      profile: 'naive',
      knobs: { 'forwarder.buffer': 'file' },
      timeline: [at(sent(5), aggregator.kill())],
      expect: { lost: { atMost: 0 } },
      variants: { 'with memory': { knobs: { 'forwarder.buffer': 'memory' } } },
      needs: ['node-files'],
      drainDeadline: '30s',
      lateAfter: '10s',
      containerLog: { maxBytes: 4096, maxFiles: 2 },
    }
    expect(checkScenario(scenario, 'x.ts')).toBe(scenario)
  })

  test.each([
    [
      { ...minimal, load: { lines: 0, linesPerSecond: 5 } },
      'x.ts is not a scenario:\n  load.lines: found 0;',
    ],
    [{ ...minimal, name: 'A b' }, 'name: found "A b"; lower-case words joined by hyphens'],
    [{ proves: 'x', load: minimal.load }, 'name: missing;'],
    [{ ...minimal, timelime: [] }, 'timelime: there is no such field. Did you mean "timeline"?'],
    [{ ...minimal, expect: { loss: {} } }, 'expect.loss: there is no such field. Did you mean "lost"?'],
    [
      { ...minimal, variants: { one: { expect: { lostBefore: { aggregator: {} } } } } },
      'variants.one.expect.lostBefore.aggregator: there is no such field. Fields: node log, forwarder, wire, destination.',
    ],
    [
      { ...minimal, expect: { lost: { atLeast: 2, atMost: 1 } } },
      'expect.lost: found {"atLeast":2,"atMost":1}; atLeast ≤ atMost',
    ],
    [{ ...minimal, knobs: { 'forwarder.bufer': 'file' } }, 'x.ts: there is no knob "forwarder.bufer"'],
    [
      { ...minimal, needs: ['node-files', 'node-filez'] },
      'needs.1: found "node-filez"; Invalid option: expected one of "signal-processes"|',
    ],
    [
      { ...minimal, timeline: [{ when: { on: 'deliverd', lines: 5 }, action: kill }] },
      'timeline.0.when.on: found "deliverd"; "on" is one of sent, delivered, elapsed, buffered, buffered-beyond-held, collector-holds, container, restarted, log, event, all, custom. Did you mean "delivered"?',
    ],
    [
      { ...minimal, timeline: [{ when: { on: 'all', of: [{ on: 'sent', line: 5 }] }, action: kill }] },
      'timeline.0.when.of.0.line: there is no such field',
    ],
    [
      { ...minimal, timeline: [{ when: { ...sent(1), lines: -1 }, action: kill }] },
      'timeline.0.when.lines: found -1;',
    ],
    [
      { ...minimal, timeline: [{ when: aggregatorOn('collector'), action: kill }] },
      'timeline.0.when.target.role: found "collector"; "role" is one of forwarder, aggregator.',
    ],
    [
      { ...minimal, timeline: [together([at(sent(1), killOf({ role: 'agregator' }))])] },
      'timeline.0.together.0.0.action.spec.target.role: found "agregator"; "role" is one of forwarder, aggregator, app, node, network, collector, forwarders, dns. Did you mean "aggregator"?',
    ],
    [{ ...minimal, timeline: [{ everyMs: 0, action: kill }] }, 'timeline.0.everyMs: found 0;'],
    [
      { ...minimal, timeline: ['kill it'] },
      'timeline.0: found "kill it"; a step, as at(), when(), after(), every() and together() make them',
    ],
    [42, 'the default export: found 42;'],
  ])('%j is refused with the field', (value, message) => {
    expect(() => checkScenario(value, 'x.ts')).toThrow(message)
  })
})
