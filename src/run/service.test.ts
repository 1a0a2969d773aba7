import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import { type TestbedEvent, type TestbedEvents } from '../testbed/contract.js'
import { tendService } from './service.js'

const at = { atMs: 1, node: 'node-1' }
const started = { type: 'container-started', ...at, containerId: 'c', pid: 1 } as const

async function saidOf(events: readonly TestbedEvent[], refused: readonly boolean[] = []) {
  const emitter = new EventEmitter<TestbedEvents>()
  const said: boolean[] = []
  const troubles: string[] = []
  const endpoint = async (ready: boolean) => {
    // The first call is the slowest, and still the first to have its say.
    for (let turns = 5 - said.length; turns > 0; turns -= 1) await Promise.resolve()
    if (refused.includes(ready)) throw new Error('gone')
    said.push(ready)
  }
  tendService({ events: emitter }, 'target', { endpoint }, (trouble) => {
    troubles.push(trouble)
  })
  for (const event of events) emitter.emit('event', event)
  await new Promise(setImmediate)
  return { said, troubles }
}

it('leads nobody to a pod from when it is told to end until it is started again, in that order', async () => {
  const events: TestbedEvent[] = [
    { ...started, pod: 'target' },
    { type: 'pod-terminating', ...at, pod: 'target' },
    { type: 'pod-deleted', ...at, pod: 'target' },
    { ...started, pod: 'target' },
  ]
  expect(await saidOf(events)).toEqual({ said: [true, false, true], troubles: [] })
})

it('takes no notice of other pods, and of volumes', async () => {
  const events: TestbedEvent[] = [
    { type: 'pod-terminating', ...at, pod: 'other' },
    { type: 'volume-detached', ...at, claim: 'target' },
  ]
  expect(await saidOf(events)).toEqual({ said: [], troubles: [] })
})

it('says what went wrong, and goes on', async () => {
  const events: TestbedEvent[] = [
    { type: 'pod-terminating', ...at, pod: 'target' },
    { ...started, pod: 'target' },
  ]
  expect(await saidOf(events, [false])).toEqual({
    said: [true],
    troubles: ['the Service of target could not be changed: gone'],
  })
})
