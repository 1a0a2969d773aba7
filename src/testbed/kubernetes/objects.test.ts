import { expect, test } from 'vitest'
import { exitOf } from './objects.js'

const finishedAt = '2026-01-01T00:00:05Z'
const atMs = Date.parse(finishedAt)

test.each([
  ['in order', { exitCode: 0, finishedAt }, { code: 0, signal: null, atMs }],
  ['by a signal', { exitCode: 137, finishedAt }, { code: null, signal: 'SIGKILL', atMs }],
  [
    'unseen, which kubelet reports as 137',
    { exitCode: 137, reason: 'ContainerStatusUnknown', finishedAt },
    { code: null, signal: null, atMs },
  ],
])('a container that ended %s', (_, terminated, exit) => {
  expect(exitOf(terminated)).toEqual(exit)
})
