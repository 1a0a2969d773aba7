import { expect, test } from 'vitest'
import { loadScenarios } from '../catalogue/load.js'
import { measured } from '../testing/measured.js'
import { answersTo } from './answers.js'
import { questions, type Question } from './questions.js'
import { samplesOf } from './samples.js'

const question: Question = {
  asks: 'Do I get wet?',
  article: 'three',
  rows: 'clothes',
  on: ['local', 'kind', 'k0s'],
  ways: [
    { way: 'coat', measuredBy: [{ scenario: 'rain', variant: 'a' }] },
    {
      way: 'none',
      measuredBy: [
        { scenario: 'rain', variant: 'b' },
        { scenario: 'snow', variant: 'b' },
      ],
    },
  ],
  columns: [{ figure: 'lost', asks: 'How much?' }],
}

test('a row for each testbed, and one for what was measured nowhere', () => {
  const samples = samplesOf([
    measured('a', 'pass', 1, { testbed: 'k0s' }),
    measured('a', 'pass', 2, { testbed: 'kind' }),
    measured('b', 'fail', 3, { profile: 'naive' }),
    measured('b', 'pass', 4, { scenario: 'snow' }),
  ])
  const [answered] = answersTo([question], samples)
  expect(
    answered?.answers.map(({ way, scenario, measured }) => [
      way,
      scenario,
      measured?.testbed,
      measured?.figures.runs,
    ]),
  ).toEqual([
    ['coat', 'rain', 'kind', 1],
    ['coat', 'rain', 'k0s', 1],
    ['none', 'rain', undefined, undefined],
    ['none', 'snow', 'local', 1],
  ])
})

test('other testbeds are not asked', () => {
  const samples = samplesOf([measured('a', 'pass', 1)])
  const [answered] = answersTo([{ ...question, on: ['kind'] }], samples)
  expect(answered?.answers.map((row) => row.measured)).toEqual([null, null, null])
})

test('questions are about scenarios and variants that there are', async () => {
  const asked = questions.flatMap(({ ways }) => ways.flatMap(({ measuredBy }) => measuredBy))
  const loaded = await loadScenarios([...new Set(asked.map(({ scenario }) => scenario))])
  const variants = loaded.flatMap(({ scenario: { name, variants } }) =>
    variants ? Object.keys(variants).map((variant) => `${name}, ${variant}`) : [`${name}, null`],
  )
  expect(
    asked
      .map(({ scenario, variant }) => `${scenario}, ${String(variant)}`)
      .filter((one) => !variants.includes(one)),
  ).toEqual([])
})

test('a question about how to upgrade leaves no variant out', async () => {
  const [upgrade] = questions
  const asked = upgrade?.ways.flatMap(({ measuredBy }) => measuredBy) ?? []
  const loaded = await loadScenarios(['worker-upgraded', 'upgrade-with-evict-taint'])
  const all = loaded.flatMap(({ scenario: { name, variants = {} } }) =>
    Object.keys(variants).map((variant) => ({ scenario: name, variant })),
  )
  expect(asked).toEqual(expect.arrayContaining(all))
})
