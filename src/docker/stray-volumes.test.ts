import { expect, test } from 'vitest'
import { strayDirectories, volumesAndClaimsSchema } from './stray-volumes.js'

const objects = volumesAndClaimsSchema.parse({
  items: [
    { kind: 'PersistentVolume', metadata: { name: 'pvc-made', uid: 'v1' } },
    { kind: 'PersistentVolumeClaim', metadata: { name: 'a', namespace: 'gapless-2', uid: 'asked' } },
    { kind: 'PersistentVolumeClaim', metadata: { name: 'b', namespace: 'gapless-1', uid: 'over' } },
  ],
})

test('a directory with neither a volume nor a claim that may get it is stray, and only one of our name', () => {
  const directories = ['pvc-made', 'pvc-asked', 'pvc-over', 'pvc-killed', 'lost+found', 'else', '']
  expect(strayDirectories(directories, objects, 'gapless-1')).toEqual(['pvc-over', 'pvc-killed'])
})
