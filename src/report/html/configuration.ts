import { type Result } from '../../store/result.js'
import { capped, formatDuration, tookMs } from '../format.js'
import { clipped, html, type Html } from './markup.js'
import { andMore, mark, scrollingTable, section } from './parts.js'

const mostKnobs = 200

/** What was asked of the pipeline, and whether it held. */
export function expectations({ expectations: all }: Result): Html {
  const { shown, rest } = capped(all, 60)
  // What was not met is what somebody came for.
  const rows = shown
    .toSorted((a, b) => Number(a.met) - Number(b.met))
    .map(
      ({ expected, found, met }) =>
        html`<tr>
          <td>${clipped(expected, 300)}</td>
          <td>${clipped(found, 300)}</td>
          <td>${mark(met, { good: 'met', bad: 'not met' })}</td>
        </tr>`,
    )
  return section(
    'expectations',
    'What was expected',
    all.length === 0
      ? html`<p>The scenario expects nothing.</p>`
      : scrollingTable(
          'What was expected',
          html`<table>
            <thead>
              <tr>
                <th scope="col">expected</th>
                <th scope="col">found</th>
                <th scope="col">met?</th>
              </tr>
            </thead>
            <tbody>
              ${rows}
            </tbody>
          </table>`,
        ),
    andMore(rest, 'expectations'),
  )
}

/** Everything somebody needs to see the same again. */
export function configuration(result: Result): Html {
  const knobs = Object.entries(result.knobs).toSorted(([a], [b]) => a.localeCompare(b, 'en'))
  const { shown, rest } = capped(knobs, mostKnobs)
  return section(
    'configuration',
    'How to repeat it',
    html`<p>This command repeats the run:</p>
      <pre class="command" tabindex="0"><code>${result.command}</code></pre>
      ${result.drain.why !== '' && html`<p>How it ended: ${result.drain.drained ? 'drained' : 'not drained'} – ${clipped(result.drain.why, 500)}</p>`}
      <div class="columns">
        <div>
          <h3>Versions</h3>
          ${pairs('Versions', Object.entries(result.versions))}
        </div>
        <div>
          <h3>How long it took</h3>
          ${durations(result)}
        </div>
        <div>
          <h3>Not the real thing</h3>
          ${emulated(result)}
        </div>
      </div>
      <details class="knobs">
        <summary>All ${knobs.length} settings of the pipeline (profile ${result.profile})</summary>
        ${pairs(
          'Settings of the pipeline',
          shown.map(([name, value]) => [name, String(value)] as const),
        )}
        ${andMore(rest, 'settings')}
      </details>`,
  )
}

function pairs(label: string, entries: readonly (readonly [string, string])[]): Html {
  return scrollingTable(
    label,
    html`<table class="pairs">
      <tbody>
        ${entries.map(
          ([name, value]) =>
            html`<tr>
              <th scope="row">${clipped(name, 120)}</th>
              <td>${clipped(value, 400)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`,
  )
}

function durations(result: Result): Html {
  const phases = Object.entries(result.durationsMs)
  const longestMs = Math.max(1, ...phases.map(([, phaseMs]) => phaseMs))
  const rows = phases.map(
    ([phase, phaseMs]) =>
      html`<tr>
        <th scope="row">${clipped(phase, 60)}</th>
        <td class="number">${formatDuration(phaseMs)}</td>
        <td class="bar" aria-hidden="true">
          <span style="width:${((100 * phaseMs) / longestMs).toFixed(1)}%"></span>
        </td>
      </tr>`,
  )
  return html`<table class="pairs">
    <tbody>
      ${rows}
    </tbody>
    <tfoot>
      <tr>
        <th scope="row">in all</th>
        <td class="number">${formatDuration(tookMs(result))}</td>
        <td></td>
      </tr>
    </tfoot>
  </table>`
}

function emulated({ emulated: sentences, testbed }: Result): Html {
  if (sentences.length === 0) return html`<p>Nothing was emulated on the testbed ${testbed}.</p>`
  return html`<p>On the testbed ${testbed}:</p>
    <ul>
      ${sentences.map((sentence) => html`<li>${clipped(sentence, 400)}</li>`)}
    </ul>`
}
