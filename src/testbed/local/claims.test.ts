import { expect, it } from 'vitest'
import type { TestbedEvent } from '../contract.js'
import { claimLocks } from './claims.js'

function locks() {
  const told: string[] = []
  const emit = (event: TestbedEvent) => {
    if ('claim' in event) told.push(`${event.type} ${event.node} ${event.claim}`)
  }
  return { ...claimLocks(emit), told }
}

it('gives a volume to one node at a time', () => {
  const { attach, detach, told } = locks()
  attach('node-1', 'a', ['data'])
  expect(() => attach('node-2', 'b', ['data'])).toThrow(
    'Volume data cannot be attached to node-2 for pod b: it is attached to node-1 (ReadWriteOnce)',
  )
  detach('node-1', 'a', ['data'])
  attach('node-2', 'b', ['data'])
  expect(told).toEqual([
    'volume-attached node-1 data',
    'volume-detached node-1 data',
    'volume-attached node-2 data',
  ])
})

it('keeps it attached while another pod of the node uses it', () => {
  const { attach, detach, told } = locks()
  attach('node-1', 'a', ['data'])
  attach('node-1', 'b', ['data'])
  detach('node-1', 'a', ['data'])
  expect(() => attach('node-2', 'c', ['data'])).toThrow('ReadWriteOnce')
  detach('node-1', 'b', ['data'])
  expect(told).toEqual(['volume-attached node-1 data', 'volume-detached node-1 data'])
})

it('attaches none of several when one is refused', () => {
  const { attach, told } = locks()
  attach('node-1', 'a', ['data'])
  expect(() => attach('node-2', 'b', ['other', 'data'])).toThrow('ReadWriteOnce')
  attach('node-1', 'c', ['other'])
  expect(told).toEqual(['volume-attached node-1 data', 'volume-attached node-1 other'])
})

it('leaves to its node what another node gives back', () => {
  const { attach, detach } = locks()
  attach('node-1', 'a', ['data'])
  detach('node-2', 'a', ['data'])
  expect(() => attach('node-2', 'b', ['data'])).toThrow('it is attached to node-1')
})
