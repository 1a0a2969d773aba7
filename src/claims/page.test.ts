import { expect, test } from 'vitest'
import { measured } from '../testing/measured.js'
import { answersTo } from './answers.js'
import { type Claim } from './claims.js'
import { pageMarkdown } from './markdown.js'
import { type Question } from './questions.js'
import { samplesOf } from './samples.js'
import { claimTable } from './table.js'
import { pageText } from './text.js'

const claim: Claim = { id: 'X1', articles: ['three'], says: 'water is wet', expected: 'wet | <soaked>' }
const question: Question = {
  asks: 'Do I get wet?',
  article: 'three',
  rows: 'clothes',
  on: ['local', 'kind', 'k0s'],
  ways: [
    { way: 'coat', measuredBy: [{ scenario: 'rain', variant: 'a' }] },
    { way: 'none', measuredBy: [{ scenario: 'rain', variant: 'b' }] },
  ],
  columns: [
    { figure: 'lost', asks: 'How much?' },
    { figure: 'blocked', asks: 'For how long?' },
  ],
}
const samples = samplesOf([
  measured('a', 'pass', 1),
  measured('a', 'fail', 2, { lost: 7 }),
  measured('a', 'inconclusive', 3, { lost: 2 }),
])
const page = { questions: answersTo([question], samples), claims: claimTable([claim], samples) }
const lost = '0–7 of 1,000 lines (between forwarder and wire); in 1 of 2 runs (95 %: 1.3–98.7 %)'

test('on a terminal', () => {
  expect(pageText(page)).toBe(
    [
      'Do I get wet?',
      '  coat (rain on local)',
      `    How much?      ${lost}`,
      '    For how long?  not measured',
      '    Runs           2, 1 inconclusive',
      '    run-3 is inconclusive and not counted: too dry (2 lines lost)',
      '  none (rain)',
      '    not measured',
      '',
      'X1  water is wet',
      '    article    Three viewpoints on the reliability of Fluentd on Kubernetes',
      '    expected   wet | <soaked>',
      '    measured   rain, a (local, Fluentd 1.16.11): inconclusive: too dry',
      `    all runs     1 of 3 passed; lost ${lost} · 3 surplus copies · longest delay not measured`,
      '                 run-3 is inconclusive and not counted: too dry (2 lines lost)',
      '    holds?     on local: NOT ALWAYS · on kind: not known · on k0s: not known',
    ].join('\n'),
  )
})

test('in Markdown', () => {
  const markdown = pageMarkdown(page, { X1: 'It rains.\n' })
  const lines = markdown.split('\n')
  expect(lines.slice(0, 10)).toEqual([
    '## Do I get wet?',
    '',
    '(Three viewpoints on the reliability of Fluentd on Kubernetes)',
    '',
    '| clothes | measured by | on | How much? | For how long? | runs |',
    '| --- | --- | --- | --- | --- | --- |',
    `| coat | \`rain\` | local | ${lost} | not measured | 2, 1 inconclusive |`,
    '| none | `rain` | – | not measured | not measured | 0 |',
    '',
    '- run-3 is inconclusive and not counted: too dry (2 lines lost)',
  ])
  expect(lines).toContain(
    '| [X1](#x1) | water is wet | Three viewpoints on the reliability of Fluentd on Kubernetes | NOT ALWAYS | not known | not known |',
  )
  expect(lines).toContain('**Expected.** Wet | \\<soaked>.')
  expect(lines).toContain(
    `| rain, a (Fluentd 1.16.11) | local | lost: none | inconclusive: too dry | lost ${lost} · 3 surplus copies · longest delay not measured | inconclusive | 1 of 3 |`,
  )
  expect(markdown.endsWith('\n\nIt rains.\n')).toBe(true)
})
