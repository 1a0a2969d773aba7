import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../../errors.js'
import type { KubernetesApi } from './api.js'
import type { ListOf, ObjectMeta } from './objects.js'

interface Watched {
  readonly metadata: ObjectMeta
}

export interface Change<T> {
  /** Absent: it is new. */
  readonly before?: T
  /** Absent: it is gone; `last` is what was last said of it. */
  readonly after?: T
  readonly last: T
}

/** The objects of one list as the API server has them, kept up to date. */
export interface ObjectWatch<T> extends AsyncDisposable {
  objects(): readonly T[]
  /** One that is gone, as it was last seen. */
  gone(uid: string): T | undefined
  /** Calls back for each change, in order. Returns how to stop that. */
  onChange(listener: (change: Change<T>) => void): () => void
}

export interface WatchOptions {
  /** In messages, e.g. `pods`. */
  readonly what: string
  readonly onTrouble?: (text: string) => void
}

const retryMs = 500

/** Resolves when it knows all objects of a list. From then on it keeps on through every loss of the connection. */
export async function watchObjects<T extends Watched>(
  api: KubernetesApi,
  path: string,
  { what, onTrouble = () => undefined }: WatchOptions,
): Promise<ObjectWatch<T>> {
  const known = new Map<string, T>()
  const departed = new Map<string, T>()
  const listeners = new Set<(change: Change<T>) => void>()
  const stop = new AbortController()
  const over = () => stop.signal.aborted
  let version = await list()

  function take(after: T): void {
    const { uid } = after.metadata
    const before = known.get(uid)
    if (before?.metadata.resourceVersion === after.metadata.resourceVersion) return
    known.set(uid, after)
    for (const listener of listeners) listener({ ...(before && { before }), after, last: after })
  }

  function drop(last: T): void {
    const before = known.get(last.metadata.uid)
    if (before === undefined) return
    known.delete(last.metadata.uid)
    departed.set(last.metadata.uid, last)
    for (const listener of listeners) listener({ before, last })
  }

  async function list(): Promise<string> {
    const { metadata, items } = await api.get<ListOf<T>>(path)
    const present = new Set(items.map((object) => object.metadata.uid))
    for (const [uid, object] of known) if (!present.has(uid)) drop(object)
    items.forEach(take)
    return metadata.resourceVersion ?? ''
  }

  /** Resolves when the connection ends, with whether the list has to be asked for anew. */
  async function follow(): Promise<boolean> {
    let stale = false
    let end: () => void = () => undefined
    const ended = new Promise<void>((resolve) => (end = resolve))
    const query = { resourceVersion: version, allowWatchBookmarks: true, timeoutSeconds: 60 }
    const onEvent = (type: string, object: T) => {
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
        onTrouble(`watching ${what}: ${messageOf(error)}`)
        await sleep(retryMs, undefined, { signal: stop.signal }).catch(() => undefined)
      }
    }
  }

  const running = keepOn()
  return {
    objects: () => [...known.values()],
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
