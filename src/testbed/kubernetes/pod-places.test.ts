import { expect, test } from 'vitest'
import type { PodObject } from './objects.js'
import { placesOf } from './pod-places.js'

/** A Deployment's pods by their names, which are their uids as well; each is created a second after the one before. */
function deployment(replicas: number) {
  const pods: PodObject[] = []
  const all = new Map<string, PodObject>()
  const place = placesOf(replicas, () => pods)
  const at = (name: string) => pods.findIndex(({ metadata }) => metadata.name === name)
  return {
    comes(name: string) {
      const creationTimestamp = new Date(all.size * 1000).toISOString()
      const pod = { metadata: { name, uid: name, creationTimestamp }, spec: {} }
      all.set(name, pod)
      pods.push(pod)
      place(pod)
    },
    isTold(name: string) {
      const pod = pods[at(name)]!
      pods[at(name)] = {
        ...pod,
        metadata: { ...pod.metadata, deletionTimestamp: pod.metadata.creationTimestamp },
      }
    },
    goes: (name: string) => void pods.splice(at(name), 1),
    place: (name: string) => place(all.get(name)!),
  }
}

test('each pod has a place of its own, and keeps it', () => {
  const { comes, place } = deployment(3)
  for (const name of ['a', 'b', 'c']) comes(name)
  expect(['a', 'b', 'c', 'a'].map(place)).toEqual([0, 1, 2, 0])
})

test('a pod that comes for another one gets its place, though that one has not gone yet', () => {
  const { comes, isTold, goes, place } = deployment(2)
  comes('a')
  comes('b')
  isTold('b')
  comes('c')
  goes('b')
  expect(['a', 'b', 'c'].map(place)).toEqual([0, 1, 1])
})

test('all at once: whoever comes first gets the first place', () => {
  const { comes, isTold, place } = deployment(2)
  comes('a')
  comes('b')
  isTold('a')
  isTold('b')
  comes('c')
  comes('d')
  expect(['c', 'd'].map(place)).toEqual([0, 1])
})

test('one that comes before another goes gets the place that is left when it does', () => {
  const { comes, goes, place } = deployment(2)
  comes('a')
  comes('b')
  comes('c')
  expect(place('c')).toBe(0)
  goes('b')
  expect(['a', 'c'].map(place)).toEqual([0, 1])
})
