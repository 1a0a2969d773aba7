import { type Result, type Verdict } from '../../store/result.js'
import { capped, formatCount, formatDuration, formatInstant, perhapsStranded, tookMs } from '../format.js'
import { runWaitedMs } from '../waits.js'
import { clipped, html, type Html } from './markup.js'

export const verdictLabels: Readonly<Record<Verdict, { readonly icon: string; readonly word: string }>> = {
  pass: { icon: '✓', word: 'Passed' },
  fail: { icon: '✗', word: 'Failed' },
  inconclusive: { icon: '?', word: 'Inconclusive' },
}

/** Who, what, and the verdict with the reason. */
export function header(result: Result): Html {
  const { icon, word } = verdictLabels[result.verdict]
  const others = result.reasons.filter((reason) => !result.summary.includes(reason))
  const { shown, rest } = capped(others, 8)
  const waited = runWaitedMs(result)
  return html`<header>
    <p class="brand">gapless <span>run report</span></p>
    <h1>
      ${clipped(result.scenario, 200)}${result.variant !== null && html` <span class="variant">${clipped(result.variant, 200)}</span>`}
    </h1>
    <p class="proves">
      ${clipped(result.proves, 600)}${result.claims.length > 0 && html` <span class="claims">Claim ${clipped(result.claims.join(', '), 200)}</span>`}
    </p>
    <div class="verdict ${result.verdict}" role="status">
      <p class="verdict-word"><span class="icon" aria-hidden="true">${icon}</span> ${word}</p>
      <div>
        <p class="summary">${clipped(result.summary, 1000)}</p>
        ${
          shown.length > 0 &&
          html`<ul class="reasons">
            ${shown.map((reason) => html`<li>${clipped(reason, 500)}</li>`)}${rest > 0 && html`<li>and ${formatCount(rest)} more reasons</li>`}
          </ul>`
        }
      </div>
    </div>
    <dl class="facts">
      <div>
        <dt>testbed</dt>
        <dd>${result.testbed}</dd>
      </div>
      <div>
        <dt>profile</dt>
        <dd>${result.profile}</dd>
      </div>
      <div>
        <dt>seed</dt>
        <dd>${result.seed}</dd>
      </div>
      <div>
        <dt>started</dt>
        <dd>${formatInstant(result.startedAtMs).replace(/\.\d+/, '')}</dd>
      </div>
      <div>
        <dt>took</dt>
        <dd>${formatDuration(tookMs(result))}</dd>
      </div>
      ${
        waited !== null &&
        html`<div>
          <dt>of it Kubernetes waiting</dt>
          <dd>${formatDuration(waited)}</dd>
        </div>`
      }
      <div>
        <dt>run</dt>
        <dd class="id">${result.id}</dd>
      </div>
    </dl>
  </header>`
}

/** The numbers that matter, each with what it means. */
export function numbers(result: Result): Html {
  const { totals, latencyMs, selfCheck } = result
  const tile = (name: string, value: string, meaning: string, kind = '') =>
    html`<div class="tile ${kind}">
      <dt>${name}</dt>
      <dd><b>${value}</b> <span>${meaning}</span></dd>
    </div>`
  const finding = (kind: 'lost' | 'duplicated' | 'stranded', meaning: string) =>
    tile(kind, formatCount(totals[kind]), meaning, totals[kind] > 0 ? kind : 'none')
  const rare = (['indeterminate', 'reordered', 'corrupted', 'unexpected', 'late'] as const).map(
    (kind) => html`<li><b>${formatCount(totals[kind])}</b> ${kind}</li>`,
  )
  return html`<section aria-labelledby="numbers">
    <h2 id="numbers" class="hidden">The numbers</h2>
    <dl class="tiles">
      ${tile('sent', formatCount(totals.sent), 'lines written')}
      ${tile('delivered', formatCount(totals.delivered), 'lines that arrived')}
      ${finding('lost', 'gone for good')} ${finding('duplicated', 'surplus copies')}
      ${finding('stranded', perhapsStranded(result) > 0 ? 'stuck, or perhaps gone' : 'stuck, but recoverable')}
      ${tile('delay', latencyMs === null ? '–' : formatDuration(latencyMs.p99), latencyMs === null ? 'nothing arrived' : `99 % within; median ${formatDuration(latencyMs.p50)}, longest ${formatDuration(latencyMs.max)}`)}
    </dl>
    <ul class="rare" aria-label="Rarer findings">
      ${rare}
    </ul>
    ${selfCheck !== null && html`<p class="note">Self-check: ${clipped(selfCheck.summary, 600)}</p>`}
  </section>`
}
