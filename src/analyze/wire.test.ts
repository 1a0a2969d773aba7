import { expect, test } from 'vitest'
import { type WireEntry } from '../wire/ledger.js'
import { createWireFold } from './wire.js'

const on = { atMs: 1, node: 'node-1', connection: 1 }
const normal = { delayMs: 0, cut: false, blackhole: false, dropAcks: false }
const message = (chunk: string | null, first: number, last: number): WireEntry => ({
  type: 'message',
  ...on,
  mode: 'packed-forward',
  tag: 't',
  chunk,
  bytes: 1,
  compressed: null,
  runs: [['s00', first, last, 0, 0]],
})
const swallowed = (chunk: string | null, behaviour: typeof normal): WireEntry => ({
  type: 'swallowed',
  ...on,
  mode: 'packed-forward',
  tag: 't',
  chunk,
  bytes: 1,
  handedBytes: 0,
  compressed: null,
  waitedMs: 1,
  behaviour,
  runs: [['s00', 1, 7, 0, 0]],
})

function fold(...entries: WireEntry[]) {
  const wire = createWireFold()
  for (const entry of entries) wire.add(entry)
  return wire.result()
}

test('what crossed, what crossed again, and what was acknowledged', () => {
  const wire = fold(
    message('aa', 1, 10),
    { type: 'ack', ...on, chunk: 'aa', dropped: false },
    message('bb', 11, 20),
    message('bb', 11, 20),
    { type: 'ack', ...on, chunk: 'bb', dropped: true },
    message('cc', 21, 30),
    { type: 'ack', ...on, chunk: 'unknown', dropped: false },
    {
      type: 'cut-off',
      ...on,
      takenBytes: 9,
      handedBytes: 9,
      runs: [['s00', 31, 40, 0, 0]],
      crossed: [['s00', 31, 33, 0, 0]],
    },
  )
  expect(wire.crossed('s00').ranges()).toEqual([[1, 33]])
  expect(wire.crossedAgain('s00').ranges()).toEqual([[11, 20]])
  expect(wire.acknowledged('s00').ranges()).toEqual([[1, 20]])
  expect(wire.crossed('s01').ranges()).toEqual([])
  expect(wire.swallowedLines).toBe(0)
})

test('the tap is to blame only where nothing told it to misbehave and nobody awaits an acknowledgement', () => {
  expect(fold(swallowed(null, normal)).swallowedLines).toBe(7)
  expect(fold(swallowed('aa', normal)).swallowedLines).toBe(0)
  expect(fold(swallowed(null, { ...normal, blackhole: true })).swallowedLines).toBe(0)
})
