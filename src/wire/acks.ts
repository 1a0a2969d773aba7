import { createBoundaryFinder } from '../forward/boundaries.js'
import { acknowledgedChunk } from '../forward/message.js'

/** Bytes for the forwarder, and the acknowledgements that are complete with them. */
export interface Answer {
  readonly bytes: Buffer
  readonly acks: readonly string[]
}

/** What goes back from the aggregator to a forwarder on one connection. */
export interface Acks {
  /** What of these bytes is to be passed on, in order. With `drop`, acknowledgements that begin here are left out. */
  take(bytes: Buffer, drop: boolean): readonly Answer[]
}

export function createAcks(onDropped: (chunk: string) => void): Acks {
  const finder = createBoundaryFinder()
  /** The message under way, and how much of it has been passed on already. */
  let open: Buffer[] = []
  let passedBytes = 0

  return {
    take(bytes, drop) {
      const answers: Answer[] = []
      let from = 0
      for (const framed of finder.push(bytes)) {
        const message = Buffer.concat([...open, bytes.subarray(from, framed.end)])
        const chunk = acknowledgedChunk(message, framed)
        if (chunk !== null && drop && passedBytes === 0) onDropped(chunk)
        else answers.push({ bytes: message.subarray(passedBytes), acks: chunk === null ? [] : [chunk] })
        from = framed.end
        open = []
        passedBytes = 0
      }
      if (from < bytes.length) open.push(bytes.subarray(from))
      if (open.length > 0 && (finder.broken || !drop)) {
        const message = Buffer.concat(open)
        if (message.length > passedBytes) answers.push({ bytes: message.subarray(passedBytes), acks: [] })
        passedBytes = message.length
        if (finder.broken) {
          open = []
          passedBytes = 0
        }
      }
      return answers
    },
  }
}
