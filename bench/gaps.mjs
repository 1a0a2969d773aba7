// What accounting costs as gaps grow: ten lines to a range, every range with one of them lost.
import { account } from '../dist/account/account.js'
import { createArrivalFold } from '../dist/account/arrivals.js'
import { readSentLedger } from '../dist/account/sent-ledger.js'
import { cpuMs } from './cpu.mjs'

const stream = 's01'

function shuffled(count) {
  const order = Array.from({ length: count }, (_, index) => index)
  let state = 1
  for (let index = count - 1; index > 0; index--) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    const other = state % (index + 1)
    ;[order[index], order[other]] = [order[other], order[index]]
  }
  return order
}

function measureMs(gaps, order) {
  const last = gaps * 10
  const sent = readSentLedger([
    { type: 'registered', atMs: 0, stream, incarnation: 1, nextSeq: 1 },
    { type: 'sent', atMs: 0, stream, upTo: last },
    { type: 'ended', atMs: 0, stream },
  ])
  const totals = { lost: 0 }
  const ms = cpuMs(() => {
    const fold = createArrivalFold(sent)
    const run = [stream, 0, 0, 0, 0]
    const arrival = { atMs: 0, request: 1, path: '/', raw: null, runs: [run] }
    for (let index = 0; index < gaps; index++) {
      run[1] = order[index] * 10 + 1
      run[2] = run[1] + 8
      fold.add(arrival)
    }
    totals.lost = account({ sent, arrivals: fold.result() }).totals.lost
  })
  if (totals.lost !== gaps) throw new Error(`found ${totals.lost} lost of ${gaps}`)
  return ms
}

export function benchGaps(report) {
  console.log('accounting with gaps: the whole of it, and for each gap')
  for (const [name, orderOf] of [
    ['in order', (count) => Array.from({ length: count }, (_, index) => index)],
    ['in random order', shuffled],
  ]) {
    for (const gaps of [1e3, 1e4, 1e5, 1e6]) {
      const ms = measureMs(gaps, orderOf(gaps))
      report(
        `${gaps.toLocaleString('en')} gaps ${name}`,
        `${ms.toFixed(0).padStart(5)} ms ${((ms / gaps) * 1e6).toFixed(0).padStart(6)} ns a gap`,
        { met: ms < 2000, text: 'under 2 s' },
      )
    }
  }
}
