import type { PodObject } from './objects.js'

/**
 * Tells the pods of a Deployment apart, whose names say nothing: each has one of as many places as there are replicas,
 * for as long as it lives. A new one gets the place that has the fewest living pods, so that of one that is told to go;
 * where a rollout makes new ones first, two have one place until one of them goes. Places count from 0.
 */
export function placesOf(replicas: number, podsNow: () => readonly PodObject[]): (pod: PodObject) => number {
  const placeOf = new Map<string, number>()

  function assign(): void {
    const living = podsNow()
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .sort(byCreation)
    const at = (place: number) => living.filter(({ metadata }) => placeOf.get(metadata.uid) === place)
    const counts = () => Array.from({ length: replicas }, (_, place) => at(place).length)
    for (const { metadata } of living) {
      if (!placeOf.has(metadata.uid)) placeOf.set(metadata.uid, counts().indexOf(Math.min(...counts())))
    }
    // Another one went than the one that it was taken to have come for.
    for (;;) {
      const surplus = at(counts().findIndex((pods) => pods > 1)).at(-1)
      const empty = counts().indexOf(0)
      if (surplus === undefined || empty < 0) return
      placeOf.set(surplus.metadata.uid, empty)
    }
  }

  return ({ metadata: { uid } }) => {
    assign()
    return placeOf.get(uid) ?? 0
  }
}

function byCreation(a: PodObject, b: PodObject): number {
  return Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp)
}
