import { z } from 'zod'
import { GaplessError } from '../errors.js'
import { docker, dockerOutput } from './docker.js'

const inspectSchema = z.array(
  z.object({
    Id: z.string(),
    Name: z.string(),
    /** Of the image that it was made from. */
    Image: z.string(),
    State: z.object({ Status: z.string() }),
    Config: z.object({ Labels: z.record(z.string(), z.string()).nullable() }),
    Mounts: z.array(z.object({ Type: z.string(), Source: z.string().optional(), Destination: z.string() })),
    NetworkSettings: z.object({
      Networks: z.record(z.string(), z.object({ IPAddress: z.string(), GlobalIPv6Address: z.string() })),
    }),
  }),
)

export interface Container {
  readonly id: string
  readonly name: string
  /** An id, so that nothing is pulled where it is used. */
  readonly image: string
  readonly running: boolean
  readonly labels: Readonly<Record<string, string>>
  /** Directories that outlive the container's processes, in the container; `source` as Docker's machine sees it. */
  readonly mounts: readonly { readonly source: string; readonly destination: string }[]
  /** Address by network. */
  readonly addresses: Readonly<Record<string, string>>
}

/** Those of the containers, by name or id, that there are. */
export async function inspectContainers(names: readonly string[]): Promise<readonly Container[]> {
  if (names.length === 0) return []
  const { exitCode, stdout, stderr } = await docker(['container', 'inspect', '--', ...names])
  if (exitCode !== 0 && !/no such container/i.test(stderr)) {
    throw new GaplessError(`Docker cannot say how ${names.join(', ')} are: ${stderr.trim()}`, {
      code: 'instrument',
    })
  }
  return inspectSchema.parse(JSON.parse(stdout)).map((found) => ({
    id: found.Id,
    name: found.Name.replace(/^\//, ''),
    image: found.Image,
    running: ['running', 'paused'].includes(found.State.Status),
    labels: found.Config.Labels ?? {},
    mounts: found.Mounts.map(({ Source, Destination }) => ({
      source: Source ?? '',
      destination: Destination,
    })),
    addresses: Object.fromEntries(
      Object.entries(found.NetworkSettings.Networks).map(([network, { IPAddress, GlobalIPv6Address }]) => [
        network,
        IPAddress || GlobalIPv6Address,
      ]),
    ),
  }))
}

export async function inspectContainer(name: string): Promise<Container | undefined> {
  return (await inspectContainers([name]))[0]
}

/** Containers, running or not, that bear a label: `key` or `key=value`. */
export async function listContainers(label: string): Promise<readonly Container[]> {
  const ids = await dockerOutput(['ps', '--all', '--quiet', '--no-trunc', '--filter', `label=${label}`])
  return inspectContainers(ids.split('\n').filter((id) => id !== ''))
}

/** Ends and removes containers with their anonymous volumes. Those that are gone already count as removed. */
export async function removeContainers(ids: readonly string[]): Promise<void> {
  // Docker itself would take one after the other.
  await Promise.all(ids.map(removeContainer))
}

async function removeContainer(id: string): Promise<void> {
  const { exitCode, stderr } = await docker(['rm', '--force', '--volumes', '--', id], { timeoutMs: 120_000 })
  if (exitCode === 0 || /no such container|already in progress/i.test(stderr)) return
  throw new GaplessError(`Docker cannot remove the container ${id}: ${stderr.trim()}`, {
    code: 'instrument',
    command: `docker rm --force --volumes ${id}`,
  })
}
