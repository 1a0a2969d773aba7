import { appendFileSync, mkdirSync } from 'node:fs'
import { recordsDirectory } from '../names.js'
import type { StorageRecord } from '../records.js'

/** Writes down, at once, what happens on a node: others read it whatever becomes of the node. */
export interface Journal {
  /** Throws where it cannot be written. */
  write(record: StorageRecord): void
  /** For what must go on: where it cannot be written, how many were not is written once that can be. */
  note(record: StorageRecord): void
}

/** How often it is tried again to write that something is lost. */
const againMs = 500

export function openJournal(shared: string, node: string): Journal {
  const file = `${recordsDirectory(shared)}/${node}.ndjson`
  let torn = false
  let lost: { records: number; sinceMs: number } | undefined
  let again: NodeJS.Timeout | undefined

  function append(...records: readonly StorageRecord[]): void {
    const owed = lost && ({ type: 'records-lost', atMs: Date.now(), node, ...lost } as const)
    const lines = [...(owed ? [owed] : []), ...records].map((record) => `${JSON.stringify(record)}\n`)
    // Between runs what is in there may have been cleared away.
    mkdirSync(recordsDirectory(shared), { recursive: true })
    // What did not fit may have left the beginning of its line.
    const before = torn ? '\n' : ''
    torn = true
    appendFileSync(file, before + lines.join(''))
    torn = false
    lost = undefined
  }

  function tellLost(): void {
    clearTimeout(again)
    if (lost === undefined) return
    try {
      append()
    } catch {
      again = setTimeout(tellLost, againMs).unref()
    }
  }

  return {
    write: append,
    note(record) {
      try {
        append(record)
      } catch (error) {
        process.stderr.write(`could not be written down: ${JSON.stringify(record)}: ${String(error)}\n`)
        lost = { records: (lost?.records ?? 0) + 1, sinceMs: lost?.sinceMs ?? record.atMs }
        clearTimeout(again)
        again = setTimeout(tellLost, againMs).unref()
      }
    },
  }
}
