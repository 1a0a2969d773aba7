import { describe, expect, test } from 'vitest'
import { aggregator } from '../faults/vocabulary.js'
import { sent } from './condition.js'
import { type Scenario } from './define.js'
import { checkScenario } from './schema.js'
import { at } from './timeline.js'

const minimal = { name: 'a-b', proves: 'Something.', load: { lines: 10, linesPerSecond: 5 } }

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
    [{ ...minimal, expect: { loss: {} } }, 'expect.loss: there is no such field'],
    [
      { ...minimal, expect: { lost: { atLeast: 2, atMost: 1 } } },
      'expect.lost: found {"atLeast":2,"atMost":1}; atLeast ≤ atMost',
    ],
    [{ ...minimal, knobs: { 'forwarder.bufer': 'file' } }, 'x.ts: there is no knob "forwarder.bufer"'],
    [42, 'the default export: found 42;'],
  ])('%j is refused with the field', (value, message) => {
    expect(() => checkScenario(value, 'x.ts')).toThrow(message)
  })
})
