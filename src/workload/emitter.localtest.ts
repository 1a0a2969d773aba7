import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createScanner } from '../marker/scanner.js'
import { startTestCollector, startTestEmitter, type TestCollector, testRun } from '../testing/ends.js'

let collector: TestCollector
beforeEach(async () => {
  collector = await startTestCollector()
})
afterEach(() => collector[Symbol.asyncDispose]())

const waiting = { timeout: 20_000 }
const streamState = async (stream = 's01') => (await collector.state()).streams[stream]
const command = (upTo: number, linesPerSecond: number | null = null, end = false) =>
  collector.command('s01', { upTo, linesPerSecond, end })

/** What a scan of some output finds: runs of numbers, and how much else there is. */
function scan(output: Buffer) {
  const runs: [number, number][] = []
  let corrupted = 0
  let foreign = 0
  const scanner = createScanner(testRun, {
    run: (_stream, first, last) => runs.push([first, last]),
    corrupted: () => (corrupted += 1),
    foreign: () => (foreign += 1),
  })
  scanner.scan(output)
  scanner.end()
  return { runs, corrupted, foreign }
}

test('writes what it is told, reports it, and ends when told', async () => {
  await using emitter = startTestEmitter(collector, 's01', { GAPLESS_LINE_BYTES: '100' })
  await command(5_000)
  await expect.poll(streamState, waiting).toMatchObject({ idle: true, sent: 5_000, ended: false })
  await command(5_500, 100_000, true)
  expect(await emitter.exited).toEqual({ code: 0, signal: null })
  expect(emitter.stderr()).toBe('')
  expect(await streamState()).toMatchObject({ sent: 5_500, sentUpTo: 5_500, idle: true, ended: true })
  expect(scan(emitter.output())).toEqual({ runs: [[1, 5_500]], corrupted: 0, foreign: 0 })
  expect(emitter.output()).toHaveLength(5_500 * 101)
})

test('no number is written before the ledger has it reserved', async () => {
  await using emitter = startTestEmitter(collector, 's01')
  await command(20_000, null, true)
  await emitter.exited
  const entries = await collector.sentEntries()
  let reserved = 0
  for (const entry of entries) {
    if (entry.type === 'reserved') reserved = Math.max(reserved, entry.upTo)
    if (entry.type === 'sent') expect(entry.upTo).toBeLessThanOrEqual(reserved)
  }
  expect(reserved).toBe(20_000)
  expect(entries.at(0)).toMatchObject({ type: 'registered', nextSeq: 1 })
  expect(entries.slice(-2)).toMatchObject([{ type: 'sent', upTo: 20_000 }, { type: 'ended' }])
})

test('at a rate no line is early, counted from the command', async () => {
  await using emitter = startTestEmitter(collector, 's01')
  await expect.poll(streamState, waiting).toMatchObject({ registered: true })
  const commandedAtMs = Date.now()
  await command(400, 400, true)
  await emitter.exited
  const early: number[] = []
  const batches = new Set<number>()
  const scanner = createScanner(testRun, {
    run: () => undefined,
    corrupted: () => undefined,
    foreign: () => undefined,
    line({ seq, emittedAtMs }) {
      // Two milliseconds for the rounding of two clocks.
      if (emittedAtMs < commandedAtMs + (seq * 1000) / 400 - 2) early.push(seq)
      batches.add(emittedAtMs)
    },
  })
  scanner.scan(emitter.output())
  expect(early).toEqual([])
  expect(batches.size).toBeGreaterThan(1)
})

test('a command with a lower number stops it where it is', async () => {
  await using emitter = startTestEmitter(collector, 's01')
  await command(1_000_000_000, 2_000)
  await expect.poll(async () => (await streamState())?.sent, waiting).toBeGreaterThan(100)
  await command(0, null, true)
  expect(await emitter.exited).toEqual({ code: 0, signal: null })
  const state = await streamState()
  expect(state).toMatchObject({ idle: true, ended: true, sentUpTo: state?.sent })
  expect(scan(emitter.output())).toEqual({ runs: [[1, state?.sent]], corrupted: 0, foreign: 0 })
})

test('SIGTERM: what is under way is written and reported; the next one goes on where it stopped', async () => {
  await using first = startTestEmitter(collector, 's01')
  await command(1_000_000_000, 2_000)
  await expect.poll(async () => (await streamState())?.sent, waiting).toBeGreaterThan(100)
  first.kill('SIGTERM')
  expect(await first.exited).toEqual({ code: 0, signal: null })
  const stopped = await streamState()
  expect(scan(first.output()).runs).toEqual([[1, stopped?.sent]])
  expect(stopped).toMatchObject({ ended: true, idle: false })

  await using second = startTestEmitter(collector, 's01')
  await expect
    .poll(async () => (await streamState())?.sent, waiting)
    .toBeGreaterThan((stopped?.sent ?? 0) + 100)
  await command(0, null, true)
  await second.exited
  const state = await streamState()
  expect(state).toMatchObject({ incarnation: 2, sent: state?.sentUpTo })
  expect(scan(second.output()).runs).toEqual([[(stopped?.sent ?? 0) + 1, state?.sent]])
})

test('SIGKILL in the middle of a write leaves indeterminate numbers, and nobody uses them again', async () => {
  await using first = startTestEmitter(collector, 's01')
  first.pause()
  await command(1_000_000, null)
  await expect.poll(async () => (await streamState())?.reserved, waiting).toBeGreaterThan(64)
  // Nobody reads: once the count stands still, a write is stuck in the full pipe.
  let before = -1
  await expect
    .poll(
      async () => {
        const sent = (await streamState())?.sent
        const same = sent === before
        before = sent ?? -1
        return same
      },
      { ...waiting, interval: 500 },
    )
    .toBe(true)
  first.kill('SIGKILL')
  first.resume()
  expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL' })
  const killed = await streamState()
  if (!killed) throw new Error('no state')
  expect(killed.reserved).toBeGreaterThan(killed.sentUpTo)
  const written = scan(first.output()).runs.at(-1)?.[1] ?? 0
  expect(written).toBeGreaterThanOrEqual(killed.sentUpTo)
  expect(written).toBeLessThanOrEqual(killed.reserved)

  await using second = startTestEmitter(collector, 's01')
  await command(killed.reserved + 10, null, true)
  await second.exited
  expect(scan(second.output()).runs).toEqual([[killed.reserved + 1, killed.reserved + 10]])
  expect(await streamState()).toMatchObject({ incarnation: 2, sent: killed.sent + 10 })
  const registered = (await collector.sentEntries()).filter((entry) => entry.type === 'registered')
  expect(registered).toMatchObject([{ nextSeq: 1 }, { incarnation: 2, nextSeq: killed.reserved + 1 }])
})

test('a reader that takes nothing for a while is told about, and from when to when', async () => {
  await using emitter = startTestEmitter(collector, 's01')
  emitter.pause()
  const fromMs = Date.now()
  await command(20_000, null, true)
  const heldBackMs = 1500
  await setTimeout(heldBackMs)
  emitter.resume()
  const toMs = Date.now()
  await emitter.exited
  const blocked = (await collector.sentEntries()).filter((entry) => entry.type === 'blocked')
  expect(blocked).toHaveLength(1)
  expect(blocked[0]?.fromMs).toBeGreaterThanOrEqual(fromMs)
  expect(blocked[0]?.fromMs).toBeLessThan(toMs)
  expect(blocked[0]?.toMs).toBeGreaterThanOrEqual(toMs)
  expect(await streamState()).toMatchObject({ sent: 20_000, ended: true })
})

test('a pipe that nobody reads any more ends it, without an orderly end in the ledger', async () => {
  await using emitter = startTestEmitter(collector, 's01')
  await command(1_000_000_000, 2_000)
  await expect.poll(async () => (await streamState())?.sent, waiting).toBeGreaterThan(100)
  emitter.hangUp()
  expect(await emitter.exited).toEqual({ code: 1, signal: null })
  expect(emitter.stderr()).toContain('EPIPE')
  expect(await streamState()).toMatchObject({ ended: false })
})

test('lines of 1 MB, and of sizes from a range, come through whole', async () => {
  await using emitter = startTestEmitter(collector, 's01', { GAPLESS_LINE_BYTES: '1048576' })
  await using other = startTestEmitter(collector, 's02', {
    GAPLESS_LINE_BYTES: '80-50000',
    GAPLESS_SEED: '7',
  })
  await command(10, null, true)
  await collector.command('s02', { upTo: 500, linesPerSecond: null, end: true })
  await Promise.all([emitter.exited, other.exited])
  expect(emitter.output()).toHaveLength(10 * 1_048_577)
  expect(scan(emitter.output())).toEqual({ runs: [[1, 10]], corrupted: 0, foreign: 0 })
  expect(scan(other.output())).toEqual({ runs: [[1, 500]], corrupted: 0, foreign: 0 })
})

test('hostile noise hides no line, from a scan or from the collector', async () => {
  await using emitter = startTestEmitter(collector, 's01', { GAPLESS_NOISE: 'hostile', GAPLESS_SEED: '3' })
  await command(5_000, null, true)
  await emitter.exited
  const output = emitter.output()
  const found = scan(output)
  expect(found.runs).toEqual([[1, 5_000]])
  expect(found.foreign).toBeGreaterThan(20)
  expect(output.includes('<script>')).toBe(true)
  await fetch(collector.dataUrl, { method: 'POST', body: output })
  expect(await collector.state()).toMatchObject({
    unexpected: found.foreign,
    streams: { s01: { delivered: 5_000, duplicated: 0 } },
  })
})

test('waits for a collector that is not there yet, or any more', async () => {
  const { controlPort, dataPort } = collector
  await collector.stop()
  await using emitter = startTestEmitter(collector, 's01')
  await using later = await startTestCollector({ controlPort, dataPort })
  await later.command('s01', { upTo: 100, linesPerSecond: null, end: true })
  expect(await emitter.exited).toEqual({ code: 0, signal: null })
  expect((await later.state()).streams.s01).toMatchObject({ sent: 100, ended: true })
})

test('SIGTERM ends it also where no collector answers', async () => {
  await using emitter = startTestEmitter(collector, 's01')
  await expect.poll(streamState, waiting).toMatchObject({ registered: true })
  await collector.stop()
  emitter.kill('SIGTERM')
  expect(await emitter.exited).toEqual({ code: 0, signal: null })
})

test('one that another has followed writes no more', async () => {
  await using first = startTestEmitter(collector, 's01')
  await expect.poll(streamState, waiting).toMatchObject({ incarnation: 1 })
  await using second = startTestEmitter(collector, 's01')
  await expect.poll(streamState, waiting).toMatchObject({ incarnation: 2 })
  await command(100, null, true)
  expect((await first.exited).code).toBe(1)
  expect((await second.exited).code).toBe(0)
  expect(first.output()).toHaveLength(0)
  expect(scan(second.output()).runs).toEqual([[1, 100]])
})

test('a wrong environment is refused by the name of the variable', async () => {
  await using emitter = startTestEmitter(collector, 's01', { GAPLESS_LINE_BYTES: 'many' })
  expect((await emitter.exited).code).toBe(1)
  expect(emitter.stderr()).toContain('GAPLESS_LINE_BYTES')
})
