import { type Socket } from 'node:net'
import { type WireBehaviour } from './behaviour.js'

/** Bytes that were taken from one side and are not with the kernel towards the other side yet. */
export interface Waiting {
  readonly bytes: Buffer
  readonly takenAtMs: number
}

/** One direction of a connection: bytes in the order of their coming, at once or as late as is wanted. */
export interface Pump {
  /** `handed` is called once the kernel has all of them. */
  take(bytes: Buffer, handed: (atMs: number) => void): void
  /** Calls this once everything that was taken has been handed on. */
  finish(last: () => void): void
  /** The behaviour is another one: what waits may go now. */
  changed(): void
  /** Nothing more goes; what has not gone, oldest first. */
  abandon(): readonly Waiting[]
  /** No more should be taken until `onRoom`. */
  readonly full: boolean
  readonly waitingBytes: number
}

export interface PumpOptions {
  readonly to: Socket
  readonly behaviour: () => WireBehaviour
  readonly now: () => number
  readonly onRoom: () => void
  /** So many bytes went later than they came, because they had to. */
  readonly onDelayed: (bytes: number) => void
}

interface Item extends Waiting {
  readonly handed: (atMs: number) => void
}

/** What a delay may keep of one direction; then the sender feels it. */
const delayedLimitBytes = 16 * 1024 * 1024

export function createPump({ to, behaviour, now, onRoom, onDelayed }: PumpOptions): Pump {
  const delayed: Item[] = []
  const writing: Item[] = []
  let last: (() => void) | undefined
  let finishedAtMs = 0
  let delayedBytes = 0
  let writingBytes = 0
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  function write(item: Item): void {
    writing.push(item)
    writingBytes += item.bytes.length
    to.write(item.bytes, (error) => {
      if (error || stopped) return
      writing.shift()
      writingBytes -= item.bytes.length
      item.handed(now())
      finishIfDone()
      onRoom()
    })
  }

  function finishIfDone(): void {
    if (last === undefined || writing.length > 0 || delayed.length > 0 || stopped) return
    const { blackhole, delayMs } = behaviour()
    if (blackhole) return
    const earlyMs = finishedAtMs + delayMs - now()
    if (earlyMs > 0) return wakeAfter(earlyMs)
    const finish = last
    last = undefined
    finish()
  }

  function wakeAfter(ms: number): void {
    clearTimeout(timer)
    timer = setTimeout(advance, ms)
  }

  function advance(): void {
    const { delayMs, blackhole } = behaviour()
    if (blackhole || stopped) return
    while (delayed[0] !== undefined) {
      const earlyMs = delayed[0].takenAtMs + delayMs - now()
      if (earlyMs > 0) return wakeAfter(earlyMs)
      const item = delayed[0]
      delayed.shift()
      delayedBytes -= item.bytes.length
      onDelayed(item.bytes.length)
      write(item)
    }
    finishIfDone()
    onRoom()
  }

  return {
    take(bytes, handed) {
      const item = { bytes, takenAtMs: now(), handed }
      const { delayMs, blackhole } = behaviour()
      if (delayMs === 0 && !blackhole && delayed.length === 0) return write(item)
      delayed.push(item)
      delayedBytes += bytes.length
      if (delayed.length === 1) advance()
    },
    finish(finish) {
      last = finish
      finishedAtMs = now()
      finishIfDone()
    },
    changed: advance,
    abandon() {
      stopped = true
      clearTimeout(timer)
      return [...writing, ...delayed]
    },
    get full() {
      return to.writableLength > 0 || delayedBytes > delayedLimitBytes
    },
    get waitingBytes() {
      return writingBytes + delayedBytes
    },
  }
}
