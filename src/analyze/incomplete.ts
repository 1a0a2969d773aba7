import { existsSync, statSync } from 'node:fs'
import { type Arrival } from '../collector/protocol.js'
import { evidenceIndexFile, type EvidenceIndex } from '../custody/evidence.js'
import { type Plan } from '../scenario/plan.js'
import { type RunDirectory } from '../store/run-directory.js'

/**
 * What a run that came to its end ought to have left and has not, a sentence each. Each of these is written in any
 * such run, if only empty, so that its absence is not the pipeline's doing.
 */
export function missingFiles(store: RunDirectory, plan: Plan, kept: EvidenceIndex | undefined): string[] {
  const ledgers = [
    { file: 'collector/sent.ndjson', unknown: 'what was sent' },
    { file: 'collector/arrivals.ndjson', unknown: 'what arrived' },
    ...(plan.tap ? [{ file: 'wire/wire.ndjson', unknown: 'what crossed the wire' }] : []),
  ]
  const files = [...(kept?.logs ?? []), ...(kept?.states ?? [])]
  return [
    ...ledgers,
    ...(kept === undefined ? [{ file: evidenceIndexFile, unknown: 'where lines are' }] : []),
    ...files.map(({ file }) => ({ file, unknown: 'what it held' })),
  ]
    .filter(({ file }) => !existsSync(store.file(file)))
    .map(({ file, unknown }) => `${file} is not there: ${unknown} is not known`)
}

/** Looks whether the arrival ledger speaks of every byte that arrived: in `arrivals.raw` bodies leave no holes. */
export interface HoleWatch {
  add(arrival: Arrival): void
  /** Where entries are missing, a sentence each. `isOver`: the ledger was written to its end. */
  result(isOver: boolean): string[]
}

export function watchForHoles(store: RunDirectory): HoleWatch {
  let endBytes = 0
  let before = 0
  let complete = true
  const found: string[] = []
  return {
    add({ request, raw }) {
      // Past its limit the file of bodies does not grow, and nothing can be told from places in it.
      complete &&= raw !== null
      if (raw === null) return
      if (raw[0] !== endBytes) found.push(holeBetween(before, request))
      endBytes = raw[0] + raw[1]
      before = request
    },
    result(isOver) {
      const raw = store.file('collector', 'arrivals.raw')
      const goesOn = isOver && complete && existsSync(raw) && statSync(raw).size > endBytes
      return goesOn ? [...found, 'arrivals.ndjson has lost what arrived last: more may be missing'] : found
    },
  }
}

function holeBetween(before: number, request: number): string {
  const place = before === 0 ? 'before' : `between request ${String(before)} and`
  return `arrivals.ndjson has lost what arrived ${place} request ${String(request)}: more may be missing`
}
