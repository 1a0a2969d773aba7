import { expect, test } from 'vitest'
import { tolerateEverything, tolerationsOf } from './tolerations.js'

const timings = { notReadyTolerationSeconds: 20, unreachableTolerationSeconds: 30 }
const stay = (key: string, tolerationSeconds: number) => ({
  key: `node.kubernetes.io/${key}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds,
})

test('pods that may move leave a silent node when the timings say so', () => {
  const wanted = [stay('not-ready', 20), stay('unreachable', 30)]
  expect(tolerationsOf({ kind: 'StatefulSet' }, timings)).toEqual(wanted)
  expect(tolerationsOf({ kind: 'Deployment' }, timings)).toEqual(wanted)
  expect(tolerationsOf({ kind: 'Deployment' }, { unreachableTolerationSeconds: 5 })).toEqual([
    stay('unreachable', 5),
  ])
})

test('else the API server says when, and the controller of a DaemonSet that its pods stay', () => {
  expect(tolerationsOf({ kind: 'StatefulSet' }, {})).toEqual([])
  expect(tolerationsOf({ kind: 'DaemonSet' }, timings)).toEqual([])
})

test('a pod that is to outlast every taint outlasts these, too', () => {
  expect(tolerationsOf({ kind: 'DaemonSet', tolerateTaints: true }, timings)).toEqual(tolerateEverything)
  expect(tolerationsOf({ kind: 'Deployment', tolerateTaints: true }, timings)).toEqual(tolerateEverything)
})
