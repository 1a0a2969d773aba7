import { type Result } from '../../store/result.js'
import { formatCount, formatDuration, runTitle, tookMs } from '../format.js'
import { type AllEnded } from '../reporter.js'
import { type RenderOptions } from './run.js'
import { painter, paintVerdict, plain, verdictWords, type Paint } from './style.js'
import { columnsOf, padEnd, padStart, truncate, wrap } from './width.js'

const headings = ['verdict', 'sent', 'delivered', 'lost', 'duplicated', 'stranded', 'p99', 'took']
const gap = '  '
const leastNameColumns = 12

const legend =
  'lost: sent, never arrived and held nowhere any more · duplicated: surplus copies · stranded: not arrived, ' +
  'but still held in the pipeline · p99: 99 % of the lines took at most this long to arrive'

/** What is printed when everything has ended: a table where there were several runs, and what the exit status says. */
export function renderEnd(all: AllEnded, { width, color }: RenderOptions): string {
  const paint = painter(color)
  const table = all.runs.length > 1 ? [...renderTable(all, width, paint), '', ...wrap(legend, width), ''] : []
  return `${[...table, ...wrap(exitMeaning(all), width)].join('\n')}\n`
}

function renderTable({ runs }: AllEnded, width: number, paint: Paint): string[] {
  const results = runs.map(({ result }) => result)
  const names = labels(results)
  const cells = results.map(cellsOf)
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...cells.map((row) => columnsOf(row[column] ?? ''))),
  )
  const others = widths.reduce((sum, columns) => sum + gap.length + columns, 0)
  const widest = Math.max('scenario'.length, ...names.map(columnsOf))
  const nameColumns = Math.min(widest, width - others)
  if (nameColumns < Math.min(widest, leastNameColumns)) return renderList(results, names, width, paint)

  const line = (name: string, row: readonly string[], verdict?: Result['verdict']) =>
    [
      padEnd(truncate(name, nameColumns), nameColumns),
      ...row.map((cell, column) => {
        const columns = widths[column] ?? 0
        if (column > 0) return padStart(cell, columns)
        return verdict === undefined ? padEnd(cell, columns) : padEnd(paintVerdict(paint, verdict), columns)
      }),
    ].join(gap)
  return [
    paint('dim', line('scenario', headings)),
    ...results.map((result, index) => line(names[index] ?? '', cells[index] ?? [], result.verdict)),
  ]
}

/** For terminals too narrow for a table. */
function renderList(
  results: readonly Result[],
  names: readonly string[],
  width: number,
  paint: Paint,
): string[] {
  return results.flatMap((result, index) => {
    const values = cellsOf(result).slice(1)
    const text = values.map((value, column) => `${headings[column + 1] ?? ''} ${value}`).join(', ')
    return [
      `${paintVerdict(paint, result.verdict)} ${names[index] ?? ''}`,
      ...wrap(text, width - 2).map((line) => `  ${line}`),
    ]
  })
}

function cellsOf(result: Result): string[] {
  const { sent, delivered, lost, duplicated, stranded } = result.totals
  return [
    verdictWords[result.verdict],
    ...[sent, delivered, lost, duplicated, stranded].map(formatCount),
    result.latencyMs === null ? '–' : formatDuration(result.latencyMs.p99),
    formatDuration(tookMs(result)),
  ]
}

/** The title, and as much more as it takes to tell the runs apart. */
function labels(results: readonly Result[]): string[] {
  const differs = (of: (result: Result) => unknown) => new Set(results.map(of)).size > 1
  const profiles = differs(({ profile }) => profile)
  const testbeds = differs(({ testbed }) => testbed)
  const short = results.map((result) =>
    [runTitle(result), profiles && result.profile, testbeds && result.testbed].filter(Boolean).join(' · '),
  )
  return results.map(({ seed }, index) => {
    const label = short[index] ?? ''
    const twice = short.filter((other) => other === label).length > 1
    return plain(twice ? `${label} · seed ${String(seed)}` : label)
  })
}

function exitMeaning({ runs, skipped, exitCode }: AllEnded): string {
  const of = (verdict: Result['verdict']) => runs.filter(({ result }) => result.verdict === verdict).length
  const total = runs.length
  const parts = [
    of('pass') > 0 &&
      (of('pass') === total && total > 1 ? `all ${count(total)} passed` : `${count(of('pass'))} passed`),
    of('fail') > 0 && `${count(of('fail'))} failed`,
    of('inconclusive') > 0 &&
      `${count(of('inconclusive'))} inconclusive (${of('inconclusive') === 1 ? 'it proves' : 'they prove'} nothing either way)`,
    skipped.length > 0 && `${count(skipped.length)} skipped`,
    total + skipped.length === 0 && 'nothing was run',
  ].filter((part) => typeof part === 'string')
  const meaning = meanings[exitCode] ?? 'see the message above'
  return `${total === 1 ? '1 run' : `${formatCount(total)} runs`}: ${parts.join(', ')}. Exit status ${String(exitCode)}: ${meaning}.`
}

const count = formatCount

const meanings: Readonly<Record<number, string>> = {
  0: 'everything passed',
  1: 'something failed',
  2: 'wrong usage or input',
  3: 'nothing failed, but something is inconclusive',
  130: 'interrupted',
}
