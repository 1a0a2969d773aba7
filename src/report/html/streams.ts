import { countsSchema, type Result, type StreamResult } from '../../store/result.js'
import { capped, formatCount, formatDuration, formatLines, formatRanges, heldAt } from '../format.js'
import { clipped, html, type Html } from './markup.js'
import { andMore, findingCell, scrollingTable, section } from './parts.js'

const mostStreams = 60
const mostRanges = 12
const findingKinds = [
  'lost',
  'duplicated',
  'stranded',
  'reordered',
  'corrupted',
  'unexpected',
  'late',
  'indeterminate',
] as const

/** Every count of every stream, those with findings first, and the numbers that are affected. */
export function streams(result: Result): Html {
  const { shown, rest } = capped(result.streams.toSorted(worstFirst), mostStreams)
  const headings = ['sent', 'delivered', ...findingKinds, 'median delay', '99 % within']
  const table = html`<table class="streams">
    <thead>
      <tr>
        <th scope="col">stream</th>
        ${headings.map((heading) => html`<th scope="col" class="number">${heading}</th>`)}
      </tr>
    </thead>
    ${shown.map(streamRows)}
    <tfoot>
      <tr>
        <th scope="row">all streams</th>
        ${countCells(result.totals)} ${delayCells(result.latencyMs)}
      </tr>
    </tfoot>
  </table>`
  return section(
    'streams',
    'Every stream',
    html`<p class="note">A stream is the numbered lines of one application container.</p>`,
    scrollingTable('Every stream', table),
    andMore(rest, rest === 1 ? 'stream' : 'streams'),
    glossary(),
  )
}

function worstFirst(a: StreamResult, b: StreamResult): number {
  const weight = ({ lost, stranded, duplicated }: StreamResult) => lost * 4 + stranded * 2 + duplicated
  return weight(b) - weight(a)
}

function streamRows(stream: StreamResult): Html {
  const details = [
    stream.lostRanges.length > 0 &&
      html`<li><b>lost:</b> ${formatRanges(stream.lostRanges, mostRanges)}</li>`,
    stream.duplicatedRanges.length > 0 &&
      html`<li><b>duplicated:</b> ${formatRanges(stream.duplicatedRanges, mostRanges)}</li>`,
    ...capped(stream.strandedAt, mostRanges).shown.map(
      ({ station, lines, ranges, perhaps }) =>
        html`<li>
          <b>stranded:</b> ${formatLines(lines)}
          ${perhaps && 'perhaps '}${clipped(heldAt(station), 200)}${ranges.length > 0 && `: ${formatRanges(ranges, mostRanges)}`}
        </li>`,
    ),
  ].filter((detail) => detail !== false)
  return html`<tbody>
    <tr>
      <th scope="row">
        ${clipped(stream.stream, 120)}<span class="where">on ${clipped(stream.node, 80)}</span>
      </th>
      ${countCells(stream)} ${delayCells(stream.latencyMs)}
    </tr>
    ${
      details.length > 0 &&
      html`<tr class="detail">
        <td colspan="13">
          <ul>
            ${details}
          </ul>
        </td>
      </tr>`
    }
  </tbody>`
}

function countCells(counts: Result['totals']): Html {
  return html`<td class="number">${formatCount(counts.sent)}</td>
    <td class="number">${formatCount(counts.delivered)}</td>
    ${findingKinds.map((kind) => findingCell(counts[kind], kind))}`
}

function delayCells(latencyMs: Result['latencyMs']): Html {
  const [median, most] = latencyMs ? [latencyMs.p50, latencyMs.p99].map(formatDuration) : ['–', '–']
  return html`<td class="number">${median}</td>
    <td class="number">${most}</td>`
}

/** The words as the schema of result.json explains them. */
function glossary(): Html {
  return html`<details>
    <summary>What the words mean</summary>
    <dl class="glossary">
      ${Object.entries(countsSchema.shape).map(
        ([name, schema]) =>
          html`<dt>${name}</dt>
            <dd>${schema.description}</dd>`,
      )}
    </dl>
  </details>`
}
