import { expect, test } from 'vitest'
import { ApiError, whatIsServed } from './api.js'
import { ownNodeLabels, runLabel } from './labels.js'
import { collectionPath, listPath, objectPath } from './paths.js'

test.each([
  ['v1.20.2', '20', ['policy/v1beta1'], 'v1beta1', 'policy/v1beta1', 'policy/v1beta1', false, false],
  ['v1.21.0', '21', ['policy/v1', 'policy/v1beta1'], 'v1beta1', 'policy/v1', 'policy/v1beta1', false, false],
  ['v1.27.3-eks', '27+', ['policy/v1'], 'v1', 'policy/v1', 'policy/v1', true, false],
  ['v1.33.1', '33', ['policy/v1'], 'v1', 'policy/v1', 'policy/v1', true, true],
] as const)('%s', (version, minor, policies, evictionVersion, policy, eviction, taint, sidecars) => {
  expect(whatIsServed(version, minor, { policies, eviction: evictionVersion })).toMatchObject({
    version,
    minor: Number.parseInt(minor),
    policy,
    eviction,
    outOfServiceTaint: taint,
    nativeSidecars: sidecars,
  })
})

test('paths', () => {
  expect(listPath('Pod')).toBe('/api/v1/pods')
  expect(objectPath('Node', 'ignored', 'a')).toBe('/api/v1/nodes/a')
  expect(objectPath('StatefulSet', 'ns', 'a')).toBe('/apis/apps/v1/namespaces/ns/statefulsets/a')
  const metadata = { name: 'a', namespace: 'ns' }
  expect(collectionPath({ apiVersion: 'policy/v1beta1', kind: 'PodDisruptionBudget', metadata })).toBe(
    '/apis/policy/v1beta1/namespaces/ns/poddisruptionbudgets',
  )
  expect(() => collectionPath({ apiVersion: 'v1', kind: 'Secret', metadata })).toThrow('v1 Secret')
})

test('a refusal says what the server said', () => {
  const text = '{"kind":"Status","message":"pods \\"x\\" not found","reason":"NotFound","code":404}'
  const error = new ApiError('GET', '/api/v1/x', 404, text)
  expect(error.message).toBe('Kubernetes refused GET /api/v1/x: pods "x" not found (404)')
  expect([error.status, error.reason]).toEqual([404, 'NotFound'])
  expect(new ApiError('GET', '/x', 503, 'busy\n').message).toBe('Kubernetes refused GET /x: busy (503)')
})

test('the id of a run fits into a label', () => {
  expect(runLabel('20261123-control-abcdefgh')).toBe('20261123-control-abcdefgh')
  const long = `20261123-095512-${'a'.repeat(50)}-abcdefgh`
  expect(runLabel(long)).toHaveLength(63)
  expect(runLabel(long).endsWith('aa-abcdefgh')).toBe(true)
})

test('of the labels of a node only those of the run are its own', () => {
  const labels = { 'held.gapless.dev/a': 'mine', 'held.gapless.dev/b': 'other', 'kubernetes.io/os': 'linux' }
  expect(ownNodeLabels(labels, 'mine')).toEqual(['held.gapless.dev/a'])
  expect(ownNodeLabels(labels)).toEqual(['held.gapless.dev/a', 'held.gapless.dev/b'])
})
