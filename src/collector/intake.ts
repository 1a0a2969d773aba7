import { messageOf } from '../errors.js'
import type { Appender } from './appender.js'
import type { Body } from './body.js'
import type { Arrival } from './protocol.js'
import { createReceiptScanner, type Receipt } from './receipt.js'

/** A request that the destination takes. */
export interface Delivery {
  readonly request: number
  readonly path: string
  readonly body: Body
  /** It was held, and nobody waits for the answer any more. */
  readonly clientGone: boolean
}

/** Takes bodies and keeps them: nothing is answered before this has written it down. */
export interface Intake {
  /** Resolves when the body and its entry are in the kernel. Rejects when they are not, and from then on always. */
  store(delivery: Delivery): Promise<void>
  /** How many whole lines of the run are in a body. */
  count(body: Uint8Array): number
  readonly lastArrivalMs: number | null
  readonly failure: string | null
}

export interface IntakeOptions {
  readonly run: string
  readonly raw: Appender
  readonly rawLimitBytes: number
  readonly arrivals: Appender
  /** Hears of everything that has been written. */
  readonly onStored: (receipt: Receipt, atMs: number) => void
  readonly now: () => number
}

const nothing = Buffer.alloc(0)

export function createIntake(options: IntakeOptions): Intake {
  const { raw, rawLimitBytes, arrivals, onStored, now } = options
  const scan = createReceiptScanner(options.run)
  let rawBytes = 0
  let rawIsFull = false
  let lastArrivalMs: number | null = null
  let failure: string | null = null

  /** Where the body goes in `arrivals.raw`; null once it has no room. Then it stays so: no holes. */
  function place(body: Uint8Array): [number, number] | null {
    rawIsFull ||= rawBytes + body.length > rawLimitBytes
    if (rawIsFull) return null
    rawBytes += body.length
    return [rawBytes - body.length, body.length]
  }

  return {
    async store({ request, path, body, clientGone }) {
      if (failure !== null) throw new Error(failure)
      const atMs = now()
      const receipt = scan(body.bytes)
      const placed = place(body.bytes)
      const { runs, corrupted, unexpected } = receipt
      const entry: Arrival = {
        atMs,
        request,
        path,
        raw: placed,
        runs,
        ...(body.contentEncoding && { contentEncoding: body.contentEncoding }),
        ...(clientGone && { clientGone }),
        ...(corrupted.length > 0 && { corrupted }),
        ...(unexpected.length > 0 && { unexpected }),
      }
      try {
        // The body first: an entry must never point to bytes that are not there. Also where there is no body to
        // write this waits its turn, so that entries stand in the order of arrival.
        await raw.append(placed ? body.bytes : nothing)
        await arrivals.append(Buffer.from(`${JSON.stringify(entry)}\n`))
      } catch (error) {
        failure ??= messageOf(error)
        throw error
      }
      lastArrivalMs = atMs
      onStored(receipt, atMs)
    },
    count: (body) => scan(body).lines.length,
    get lastArrivalMs() {
      return lastArrivalMs
    },
    get failure() {
      return failure
    },
  }
}
