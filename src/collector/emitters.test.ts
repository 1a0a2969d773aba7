import { expect, test } from 'vitest'
import { createEmitters, StaleIncarnation } from './emitters.js'
import type { SentEntry } from './protocol.js'

function setUp() {
  const ledger: SentEntry[] = []
  const emitters = createEmitters(
    (entry) => {
      ledger.push(entry)
      return Promise.resolve()
    },
    () => 7,
  )
  return { ledger, emitters }
}

test('a stream begins at 1', async () => {
  const { emitters, ledger } = setUp()
  expect(await emitters.register('s')).toEqual({ nextSeq: 1, incarnation: 1 })
  expect(ledger).toEqual([{ type: 'registered', atMs: 7, stream: 's', incarnation: 1, nextSeq: 1 }])
})

test('after a crash it goes on past everything reserved, and the count of sent lines leaves the hole out', async () => {
  const { emitters } = setUp()
  await emitters.register('s')
  await emitters.reserve('s', { upTo: 100, incarnation: 1 })
  await emitters.sent('s', { upTo: 60, atMs: 1, incarnation: 1 })
  expect(await emitters.register('s')).toEqual({ nextSeq: 101, incarnation: 2 })
  await emitters.reserve('s', { upTo: 110, incarnation: 2 })
  await emitters.sent('s', { upTo: 105, atMs: 2, incarnation: 2 })
  expect(emitters.get('s')).toMatchObject({ sent: 65, sentUpTo: 105, reserved: 110, incarnation: 2 })
})

test('after an orderly end it goes on where it stopped', async () => {
  const { emitters, ledger } = setUp()
  await emitters.register('s')
  await emitters.reserve('s', { upTo: 100, incarnation: 1 })
  await emitters.ended('s', { upTo: 60, atMs: 1, incarnation: 1 })
  expect(emitters.get('s')).toMatchObject({ ended: true, sent: 60 })
  expect(await emitters.register('s')).toEqual({ nextSeq: 61, incarnation: 2 })
  expect(emitters.get('s')).toMatchObject({ ended: false })
  expect(ledger.map((entry) => entry.type)).toEqual(['registered', 'reserved', 'sent', 'ended', 'registered'])
})

test('an incarnation that ends without a line does not claim those that a crash left open', async () => {
  const { emitters, ledger } = setUp()
  await emitters.register('s')
  await emitters.reserve('s', { upTo: 100, incarnation: 1 })
  await emitters.sent('s', { upTo: 60, atMs: 1, incarnation: 1 })
  await emitters.register('s')
  await emitters.ended('s', { upTo: 100, atMs: 2, incarnation: 2 })
  expect(ledger.filter((entry) => entry.type === 'sent')).toEqual([
    { type: 'sent', atMs: 1, stream: 's', upTo: 60 },
  ])
  expect(await emitters.register('s')).toEqual({ nextSeq: 101, incarnation: 3 })
})

test('a report of an earlier incarnation is refused and changes nothing', async () => {
  const { emitters } = setUp()
  await emitters.register('s')
  await emitters.reserve('s', { upTo: 10, incarnation: 1 })
  await emitters.register('s')
  await expect(emitters.sent('s', { upTo: 10, atMs: 1, incarnation: 1 })).rejects.toThrow(StaleIncarnation)
  expect(emitters.get('s')).toMatchObject({ sent: 0 })
})

test('is idle when the newest command is done, and not in a new incarnation', async () => {
  const { emitters } = setUp()
  emitters.command('s', { upTo: 5, linesPerSecond: null, end: false })
  expect(emitters.get('s')).toMatchObject({ idle: false, registered: false })
  await emitters.register('s')
  await emitters.reserve('s', { upTo: 5, incarnation: 1 })
  await emitters.sent('s', { upTo: 5, atMs: 1, incarnation: 1, done: 1 })
  expect(emitters.get('s')).toMatchObject({ idle: true })
  await emitters.register('s')
  expect(emitters.get('s')).toMatchObject({ idle: false })
})

test('a waiting emitter hears of a command when it comes, and of none when none comes', async () => {
  const { emitters } = setUp()
  const waiting = emitters.nextCommand('s', 0, 60_000)
  const command = emitters.command('s', { upTo: 5, linesPerSecond: 10, end: true })
  expect(command).toEqual({ id: 1, upTo: 5, linesPerSecond: 10, end: true })
  expect(await waiting).toEqual(command)
  expect(await emitters.nextCommand('s', 0, 60_000)).toEqual(command)
  expect(await emitters.nextCommand('s', 1, 1)).toBeUndefined()
})
