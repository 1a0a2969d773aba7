import { expect, test } from 'vitest'
import { type WireState } from '../wire/protocol.js'
import { describeHowFar } from './how-far.js'

const node = (lines: number, opened: number) =>
  ({ lines, opened }) as Partial<WireState['nodes'][string]> as WireState['nodes'][string]

test('where an aggregator listens on another address, lines end in the buffers of forwarders', () => {
  const holdups = [{ what: 'the forwarder on node-1 has 1,840 bytes in its buffer' }]
  const tap = { aggregatorListens: false, nodes: { 'node-1': node(0, 0) } }
  expect(describeHowFar(holdups, tap, { requests: 0, rejected: 0 })).toBe(
    'the forwarder on node-1 has 1,840 bytes in its buffer; the forwarder on node-1 never connected to the ' +
      'aggregator; nothing listens where the aggregator is to; the destination got no request',
  )
})

test('where an aggregator sends its lines elsewhere, they have crossed the wire', () => {
  const tap = { aggregatorListens: true, nodes: { 'node-1': node(10, 1), 'node-2': node(1, 2) } }
  expect(describeHowFar([], tap, { requests: 3, rejected: 3 })).toBe(
    'no unread log and no full buffer is to be seen; 10 lines from node-1 crossed the wire in 1 connection; ' +
      '1 line from node-2 crossed the wire in 2 connections; the destination got 3 requests ' +
      'and stored 0 of them',
  )
})

test('without a tap nothing is said of the wire', () => {
  const holdups = [{ what: 'the forwarder on node-1 has 920 bytes of logs to read' }]
  expect(describeHowFar(holdups, null, { requests: 0, rejected: 0 })).toBe(
    'the forwarder on node-1 has 920 bytes of logs to read; the destination got no request',
  )
})
