import { inspectContainer, type Container } from '../../docker/container.js'
import { GaplessError } from '../../errors.js'

/**
 * Calls `use` with the arguments for Docker that run a command where the node's paths are what they are in the node.
 * While the node's container runs, that is in it. While it is off, it is a container of the same image that is given
 * its volumes, because Docker's archive (`docker cp`) knows no inodes; what is not on a volume cannot be reached
 * then, and to ask for it is an error. A node that goes off, or comes back, half-way is asked again.
 */
export async function onDisk<Result>(
  node: string,
  container: string,
  paths: readonly string[],
  command: readonly string[],
  use: (args: readonly string[]) => Promise<Result>,
): Promise<Result> {
  try {
    // Nodes run most of the time; to ask first would take as long again.
    return await use(inside(container, command))
  } catch (error) {
    const found = await existing(node, container)
    if (found.running && !(error instanceof Error && error.message.includes('is not running'))) throw error
    try {
      return await use(argumentsFor(node, found, paths, command))
    } catch (again) {
      const now = await existing(node, container)
      if (now.running === found.running) throw again
      return use(argumentsFor(node, now, paths, command))
    }
  }
}

const inside = (container: string, command: readonly string[]) => [
  ...['exec', '--interactive', container],
  ...command,
]

async function existing(node: string, container: string): Promise<Container> {
  const found = await inspectContainer(container)
  if (found !== undefined) return found
  throw new GaplessError(`${node}: its container ${container} is gone, and its disk with it`, {
    code: 'instrument',
  })
}

function argumentsFor(
  node: string,
  { id, image, running, mounts }: Container,
  paths: readonly string[],
  command: readonly string[],
): readonly string[] {
  if (running) return inside(id, command)
  const lost = paths.find((path) => !mounts.some(({ destination }) => isBelow(path, destination)))
  if (lost !== undefined) {
    throw new GaplessError(
      `${node}: ${lost} cannot be read while the machine is off, because it is on none of its volumes ` +
        `(${mounts.map(({ destination }) => destination).join(', ')})`,
      { code: 'instrument' },
    )
  }
  const [program = '', ...rest] = command
  return [
    ...['run', '--rm', '--interactive', '--network', 'none', '--volumes-from', `${id}:ro`],
    // Where SELinux is on, a container may not read another one's volumes otherwise.
    ...['--security-opt', 'label=disable', '--entrypoint', program, image, ...rest],
  ]
}

function isBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith('/') ? directory : `${directory}/`)
}
