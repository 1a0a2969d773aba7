import { expect, test } from 'vitest'
import { type Scenario } from '../scenario/define.js'
import { testbedNamed } from '../testbed/registry.js'
import { planSession } from './session.js'

const scenario: Scenario = {
  name: 'compares',
  proves: 'Something.',
  load: { lines: 100, linesPerSecond: 50 },
  variants: { 'in a file': {}, 'in memory': {} },
}
const other: Scenario = { name: 'other', proves: 'More.', load: { lines: 100, linesPerSecond: 50 } }

function variantsOf(scenarios: readonly Scenario[], variant?: string): (string | null)[] {
  const loaded = scenarios.map((of) => ({ scenario: of, file: `/scenarios/${of.name}.ts` }))
  const options = { testbed: testbedNamed('local'), seed: 1, ...(variant !== undefined && { variant }) }
  return planSession(loaded, options).map(({ planned }) => planned.variant)
}

test('one variant runs alone; without a choice all of them do', () => {
  expect(variantsOf([scenario, other])).toEqual(['in a file', 'in memory', null])
  expect(variantsOf([scenario, other], 'in memory')).toEqual(['in memory'])
})

test('several aggregators are not for a testbed without Services, whoever asks for them', () => {
  const loaded = [{ scenario: other, file: '/scenarios/other.ts' }]
  const testbed = testbedNamed('local')
  const [run] = planSession(loaded, { testbed, seed: 1, knobs: { 'aggregator.replicas': 2 } })
  expect(run).toMatchObject({
    runnable: false,
    reason: 'it cannot put several aggregators behind one Service (replicas)',
  })
  expect(planSession(loaded, { testbed, seed: 1 })).toMatchObject([{ runnable: true }])
})

test('a variant that is not there is refused, with those that are', () => {
  expect(() => variantsOf([scenario], 'in memry')).toThrow(
    expect.objectContaining({
      message: '"compares" has no variant "in memry". Did you mean "in memory"?',
      hint: 'Variants: in a file, in memory.',
      code: 'usage',
    }),
  )
  expect(() => variantsOf([other], 'in memory')).toThrow('"other" has no variant "in memory".')
})
