import { type Result } from '../../store/result.js'
import { capped, formatCount, formatDuration, formatOffset, loadStartMs } from '../format.js'
import { describeBlocked } from '../blocked.js'
import { describeRecovery } from '../recovery.js'
import { chartModel, type ChartModel } from './chart-model.js'
import { renderChart, type ChartSize } from './chart.js'
import { clipped, escapeHtml, html, trusted, type Html } from './markup.js'
import { mark, section } from './parts.js'

const wide: ChartSize = { width: 1038, height: 400 }
const narrow: ChartSize = { width: 346, height: 360 }
const mostListed = 12

/** The run over time. Drawn twice, for wide and narrow screens, since a scaled picture would have unreadable text. */
export function timeline(result: Result): Html {
  const title = 'What happened when'
  const wideModel = chartModel(result, { points: 400, marks: 300, windows: 60 })
  const narrowModel = chartModel(result, { points: 160, marks: 100, windows: 60 })
  if (wideModel === null || narrowModel === null) {
    const none = html`<p>Too little was measured over time to draw it.</p>`
    return section('timeline', title, none, recovered(result))
  }
  const label = escapeHtml(inWords(result, wideModel))
  return section(
    'timeline',
    title,
    html`<figure class="chart">
      <ul class="legend">
        <li>
          <svg width="30" height="10" aria-hidden="true">
            <path d="M0 5H30" stroke="var(--sent)" stroke-width="2" stroke-dasharray="6 4" />
          </svg>
          lines sent, in all
        </li>
        <li>
          <svg width="30" height="10" aria-hidden="true">
            <path d="M0 5H30" stroke="var(--delivered)" stroke-width="4" />
          </svg>
          lines delivered, each counted once
        </li>
        ${wideModel.windows.length > 0 && html`<li><span class="swatch"></span> while a fault was in effect</li>`}
      </ul>
      <div class="wide">${trusted(renderChart(wideModel, wide, label, 'wide'))}</div>
      <div class="narrow">${trusted(renderChart(narrowModel, narrow, label, 'narrow'))}</div>
      <figcaption>
        ${faultList(result)} ${describeBlocked(result).map((text) => html`<p class="recovery">${text}</p>`)}
        ${recovered(result)}
        <p class="note">${rowsNote(result, wideModel)}</p>
      </figcaption>
    </figure>`,
  )
}

function rowsNote({ gaps }: Result, { unplaced }: ChartModel): string {
  if (gaps.length === 0)
    return 'The three rows below the curves are empty: nothing was lost, duplicated or stranded.'
  const rows =
    'The three rows below the curves mark when lines were emitted that were lost, arrived more than once, or are stranded.'
  if (unplaced === 0) return rows
  return `${rows} ${formatCount(unplaced)} ${unplaced === 1 ? 'range is' : 'ranges are'} not marked: when the lines were emitted is not known, or outside of the chart.`
}

function faultList(result: Result): Html | false {
  if (result.faults.length === 0) return false
  const zeroMs = loadStartMs(result)
  const { shown, rest } = capped(result.faults, mostListed)
  return html`<ul class="faults-short">
    ${shown.map(
      ({ description, injectedAtMs, healedAtMs }, index) =>
        html`<li>
          <a class="fault-number" href="#fault-${index + 1}">fault ${index + 1}</a>
          ${clipped(description, 200)}: ${when(injectedAtMs, healedAtMs, zeroMs)}
        </li>`,
    )}
    ${rest > 0 && html`<li>and ${formatCount(rest)} more faults</li>`}
  </ul>`
}

function recovered(result: Result): Html | false {
  const text = describeRecovery(result)
  if (text === null || result.recovery === null) return false
  const sentence = `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
  return html`<p class="recovery">
    ${result.recovery.recovered ? sentence : mark(false, { good: '', bad: clipped(sentence, 600) })}
  </p>`
}

function when(injectedAtMs: number | null, healedAtMs: number | null, zeroMs: number): string {
  if (injectedAtMs === null) return 'never injected'
  const from = formatOffset(injectedAtMs - zeroMs)
  if (healedAtMs === null) return `from ${from} on, never healed`
  return `from ${from} to ${formatOffset(healedAtMs - zeroMs)}`
}

function inWords({ totals }: Result, { fromS, toS, windows }: ChartModel): string {
  const faults = windows
    .slice(0, mostListed)
    .map(
      ({ number, fromS: from, toS: to, healed }) =>
        `fault ${String(number)} from ${from.toFixed(1)} s to ${healed ? `${to.toFixed(1)} s` : 'the end'}`,
    )
  return [
    `Chart of lines sent and delivered over ${formatDuration((toS - fromS) * 1000)}.`,
    `At the end ${formatCount(totals.sent)} were sent and ${formatCount(totals.delivered)} delivered;`,
    `${formatCount(totals.lost)} lost, ${formatCount(totals.duplicated)} duplicated, ${formatCount(totals.stranded)} stranded.`,
    faults.length > 0 ? `In effect: ${faults.join(', ')}.` : 'No fault took effect.',
  ].join(' ')
}
