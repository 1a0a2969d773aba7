import { type Evidence, type FaultResult, type Result } from '../../store/result.js'
import { capped, formatDuration, loadStartMs } from '../format.js'
import { describeWaits } from '../waits.js'
import { clipped, html, type Html } from './markup.js'
import { andMore, mark, moment, section } from './parts.js'

const mostFaults = 30
const mostEvidence = 12

/** What was broken, on what condition, and what shows that it really was. */
export function faults(result: Result): Html {
  const title = 'What was broken, and how that is known'
  if (result.faults.length === 0) {
    return section('faults', title, html`<p>Nothing: this run had no fault.</p>`)
  }
  const zeroMs = loadStartMs(result)
  const { shown, rest } = capped(result.faults, mostFaults)
  return section(
    'faults',
    title,
    shown.map((fault, index) => faultCard(fault, index + 1, zeroMs)),
    andMore(rest, rest === 1 ? 'fault' : 'faults'),
  )
}

function faultCard(fault: FaultResult, number: number, zeroMs: number): Html {
  const { injectedAtMs, healedAtMs, evidence } = fault
  const { shown, rest } = capped(evidence, mostEvidence)
  const waits = describeWaits(fault)
  const lasted = injectedAtMs !== null && healedAtMs !== null && healedAtMs - injectedAtMs
  return html`<article class="fault" id="fault-${number}">
    <h3>
      <span class="fault-number">fault ${number}</span> ${clipped(fault.description, 300)}
      ${mark(fault.proven, { good: 'proven', bad: 'not proven' })}
    </h3>
    <dl class="facts">
      <div>
        <dt>kind</dt>
        <dd>${clipped(fault.kind, 80)}</dd>
      </div>
      <div>
        <dt>target</dt>
        <dd>${clipped(fault.target, 120)}</dd>
      </div>
      <div>
        <dt>waited for</dt>
        <dd>${clipped(fault.condition, 300)}</dd>
      </div>
      <div>
        <dt>injected</dt>
        <dd>${injectedAtMs === null ? 'never' : moment(injectedAtMs, zeroMs)}</dd>
      </div>
      <div>
        <dt>healed</dt>
        <dd>
          ${healedAtMs === null ? 'never' : moment(healedAtMs, zeroMs)}${lasted !== false && ` (after ${formatDuration(lasted)})`}
        </dd>
      </div>
    </dl>
    ${
      evidence.length === 0
        ? html`<p>${mark(false, { good: '', bad: 'There is no evidence that it happened.' })}</p>`
        : html`<ul class="evidence">
            ${shown.map((entry) => evidenceItem(entry, zeroMs))}
          </ul>`
    }
    ${andMore(rest, 'pieces of evidence')}
    ${waits !== null && html`<p class="note">${clipped(waits, 500)}</p>`}
  </article>`
}

function evidenceItem({ holds, what, atMs, data }: Evidence, zeroMs: number): Html {
  const details = data && Object.keys(data).length > 0 ? JSON.stringify(data, undefined, 1) : undefined
  return html`<li>
    ${mark(holds, { good: 'seen:', bad: 'not found:' })} ${clipped(what, 500)}
    <span class="at">${moment(atMs, zeroMs)}</span>
    ${
      details !== undefined &&
      html`<details>
        <summary>data</summary>
        <pre>${clipped(details, 2000)}</pre>
      </details>`
    }
  </li>`
}
