import { type Result } from '../../store/result.js'
import { capped, formatCount, formatRanges, loadStartMs, rangeLines } from '../format.js'
import { clipped, html, type Html } from './markup.js'
import { andMore, moment, scrollingTable, section } from './parts.js'

const mostGaps = 40
type Gap = Result['gaps'][number]
const kinds = ['lost', 'stranded', 'duplicated'] as const

/** Which numbers are affected, when they were emitted, and during which fault. Left out where there are none. */
export function findings(result: Result): Html | false {
  if (result.gaps.length === 0) return false
  const zeroMs = loadStartMs(result)
  const gaps = kinds.flatMap((kind) =>
    result.gaps
      .filter((gap) => gap.kind === kind)
      .toSorted((a, b) => rangeLines(b.range) - rangeLines(a.range)),
  )
  const { shown, rest } = capped(gaps, mostGaps)
  const rows = shown.toSorted(byNumber).map(
    ({ stream, kind, range, emittedFromMs, emittedToMs, during }) =>
      html`<tr>
        <td><span class="tag ${kind}">${kind}</span></td>
        <td>${clipped(stream, 120)}</td>
        <td class="number">${formatRanges([range], 1)}</td>
        <td class="number">${formatCount(rangeLines(range))}</td>
        <td class="number">${moment(emittedFromMs, zeroMs)}</td>
        <td class="number">${moment(emittedToMs, zeroMs)}</td>
        <td>${duringFault(result, during)}</td>
      </tr>`,
  )
  return section(
    'findings',
    'Which lines',
    scrollingTable(
      'Which lines',
      html`<table>
        <thead>
          <tr>
            <th scope="col">what</th>
            <th scope="col">stream</th>
            <th scope="col" class="number">numbers</th>
            <th scope="col" class="number">lines</th>
            <th scope="col" class="number">emitted from</th>
            <th scope="col" class="number">to</th>
            <th scope="col">while in effect</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>`,
    ),
    andMore(rest, rest === 1 ? 'range' : 'ranges'),
  )
}

/** The largest are shown; those are read best in the order of the lines. */
function byNumber(a: Gap, b: Gap): number {
  return (
    kinds.indexOf(a.kind) - kinds.indexOf(b.kind) ||
    a.stream.localeCompare(b.stream, 'en', { numeric: true }) ||
    a.range[0] - b.range[0]
  )
}

function duringFault({ faults }: Result, during: string | null): Html {
  if (during === null) return html`no fault`
  const index = faults.findIndex(({ id }) => id === during)
  return index < 0
    ? html`${clipped(during, 80)}`
    : html`<a class="fault-number" href="#fault-${index + 1}">fault ${index + 1}</a>`
}
