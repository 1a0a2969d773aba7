import { type Result } from '../../store/result.js'
import { formatCount, formatDuration, runTitle, tookMs } from '../format.js'
import { verdictLabels } from './header.js'
import { clipped, html, type Html } from './markup.js'
import { findingCell, scrollingTable, section } from './parts.js'

/** A run and where its own report is, relative to the overview. */
export interface IndexEntry {
  readonly result: Result
  readonly href: string
}

export function overview(entries: readonly IndexEntry[]): Html {
  const rows = entries.map(
    ({ result, href }) =>
      html`<tr>
        <th scope="row">
          <a href="${href}">${clipped(runTitle(result), 200)}</a>
          <span class="where">${result.profile} on ${result.testbed}, seed ${result.seed}</span>
        </th>
        <td>
          <span class="badge ${result.verdict}"
            ><span aria-hidden="true">${verdictLabels[result.verdict].icon}</span>
            ${verdictLabels[result.verdict].word}</span
          >
        </td>
        <td class="number">${formatCount(result.totals.sent)}</td>
        <td class="number">${formatCount(result.totals.delivered)}</td>
        ${(['lost', 'duplicated', 'stranded'] as const).map((kind) => findingCell(result.totals[kind], kind))}
        <td class="number">${result.latencyMs === null ? '–' : formatDuration(result.latencyMs.p99)}</td>
        <td class="number">${formatDuration(tookMs(result))}</td>
      </tr>`,
  )
  const headings = ['sent', 'delivered', 'lost', 'duplicated', 'stranded', '99 % within', 'took']
  return html`<header>
      <p class="brand">gapless <span>overview</span></p>
      <h1>${formatCount(entries.length)} ${entries.length === 1 ? 'run' : 'runs'}</h1>
    </header>
    ${section(
      'runs',
      'Runs',
      scrollingTable(
        'Runs',
        html`<table>
          <thead>
            <tr>
              <th scope="col">scenario</th>
              <th scope="col">verdict</th>
              ${headings.map((heading) => html`<th scope="col" class="number">${heading}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${rows}
          </tbody>
        </table>`,
      ),
    )}`
}
