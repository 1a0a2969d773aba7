import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { encode } from '@msgpack/msgpack'
import { expect, test } from 'vitest'
import { chunkOf, dial, startPeer, startTestTap, type TestTap } from '../testing/tap.js'

const waitFor = { timeout: 30_000, interval: 10 }
const id = Buffer.from('0123456789abcdef').toString('base64')
const idInHex = Buffer.from('0123456789abcdef').toString('hex')

const listening = async (tap: TestTap) => (await tap.state()).nodes['node-1']?.listening
const node = async (tap: TestTap) => (await tap.state()).nodes['node-1']
const short = (runs: readonly (readonly [string, number, number, number, number])[]) =>
  runs.map(([stream, first, last]) => [stream, first, last])

async function openTap() {
  const tap = await startTestTap()
  const peer = await startPeer(tap.far)
  await expect.poll(() => listening(tap), waitFor).toBe(true)
  return { tap, peer, [Symbol.asyncDispose]: () => tap[Symbol.asyncDispose]().then(peer.die) }
}

test('bytes pass unchanged both ways, and an end is passed on as an end', async () => {
  await using both = await openTap()
  const { tap, peer } = both
  const client = await dial(tap.near)
  const sent = Buffer.concat(
    Array.from({ length: 60 }, (_, part) => chunkOf(part * 500 + 1, part * 500 + 500)),
  )
  client.socket.end(sent)
  await expect.poll(() => peer.connections[0]?.ended, waitFor).toBe(true)
  expect(peer.received().equals(sent)).toBe(true)
  const answer = Buffer.alloc(3_000_000, 'anything')
  peer.connections[0]?.socket.end(answer)
  expect(await client.over).toBe('FIN')
  expect(client.received().equals(answer)).toBe(true)
  await expect
    .poll(() => tap.told('closed'), waitFor)
    .toMatchObject([
      { by: 'forwarder', how: 'FIN', toAggregatorBytes: sent.length, toForwarderBytes: answer.length },
    ])
  const messages = await tap.told('message')
  expect(messages.map(({ runs, bytes }) => ({ runs: short(runs), bytes }))).toEqual(
    Array.from({ length: 60 }, (_, part) => ({
      runs: [['s00', part * 500 + 1, part * 500 + 500]],
      bytes: chunkOf(part * 500 + 1, part * 500 + 500).length,
    })),
  )
})

test('a reset is passed on as a reset, in both directions', async () => {
  await using both = await openTap()
  const { tap, peer } = both
  const client = await dial(tap.near)
  client.socket.write(chunkOf(1, 3))
  await expect.poll(() => peer.received().length, waitFor).toBeGreaterThan(0)
  client.socket.resetAndDestroy()
  await expect.poll(() => peer.connections[0]?.failed, waitFor).toBe(true)
  const other = await dial(tap.near)
  other.socket.write(chunkOf(4, 6))
  await expect.poll(() => peer.received(1).length, waitFor).toBeGreaterThan(0)
  peer.connections[1]?.socket.resetAndDestroy()
  expect(await other.over).toBe('RST')
  await expect
    .poll(() => tap.told('closed'), waitFor)
    .toMatchObject([
      { connection: 1, by: 'forwarder', how: 'RST' },
      { connection: 2, by: 'aggregator', how: 'RST' },
    ])
})

test('it listens when and as long as the aggregator does', async () => {
  await using tap = await startTestTap()
  await expect(dial(tap.near)).rejects.toThrow(/ECONNREFUSED/)
  for (const round of [1, 2]) {
    const peer = await startPeer(tap.far)
    await expect.poll(() => listening(tap), waitFor).toBe(true)
    const client = await dial(tap.near)
    client.socket.write(chunkOf(round, round))
    await expect.poll(() => peer.received().length, waitFor).toBeGreaterThan(0)
    peer.die()
    expect(await client.over).toBe('RST')
    await expect.poll(() => listening(tap), waitFor).toBe(false)
    await expect(dial(tap.near)).rejects.toThrow(/ECONNREFUSED/)
  }
  expect((await tap.told('gate')).map(({ listening: open }) => open)).toEqual([true, false, true, false])
})

test('a forwarder feels an aggregator that does not read', async () => {
  await using tap = await startTestTap()
  await using peer = await startPeer(tap.far, { reads: false })
  await expect.poll(() => listening(tap), waitFor).toBe(true)
  const client = await dial(tap.near)
  const total = 64 * 1024 * 1024
  client.socket.write(Buffer.alloc(total))
  const settled = async () => {
    const before = client.socket.writableLength
    const waiting = (await node(tap))?.waitingBytes ?? 0
    await new Promise((resolve) => setTimeout(resolve, 300))
    return waiting > 0 && client.socket.writableLength === before
  }
  await expect.poll(settled, waitFor).toBe(true)
  expect(client.socket.writableLength).toBe(total)
  expect((await node(tap))?.waitingBytes).toBeLessThan(1024 * 1024)
  expect(peer.connections).toEqual([])
  client.socket.destroy()
})

test('what a forwarder wrote and ended is unfinished until the aggregator has ended it too', async () => {
  await using both = await openTap()
  const { tap, peer } = both
  const unfinished = async () => (await node(tap))?.unfinished
  const heartbeat = await dial(tap.near)
  heartbeat.socket.end()
  await expect.poll(() => peer.connections[0]?.ended, waitFor).toBe(true)
  const client = await dial(tap.near)
  client.socket.write(chunkOf(1, 3))
  await expect.poll(() => peer.received(1).length, waitFor).toBe(chunkOf(1, 3).length)
  expect(await unfinished()).toBe(0)
  client.socket.end()
  await expect.poll(unfinished, waitFor).toBe(1)
  const late = await dial(tap.near)
  late.socket.end(chunkOf(4, 6))
  await expect.poll(unfinished, waitFor).toBe(2)
  peer.connections[1]?.socket.end()
  expect(await client.over).toBe('FIN')
  await expect.poll(unfinished, waitFor).toBe(1)
  peer.vanish()
  await expect.poll(unfinished, waitFor).toBe(0)
  expect(await node(tap)).toMatchObject({ connections: 2 })
})

test('a connection that is kept open is unfinished once it is concluded, until the aggregator has ended it', async () => {
  await using both = await openTap()
  const { tap, peer } = both
  const client = await dial(tap.near)
  expect(await tap.conclude()).toBe(0)
  client.socket.write(chunkOf(1, 3))
  await expect.poll(() => tap.told('message'), waitFor).toHaveLength(1)
  expect(await tap.conclude()).toBe(1)
  await expect.poll(() => peer.connections[0]?.ended, waitFor).toBe(true)
  expect(await node(tap)).toMatchObject({ unfinished: 1 })
  expect(await tap.conclude()).toBe(0)
  client.socket.write(chunkOf(4, 6))
  peer.connections[0]?.socket.end()
  expect(await client.over).toBe('RST')
  await expect.poll(async () => (await node(tap))?.unfinished, waitFor).toBe(0)
  expect(peer.received().equals(chunkOf(1, 3))).toBe(true)
  await expect.poll(() => tap.told('closed'), waitFor).toMatchObject([{ by: 'tap', how: 'FIN' }])
})

test('an acknowledgement is told with the chunk as Fluentd names it', async () => {
  await using both = await openTap()
  const { tap, peer } = both
  const client = await dial(tap.near)
  client.socket.write(chunkOf(1, 20, `${id}\n`))
  await expect.poll(() => peer.received().length, waitFor).toBeGreaterThan(0)
  const ack = encode({ ack: `${id}\n` })
  peer.connections[0]?.socket.write(ack.subarray(0, 5))
  await expect.poll(() => client.received().length, waitFor).toBe(5)
  peer.connections[0]?.socket.write(ack.subarray(5))
  await expect.poll(() => client.received().length, waitFor).toBe(ack.length)
  await expect.poll(() => tap.told('ack'), waitFor).toMatchObject([{ chunk: idInHex, dropped: false }])
  expect(await tap.told('message')).toMatchObject([
    { chunk: idInHex, mode: 'packed-forward', tag: 'app.log' },
  ])
  client.socket.destroy()
})

test('dropped acknowledgements are told; data passes, and other answers too', async () => {
  await using both = await openTap()
  const { tap, peer } = both
  await tap.behave('node-1', { dropAcks: true })
  const client = await dial(tap.near)
  client.socket.write(chunkOf(1, 20, id))
  await expect.poll(() => peer.received().length, waitFor).toBeGreaterThan(0)
  const pong = encode(['PONG', true, '', 'host', 'digest'])
  peer.connections[0]?.socket.write(Buffer.concat([encode({ ack: id }), pong]))
  await expect.poll(() => client.received().equals(Buffer.from(pong)), waitFor).toBe(true)
  await expect.poll(() => tap.told('ack'), waitFor).toMatchObject([{ chunk: idInHex, dropped: true }])
  await tap.behave(null, { dropAcks: false })
  peer.connections[0]?.socket.write(encode({ ack: 'later' }))
  await expect.poll(() => client.received().length, waitFor).toBeGreaterThan(pong.length)
  expect(await node(tap)).toMatchObject({ acks: 1, acksDropped: 1, lines: 20 })
  client.socket.destroy()
})

test('half a message is told as cut off, with the lines that crossed whole', async () => {
  await using both = await openTap()
  const { tap, peer } = both
  const client = await dial(tap.near)
  const whole = chunkOf(1, 10)
  client.socket.end(whole.subarray(0, whole.length - 250))
  await expect.poll(() => peer.connections[0]?.ended, waitFor).toBe(true)
  peer.connections[0]?.socket.end()
  await expect.poll(() => tap.told('cut-off'), waitFor).toHaveLength(1)
  const [cut] = await tap.told('cut-off')
  expect(cut).toMatchObject({ takenBytes: whole.length - 250, handedBytes: whole.length - 250 })
  expect(short(cut!.crossed)).toEqual([['s00', 1, 7]])
  expect(await tap.told('message')).toEqual([])
})

test('what was taken whole and could not be handed on is told as swallowed', async () => {
  await using both = await openTap()
  const { tap, peer } = both
  await tap.behave('node-1', { delayMs: 600_000 })
  const client = await dial(tap.near)
  const bytes = Buffer.concat([chunkOf(1, 10), chunkOf(11, 15, id), chunkOf(16, 20).subarray(0, 300)])
  client.socket.write(bytes)
  await expect.poll(async () => (await node(tap))?.waitingBytes, waitFor).toBe(bytes.length)
  peer.die()
  expect(await client.over).toBe('RST')
  await expect.poll(() => tap.told('closed'), waitFor).toHaveLength(1)
  const swallowed = await tap.told('swallowed')
  expect(swallowed.map(({ chunk, runs, handedBytes }) => [chunk, short(runs), handedBytes])).toEqual([
    [null, [['s00', 1, 10]], 0],
    [idInHex, [['s00', 11, 15]], 0],
  ])
  expect(swallowed[0]?.behaviour.delayMs).toBe(600_000)
  expect(await tap.told('cut-off')).toMatchObject([{ takenBytes: 300, handedBytes: 0, crossed: [] }])
  expect(await node(tap)).toMatchObject({ swallowed: 2, swallowedLines: 10, cutOff: 1 })
})

test('a delay passes everything in order, later; the rest at once when it is lifted', async () => {
  await using both = await openTap()
  const { tap, peer } = both
  await tap.behave(null, { delayMs: 50 })
  const client = await dial(tap.near)
  client.socket.write(chunkOf(1, 10))
  await expect.poll(() => peer.received().equals(chunkOf(1, 10)), waitFor).toBe(true)
  expect((await node(tap))?.delayedBytes).toBe(chunkOf(1, 10).length)
  await tap.behave(null, { delayMs: 600_000 })
  client.socket.end(chunkOf(11, 20))
  await expect.poll(async () => (await node(tap))?.waitingBytes, waitFor).toBeGreaterThan(0)
  await tap.behave(null, { delayMs: 0 })
  await expect.poll(() => peer.connections[0]?.ended, waitFor).toBe(true)
  expect(peer.received().equals(Buffer.concat([chunkOf(1, 10), chunkOf(11, 20)]))).toBe(true)
})

test('a cut resets what is open and refuses what is new, until it is mended', async () => {
  await using both = await openTap()
  const { tap, peer } = both
  const client = await dial(tap.near)
  client.socket.write(chunkOf(1, 3))
  await expect.poll(() => peer.received().length, waitFor).toBeGreaterThan(0)
  await tap.behave('node-1', { cut: true })
  expect(await client.over).toBe('RST')
  await expect.poll(() => peer.connections[0]?.failed, waitFor).toBe(true)
  await expect(dial(tap.near)).rejects.toThrow(/ECONNREFUSED/)
  expect(await node(tap)).toMatchObject({ listening: false, resetByFault: 1 })
  await tap.behave('node-1', { cut: false })
  const other = await dial(tap.near)
  other.socket.end(chunkOf(4, 6))
  await expect.poll(() => peer.received(1).equals(chunkOf(4, 6)), waitFor).toBe(true)
})

test('without an endpoint what is new is refused and what is open goes on, until there is one', async () => {
  await using both = await openTap()
  const { tap, peer } = both
  const client = await dial(tap.near)
  await tap.endpoint(false)
  await expect(dial(tap.near)).rejects.toThrow(/ECONNREFUSED/)
  expect((await tap.told('gate')).at(-1)).toMatchObject({
    listening: false,
    why: 'the aggregator listens, and is no endpoint of its Service',
  })
  client.socket.end(chunkOf(1, 3))
  await expect.poll(() => peer.received().equals(chunkOf(1, 3)), waitFor).toBe(true)
  await tap.endpoint(true)
  const other = await dial(tap.near)
  other.socket.end(chunkOf(4, 6))
  await expect.poll(() => peer.received(1).equals(chunkOf(4, 6)), waitFor).toBe(true)
})

test('a blackhole accepts and passes nothing; what it was given goes on when it is mended', async () => {
  await using both = await openTap()
  const { tap, peer } = both
  const before = await dial(tap.near)
  before.socket.write(chunkOf(1, 3))
  await expect.poll(() => peer.received().equals(chunkOf(1, 3)), waitFor).toBe(true)
  await tap.behave('node-1', { blackhole: true })
  before.socket.write(chunkOf(4, 6))
  const during = await dial(tap.near)
  during.socket.end(chunkOf(7, 9))
  await expect.poll(async () => (await node(tap))?.stuck, waitFor).toBe(2)
  expect(peer.connections).toHaveLength(1)
  expect(peer.received().equals(chunkOf(1, 3))).toBe(true)
  await tap.behave('node-1', { blackhole: false })
  await expect
    .poll(() => peer.received().equals(Buffer.concat([chunkOf(1, 3), chunkOf(4, 6)])), waitFor)
    .toBe(true)
  await expect.poll(() => peer.received(1).equals(chunkOf(7, 9)), waitFor).toBe(true)
  expect(await node(tap)).toMatchObject({ stuck: 0, stuckInAll: 2, messages: 3, lines: 9 })
})

test('what is not the forward protocol passes, and lines in it are told', async () => {
  await using both = await openTap()
  const { tap, peer } = both
  const json = Buffer.from(JSON.stringify(['app.log', 1, { log: chunkOf(1, 5).toString('latin1') }]))
  const client = await dial(tap.near)
  client.socket.end(json)
  await expect.poll(() => peer.connections[0]?.ended, waitFor).toBe(true)
  peer.connections[0]?.socket.end()
  expect(peer.received().equals(json)).toBe(true)
  await expect.poll(() => tap.told('unframed'), waitFor).toHaveLength(1)
  const [told] = await tap.told('unframed')
  expect([told?.bytes, short(told?.runs ?? [])]).toEqual([json.length, [['s00', 1, 5]]])
})

test('heartbeats by UDP get to the aggregator and back', async () => {
  await using both = await openTap()
  const { tap } = both
  const aggregator = createSocket('udp4')
  aggregator.bind(tap.far.port, tap.far.host)
  await once(aggregator, 'listening')
  aggregator.on('message', (bytes, from) => {
    aggregator.send(Buffer.concat([bytes, Buffer.from('!')]), from.port, from.address)
  })
  const forwarder = createSocket('udp4')
  const answered = once(forwarder, 'message') as Promise<[Buffer]>
  forwarder.send('beat', tap.near.port, tap.near.host)
  expect((await answered)[0].toString()).toBe('beat!')
  forwarder.close()
  aggregator.close()
})

test('a wrong wish is refused with what is possible', async () => {
  await using tap = await startTestTap()
  await expect(tap.behave('node-7', { cut: true })).rejects.toThrow(
    'there is no node "node-7"; nodes: node-1',
  )
  await expect(tap.behave(null, { delayMs: -1 })).rejects.toThrow('delayMs')
})
