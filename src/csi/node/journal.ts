import { appendFileSync, mkdirSync } from 'node:fs'
import { recordsDirectory } from '../names.js'
import type { StorageRecord } from '../records.js'

/** Writes down, at once, what happens on a node: others read it whatever becomes of the node. */
export interface Journal {
  /** Throws where it cannot be written. */
  write(record: StorageRecord): void
  /** Where it cannot be written, says so on stderr: for what must go on. */
  note(record: StorageRecord): void
}

export function openJournal(shared: string, node: string): Journal {
  const file = `${recordsDirectory(shared)}/${node}.ndjson`
  function write(record: StorageRecord): void {
    // Between runs what is in there may have been cleared away.
    mkdirSync(recordsDirectory(shared), { recursive: true })
    appendFileSync(file, `${JSON.stringify(record)}\n`)
  }
  return {
    write,
    note(record) {
      try {
        write(record)
      } catch (error) {
        process.stderr.write(`could not be written down: ${JSON.stringify(record)}: ${String(error)}\n`)
      }
    },
  }
}
