import { readdir } from 'node:fs/promises'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { GaplessError, messageOf } from '../errors.js'
import { type Plan } from '../scenario/plan.js'
import { type RunEvent } from './events.js'
import { resultSchema, type Result } from './result.js'

/** Where a run keeps what it measured; one directory, everything written as it happens. */
export interface RunDirectory {
  readonly path: string
  file(...names: readonly string[]): string
  event(event: RunEvent): void
  writeJson(name: string, value: unknown): void
}

/** Makes `<out>/<id>/` with plan.json in it, and points `<out>/latest` to it. GaplessError 'store-not-writable'. */
export function createRunDirectory(out: string, plan: Plan): RunDirectory {
  const directory = path.join(path.resolve(out), plan.id)
  const run = runDirectory(directory)
  writing(directory, () => {
    makeDirectory(directory)
    run.writeJson('plan.json', plan)
    writeFileSync(run.file('events.ndjson'), '')
    pointLatestTo(directory)
  })
  return run
}

export function runDirectory(directory: string): RunDirectory {
  const file = (...names: readonly string[]) => path.join(directory, ...names)
  let torn = false
  return {
    path: directory,
    file,
    event: (event) =>
      writing(directory, () => {
        // A disk that is full takes half a line: what comes after it must begin on a line of its own.
        const line = `${torn ? '\n' : ''}${JSON.stringify(event)}\n`
        torn = true
        appendFileSync(file('events.ndjson'), line)
        torn = false
      }),
    writeJson: (name, value) =>
      writing(directory, () => {
        // Renamed into place, so that a reader (or a kill) never meets half a document.
        writeFileSync(file(`${name}.part`), `${JSON.stringify(value, null, 2)}\n`)
        renameSync(file(`${name}.part`), file(name))
      }),
  }
}

/** Of a plan, what tells it from another program's plan.json; the rest is as this gapless or an older one wrote it. */
const planSchema = z.looseObject({
  schemaVersion: z.literal(1),
  id: z.string(),
  runToken: z.string(),
  scenario: z.string(),
  startedAtMs: z.number(),
  streams: z.array(z.looseObject({ stream: z.string(), node: z.string() })),
})

/** Throws a GaplessError ('usage') where the directory is not that of a run. */
export function readPlan(directory: string): Plan {
  const plan = readDocument(directory, 'plan.json')
  const parsed = planSchema.safeParse(plan)
  if (parsed.success) return plan as Plan
  const [issue] = parsed.error.issues
  throw notARun(directory, `plan.json is not the plan of a run (${issue?.path.map(String).join('.') ?? ''})`)
}

/**
 * The events so far. A last line that was cut off by a kill is left out; a damaged one anywhere else (the disk was
 * full, somebody edited it) is a problem of the run's, and is told as one.
 */
export function readEvents(directory: string): RunEvent[] {
  const file = path.join(directory, 'events.ndjson')
  if (!existsSync(file)) return []
  const whole = readFileSync(file, 'utf8').split('\n').slice(0, -1)
  return whole.flatMap((line, index) => (line === '' ? [] : [parseEvent(line, index + 1)]))
}

const eventSchema = z.looseObject({ type: z.string(), atMs: z.number() })

function parseEvent(line: string, number: number): RunEvent {
  try {
    return eventSchema.parse(JSON.parse(line)) as unknown as RunEvent
  } catch {
    return { type: 'problem', atMs: 0, message: `line ${String(number)} of events.ndjson is damaged` }
  }
}

/** The results stored below a reports directory; what another version of gapless wrote differently is left out. */
export async function readResults(out: string): Promise<Result[]> {
  const names = await readdir(path.resolve(out)).catch(() => [])
  return names
    .filter((name) => name !== 'latest' && existsSync(path.join(out, name, 'result.json')))
    .flatMap((name) => {
      const parsed = resultSchema.safeParse(readDocument(path.join(out, name), 'result.json'))
      return parsed.success ? [parsed.data] : []
    })
}

function readDocument(directory: string, name: string): unknown {
  try {
    return JSON.parse(readFileSync(path.join(directory, name), 'utf8'))
  } catch (cause) {
    throw notARun(directory, `it has no readable ${name}: ${messageOf(cause)}`, cause)
  }
}

function notARun(directory: string, why: string, cause?: unknown): GaplessError {
  return new GaplessError(`${directory} does not hold a run: ${why}`, {
    code: 'usage',
    hint: 'Name the directory of a run, for example reports/latest.',
    cause,
  })
}

/** With its parents, one by one: Node's own way never comes back where the system has no room for one, as in /proc. */
function makeDirectory(directory: string): void {
  const parent = path.dirname(directory)
  if (parent !== directory && !existsSync(parent)) makeDirectory(parent)
  try {
    mkdirSync(directory)
  } catch (error) {
    // Another run may have made it just now.
    if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) throw error
  }
}

function pointLatestTo(directory: string): void {
  const latest = path.join(path.dirname(directory), 'latest')
  const fresh = `${latest}.${path.basename(directory)}`
  rmSync(fresh, { force: true })
  symlinkSync(path.basename(directory), fresh)
  renameSync(fresh, latest)
}

function writing<T>(directory: string, write: () => T): T {
  try {
    return write()
  } catch (cause) {
    throw new GaplessError(`cannot write to ${directory}: ${messageOf(cause)}`, {
      code: 'store-not-writable',
      hint: 'Check permissions and free space, or choose another place with --out DIR.',
      cause,
    })
  }
}
