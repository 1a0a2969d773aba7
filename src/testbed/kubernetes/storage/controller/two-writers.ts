import { setTimeout as sleep } from 'node:timers/promises'
import type { StorageRecord } from '../../../../csi/records.js'
import type { Machine } from '../../machine.js'
import { mountedOn } from './mounted.js'

export interface TwoWriters extends AsyncDisposable {
  /** A volume was attached to a node: looks who else has it, for as long as somebody has. */
  look(volume: string, node: string): void
}

const everyMs = 500

/** Writes down from when till when pods of two machines have a volume that one node should have. What is only staged nobody writes to. */
export function watchTwoWriters(
  machines: readonly Machine[],
  record: (record: StorageRecord) => void,
): TwoWriters {
  const stop = new AbortController()
  const looking = new Map<string, Promise<void>>()

  /** Nobody can tell of a machine that does not answer: it is looked at again. */
  async function nodesWith(volume: string): Promise<{ nodes: readonly string[]; silent: boolean }> {
    const found = await Promise.all(
      machines.map(async (machine) => ({
        node: machine.kubernetesName,
        mounted: await mountedOn(machine, volume).catch(() => undefined),
      })),
    )
    return {
      nodes: found.filter(({ mounted }) => mounted === 'published').map(({ node }) => node),
      silent: found.some(({ mounted }) => mounted === undefined),
    }
  }

  async function follow(volume: string, node: string): Promise<void> {
    let begun: Extract<StorageRecord, { type: 'two-writers' }> | undefined
    while (!stop.signal.aborted) {
      const { nodes, silent } = await nodesWith(volume)
      const nowMs = Date.now()
      if (begun === undefined && nodes.length > 1) {
        begun = { type: 'two-writers', atMs: nowMs, volume, nodes: [...nodes], untilMs: null }
        record(begun)
      }
      if (begun !== undefined && nodes.length < 2 && !silent) {
        record({ ...begun, untilMs: nowMs })
        begun = undefined
      }
      const others = nodes.filter((other) => other !== node)
      if (others.length === 0 && !silent) return
      await sleep(everyMs, undefined, { signal: stop.signal }).catch(() => undefined)
    }
  }

  return {
    look(volume, node) {
      const before = looking.get(volume) ?? Promise.resolve()
      looking.set(
        volume,
        before.then(() => follow(volume, node)),
      )
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await Promise.all(looking.values())
    },
  }
}
