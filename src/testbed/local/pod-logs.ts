import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { PodSpec } from '../contract.js'
import { textOfCriLog } from './cri-text.js'
import { containerLogsPath, formerLogsPath } from './layout.js'

/** One creation of a pod; it has another uid and perhaps another node after `recreate`. */
export interface Incarnation {
  readonly spec: PodSpec
  readonly uid: string
}

/** What the containers of a pod wrote, oldest first, cut at its beginning to `maxBytes`. */
export async function readPodLogs(
  directory: string,
  incarnations: readonly Incarnation[],
  maxBytes: number,
): Promise<string> {
  const files: string[] = []
  for (const { spec, uid } of incarnations) {
    const identity = { ...spec, uid }
    const places = [
      formerLogsPath(directory, identity),
      containerLogsPath(join(directory, spec.node), identity),
    ]
    const found = await Promise.all(places.map(listLogs))
    files.push(...found.flat().sort(byAge))
  }
  const texts: Buffer[] = []
  let total = 0
  for (const file of files.reverse()) {
    if (total >= maxBytes) break
    const text = textOfCriLog(await readLog(file))
    texts.unshift(text)
    total += text.length
  }
  const whole = Buffer.concat(texts)
  return whole.subarray(Math.max(whole.length - maxBytes, 0)).toString('utf8')
}

async function listLogs(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory).catch(() => [])
  return names
    .filter((name) => /^\d+\.log/.test(name) && !name.endsWith('.tmp'))
    .map((name) => join(directory, name))
}

/** A file may be rotated or compressed between being listed and being read; then it is read under its later name. */
async function readLog(file: string): Promise<Buffer> {
  const bytes = await readFile(file).catch(() => readFile(`${file}.gz`).catch(() => Buffer.alloc(0)))
  const compressed = bytes[0] === 0x1f && bytes[1] === 0x8b
  return compressed ? promisify(gunzip)(bytes) : bytes
}

/** By restart count, then by the time of rotation; the current file is the newest of its container. */
function byAge(a: string, b: string): number {
  const [nameA, nameB] = [basename(a), basename(b)]
  const restarts = Number.parseInt(nameA, 10) - Number.parseInt(nameB, 10)
  const current = Number(nameA.endsWith('.log')) - Number(nameB.endsWith('.log'))
  return restarts || current || (nameA < nameB ? -1 : 1)
}
