import { capped, formatCount, formatLines } from '../format.js'
import { clipped, html, type Html } from './markup.js'
import { stationOrder, type Passage } from './passages-model.js'
import { type Station } from './pipeline-model.js'

const mostPassages = 12

const stationNames: Readonly<Record<Station, string>> = {
  app: 'application',
  log: 'node log',
  forwarder: 'forwarder',
  wire: 'network',
  aggregator: 'aggregator',
  destination: 'destination',
}

/** Bars below the stations, from the last that had the lines to the first that did not, each said in words as well. */
export function passageBars(passages: readonly Passage[]): Html | false {
  if (passages.length === 0) return false
  const { shown, rest } = capped(passages, mostPassages)
  return html`<ul class="passages">
      ${shown.map(passageBar)} ${rest > 0 && html`<li>and ${formatCount(rest)} more</li>`}
    </ul>
    ${
      shown.some(({ wide }) => wide) &&
      html`<p class="note">
        Striped: somewhere within the bar. No station between its ends says whether it had the lines.
      </p>`
    }`
}

function passageBar(passage: Passage): Html {
  const { kind, node, from, to, wide } = passage
  return html`<li class="${kind}${wide && ' wide-span'}">
    <p>
      <span class="tag ${kind}">${counted(passage)}</span>
      <b>${clipped(node, 80)}</b> ${wide ? 'somewhere between' : 'between'} ${stationNames[from]} and
      ${stationNames[to]}
    </p>
    <div class="track" aria-hidden="true">
      ${stationOrder.map((_, index) => html`<i style="--at:${index}"></i>`)}
      <span style="--from:${stationOrder.indexOf(from)};--to:${stationOrder.indexOf(to)}"></span>
    </div>
  </li>`
}

function counted({ kind, lines }: Passage): string {
  return kind === 'lost' ? `${formatCount(lines)} lost` : `${formatLines(lines)} duplicated`
}
