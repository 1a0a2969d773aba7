import { parseMountTable, sourceOf, volumeMounts } from './mount-table.js'

/** `staged`: the node has it, and no pod there. */
export type InUse = 'published' | 'staged' | 'not-mounted'

/**
 * Prints the mount table of whoever runs it, an empty line, and then each other one of the machine's, once. Containers have copies
 * of mounts: what kubelet has unmounted is mounted for them for as long as they have a process.
 */
export const printMountTables: readonly string[] = [
  'sh',
  '-c',
  `cat /proc/self/mountinfo && echo || exit 1
own=$(stat --dereference --format=%i /proc/self/ns/mnt)
stat --dereference --format='%i %n' /proc/[0-9]*/ns/mnt 2>/dev/null | sort --numeric-sort |
  while read -r namespace path; do
    [ "$namespace" = "$own" ] || [ "$namespace" = "$last" ] && continue
    # A process that has ended tells nothing: the next one of its namespace is asked.
    cat "\${path%/ns/mnt}/mountinfo" 2>/dev/null && last=$namespace
  done
exit 0`,
]

export interface Place {
  /** The directory that all nodes share. */
  readonly shared: string
  /** Where kubelet keeps pods and plugins. */
  readonly kubeletDirectory: string
}

/** How a machine has a volume, by what `printMountTables` printed there. */
export function inUse(printed: string, volume: string, { shared, kubeletDirectory }: Place): InUse {
  const [own = '', others = ''] = printed.split('\n\n')
  const table = parseMountTable(own)
  const source = sourceOf(table, shared)
  const mounts = volumeMounts([...table, ...parseMountTable(others)], source)
  const paths = mounts.filter((mount) => mount.volume === volume).map(({ path }) => path)
  // In a container it is wherever its pod wants it.
  if (paths.some((path) => !path.startsWith(`${kubeletDirectory}/plugins/`))) return 'published'
  return paths.length > 0 ? 'staged' : 'not-mounted'
}
