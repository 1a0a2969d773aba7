import { expect, test } from 'vitest'
import { resolveKnobs } from '../scenario/profiles.js'
import { type FluentdTarget } from '../scenario/target.js'
import { type PodSpec } from '../testbed/contract.js'
import { neverBack } from './gone-nodes.js'

const on = (node: string) => ({ spec: { node } as PodSpec })
const podOf = (target: FluentdTarget) => on(target.role === 'forwarder' ? target.node : 'node-2')
const aggregator: FluentdTarget = { role: 'aggregator', replica: null }
const at = (gone: readonly string[], stateVolume = 'persistentVolumeClaim') => ({
  plan: { knobs: resolveKnobs('hardened', { 'aggregator.stateVolume': stateVolume }) },
  podOf,
  gone: new Set(gone),
})

test('forwarders go with their node, and only with theirs', () => {
  expect(neverBack({ role: 'forwarder', node: 'node-1' }, at(['node-1']))).toBe(true)
  expect(neverBack({ role: 'forwarder', node: 'node-2' }, at(['node-1']))).toBe(false)
})

test('an aggregator is gone for good if it is a StatefulSet: a Deployment has another one elsewhere', () => {
  expect(neverBack(aggregator, at(['node-2']))).toBe(true)
  expect(neverBack(aggregator, at(['node-2'], 'emptyDir'))).toBe(false)
  expect(neverBack(aggregator, at(['node-1']))).toBe(false)
})
