import { readFile } from 'node:fs/promises'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'

/** What a stream's lines came to, by a count that shares no code with gapless: a regular expression over raw files. */
export interface Recount {
  readonly sent: number
  readonly delivered: number
  readonly duplicated: number
  /** Sent, and nowhere in what the destination received. */
  readonly missing: readonly (readonly [number, number])[]
}

const marker =
  /@gapless:([0-9a-z]{8})\.([0-9a-z]{3})\.(\d{10})\.\d{13}\.([0-9a-z]{5})\.[\w-]{6}\.([\w-]*)~gapless~/g

interface Found {
  readonly run: string
  readonly stream: string
  readonly seq: number
}

function* markersIn(bytes: Buffer): Generator<Found> {
  for (const [, run = '', stream = '', seq, length = '', payload = ''] of bytes
    .toString('latin1')
    .matchAll(marker)) {
    if (payload.length === parseInt(length, 36)) yield { run, stream, seq: Number(seq) }
  }
}

/** Per stream of a run, from `collector/arrivals.raw` and the node logs under `evidence/`. */
export async function recount(directory: string, runToken: string): Promise<Map<string, Recount>> {
  const sent = new Map<string, Set<number>>()
  for (const file of nodeLogs(path.join(directory, 'evidence'))) {
    const bytes = readFileSync(file)
    for (const { run, stream, seq } of markersIn(file.endsWith('.gz') ? gunzipSync(bytes) : bytes)) {
      if (run === runToken) sent.set(stream, (sent.get(stream) ?? new Set()).add(seq))
    }
  }
  const arrived = new Map<string, Map<number, number>>()
  for (const { run, stream, seq } of markersIn(await readRaw(directory))) {
    if (run !== runToken) continue
    const times = arrived.get(stream) ?? new Map<number, number>()
    arrived.set(stream, times.set(seq, (times.get(seq) ?? 0) + 1))
  }
  return new Map(
    [...sent].map(([stream, seqs]) => {
      const times = arrived.get(stream) ?? new Map<number, number>()
      const missing = [...seqs].filter((seq) => !times.has(seq))
      return [
        stream,
        {
          sent: seqs.size,
          delivered: times.size,
          duplicated: [...times.values()].reduce((sum, count) => sum + count - 1, 0),
          missing: ranges(missing),
        },
      ]
    }),
  )
}

/** Markers of other runs, and starts of markers that are none, in what the destination received. */
export async function recountNoise(directory: string, runToken: string) {
  const raw = await readRaw(directory)
  const whole = [...markersIn(raw)]
  const starts = raw.toString('latin1').split('@gapless:').length - 1
  return { unexpected: whole.filter(({ run }) => run !== runToken).length, corrupted: starts - whole.length }
}

function readRaw(directory: string): Promise<Buffer> {
  return readFile(path.join(directory, 'collector', 'arrivals.raw'))
}

function nodeLogs(evidence: string): string[] {
  return readdirSync(evidence, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.parentPath.includes('/pods/default_app-'))
    .map((entry) => path.join(entry.parentPath, entry.name))
}

function ranges(numbers: readonly number[]): [number, number][] {
  const found: [number, number][] = []
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const last = found.at(-1)
    if (last && last[1] + 1 === number) last[1] = number
    else found.push([number, number])
  }
  return found
}
