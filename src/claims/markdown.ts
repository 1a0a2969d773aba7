import { type Answer, type AnswerRow } from './answers.js'
import { articleNames, holdsWord, nameOf, type Page } from './page.js'
import { answer, describeFigures, describeInconclusive, describePassed, describeRuns } from './sentences.js'
import { testbeds, type ClaimRow, type Measurement } from './table.js'

/** The page as docs/claims.md has it. `notes` are what was learned about a claim, by id. */
export function pageMarkdown({ questions, claims }: Page, notes: Readonly<Record<string, string>>): string {
  const sections = [
    ...questions.map(questionSection),
    ...(questions.length > 0 ? [howToRead] : []),
    overview(claims),
    ...claims.map((row) => claimSection(row, notes[row.claim.id])),
  ]
  return `${sections.join('\n\n')}\n`
}

const howToRead = `How to read it: least–most over the runs; “longest delay” and “stand still” are the longest of each run. Behind “95 %”
is between which shares the true one is, with 95 % confidence, by Clopper and Pearson: few runs leave much open, even if none
of them loses anything. “Not measured” is never a guess.`

function questionSection(question: Answer): string {
  const { asks, article, rows, columns, answers } = question
  const head = [rows, 'measured by', 'on', ...columns.map((column) => column.asks), 'runs']
  return [
    `## ${asks}`,
    '',
    `(${articleNames([article])})`,
    '',
    ...table(
      head,
      answers.map((row) => answerCells(row, question)),
    ),
    ...listed(answers.flatMap(({ measured }) => (measured ? describeInconclusive(measured.figures) : []))),
  ].join('\n')
}

function answerCells({ way, scenario, measured }: AnswerRow, { columns }: Answer): string[] {
  const figures = measured?.figures
  return [
    way,
    `\`${scenario}\``,
    measured?.testbed ?? '–',
    ...columns.map(({ figure }) => answer(figure, figures)),
    figures ? describeRuns(figures) : '0',
  ]
}

function overview(claims: readonly ClaimRow[]): string {
  const head = ['claim', 'what it says', 'article', ...testbeds.map((testbed) => `holds on ${testbed}?`)]
  const rows = claims.map(({ claim, holds }) => [
    `[${claim.id}](#${claim.id.toLowerCase()})`,
    claim.says,
    articleNames(claim.articles),
    ...testbeds.map((testbed) => holdsWord[holds[testbed]]),
  ])
  return ['## All claims', '', ...table(head, rows)].join('\n')
}

function claimSection({ claim, measurements }: ClaimRow, note: string | undefined): string {
  const head = ['run', 'on', 'expected', 'newest run', 'all runs', 'verdict', 'passed']
  return [
    `## ${claim.id}`,
    '',
    `**Claim.** ${sentence(claim.says)} (${articleNames(claim.articles)})`,
    '',
    `**Expected.** ${sentence(claim.expected)}`,
    '',
    ...(measurements.length > 0 ? table(head, measurements.map(measurementCells)) : ['Not measured.']),
    ...listed(measurements.flatMap(({ figures }) => describeInconclusive(figures))),
    ...(note === undefined ? [] : ['', note.trimEnd()]),
  ].join('\n')
}

function measurementCells(measurement: Measurement): string[] {
  const { testbed, expected, measured, verdict, figures } = measurement
  return [
    nameOf(measurement),
    testbed,
    expected,
    measured,
    describeFigures(figures),
    verdict,
    `${describePassed(figures)}${figures.ofOtherKinds > 0 ? ` (${String(figures.ofOtherKinds)} of another kind)` : ''}`,
  ]
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`)
}

function listed(sentences: readonly string[]): string[] {
  return sentences.length === 0 ? [] : ['', ...sentences.map((one) => `- ${plain(one)}`)]
}

function sentence(text: string): string {
  return plain(`${text.charAt(0).toUpperCase()}${text.slice(1)}.`)
}

const cell = (text: string) => plain(text).replaceAll('|', '\\|')

/** `<secondary>` is no HTML. */
const plain = (text: string) => text.replaceAll('<', '\\<')
