import { type Result } from '../../store/result.js'
import { capped, formatCount, formatLines, perhapsStranded } from '../format.js'
import { clipped, html, type Html, type Part } from './markup.js'
import { section } from './parts.js'
import { passageBars } from './passages.js'
import { passagesModel } from './passages-model.js'
import { pipelineModel, type Box, type NodeRow, type PipelineModel } from './pipeline-model.js'

const mostNodes = 8

/** The way of a line from left to right (top to bottom on a narrow screen), with what happened at each station. */
export function pipeline(result: Result): Html {
  const model = pipelineModel(result)
  const { passages, lostUnattributed } = passagesModel(result)
  const { totals } = result
  // Where not all can be shown, those with findings are; in the order of their names, like the bars below.
  const { shown, rest } = capped(model.nodes.toSorted(worstFirst), mostNodes)
  const destination = [
    html`<strong>${formatCount(totals.delivered)}</strong> of ${formatLines(totals.sent)} arrived`,
    totals.duplicated > 0 &&
      html`<span class="tag duplicated"
        >${formatCount(totals.duplicated)} surplus ${totals.duplicated === 1 ? 'copy' : 'copies'}</span
      >`,
    totals.corrupted > 0 && html`<span class="tag lost">${formatCount(totals.corrupted)} damaged</span>`,
  ]
  return section(
    'pipeline',
    'Where it happened',
    html`<div
      class="pipeline"
      role="group"
      aria-label="The pipeline, from the applications to the destination"
    >
      <div class="nodes">
        ${shown.toSorted(byName).map(nodeRow)}
        ${rest > 0 && html`<p class="note">and ${formatCount(rest)} more nodes</p>`}
      </div>
      ${station('Network', 'forward protocol', model.wire)}
      ${station('Aggregator', 'Fluentd, buffer', model.aggregator)}
      ${station('Destination', 'collector', model.destination, destination)}
    </div>`,
    passageBars(passages),
    whereabouts(result, model, lostUnattributed),
  )
}

function worstFirst(a: NodeRow, b: NodeRow): number {
  const weight = ({ lost, faults, boxes: { log, forwarder } }: NodeRow) =>
    lost + log.strandedLines + forwarder.strandedLines + forwarder.faults.length + faults.length
  return weight(b) - weight(a) || byName(a, b)
}

function byName(a: NodeRow, b: NodeRow): number {
  return a.node.localeCompare(b.node, 'en', { numeric: true })
}

function nodeRow({ node, sent, lost, faults, boxes }: NodeRow): Html {
  return html`<div class="node${faults.length > 0 && ' hit'}">
    <p class="node-name">${clipped(node, 80)}${faults.length > 0 && html` ${hits(faults)}`}</p>
    <div class="flow">
      ${station('Application', 'emitter', boxes.app, [html`<strong>${formatCount(sent)}</strong> sent`])}
      ${station('Node log', 'container logs', boxes.log)}
      ${station('Forwarder', 'Fluentd, buffer', boxes.forwarder)}
    </div>
    ${lost > 0 && html`<p class="node-lost"><span class="tag lost">${formatCount(lost)} lost</span> of its lines</p>`}
  </div>`
}

function station(name: string, what: string, box: Box, content: readonly Part[] = []): Html {
  const hit = box.faults.length > 0
  return html`<div class="station${hit && ' hit'}">
    <p class="station-name">${name}</p>
    <p class="station-what">${what}</p>
    ${content.map((part) => part !== false && html`<p>${part}</p>`)}
    ${box.strandedLines > 0 && html`<p><span class="tag stranded">${formatCount(box.strandedLines)} stranded</span></p>`}
    ${hit && html`<p>${hits(box.faults)}</p>`}
  </div>`
}

function hits(faults: readonly number[]): Html {
  return html`<span class="hits"><span aria-hidden="true">⚡</span> ${faultLinks(faults)}</span>`
}

function faultLinks(numbers: readonly number[]): Html {
  const { shown, rest } = capped(numbers, 4)
  return html`${shown.map((number) => html`<a class="fault-number" href="#fault-${number}">fault ${number}</a> `)}${rest > 0 && `and ${formatCount(rest)} more`}`
}

/** What became of the lines that did not arrive, and what about it is not known. */
function whereabouts(
  result: Result,
  { elsewhere, otherFaults }: PipelineModel,
  lostUnattributed: number,
): Html | false {
  const { lost, stranded, indeterminate } = result.totals
  const { shown, rest } = capped(elsewhere, 10)
  const perhaps = perhapsStranded(result)
  const items = [
    lostUnattributed > 0 &&
      html`<span class="tag lost">${formatLines(lostUnattributed)} lost</span> Where between application and
        destination: <strong>not yet attributed</strong>. No station holds them any more.`,
    stranded > 0 &&
      html`<span class="tag stranded">${formatLines(stranded)} stranded</span> Not delivered, but still held
        at the marked station: recoverable, so not lost.`,
    perhaps > 0 &&
      html`<span class="tag stranded">${formatLines(perhaps)} of them</span> Perhaps: nobody can look in
        there, so they may as well be gone.`,
    ...shown.map(
      ({ where, lines }) =>
        html`<span class="tag stranded">${formatLines(lines)} stranded</span> in: ${clipped(where, 200)}`,
    ),
    rest > 0 && html`and at ${formatCount(rest)} more places`,
    otherFaults.length > 0 && html`Not at a station of the picture: ${faultLinks(otherFaults)}`,
    indeterminate > 0 &&
      html`${formatLines(indeterminate)} were being written when their application died: never counted as
      lost.`,
    lost + stranded === 0 && html`${nothingMissing(result)}`,
  ].filter((item) => item !== false)
  return (
    items.length > 0 &&
    html`<ul class="whereabouts">
      ${items.map((item) => html`<li>${item}</li>`)}
    </ul>`
  )
}

function nothingMissing({ totals: { sent, delivered } }: Result): string {
  if (sent === 0) return 'Nothing was sent.'
  return delivered < sent
    ? `${formatLines(sent - delivered)} did not arrive, and are accounted for neither as lost nor as stranded.`
    : 'Every line that was sent arrived at the destination.'
}
