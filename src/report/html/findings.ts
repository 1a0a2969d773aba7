import { type Result } from '../../store/result.js'
import { capped, formatCount, formatLines, formatRanges, heldAt, loadStartMs, rangeLines } from '../format.js'
import { clipped, html, type Html } from './markup.js'
import { andMore, moment, scrollingTable, section } from './parts.js'

const mostGaps = 40
const mostExplanations = 6
const mostRanges = 4
type Gap = Result['gaps'][number]
const kinds = ['lost', 'stranded', 'duplicated'] as const

/** Which numbers are affected, when they were emitted, and during which fault. Left out where there are none. */
export function findings(result: Result): Html | false {
  if (result.gaps.length === 0) return false
  const gaps = kinds.flatMap((kind) =>
    result.gaps
      .filter((gap) => gap.kind === kind)
      .toSorted((a, b) => rangeLines(b.range) - rangeLines(a.range)),
  )
  const { shown, rest } = capped(gaps, mostGaps)
  const ordered = shown.toSorted(byNumber)
  const bodies = [...new Set(ordered.map(groupKey))].map((key) => {
    const [first, ...others] = ordered.filter((gap) => groupKey(gap) === key)
    return first && groupRows(result, [first, ...others])
  })
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
        ${bodies}
      </table>`,
    ),
    andMore(rest, rest === 1 ? 'range' : 'ranges'),
  )
}

/** What was found of one kind in one stream: the ranges, and below them where they went or came from. */
function groupRows(result: Result, gaps: readonly [Gap, ...Gap[]]): Html {
  const zeroMs = loadStartMs(result)
  const explanations = explain(result, gaps[0])
  const rows = gaps.map(
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
  return html`<tbody>
    ${rows}
    ${
      explanations.length > 0 &&
      html`<tr class="detail">
        <td colspan="7">
          <ul>
            ${explanations}
          </ul>
        </td>
      </tr>`
    }
  </tbody>`
}

/** A sentence for each group of a stream's lines that went, or came twice, in the same way. */
function explain({ gone, duplicates, streams }: Result, { kind, stream }: Gap): Html[] {
  if (kind === 'stranded') {
    const places = streams.filter((one) => one.stream === stream).flatMap(({ strandedAt }) => strandedAt)
    const { shown, rest } = capped(places, mostExplanations)
    return [
      ...shown.map(
        ({ station, lines, ranges, perhaps }) =>
          html`<li>
            ${ranges.length > 0 && html`<b>${formatRanges(ranges, mostRanges)}:</b> `}${formatLines(lines)}
            ${perhaps ? 'perhaps' : 'still'} ${clipped(heldAt(station), 200)}
          </li>`,
      ),
      ...(rest > 0 ? [html`<li>and at ${formatCount(rest)} more places</li>`] : []),
    ]
  }
  const groups = (kind === 'lost' ? gone : duplicates).filter((group) => group.stream === stream)
  const { shown, rest } = capped(groups, mostExplanations)
  return [
    ...shown.map(
      ({ ranges, explanation }) =>
        html`<li><b>${formatRanges(ranges, mostRanges)}:</b> ${clipped(explanation, 600)}</li>`,
    ),
    ...(rest > 0 ? [html`<li>and ${formatCount(rest)} more ${rest === 1 ? 'group' : 'groups'}</li>`] : []),
  ]
}

function groupKey({ kind, stream }: Gap): string {
  return `${kind} ${stream}`
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
