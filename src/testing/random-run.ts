import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { collectRuns } from '../marker/collect.js'
import { lineText } from '../marker/encode.js'
import { type Plan } from '../scenario/plan.js'
import { type RunEvent } from '../store/events.js'
import { runDirectory, type RunDirectory } from '../store/run-directory.js'

/**
 * Runs that never happened, written down in bytes as real ones are: with losses, copies, noise, damage, lines that
 * were never read or are still held, logs rotated, compressed and with split lines, with a tap and without.
 */
export const runToken = 'k3v9x2ab'
const streams = ['s00', 's01'] as const

const fate = fc.constantFrom(
  'fine',
  'fine',
  'fine',
  'fine',
  'lost',
  'twice',
  'late',
  'held',
  'unread',
  'damaged',
)
export const randomRun = fc.record({
  seed: fc.nat(),
  fates: fc.tuple(
    fc.array(fate, { minLength: 2, maxLength: 150 }),
    fc.array(fate, { minLength: 2, maxLength: 150 }),
  ),
  unreported: fc.constantFrom(0, 0, 3),
  lineBytes: fc.constantFrom(0, 90, 300),
  perRequest: fc.integer({ min: 1, max: 60 }),
  noise: fc.constantFrom('', 'noise\n', '@gapless:', '~gapless~', '@gapless:zzzzzzzz.s00.00000'),
  glued: fc.boolean(),
  positions: fc.boolean(),
  tap: fc.constantFrom('none', 'acknowledged', 'unacknowledged'),
  direct: fc.boolean(),
  split: fc.boolean(),
  packed: fc.boolean(),
  logsWereRemoved: fc.boolean(),
  drained: fc.boolean(),
  torn: fc.boolean(),
  lateAfterMs: fc.constantFrom(null, 5),
})
export type RandomRun = typeof randomRun extends fc.Arbitrary<infer Value> ? Value : never

export interface WrittenRun {
  readonly store: RunDirectory
  readonly plan: Plan
  readonly events: RunEvent[]
}

const startedAtMs = 1_700_000_000_000
type Fate = RandomRun['fates'][number][number]

/** Writes a random run into a directory that is there. */
export function writeRun(directory: string, run: RandomRun): WrittenRun {
  const store = runDirectory(directory)
  for (const folder of ['collector', 'evidence', 'wire']) mkdirSync(path.join(directory, folder))
  const emittedAtMs = (seq: number) => startedAtMs + 7 * seq
  const text = (stream: string, seq: number) =>
    lineText({ run: runToken, stream, seq, lineBytes: run.lineBytes, emittedAtMs: emittedAtMs(seq) })
  const of = (wanted: (fate: Fate) => boolean) =>
    streams.flatMap((stream, index) =>
      (run.fates[index] ?? []).flatMap((fate, place) =>
        wanted(fate) ? [{ stream, seq: place + 1, fate, text: text(stream, place + 1) }] : [],
      ),
    )
  const byNumber = <T extends { readonly seq: number }>(lines: readonly T[]) =>
    lines.toSorted((a, b) => a.seq - b.seq)

  const delivered = byNumber(of((fate) => fate !== 'lost' && fate !== 'held' && fate !== 'unread'))
  const late = delivered.filter(({ fate }) => fate === 'late')
  const twice = delivered.filter(({ fate }) => fate === 'twice')
  const onTime = delivered.filter(({ fate }) => fate !== 'late')
  writeArrivals(store, run, [...onTime, ...late, ...twice])

  const sent = streams.flatMap((stream, index) => {
    const lines = run.fates[index]?.length ?? 0
    return [
      { type: 'registered', atMs: 1, stream, incarnation: 1, nextSeq: 1 },
      { type: 'reserved', atMs: 1, stream, upTo: lines },
      { type: 'sent', atMs: 2, stream, upTo: Math.max(1, lines - run.unreported) },
    ]
  })
  writeLines(store.file('collector', 'sent.ndjson'), sent)
  if (run.torn) appendFileSync(store.file('collector', 'sent.ndjson'), '{"type":"se')
  if (run.tap !== 'none') writeWire(store, run, byNumber(of((fate) => fate !== 'unread')), emittedAtMs)
  if (run.drained) writeEvidence(store, run, of)

  const plan = {
    runToken,
    seed: run.seed,
    streams: streams.map((stream, index) => ({
      stream,
      node: `node-${String(index + 1)}`,
      pod: stream,
      control: false,
    })),
    load: { lines: 150, streams: 2 },
    aggregator: !run.direct,
    tap: run.tap !== 'none',
    knobs: { 'forwarder.buffer': 'file', 'aggregator.buffer': 'file' },
    probeLines: 0,
    lateAfterMs: run.lateAfterMs,
  } as unknown as Plan
  const removal = { type: 'log-removed', atMs: 3, pod: 's00', node: 'node-1' }
  const events = [
    ...(run.logsWereRemoved ? [{ type: 'testbed', atMs: 3, event: removal }] : []),
    ...(run.drained ? [{ type: 'drain-ended', atMs: 4, drained: true, why: '' }] : []),
  ] as unknown as RunEvent[]
  return { store, plan, events }
}

interface Arriving {
  readonly fate: Fate
  readonly text: string
}

function writeArrivals(store: RunDirectory, run: RandomRun, lines: readonly Arriving[]): void {
  const bodies = Array.from({ length: Math.ceil(lines.length / run.perRequest) }, (_, index) =>
    lines.slice(index * run.perRequest, (index + 1) * run.perRequest).map(({ fate, text }, place) => {
      // One line in seven has noise behind it.
      const after = place % 7 === 3 ? run.noise : ''
      const shown = fate === 'damaged' ? `${text.slice(0, 65)}#${text.slice(66)}` : text
      return (run.glued ? shown : `{"log":"${shown}"}\n`) + after
    }),
  ).map((parts) => Buffer.from(parts.join('')))
  let offset = 0
  const entries = bodies.map((body, index) => {
    const { runs, corrupted, unexpected } = collectRuns(runToken, body)
    const damage = corrupted.map(({ reason, stream, seq }) => ({ reason, stream, seq }))
    offset += body.length
    return {
      atMs: startedAtMs + 1000 * index,
      request: index + 1,
      path: '/from/aggregator',
      raw: [offset - body.length, body.length],
      runs,
      ...(damage.length > 0 && { corrupted: damage }),
      ...(unexpected.length > 0 && { unexpected }),
    }
  })
  writeFileSync(store.file('collector', 'arrivals.raw'), Buffer.concat(bodies))
  writeLines(store.file('collector', 'arrivals.ndjson'), entries)
}

interface Numbered {
  readonly stream: string
  readonly seq: number
  readonly fate: Fate
}

function writeWire(
  store: RunDirectory,
  { tap }: RandomRun,
  lines: readonly Numbered[],
  emittedAtMs: (seq: number) => number,
): void {
  const at = { atMs: startedAtMs, node: 'node-1', connection: 1 }
  const crossing = lines.filter(({ fate, seq }) => fate !== 'lost' || seq % 3 === 0)
  const entries = crossing.flatMap(({ stream, seq, fate }, index) => {
    const chunk = tap === 'acknowledged' ? `c${String(index)}` : null
    const runs = [[stream, seq, seq, emittedAtMs(seq), emittedAtMs(seq)]]
    const message = {
      type: 'message',
      ...at,
      mode: 'forward',
      tag: 't',
      chunk,
      bytes: 9,
      compressed: null,
      runs,
    }
    const messages = fate === 'twice' && seq % 2 === 0 ? [message, message] : [message]
    // Now and then an answer never comes.
    return chunk === null || seq % 11 === 0
      ? messages
      : [...messages, { type: 'ack', ...at, chunk, dropped: false }]
  })
  writeLines(store.file('wire', 'wire.ndjson'), entries)
}

function writeEvidence(
  store: RunDirectory,
  run: RandomRun,
  of: (wanted: (fate: Fate) => boolean) => (Numbered & { readonly text: string })[],
): void {
  const head = '2026-01-01T00:00:00.000000000Z stdout'
  const record = ({ seq, text }: { readonly seq: number; readonly text: string }) =>
    run.split && seq % 4 === 0
      ? `${head} P ${text.slice(0, 40)}\n${head} F ${text.slice(40)}\n`
      : `${head} F ${text}\n`
  const logs = streams.flatMap((stream, index) => {
    const records = (wanted: (fate: Fate, seq: number) => boolean) =>
      of(() => true)
        .filter((line) => line.stream === stream && wanted(line.fate, line.seq))
        .map(record)
        .join('')
    const half = Math.floor((run.fates[index]?.length ?? 0) / 2)
    const rotated = Buffer.from(records((fate, seq) => fate !== 'unread' && seq <= half))
    const readPart = Buffer.from(records((fate, seq) => fate !== 'unread' && seq > half))
    const current = Buffer.concat([readPart, Buffer.from(records((fate) => fate === 'unread'))])
    const older = run.packed ? gzipSync(rotated) : rotated
    const node = `node-${String(index + 1)}`
    return [
      { node, file: `evidence/${stream}.0.log`, content: older, read: rotated.length },
      {
        node,
        file: `evidence/${stream}.log`,
        content: Buffer.concat([current, Buffer.from(`${head} F cut sh`)]),
        read: readPart.length,
      },
    ]
  })
  for (const { file, content } of logs) writeFileSync(store.file(file), content)
  const buffer = Buffer.from(
    of((fate) => fate === 'held')
      .map(({ text }) => `\x92${text}`)
      .join(''),
  )
  writeFileSync(store.file('evidence', 'buffer'), buffer)
  store.writeJson('evidence/index.json', {
    logs: logs.map(({ node, file, content, read }) => ({
      node,
      file,
      bytes: content.length,
      readBytes: run.positions ? read : null,
    })),
    states: [{ station: 'buffer of the aggregator', file: 'evidence/buffer', bytes: buffer.length }],
    memory: [{ station: 'memory buffer of the aggregator' }],
  })
}

function writeLines(file: string, entries: readonly unknown[]): void {
  writeFileSync(file, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
}
