import { setTimeout as sleep } from 'node:timers/promises'
import type { TestbedEvent } from '../../contract.js'
import { machineCalled, type KubernetesContext } from '../context.js'
import { conditionOf, withinSecond, type EventObject, type ListOf, type NodeObject } from '../objects.js'
import { listPath } from '../paths.js'
import { watchOutliving } from './outliving.js'
import type { SharedStorage } from './storage.js'
import { lossesOf, volumeEvents, writersOf, type VolumeNames } from './volume-events.js'

/** Tells, while a run goes on, what becomes of its volumes and of the nodes that they are attached to. */
export interface StorageJournal {
  /** Looks a last time, tells who wrote to the volumes, and is silent from then on. */
  stop(): Promise<void>
}

const everyMs = 1000
const warnings = ['FailedAttachVolume', 'FailedMount'] as const

export function keepJournal(
  context: KubernetesContext,
  { records, canRecord }: Pick<SharedStorage, 'records' | 'canRecord'>,
): StorageJournal {
  const { api, namespace, machines, onEvent } = context
  const names: VolumeNames = {
    namespace,
    nodeOf: (kubernetesName) => machineCalled(kubernetesName, context)?.node ?? kubernetesName,
  }
  const outliving = watchOutliving(context)
  const over = new AbortController()
  const ready = new Map<string, string>()
  const warned = new Set<string>()
  // Nodes are not heard of in the order of time.
  const told = new Set<string>()

  async function lookAtVolumes(): Promise<void> {
    const seen = await records()
    for (const event of [...volumeEvents(seen, names), ...lossesOf(seen, names)]) {
      const key = JSON.stringify(event)
      if (!told.has(key)) onEvent(event)
      told.add(key)
    }
  }

  async function lookAtNodes(): Promise<void> {
    const { items } = await api.get<ListOf<NodeObject>>(listPath('Node'))
    for (const { node, kubernetesName } of machines) {
      const event = readinessOf(
        node,
        items.find(({ metadata }) => metadata.name === kubernetesName),
      )
      if (ready.get(node) !== event.ready) onEvent(event)
      ready.set(node, event.ready)
    }
  }

  async function lookAtWarnings(): Promise<void> {
    for (const reason of warnings) {
      const selector = encodeURIComponent(`involvedObject.kind=Pod,reason=${reason}`)
      const { items } = await api.get<ListOf<EventObject>>(
        `${listPath('Event', namespace)}?fieldSelector=${selector}`,
      )
      for (const { involvedObject, message = '', metadata } of items) {
        const key = `${involvedObject.uid ?? ''} ${reason}`
        const pod = context.watch.pods().find((one) => one.metadata.uid === involvedObject.uid)
        if (warned.has(key)) continue
        warned.add(key)
        const atMs = withinSecond(Date.parse(metadata.creationTimestamp), Date.now())
        const node = names.nodeOf(pod?.spec.nodeName ?? '')
        onEvent({ type: 'pod-warned', atMs, pod: involvedObject.name ?? '', node, reason, message })
      }
    }
  }

  /** What cannot be asked now is asked again: things are broken on purpose around here. */
  const look = () => Promise.allSettled([lookAtVolumes(), lookAtNodes(), lookAtWarnings(), outliving.look()])

  async function keepOn(): Promise<void> {
    while (!over.signal.aborted) {
      await look()
      await sleep(everyMs, undefined, { signal: over.signal }).catch(() => undefined)
    }
  }

  const going = keepOn()
  return {
    async stop() {
      if (over.signal.aborted) return
      over.abort()
      outliving.stop()
      await going
      if (!(await canRecord().catch(() => true))) {
        onEvent({ type: 'records-lost', atMs: Date.now(), node: 'the control plane', records: null })
      }
      await look()
      writersOf(await records().catch(() => []), names).forEach(onEvent)
    },
  }
}

type NodeReady = Extract<TestbedEvent, { readonly type: 'node-ready' }>

function readinessOf(node: string, found: NodeObject | undefined): NodeReady {
  if (found === undefined) return { type: 'node-ready', atMs: Date.now(), node, ready: 'unregistered' }
  const condition = conditionOf(found, 'Ready')
  const toldMs = Date.parse(condition?.lastTransitionTime ?? found.metadata.creationTimestamp)
  const atMs = withinSecond(toldMs, Date.now())
  return { type: 'node-ready', atMs, node, ready: condition?.status ?? 'Unknown' }
}
