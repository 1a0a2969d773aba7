import { existsSync } from 'node:fs'
import { account, type Accounting, type HeldLines } from '../account/account.js'
import { createArrivalFold } from '../account/arrivals.js'
import { createArrivalTextReader } from '../account/arrival-text.js'
import { type SentMark } from '../account/gaps.js'
import { RangeSet } from '../account/range-set.js'
import { createSentLedgerReader, type SentNumbers } from '../account/sent-ledger.js'
import { arrivalSchema, sentEntrySchema, type BlockedWrite } from '../collector/protocol.js'
import { takeCustody, type Custody } from '../custody/custody.js'
import { type Plan } from '../scenario/plan.js'
import { type RunEvent } from '../store/events.js'
import { type Blocked, type Duplicates, type Gone } from '../store/result.js'
import { type RunDirectory } from '../store/run-directory.js'
import { faultsOf } from '../verdict/faults.js'
import { wireEntrySchema } from '../wire/ledger.js'
import { blockedOn } from './blocked.js'
import { mendedAtMs } from './from-events.js'
import { missingFiles, watchForHoles } from './incomplete.js'
import { readPassings } from './passings.js'
import { feed, rangeSet, readEvidence, readLedger } from './read-run.js'
import { traceAll, type LineSets } from './trace-all.js'
import { createWireFold, type WireSightings } from './wire.js'

export interface MeasureInput {
  readonly store: RunDirectory
  readonly plan: Plan
  readonly events: readonly RunEvent[]
}

/** Everything that is counted in a run, before anybody judges it. */
export interface Measurement {
  readonly accounting: Accounting
  readonly gone: Gone[]
  readonly duplicates: Duplicates[]
  /** undefined where the run did not get that far: then nothing is known to be lost. */
  readonly custody: Custody | undefined
  /** null: there was no tap. */
  readonly wire: WireSightings | null
  readonly marks: ReadonlyMap<string, readonly SentMark[]>
  /** Of nodes whose applications could not write for a while. */
  readonly blocked: readonly Blocked[]
  /** When the first line of each stream arrived that was written after all was mended. */
  readonly fresh: ReadonlyMap<string, number>
  /** What is missing of the files that a count is made from, a sentence each. */
  readonly incomplete: readonly string[]
}

/** Where the counting itself failed. */
export const unmeasured: Measurement = {
  accounting: account({
    sent: new Map(),
    arrivals: { streams: new Map(), corruptedOfNoStream: 0, unexpectedOfNoStream: 0 },
  }),
  gone: [],
  duplicates: [],
  custody: undefined,
  wire: null,
  marks: new Map(),
  blocked: [],
  fresh: new Map(),
  incomplete: [],
}

export type Measure = (input: MeasureInput) => Promise<Measurement>

/** Counts and traces the lines of a stored run from its files. The self-check does so with a damaged copy of them. */
export async function measure({ store, plan, events }: MeasureInput): Promise<Measurement> {
  const drained = events.some(({ type }) => type === 'drain-ended')
  const ledgers = await readLedgers({ store, plan, mendedMs: mendedAtMs(events), drained })
  const kept = readEvidence(store)
  const incomplete = [...ledgers.incomplete, ...(drained ? missingFiles(store, plan, kept) : [])]
  // Until a run has drained and its stations were looked into, what has not arrived is not lost: it is on its way. And
  // where files are not whole, what is missing from them is not known to be missing from the pipeline.
  const evidence = drained && incomplete.length === 0 ? kept : undefined
  const wire = await readWire(store)
  const { sent, arrivals, marks, fresh } = ledgers
  const blocked = blockedOn(plan, ledgers.blocked)
  const custody =
    evidence &&
    (await takeCustody({
      plan,
      evidence,
      resolve: (file) => store.file(file),
      beyond: (stream) => {
        const delivered = arrivals.streams.get(stream)?.account.delivered ?? new RangeSet()
        return wire === null ? delivered : delivered.union(wire.crossed(stream))
      },
    }))
  const held = custody === undefined ? heldSomewhere(sent) : heldLines(custody)
  const accounting = account({ sent, arrivals, held })
  const sets = setsOf(accounting)
  const passings = await readPassings(store, sets)
  const traced = traceAll({ plan, events, faults: faultsOf(events), marks, sets, custody, wire, passings })
  return { accounting, ...traced, custody, wire, marks, blocked, fresh, incomplete }
}

interface LedgersInput {
  readonly store: RunDirectory
  readonly plan: Plan
  readonly mendedMs: number | null
  readonly drained: boolean
}

/** The ledgers, folded as they are read: memory grows with gaps, not with lines or requests. */
async function readLedgers({ store, plan, mendedMs, drained }: LedgersInput) {
  const sentReader = createSentLedgerReader()
  const marks = new Map<string, SentMark[]>()
  const blocked = new Map<string, BlockedWrite[]>()
  const sentEnd = await readLedger(store.file('collector', 'sent.ndjson'), sentEntrySchema, (entry) => {
    sentReader.add(entry)
    if (entry.type === 'blocked') blocked.set(entry.stream, [...(blocked.get(entry.stream) ?? []), entry])
    if (entry.type !== 'sent') return
    const ofStream = marks.get(entry.stream) ?? []
    ofStream.push({ upTo: entry.upTo, atMs: entry.atMs })
    marks.set(entry.stream, ofStream)
  })
  const sent = sentReader.result()
  const fresh = new Map<string, number>()
  const fold = createArrivalFold(sent, {
    ...(plan.lateAfterMs !== null && { lateAfterMs: plan.lateAfterMs }),
    onFirstArrival: (stream, { emittedAtMsLast, arrivedAtMs }) => {
      if (mendedMs !== null && emittedAtMsLast > mendedMs && !fresh.has(stream))
        fresh.set(stream, arrivedAtMs)
    },
  })
  const watch = watchForHoles(store)
  const arrivalsFile = store.file('collector', 'arrivals.ndjson')
  const arrivalsEnd = await feed(
    arrivalsFile,
    createArrivalTextReader({
      name: arrivalsFile,
      schema: arrivalSchema,
      use: (arrival) => {
        fold.add(arrival)
        watch.add(arrival)
      },
    }),
  )
  const cutOff = [
    ...(sentEnd.lastLineCut ? ['sent.ndjson'] : []),
    ...(arrivalsEnd.lastLineCut ? ['arrivals.ndjson'] : []),
  ]
  const incomplete = [
    ...cutOff.map((ledger) => `${ledger} ends in the middle of a line: more may be missing`),
    ...watch.result(drained && !arrivalsEnd.lastLineCut && existsSync(arrivalsFile)),
  ]
  return { sent, arrivals: fold.result(), marks, blocked, fresh, incomplete }
}

/** null where there was no tap. */
async function readWire(store: RunDirectory): Promise<WireSightings | null> {
  const file = store.file('wire', 'wire.ndjson')
  if (!existsSync(file)) return null
  const fold = createWireFold()
  await readLedger(file, wireEntrySchema, (entry) => {
    fold.add(entry)
  })
  return fold.result()
}

function setsOf({ streams }: Accounting): LineSets[] {
  return streams.map(({ stream, lostRanges, duplicatedRanges }) => ({
    stream,
    lost: RangeSet.of(lostRanges),
    duplicated: RangeSet.of(duplicatedRanges),
  }))
}

function heldSomewhere(sent: ReadonlyMap<string, SentNumbers>): HeldLines[] {
  const station = 'somewhere in the pipeline'
  return [...sent].map(([stream, numbers]) => ({ station, stream, lines: numbers.sent }))
}

function heldLines({ held }: Custody): HeldLines[] {
  return held.flatMap(({ station, streams, perhaps = false }) =>
    Object.entries(streams).map(([stream, ranges]) => ({
      station,
      stream,
      lines: rangeSet(ranges),
      perhaps,
    })),
  )
}
