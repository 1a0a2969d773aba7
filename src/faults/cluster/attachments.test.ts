import { expect, test } from 'vitest'
import { type VolumeAttachmentObject } from '../../testbed/kubernetes/objects.js'
import { leftBehind } from './attachments.js'

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
