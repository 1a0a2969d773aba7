import { execa } from 'execa'
import { docker } from '../../docker/docker.js'
import { shellLine } from '../../shell.js'
import { GaplessError } from '../../errors.js'
import type { Machine } from './machine.js'

export interface LoadOptions {
  readonly signal: AbortSignal
  readonly onProgress?: (text: string) => void
}

export interface LoadedImages {
  /** Those that this machine's Docker has: now they are in all nodes. */
  readonly loaded: readonly string[]
  /** Those that it has not: each node pulls them when it needs them. */
  readonly left: readonly string[]
}

/** What was loaded, an empty file each: the image's id by its name. */
const records = '/var/lib/gapless/images'

/**
 * Puts images into nodes: all that the local Docker has, read from it once for all nodes, and only into those nodes
 * that have not got the very same one from here before. Throws 'instrument' with what a node said.
 */
export async function loadImages(
  machines: readonly Machine[],
  images: readonly string[],
  { signal, onProgress }: LoadOptions,
): Promise<LoadedImages> {
  const ids = new Map<string, string>()
  for (const image of new Set(images)) {
    const id = await idOf(image, signal)
    if (id !== undefined) ids.set(image, id)
  }
  const missing = await Promise.all(machines.map((machine) => missingIn(machine, ids)))
  const targets = machines.filter((_, index) => missing[index]?.length)
  const names = [...new Set(missing.flat())]
  if (names.length > 0) {
    onProgress?.(`Loading ${names.join(', ')} into ${targets.map(({ node }) => node).join(', ')}`)
    await copy(targets, names, signal)
    await Promise.all(targets.map((machine) => record(machine, names, ids)))
  }
  return { loaded: [...ids.keys()], left: images.filter((image) => !ids.has(image)) }
}

async function idOf(image: string, signal: AbortSignal): Promise<string | undefined> {
  const { exitCode, stdout, stderr } = await docker(
    ['image', 'inspect', '--format', '{{.Id}}', '--', image],
    { signal },
  )
  if (exitCode === 0) return stdout.trim()
  if (/no such image/i.test(stderr)) return undefined
  throw new GaplessError(`Docker cannot say whether it has ${image}: ${stderr.trim()}`, {
    code: 'instrument',
  })
}

async function missingIn(machine: Machine, ids: ReadonlyMap<string, string>): Promise<readonly string[]> {
  if (ids.size === 0) return []
  const [present, recorded] = await Promise.all([presentIn(machine), machine.files.list(records)])
  const known = new Set(recorded.map(({ path }) => path))
  return [...ids]
    .filter(([image, id]) => !present.has(fullName(image)) || !known.has(recordOf(image, id)))
    .map(([image]) => image)
}

async function presentIn(machine: Machine): Promise<ReadonlySet<string>> {
  const { stdout } = await machine.exec([...machine.services.ctr, 'images', 'list', '--quiet'])
  return new Set(stdout.split('\n'))
}

async function record(
  machine: Machine,
  images: readonly string[],
  ids: ReadonlyMap<string, string>,
): Promise<void> {
  await machine.exec(['mkdir', '-p', records])
  await machine.exec(['touch', ...images.map((image) => recordOf(image, ids.get(image) ?? ''))])
}

/** One `docker save`, and an import in each node at the same time. */
async function copy(
  targets: readonly Machine[],
  images: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const saving = execa('docker', ['save', '--', ...images], {
    stdin: 'ignore',
    encoding: 'buffer',
    buffer: { stdout: false },
    reject: false,
    cancelSignal: signal,
  })
  const imports = targets.map(({ container, services }) => {
    const args = ['exec', '--interactive', container, ...services.importImages]
    return saving.pipe('docker', args, { reject: false, cancelSignal: signal })
  })
  const [saved, ...imported] = await Promise.all([saving, ...imports])
  if (signal.aborted) throw new GaplessError('Interrupted while images were loaded', { code: 'interrupted' })
  const failed = imported.findIndex(({ exitCode }) => exitCode !== 0)
  const why = saved.exitCode === 0 ? undefined : Buffer.from(saved.stderr).toString().trim()
  if (why === undefined && failed === -1) return
  const node = targets[failed]?.node
  throw new GaplessError(
    why === undefined
      ? `${node ?? ''} does not take ${images.join(', ')}: ${imported[failed]?.stderr.trim() ?? ''}`
      : `Docker cannot write out ${images.join(', ')}: ${why}`,
    { code: 'instrument', command: shellLine(['docker', 'save', ...images]) },
  )
}

/** As containerd spells it: with its registry and tag. */
export function fullName(image: string): string {
  const [first = '', ...rest] = image.split('/')
  const hasRegistry = rest.length > 0 && /[.:]|^localhost$/.test(first)
  const path = hasRegistry ? image : `docker.io/${rest.length > 0 ? image : `library/${image}`}`
  const last = path.split('/').at(-1) ?? ''
  return /[:@]/.test(last) ? path : `${path}:latest`
}

function recordOf(image: string, id: string): string {
  return `${records}/${encodeURIComponent(fullName(image))}=${encodeURIComponent(id)}`
}
