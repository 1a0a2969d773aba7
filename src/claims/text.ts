import { articleNames, holdsWord, nameOf, type Page } from './page.js'
import { answer, describeFigures, describeInconclusive, describePassed, describeRuns } from './sentences.js'
import { type Answer, type AnswerRow } from './answers.js'
import { testbeds, type ClaimRow, type Measurement } from './table.js'

/** The page for a terminal: a block per question, then one per claim. */
export function pageText({ questions, claims }: Page): string {
  return [...questions.map(questionText), ...claims.map(claimText)].join('\n\n')
}

function questionText(question: Answer): string {
  return [question.asks, ...question.answers.flatMap((row) => wayText(row, question))].join('\n')
}

function wayText({ way, scenario, measured }: AnswerRow, { columns }: Answer): string[] {
  const figures = measured?.figures
  const cells = columns.map(({ asks, figure }): [string, string] => [asks, answer(figure, figures)])
  if (figures) cells.push(['Runs', describeRuns(figures)])
  const width = Math.max(...cells.map(([asks]) => asks.length))
  return [
    `  ${way} (${scenario}${measured ? ` on ${measured.testbed}` : ''})`,
    ...(figures ? cells.map(([asks, says]) => `    ${asks.padEnd(width)}  ${says}`) : ['    not measured']),
    ...(figures ? describeInconclusive(figures).map((sentence) => `    ${sentence}`) : []),
  ]
}

function claimText({ claim, measurements, holds }: ClaimRow): string {
  return [
    `${claim.id}  ${claim.says}`,
    `    article    ${articleNames(claim.articles)}`,
    `    expected   ${claim.expected}`,
    ...measurements.flatMap(measurementText),
    ...(measurements.length === 0 ? ['    measured   no stored run'] : []),
    `    holds?     ${testbeds.map((testbed) => `on ${testbed}: ${holdsWord[holds[testbed]]}`).join(' · ')}`,
  ].join('\n')
}

function measurementText(measurement: Measurement): string[] {
  const { figures } = measurement
  const { runs, inconclusive } = figures
  const all = `${describePassed(figures)} passed; ${describeFigures(figures)}`
  return [
    `    measured   ${nameOf(measurement, measurement.testbed)}: ${measurement.measured}`,
    ...(runs + inconclusive.length > 1 ? [`    all runs     ${all}`] : []),
    ...describeInconclusive(figures).map((sentence) => `                 ${sentence}`),
  ]
}
