import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../../errors.js'
import type { KubernetesApi } from './api.js'
import type { ListOf, PodObject } from './objects.js'
import { listPath } from './paths.js'

export interface PodChange {
  /** Absent: it is new. */
  readonly before?: PodObject
  /** Absent: it is gone; `last` is what was last said of it. */
  readonly after?: PodObject
  readonly last: PodObject
}

/** The pods of a namespace as the API server has them, kept up to date. */
export interface PodWatch extends AsyncDisposable {
  pods(): readonly PodObject[]
  /** Pods that are gone, as they were last seen: their containers' last exit is among it. */
  gone(uid: string): PodObject | undefined
  /** Calls back for each change, in order. Returns how to stop that. */
  onChange(listener: (change: PodChange) => void): () => void
}

const retryMs = 500

/** Resolves when it knows all pods. From then on it keeps on through every loss of the connection. */
export async function watchPods(
  api: KubernetesApi,
  namespace: string,
  onTrouble: (text: string) => void = () => undefined,
): Promise<PodWatch> {
  const path = listPath('Pod', namespace)
  const known = new Map<string, PodObject>()
  const departed = new Map<string, PodObject>()
  const listeners = new Set<(change: PodChange) => void>()
  const stop = new AbortController()
  const over = () => stop.signal.aborted
  let version = await list()

  function take(after: PodObject): void {
    const { uid } = after.metadata
    const before = known.get(uid)
    if (before?.metadata.resourceVersion === after.metadata.resourceVersion) return
    known.set(uid, after)
    for (const listener of listeners) listener({ ...(before && { before }), after, last: after })
  }

  function drop(last: PodObject): void {
    const before = known.get(last.metadata.uid)
    if (before === undefined) return
    known.delete(last.metadata.uid)
    departed.set(last.metadata.uid, last)
    for (const listener of listeners) listener({ before, last })
  }

  async function list(): Promise<string> {
    const { metadata, items } = await api.get<ListOf<PodObject>>(path)
    const present = new Set(items.map((pod) => pod.metadata.uid))
    for (const [uid, pod] of known) if (!present.has(uid)) drop(pod)
    items.forEach(take)
    return metadata.resourceVersion ?? ''
  }

  /** Resolves when the connection ends, with whether the list has to be asked for anew. */
  async function follow(): Promise<boolean> {
    let stale = false
    let end: () => void = () => undefined
    const ended = new Promise<void>((resolve) => (end = resolve))
    const query = { resourceVersion: version, allowWatchBookmarks: true, timeoutSeconds: 60 }
    const onEvent = (type: string, object: PodObject) => {
      if (type === 'ERROR') stale = true
      else version = object.metadata.resourceVersion ?? version
      if (type === 'DELETED') drop(object)
      if (type === 'ADDED' || type === 'MODIFIED') take(object)
    }
    const { Watch } = await import('@kubernetes/client-node')
    const connection = await new Watch(api.kubeConfig).watch(path, query, onEvent, (error: unknown) => {
      if (error !== null && error !== undefined) stale = true
      end()
    })
    const abort = () => {
      connection.abort()
      end()
    }
    stop.signal.addEventListener('abort', abort)
    if (over()) abort()
    await ended
    stop.signal.removeEventListener('abort', abort)
    return stale
  }

  async function keepOn(): Promise<void> {
    while (!over()) {
      try {
        if (!(await follow()) || over()) continue
        await sleep(retryMs, undefined, { signal: stop.signal })
        version = await list()
      } catch (error) {
        if (over()) return
        onTrouble(`watching pods: ${messageOf(error)}`)
        await sleep(retryMs, undefined, { signal: stop.signal }).catch(() => undefined)
      }
    }
  }

  const running = keepOn()
  return {
    pods: () => [...known.values()],
    gone: (uid) => departed.get(uid),
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await running
    },
  }
}
