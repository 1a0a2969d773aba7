import { expect, it } from 'vitest'
import { kubeletBackoff, nextRestart } from './backoff.js'

function delays(restarts: number, ranMs: number): number[] {
  const found: number[] = []
  let step = 0
  for (let index = 0; index < restarts; index += 1) {
    const next = nextRestart(kubeletBackoff, step, ranMs)
    found.push(next.delayMs / 1000)
    step = next.step
  }
  return found
}

it('restarts at once, then doubles from 10 s to 300 s', () => {
  expect(delays(8, 1_000)).toEqual([0, 10, 20, 40, 80, 160, 300, 300])
})

it('starts over when the container has run for more than ten minutes', () => {
  expect(nextRestart(kubeletBackoff, 5, 600_000)).toEqual({ delayMs: 160_000, step: 6 })
  expect(nextRestart(kubeletBackoff, 5, 600_001)).toEqual({ delayMs: 0, step: 1 })
})
