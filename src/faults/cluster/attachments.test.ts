import { expect, test } from 'vitest'
import { type VolumeAttachmentObject } from '../../testbed/kubernetes/objects.js'
import { attachmentsTo, leftBehind, whyStillThere } from './attachments.js'

const to = (nodeName: string): VolumeAttachmentObject => ({
  metadata: { name: `csi-${nodeName}`, uid: nodeName, creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { attacher: 'rwo.csi.gapless.dev', nodeName, source: { persistentVolumeName: 'pvc-1' } },
})

test('the attachment to delete is that of a node that the pod has left', () => {
  expect(leftBehind([to('a'), to('b')], ['b'])).toEqual(to('a'))
  expect(leftBehind([to('b'), to('a')], ['b'])).toEqual(to('a'))
})

test('of a pod that is on no node any is meant, the oldest first', () => {
  expect(leftBehind([to('a'), to('b')], [])).toEqual(to('a'))
})

test('where the pod is, and where there is none, nothing is meant', () => {
  expect(leftBehind([to('a')], ['a'])).toBeUndefined()
  expect(leftBehind([to('a'), to('b')], ['a', 'b'])).toBeUndefined()
  expect(leftBehind([], [])).toBeUndefined()
})

test('of a node and its volumes, nothing else is meant', () => {
  expect(attachmentsTo([to('a'), to('b')], 'a', ['pvc-1', 'pvc-2'])).toEqual([to('a')])
  expect(attachmentsTo([to('a'), to('b')], 'a', ['pvc-2'])).toEqual([])
})

test('what keeps one is what its attacher said, or else its finalizers', () => {
  const deleted = to('a')
  const finalizers = ['external-attacher/x']
  const kept = { ...deleted, metadata: { ...deleted.metadata, finalizers } }
  const refused = { ...kept, status: { attached: true, detachError: { message: 'still mounted' } } }
  expect(whyStillThere(refused)).toBe('its attacher refuses to detach it: still mounted')
  expect(whyStillThere(kept)).toBe('kept by its finalizers external-attacher/x')
  expect(whyStillThere(deleted)).toBe('and nobody says why')
})
