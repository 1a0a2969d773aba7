// Scanning and accounting raw bytes on one core: best of eight passes over 48 MiB in pieces of 1 MiB.
import { createStreamAccount } from '../dist/account/stream-account.js'
import { createLineEncoder } from '../dist/marker/encode.js'
import { createScanner } from '../dist/marker/scanner.js'
import { bestCpuMs } from './cpu.mjs'

const run = 'k3v9x2ab'
const totalBytes = 48 * 1024 * 1024
const pieceBytes = 1024 * 1024
const passes = 8
const startedAtMs = 1_732_345_678_901

const plain = ['', '\n']
const wrappings = {
  bare: plain,
  CRI: ['2026-11-23T06:41:00.123456789Z stdout F ', '\n'],
  'JSON (out_http)': [
    '{"stream":"stdout","logtag":"F","message":"',
    '","time":"2026-11-23T06:41:00.123456789Z","kubernetes":{"pod_name":"app-0","namespace_name":"default"}}\n',
  ],
  'msgpack chunk': [
    '\x92\xd7\x00\x69\x20\x41\x0c\x07\x5b\xcd\x15\x83\xa6stream\xa6stdout\xa6logtag\xa1F\xa7message\xda\x00\x48',
    '',
  ],
}

/** Lines in a wrapping, filling a buffer. `linesPerMs` sets how often the time of emission changes. */
function fill({ wrapping = plain, lineBytes = 72, linesPerMs = 500, streams = ['s01'], everyMissing = 0 }) {
  const [before, after] = wrapping.map((text) => Buffer.from(text, 'latin1'))
  const encoders = streams.map((stream) => createLineEncoder({ run, stream, lineBytes }))
  const bytes = Buffer.alloc(totalBytes)
  const stepBytes = before.length + encoders[0].lineBytes + after.length
  let at = 0
  let lines = 0
  for (let seq = 1; at + stepBytes * streams.length <= totalBytes; seq++) {
    if (everyMissing > 0 && seq % everyMissing === 0) continue
    for (const encoder of encoders) {
      before.copy(bytes, at)
      at = encoder.encode(bytes, at + before.length, seq, startedAtMs + Math.floor(seq / linesPerMs))
      after.copy(bytes, at)
      at += after.length
      lines++
    }
  }
  return { bytes: bytes.subarray(0, at), lines }
}

let kept = 0
function sumBytes(bytes) {
  let sum = 0
  for (let at = 0; at < bytes.length; at++) sum = (sum + bytes[at]) | 0
  kept ^= sum
}

function countNewlines(bytes) {
  let count = 0
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++
  kept ^= count
}

function scanAndAccount(bytes, lines, perLine) {
  const accounts = new Map()
  const sink = {
    run(stream, first, last, emittedAtMsFirst, emittedAtMsLast) {
      let account = accounts.get(stream)
      if (account === undefined) accounts.set(stream, (account = createStreamAccount()))
      account.arrive({ first, last, emittedAtMsFirst, emittedAtMsLast, arrivedAtMs: emittedAtMsLast })
    },
    corrupted(damage) {
      throw new Error(`found damage that is not there: ${JSON.stringify(damage)}`)
    },
    foreign() {},
    ...(perLine ? { line: ({ seq }) => (kept ^= seq) } : {}),
  }
  const scanner = createScanner(run, sink)
  for (let at = 0; at < bytes.length; at += pieceBytes) scanner.scan(bytes.subarray(at, at + pieceBytes))
  scanner.end()
  let delivered = 0
  for (const account of accounts.values()) delivered += account.delivered.count
  if (delivered !== lines) throw new Error(`counted ${delivered} lines of ${lines}`)
}

export function benchScan(report) {
  const cases = []
  for (const [name, wrapping] of Object.entries(wrappings)) {
    for (const lineBytes of [72, 200, 1000])
      cases.push({ name: `${name}, ${lineBytes} bytes a line`, wrapping, lineBytes })
  }
  cases.push(
    { name: 'bare, 72 bytes, a time of its own each', linesPerMs: 0.4 },
    { name: 'bare, 72 bytes, 4 streams line by line', streams: ['s01', 's02', 's03', 's04'] },
    { name: 'bare, 72 bytes, every tenth line missing', everyMissing: 10 },
    { name: 'bare, 72 bytes, with a call for each line', perLine: true },
  )
  console.log(
    'scan and account: lines a second, bytes a second; how long it takes, as a multiple of plain passes',
  )
  for (const { name, perLine = false, ...contents } of cases) {
    const { bytes, lines } = fill(contents)
    const [sum, newlines, scan] = bestCpuMs(passes, [
      () => sumBytes(bytes),
      () => countNewlines(bytes),
      () => scanAndAccount(bytes, lines, perLine),
    ])
    const figures =
      `${(lines / scan / 1e3).toFixed(1).padStart(5)} M/s ${(bytes.length / scan / 1e3).toFixed(0).padStart(5)} MB/s` +
      `  ${(scan / sum).toFixed(2)} x summing bytes, ${(scan / newlines).toFixed(2)} x finding newlines`
    const small = (contents.lineBytes ?? 72) === 72
    const millions = lines / scan / 1e3
    report(
      name,
      figures,
      small ? { met: millions >= 10, text: `10 M/s, goal 20${millions >= 20 ? ' met' : ''}` } : undefined,
    )
  }
  const noise = Buffer.alloc(
    totalBytes,
    '2026-11-23 06:41:00 +0000 [info]: #0 following tail of /var/log/containers/app.log\n',
  )
  const [sum, scan] = bestCpuMs(passes, [() => sumBytes(noise), () => scanAndAccount(noise, 0, false)])
  report(
    'text without a line',
    `${(noise.length / scan / 1e3).toFixed(0).padStart(15)} MB/s  ${(scan / sum).toFixed(2)} x summing bytes`,
  )
}
