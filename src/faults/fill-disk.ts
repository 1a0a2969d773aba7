import { open, rm, stat, statfs } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { GaplessError, messageOf } from '../errors.js'
import { describeTarget, type FluentdTarget, type PodTarget } from '../scenario/target.js'
import { type Action } from '../scenario/timeline.js'
import { evidence, inEach, podTarget, type FaultDefinition } from './fault.js'
import { watchLog } from './looking.js'
import { counted } from '../words.js'

const noSpace = /No space left on device|ENOSPC/

/**
 * The state volume of a Fluentd is full: something else fills it and keeps filling it, so that what Fluentd frees by
 * flushing is taken at once. The volume has a size that the kernel enforces. Proven by no free byte being left, and
 * by Fluentd's own log, which says that it was refused a write.
 */
export const fillDisk: FaultDefinition = {
  fault: 'fill-disk',
  needs: ['limited-volumes', 'node-files'],
  knobProblem({ target }, knobs) {
    const name = `${podTarget(target).role}.stateVolumeSize` as const
    return knobs[name] === '0'
      ? `a volume without a size is never full: set the knob ${name}, for example to 16m`
      : undefined
  },
  inject: inEach(async (target, _, context) => {
    const directory = context.stateDirectory(target)
    await refuseSharedDisk(directory, target)
    const log = await watchLog(context, context.pod(target), [noSpace])
    const file = path.join(directory, '.filled-on-purpose')
    const written = await fill(file)
    const free = await freeBytes(directory)
    const stop = keepFilling(file)
    const what = `${counted(written, 'byte')} written to its state volume, and ${counted(free, 'byte')} free`
    return {
      evidence: [evidence(context, what, written > 0 && free === 0, { written, free })],
      async heal() {
        const refused = await log.count(noSpace)
        await stop()
        await rm(file, { force: true })
        const freed = await freeBytes(directory)
        const said = `Fluentd's log says "No space left on device" ${counted(refused, 'time')} meanwhile`
        return [
          evidence(context, said, refused > 0, { refused }),
          evidence(context, `${freed.toLocaleString('en')} bytes are free again`, freed > 0, { freed }),
        ]
      },
    }
  }),
}

/** Whoever fills a directory of the user's own disk has broken more than a pipeline. */
async function refuseSharedDisk(directory: string, target: FluentdTarget): Promise<void> {
  const [own, around] = await Promise.all([stat(directory), stat(path.dirname(directory))])
  if (own.dev !== around.dev) return
  throw new GaplessError(`the state volume of the ${describeTarget(target)} is no file system of its own`, {
    code: 'scenario-invalid',
    hint: `Give it a size by the knob ${target.role}.stateVolumeSize.`,
  })
}

async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory)
  return bavail * bsize
}

/** Appends until nothing more fits; resolves to the bytes that did. */
async function fill(file: string): Promise<number> {
  const handle = await open(file, 'a')
  let total = 0
  try {
    for (const size of [1 << 20, 1 << 16, 1 << 12]) {
      const block = Buffer.alloc(size)
      for (;;) {
        const { bytesWritten } = await handle.write(block)
        total += bytesWritten
        if (bytesWritten < size) break
      }
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
  } finally {
    await handle.close()
  }
  return total
}

function keepFilling(file: string): () => Promise<void> {
  const over = new AbortController()
  const filling = (async () => {
    while (!over.signal.aborted) {
      await fill(file)
      await sleep(50, undefined, { signal: over.signal, ref: false }).catch(() => undefined)
    }
  })()
  filling.catch((error: unknown) => process.emitWarning(`filling ${file} ended: ${messageOf(error)}`))
  return async () => {
    over.abort()
    await filling.catch(() => undefined)
  }
}

/** What a scenario says. */
export const fillDiskActions = (target: PodTarget) => ({
  /** Fills the state volume (knob stateVolumeSize) until `freeDisk`. */
  fillDisk: (): Action => ({
    type: 'inject',
    spec: {
      fault: 'fill-disk',
      target,
      description: `fill the state volume of the ${describeTarget(target)}`,
      parameters: {},
    },
  }),
  freeDisk: (): Action => ({
    type: 'heal',
    heals: 'fill-disk',
    target,
    description: `free the state volume of the ${describeTarget(target)}`,
  }),
})
