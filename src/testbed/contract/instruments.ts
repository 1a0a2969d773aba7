import type { CollectorClient } from '../../collector/client.js'
import type { WireClient } from '../../wire/client.js'
import type { Endpoints } from '../endpoints.js'

/** A program of the instrument that runs beside the pipeline. */
export interface Instrument {
  /** Ends it in order; at once where it has ended. */
  stop(): Promise<void>
  /** Lets it run on when gapless ends. */
  detach(): Promise<void>
}

/** What measures a run, out of reach of what a fault can hit, and where the pipeline finds it. */
export interface Instruments {
  readonly collector: CollectorClient & Instrument & { readonly bootId: string }
  /** null: the scenario goes without it. */
  readonly tap: (WireClient & Instrument) | null
  readonly endpoints: Endpoints
}

export interface InstrumentsOptions {
  /** The run's token, as it stands in every marker. */
  readonly runToken: string
  /** Directories of this machine, made, without any ledgers yet. */
  readonly ledgers: { readonly collector: string; readonly wire: string }
  /** false: forwarders deliver to the collector. */
  readonly aggregator: boolean
  readonly tap: boolean
}

/** How an application's pod runs the emitter. */
export interface EmitterProgram {
  readonly image?: string
  readonly command: readonly string[]
  readonly files: Readonly<Record<string, string>>
}
