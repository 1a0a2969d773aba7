import { isVolumeId, volumesDirectory } from './names.js'

/** A line of /proc/PID/mountinfo. */
export interface Mount {
  readonly id: number
  /** Of the file system, as `major:minor`. */
  readonly device: string
  /** Which of its directories is mounted. */
  readonly root: string
  /** Where it is mounted. */
  readonly path: string
  readonly readOnly: boolean
}

/** A volume that is mounted somewhere. */
export interface VolumeMount extends Mount {
  readonly volume: string
}

/** Where on which file system the shared directory is, however it is called where it is mounted. */
export interface Source {
  readonly device: string
  readonly root: string
}

/** The text of a mountinfo: in the order in which things were mounted. */
export function parseMountTable(text: string): readonly Mount[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [id, , device = '', root = '', path = '', options = ''] = line.split(' ')
      return {
        id: Number(id),
        device,
        root: unescaped(root),
        path: unescaped(path),
        readOnly: options.split(',').includes('ro'),
      }
    })
}

/** What lies at a path of this table's namespace. Throws where nothing is mounted at or above it. */
export function sourceOf(table: readonly Mount[], path: string): Source {
  const above = table.filter((mount) => mount.path === '/' || isAtOrBelow(path, mount.path))
  const longest = Math.max(...above.map((mount) => mount.path.length))
  const mount = above.filter((candidate) => candidate.path.length === longest).at(-1)
  if (mount === undefined) throw new TypeError(`nothing is mounted above ${path}`)
  const rest = mount.path === '/' ? path : path.slice(mount.path.length)
  return { device: mount.device, root: `${mount.root === '/' ? '' : mount.root}${rest}` }
}

/** The volumes that are mounted: directories of `shared` that bear their ids, also ones that were deleted since. */
export function volumeMounts(table: readonly Mount[], shared: Source): readonly VolumeMount[] {
  const prefix = `${volumesDirectory(shared.root)}/`
  return table.flatMap((mount) => {
    if (mount.device !== shared.device || !mount.root.startsWith(prefix)) return []
    const volume = mount.root.slice(prefix.length).replace(/\/\/deleted$/, '')
    return isVolumeId(volume) ? [{ ...mount, volume }] : []
  })
}

/** What is mounted right at a path; undefined: nothing. Of several things the one on top. */
export function mountAt<M extends Mount>(table: readonly M[], path: string): M | undefined {
  return table.filter((mount) => mount.path === path).at(-1)
}

function isAtOrBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`)
}

/** Blanks and the like are written as three octal digits. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}
