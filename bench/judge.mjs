// A run of a billion lines without a gap, judged by a process of its own, whose whole memory is measured.
import { execFileSync } from 'node:child_process'
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const billion = 1_000_000_000
const stream = 's01'
const startedAtMs = 1_732_345_678_901

function writeLedger(file, linesPerRequest) {
  const handle = openSync(file, 'w')
  let text = ''
  for (let first = 1, request = 1; first <= billion; first += linesPerRequest, request++) {
    const atMs = startedAtMs + 20 * request
    const runs = [[stream, first, first + linesPerRequest - 1, atMs - 60, atMs - 40]]
    const raw = [(request - 1) * linesPerRequest * 72, linesPerRequest * 72]
    text += `${JSON.stringify({ atMs, request, path: '/from/aggregator', raw, runs })}\n`
    if (text.length > 1_000_000 || first + linesPerRequest > billion) {
      writeSync(handle, text)
      text = ''
    }
  }
  closeSync(handle)
}

export function benchJudgement(report) {
  console.log('a billion lines judged from the arrival ledger: time and peak memory of the whole process')
  const directory = mkdtempSync(join(tmpdir(), 'gapless-bench-'))
  try {
    for (const linesPerRequest of [billion, 10_000, 1000]) {
      const file = join(directory, 'arrivals.ndjson')
      writeLedger(file, linesPerRequest)
      const output = execFileSync(process.execPath, [fileURLToPath(import.meta.url), file], {
        encoding: 'utf8',
      })
      const { judgedMs, bareMb, peakMb } = JSON.parse(output)
      const name = `${(billion / linesPerRequest).toLocaleString('en')} requests of ${linesPerRequest.toLocaleString('en')}`
      const figures = `${judgedMs.toFixed(0)} ms, ${peakMb.toFixed(0)} MB (${bareMb.toFixed(0)} before it begins), ledger of ${(statSync(file).size / 1e6).toFixed(1)} MB`
      report(name, figures, { met: judgedMs < 2000 && peakMb <= 64, text: 'under 2 s and 64 MB' })
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** Where it can be had, the peak of this program alone: maxRSS starts with that of the process that started it. */
function peakMb() {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024
  } catch {
    return process.resourceUsage().maxRSS / 1024
  }
}

async function judge(file) {
  const bareMb = peakMb()
  const { account } = await import('../dist/account/account.js')
  const { createArrivalFold } = await import('../dist/account/arrivals.js')
  const { createArrivalTextReader } = await import('../dist/account/arrival-text.js')
  const { readSentLedger } = await import('../dist/account/sent-ledger.js')
  const before = process.cpuUsage()
  const entry = { atMs: startedAtMs, stream }
  const sent = readSentLedger([
    { ...entry, type: 'registered', incarnation: 1, nextSeq: 1 },
    { ...entry, type: 'reserved', upTo: billion },
    { ...entry, type: 'sent', upTo: billion },
    { ...entry, type: 'ended' },
  ])
  const fold = createArrivalFold(sent)
  // Nothing is amiss in this ledger, so that no entry should need the schema, which would load zod (14 MB).
  const schema = {
    parse(entry) {
      throw new Error(`not read quickly: ${JSON.stringify(entry)}`)
    },
  }
  const reader = createArrivalTextReader({ name: file, schema, use: fold.add })
  const handle = openSync(file, 'r')
  const chunk = Buffer.alloc(64 * 1024)
  for (let read = readSync(handle, chunk); read > 0; read = readSync(handle, chunk))
    reader.push(chunk.subarray(0, read))
  reader.end()
  const { totals } = account({ sent, arrivals: fold.result() })
  if (totals.delivered !== billion || totals.lost !== 0)
    throw new Error(`judged wrong: ${JSON.stringify(totals)}`)
  const { user, system } = process.cpuUsage(before)
  console.log(JSON.stringify({ bareMb, judgedMs: (user + system) / 1000, peakMb: peakMb() }))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await judge(process.argv[2])
