import { expect, test } from 'vitest'
import { parseSeen } from './node-processes.js'

const container = 'f00d'
const before = 'dead'
const seen = (...lines: string[]) =>
  parseSeen(['clock 0a1b2c3d-1111-2222 1000.50 1700001000.500000000 100', ...lines].join('\n'), 'node-1')

test('processes of the container, its first one first, by start time', () => {
  expect(
    seen(
      `process 90 5002 S 7 ${container} ruby worker `,
      `process 80 5000 S 1 ${container} fluentd -c x `,
      `process 91 5001 T 9 ${container} sleep 5 `,
    ),
  ).toEqual({
    containerId: container,
    startedAtMs: 1_700_000_050_000,
    processes: [
      { pid: 80, startTime: '5000-0a1b2c3d', command: 'fluentd -c x' },
      { pid: 91, startTime: '5001-0a1b2c3d', command: 'sleep 5', stopped: true },
      { pid: 90, startTime: '5002-0a1b2c3d', command: 'ruby worker' },
    ],
    signalled: [],
  })
})

test('of two containers the one that was started last', () => {
  const { containerId, processes } = seen(
    `process 80 5000 S 1 ${before} a `,
    `process 95 6000 S 1 cri-containerd-${container}.scope a `,
  )
  expect(containerId).toBe(container)
  expect(processes.map(({ pid }) => pid)).toEqual([95])
})

test('restarts are counted by log files, and what a signal was sent to is said', () => {
  const { restartCount, signalled } = seen(
    'log 0.log',
    'log 10.log',
    'log 9.log',
    `process 80 5000 S 1 ${container} a `,
    `process 81 5001 S 2 ${container} b `,
    'signalled 81',
  )
  expect(restartCount).toBe(10)
  expect(signalled.map(({ pid }) => pid)).toEqual([81])
})

test('nothing runs', () => {
  expect(seen()).toEqual({ processes: [], signalled: [] })
})

test('a node that did not say what it was asked', () => {
  expect(() => parseSeen('sh: not found', 'node-1')).toThrow('node-1 did not say which processes it has')
})
