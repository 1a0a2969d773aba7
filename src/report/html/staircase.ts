import { type Result, type Staircase } from '../../store/result.js'
import { formatDuration, loadStartMs } from '../format.js'
import { describeSilence } from '../silence.js'
import { clipped, html, trusted, type Html } from './markup.js'
import { moment, section } from './parts.js'

const mostSteps = 80

/** How the aggregator and its volume came from one node to another: each step a stair, as wide as it lasted. */
export function staircase(result: Result): Html | false {
  const { staircase: found } = result
  if (found === undefined || found.steps.length === 0) return false
  const zeroMs = loadStartMs(result)
  const steps = found.steps.slice(0, mostSteps)
  const rest = found.steps.length - steps.length
  const silence = describeSilence(result)
  return section(
    'staircase',
    'How the volume moved, step by step',
    html`<ul class="legend">
        ${kinds.map(([kind, says]) => html`<li><span class="stair-swatch by-${kind}"></span> ${says}</li>`)}
      </ul>
      <ol class="stairs">
        ${steps.map((_, index) => stair(steps, index, zeroMs))}
      </ol>
      ${silence !== null && html`<p class="recovery">${silence}</p>`}
      ${rest > 0 && html`<p class="more">and ${rest} more steps; all of them are in result.json.</p>`}
      <p class="note">
        A stair is as wide as the time to the next step. Kubernetes tells times in whole seconds, so steps of
        one second may be in another order.
      </p>`,
  )
}

const kinds: readonly (readonly [Staircase['steps'][number]['kind'], string])[] = [
  ['fault', 'what was done'],
  ['cluster', 'what the cluster made of it'],
  ['volume', 'what became of the volume'],
  ['lines', 'what came of it for lines'],
]

function stair(steps: Staircase['steps'], index: number, zeroMs: number): Html {
  const step = steps[index]
  const [first, last] = [steps[0], steps.at(-1)]
  if (!step || !first || !last) return trusted('')
  const spanMs = Math.max(1, last.atMs - first.atMs)
  const nextMs = steps[index + 1]?.atMs ?? step.atMs
  const share = (ms: number) => ((100 * ms) / spanMs).toFixed(2)
  const place = trusted(
    `style="--from: ${share(step.atMs - first.atMs)}%; --wide: ${share(nextMs - step.atMs)}%"`,
  )
  const lasted = nextMs - step.atMs
  return html`<li>
    <span class="stair-at">${moment(step.atMs, zeroMs)}</span>
    <span class="stair-track" aria-hidden="true"><i class="by-${step.kind}" ${place}></i></span>
    <span class="stair-what by-${step.kind}">
      ${clipped(step.what, 400)}
      ${lasted >= 1000 && html`<span class="at">then ${formatDuration(lasted)}</span>`}
    </span>
  </li>`
}
