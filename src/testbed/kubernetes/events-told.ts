import type { KubernetesContext } from './context.js'
import type { EventObject, ListOf } from './objects.js'
import { listPath } from './paths.js'

export interface EventsTold {
  /** Whether there is an event of this reason about an object. */
  of(uid: string, reason: string): Promise<boolean>
}

/** The API server is asked no more often. */
const everyMs = 500

/** What Kubernetes has told; once told, it counts as told for as long as the object is there. */
export function eventsTold({ api, namespace }: Pick<KubernetesContext, 'api' | 'namespace'>): EventsTold {
  const told = new Set<string>()
  const askedAtMs = new Map<string, number>()
  return {
    async of(uid, reason) {
      const key = `${uid} ${reason}`
      const tooSoon = performance.now() - (askedAtMs.get(key) ?? -Infinity) < everyMs
      if (told.has(key) || tooSoon) return told.has(key)
      askedAtMs.set(key, performance.now())
      const selector = encodeURIComponent(`involvedObject.uid=${uid},reason=${reason}`)
      const { items } = await api.get<ListOf<EventObject>>(
        `${listPath('Event', namespace)}?fieldSelector=${selector}`,
      )
      if (items.length > 0) told.add(key)
      return told.has(key)
    },
  }
}
