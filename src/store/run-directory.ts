import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
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
    mkdirSync(directory, { recursive: true })
    run.writeJson('plan.json', plan)
    writeFileSync(run.file('events.ndjson'), '')
    pointLatestTo(directory)
  })
  return run
}

export function runDirectory(directory: string): RunDirectory {
  const file = (...names: readonly string[]) => path.join(directory, ...names)
  return {
    path: directory,
    file,
    event: (event) =>
      writing(directory, () => appendFileSync(file('events.ndjson'), `${JSON.stringify(event)}\n`)),
    writeJson: (name, value) =>
      writing(directory, () => {
        // Renamed into place, so that a reader (or a kill) never meets half a document.
        writeFileSync(file(`${name}.part`), `${JSON.stringify(value, null, 2)}\n`)
        renameSync(file(`${name}.part`), file(name))
      }),
  }
}

export function readPlan(directory: string): Plan {
  return readDocument(directory, 'plan.json') as Plan
}

/** The events so far; a last line that was cut off by a kill is left out. */
export function readEvents(directory: string): RunEvent[] {
  return readNdjson(path.join(directory, 'events.ndjson')) as RunEvent[]
}

export function readResult(directory: string): Result {
  return resultSchema.parse(readDocument(directory, 'result.json'))
}

/** Whole lines of a file that is appended to; [] where it is not there. */
export function readNdjson(file: string): unknown[] {
  if (!existsSync(file)) return []
  const text = readFileSync(file, 'utf8')
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown)
}

function readDocument(directory: string, name: string): unknown {
  try {
    return JSON.parse(readFileSync(path.join(directory, name), 'utf8'))
  } catch (cause) {
    throw new GaplessError(`${directory} holds no readable ${name}: ${messageOf(cause)}`, {
      code: 'usage',
      hint: 'Name the directory of a run, for example reports/latest.',
      cause,
    })
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
