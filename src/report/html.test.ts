import { describe, expect, test } from 'vitest'
import { type Result } from '../store/result.js'
import { goldenNames, goldenResult } from '../testing/goldens.js'
import { renderHtml, renderIndexHtml } from './html.js'

const hostile = '<script>alert(1)</script>"\'&\u0000{b}'

describe.each(goldenNames)('%s', (name) => {
  const result = goldenResult(name)
  const page = renderHtml(result)

  test('is one file that asks for nothing and runs nothing', () => {
    expect(page).not.toMatch(/<script|<iframe|<object|javascript:|@import|\son\w+=/i)
    expect([...page.matchAll(/\b(?:src|href|action|data)="([^"]*)"/g)].map(([, url]) => url)).toEqual(
      expect.arrayContaining(['data:,']),
    )
    expect(page.match(/(?:https?:)?\/\/[\w.-]+/g)).toBeNull()
    expect(page.match(/url\((?!#)[^)]*\)/g)).toBeNull()
    for (const [, href] of page.matchAll(/href="([^"]*)"/g)) expect(href).toMatch(/^(?:data:,|#fault-\d+)$/)
  })

  test('says the verdict and why first', () => {
    const words = { pass: 'Passed', fail: 'Failed', inconclusive: 'Inconclusive' }
    const verdict = page.indexOf(`</span> ${words[result.verdict]}</p>`)
    expect(verdict).toBeGreaterThan(0)
    expect(page.indexOf('<section')).toBeGreaterThan(verdict)
    expect(textOf(page)).toContain(result.summary)
  })

  test('has every section, and each link leads somewhere', () => {
    const headings = [...page.matchAll(/<h2 id="([\w-]+)"/g)].map(([, id]) => id)
    const which = result.gaps.length > 0 ? ['findings'] : []
    expect(headings).toEqual([
      'numbers', 'pipeline', 'timeline', ...which, 'faults', 'expectations', 'streams', 'configuration',
    ]) // prettier-ignore
    for (const [, target = ''] of page.matchAll(/href="#([\w-]+)"/g)) expect(page).toContain(`id="${target}"`)
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('is drawn the same every time, and in no colour of its own', () => {
    expect(renderHtml(result)).toBe(page)
    const charts = page.match(/<svg role="img".*?<\/svg>/gs) ?? []
    expect(charts.length).toBe(2)
    for (const chart of charts) {
      const colors = [...chart.matchAll(/(?:fill|stroke)="(?!none|var\(--)([^"]*)"/g)].map(
        ([, color]) => color,
      )
      // Clip paths have a fill that is never seen.
      expect(new Set(colors)).toEqual(new Set(['#000']))
    }
  })
})

test('says between which stations lines were lost and copied, and why', () => {
  const text = textOf(renderHtml(goldenResult('fail-with-losses')))
  expect(text).toContain('170 lost node-1 somewhere between application and forwarder')
  expect(text).toContain('330 lost node-1 somewhere between forwarder and destination')
  expect(text).toContain('12 lines duplicated node-1 somewhere between forwarder and destination')
  expect(text).toContain(
    '1,951–2,100, 2,121–2,300: 330 lines gone: read by the forwarder (position file), never',
  )
  expect(text).toContain('3,801–3,850: 50 lines still in the node log on node-1, not read by the forwarder')
  expect(textOf(renderHtml(goldenResult('pass-with-duplicates')))).toContain(
    '312 lines duplicated node-1 between forwarder and aggregator Every line',
  )
})

test('says of how many lost lines it does not know where they went, rather than guess', () => {
  const golden = goldenResult('fail-with-losses')
  const notKnown = (gone: Result['gone']) =>
    /(\d+) lines? lost Where between application and destination: not yet attributed\./.exec(
      textOf(renderHtml({ ...golden, gone })),
    )?.[1]
  expect(notKnown(golden.gone)).toBeUndefined()
  expect(notKnown(golden.gone.slice(0, 1))).toBe('330')
  expect(notKnown([])).toBe('500')
  const odd = golden.gone.map((group) => ({ ...group, lastSeen: 'a place of a later version' }))
  expect(notKnown(odd)).toBe('500')
})

test('says whether the pipeline recovered', () => {
  const said = (name: (typeof goldenNames)[number]) => textOf(renderHtml(goldenResult(name)))
  expect(said('pass-with-duplicates')).toContain(
    'Fresh lines of every stream were through 5.9 s after the last fault was healed.',
  )
  expect(said('fail-with-losses')).toContain(
    'It never recovered: no fresh line of app-1 got through after the last fault.',
  )
})

test('what was written by others is text, wherever it stands', () => {
  const page = renderHtml(withEveryString(goldenResult('fail-with-losses'), hostile))
  expect(page).not.toContain('<script')
  expect(page).not.toContain('\u0000')
  const escaped = '&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;�{b}'
  expect(page.split(escaped).length).toBeGreaterThan(40)
  expect(renderIndexHtml([{ result: withEveryString(goldenResult('fail-with-losses'), hostile), href: hostile }])) // prettier-ignore
    .not.toContain('<script')
})

test('stays small and quick to draw, however much there is to say', () => {
  const page = renderHtml(enormous())
  expect(page.length).toBeLessThan(500_000)
  expect(page).toContain('and 99,960 more ranges')
  expect(page).toContain('and 1,940 more streams')
  expect(page).toContain('and 470 more faults')
  expect(page).toContain('and 9,988 more')
  expect(page).toContain('and 4,994 more groups')
})

test('a run in which nothing happened has a report all the same', () => {
  const golden = goldenResult('inconclusive-unproven-fault')
  const page = textOf(
    renderHtml({
      ...golden,
      streams: [],
      faults: [],
      gaps: [],
      timeline: [],
      expectations: [],
      latencyMs: null,
      durationsMs: {},
      totals: { ...golden.totals, sent: 0, delivered: 0 },
    }),
  )
  expect(page).toContain('Too little was measured over time to draw it.')
  expect(page).toContain('Nothing: this run had no fault.')
  expect(page).toContain('Nothing was sent.')
})

test('an overview links to the report of each run', () => {
  const page = renderIndexHtml(
    goldenNames.map((name) => ({ result: goldenResult(name), href: `${name}/report.html` })),
  )
  expect([...page.matchAll(/<a href="([^"]*)"/g)].map(([, href]) => href)).toEqual(
    goldenNames.map((name) => `${name}/report.html`),
  )
  expect(textOf(page)).toContain('3 runs')
})

function textOf(page: string): string {
  const entities: Record<string, string> = { quot: '"', '#39': "'", lt: '<', gt: '>', amp: '&' }
  return page
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(quot|#39|lt|gt|amp);/g, (_, name: string) => entities[name] ?? '')
    .replace(/\s+/g, ' ')
    .replace(/ ([.;,:])/g, '$1')
}

/** Replaces every string but those with a fixed set of values. */
function withEveryString(result: Result, text: string): Result {
  const keep = new Set(['verdict', 'kind'])
  const replace = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') return keep.has(key) ? value : text
    if (Array.isArray(value)) return value.map((item) => replace(item, key))
    if (typeof value !== 'object' || value === null) return value
    const entries = Object.entries(value)
    const names = key === 'knobs' || key === 'versions' || key === 'data'
    return Object.fromEntries(entries.map(([k, v], i) => [names ? `${text}${String(i)}` : k, replace(v, k)]))
  }
  return replace(result, '') as Result
}

function enormous(): Result {
  const golden = goldenResult('fail-with-losses')
  const [stream] = golden.streams
  const [fault] = golden.faults
  if (!stream || !fault) throw new Error('the golden has neither stream nor fault')
  const loadMs = golden.startedAtMs + 4000
  const many = <T>(length: number, make: (index: number) => T) => Array.from({ length }, (_, i) => make(i))
  const ranges = many(10_000, (i): [number, number] => [3 * i + 1, 3 * i + 1])
  const group = { stream: 'app-1', lines: 10_000, ranges, explanation: 'x'.repeat(5000) }
  return {
    ...golden,
    streams: many(2000, (i) => ({ ...stream, stream: `app-${String(i)}`, node: `node-${String(i)}`, lostRanges: ranges })), // prettier-ignore
    faults: many(500, (i) => ({ ...fault, id: `fault-${String(i)}`, evidence: many(50, () => ({ what: 'x'.repeat(5000), atMs: loadMs, holds: true })) })), // prettier-ignore
    gaps: many(100_000, (i) => ({ stream: 'app-1', kind: 'lost', range: [3 * i + 1, 3 * i + 1], emittedFromMs: loadMs + i, emittedToMs: loadMs + i, during: null })), // prettier-ignore
    gone: many(5000, (i) => ({ ...group, node: `node-${String(i)}`, lastSeen: 'app', firstMissing: 'wire' })),
    duplicates: many(5000, (i) => ({ ...group, node: `node-${String(i)}`, hop: 'forwarder → aggregator' })),
    recovery: { recovered: false, afterMs: null, missing: many(5000, String) },
    timeline: many(100_000, (i) => ({ atMs: loadMs + i, sent: i, delivered: i, duplicated: 0 })),
  }
}

const stairs: Result = {
  ...goldenResult('pass-with-duplicates'),
  staircase: {
    steps: [
      { atMs: 0, what: `stop kubelet ${hostile}`, kind: 'fault' },
      { atMs: 16_000, what: 'node-2 is not Ready (Unknown)', kind: 'cluster' },
      { atMs: 64_000, what: 'lines are delivered again, after 61.0 s', kind: 'lines' },
    ],
    withoutDelivery: { fromMs: 3000, toMs: 64_000 },
  },
}

test('the steps of a volume that moved are a staircase, each as wide as it lasted', () => {
  const page = renderHtml(stairs)
  expect(page).not.toContain('<script>')
  expect(
    [...page.matchAll(/--from: ([\d.]+)%; --wide: ([\d.]+)%/g)].map(([, from, wide]) => [from, wide]),
  ).toEqual([
    ['0.00', '25.00'],
    ['25.00', '75.00'],
    ['100.00', '0.00'],
  ])
  expect(textOf(page)).toContain('node-2 is not Ready (Unknown) then 48.0 s')
  expect(textOf(page)).toContain('Nothing was delivered for 1 min 1 s.')
  expect(renderHtml(goldenResult('pass-with-duplicates'))).not.toContain('id="staircase"')
})
