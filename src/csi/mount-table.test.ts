import { expect, test } from 'vitest'
import { mountAt, parseMountTable, sourceOf, volumeMounts } from './mount-table.js'

/** As a node of kind has it: volumes are on the machine's own disk, 254:0. */
const text = `21 1 0:50 / / rw,relatime - overlay overlay rw,lowerdir=/a
30 21 254:0 /docker/volumes/x/_data /var rw,relatime - ext4 /dev/vda rw
31 30 254:0 /state/clusters/warm/volumes /var/lib/gapless-volumes rw,relatime - ext4 /dev/vda rw
90 30 254:0 /state/clusters/warm/volumes/volumes/pvc-1 /var/lib/kubelet/plugins/a\\040b/globalmount rw - ext4 /dev/vda rw
91 30 254:0 /state/clusters/warm/volumes/volumes/pvc-1 /var/lib/kubelet/pods/u/mount ro,relatime - ext4 /dev/vda rw
92 30 254:0 /state/clusters/warm/volumes/volumes/pvc-2//deleted /var/lib/kubelet/pods/v/mount rw - ext4 /dev/vda rw
93 30 254:0 /state/clusters/warm/volumes/records /mnt/records rw - ext4 /dev/vda rw
94 30 254:1 /state/clusters/warm/volumes/volumes/pvc-3 /mnt/other rw - ext4 /dev/vdb rw
95 30 254:0 /state/clusters/warm/volumes/volumes/pvc-1/sub /mnt/sub rw - ext4 /dev/vda rw
`
const table = parseMountTable(text)
const shared = sourceOf(table, '/var/lib/gapless-volumes')

test('what is mounted is known by the directory of the file system that it is', () => {
  expect(shared).toEqual({ device: '254:0', root: '/state/clusters/warm/volumes' })
  expect(
    volumeMounts(table, shared).map(({ id, volume, path, readOnly }) => [id, volume, path, readOnly]),
  ).toEqual([
    [90, 'pvc-1', '/var/lib/kubelet/plugins/a b/globalmount', false],
    [91, 'pvc-1', '/var/lib/kubelet/pods/u/mount', true],
    [92, 'pvc-2', '/var/lib/kubelet/pods/v/mount', false],
  ])
})

test('a directory that is mounted nowhere itself is part of what is above it', () => {
  expect(sourceOf(table, '/var/lib/gapless-volumes/volumes')).toEqual({
    device: '254:0',
    root: '/state/clusters/warm/volumes/volumes',
  })
  expect(sourceOf(table, '/etc')).toEqual({ device: '0:50', root: '/etc' })
})

test('of several things at one path the last one is on top', () => {
  const [first, second] = parseMountTable('1 0 0:1 / /a rw - tmpfs t rw\n2 0 0:2 / /a rw - tmpfs t rw\n')
  expect(mountAt([first!, second!], '/a')).toEqual(second)
  expect(mountAt([first!, second!], '/b')).toBeUndefined()
})
