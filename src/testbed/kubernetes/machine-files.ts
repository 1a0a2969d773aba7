import { copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { docker } from '../../docker/docker.js'
import { GaplessError } from '../../errors.js'
import type { NodeFile, NodeFiles } from '../contract/node-files.js'
import { onDisk } from './machine-disk.js'

const timeoutMs = 300_000
const attempts = 3

type Copies = readonly { readonly from: string; readonly to: string }[]

/** The files of a container that is a node. */
export function machineFiles(node: string, container: string): NodeFiles {
  return {
    async list(directory, { follow = false } = {}) {
      const links = follow ? '-L' : '-H'
      const command = ['find', links, directory, '-type', 'f', '-printf', String.raw`%s %i %p\0`]
      const found = await read(node, container, directory, command)
      return found.split('\0').filter(Boolean).map(parseFile).sort(byPath)
    },
    async read(path) {
      // What there is begins with a sign, so that an empty file is told from none.
      const command = ['sh', '-c', 'test -e "$0" && printf + && cat -- "$0"', path]
      const found = await read(node, container, path, command)
      return found.startsWith('+') ? found.slice(1) : undefined
    },
    async copy(files) {
      for (let attempt = 1; files.length > 0; attempt++) {
        if ((await copyOnce(node, container, files)) === 'whole') return
        if (attempt === attempts) {
          throw failed(node, 'they were cut short again and again while they were copied')
        }
      }
    },
  }
}

/** What a command says of one path; what is not there, or no longer, goes unmentioned. */
async function read(
  node: string,
  container: string,
  path: string,
  command: readonly string[],
): Promise<string> {
  return onDisk(node, container, [path], command, async (args) => {
    const { exitCode, stdout, stderr } = await docker(args, { timeoutMs })
    const complaints = complaintsIn(stderr)
    if (exitCode > 1 || complaints.length > 0) {
      throw failed(node, complaints.join('; ') || `${path}: exit status ${exitCode}`)
    }
    return stdout
  })
}

/** As one stream of tar. `cut`: a file became shorter meanwhile, and tar wrote zeros for what was missing. */
async function copyOnce(node: string, container: string, files: Copies): Promise<'whole' | 'cut'> {
  const from = [...new Set(files.map((file) => file.from))]
  const beside = dirname(files[0]?.to ?? '')
  await mkdir(beside, { recursive: true })
  const scratch = await mkdtemp(join(beside, '.copied-'))
  const command = [
    // Of two names of one file the second would be but a reference to the first.
    ...['tar', '--create', '--no-recursion', '--dereference', '--hard-dereference'],
    ...['--ignore-failed-read', '--warning=no-file-changed', '--null', '--files-from=-'],
  ]
  try {
    return await onDisk(node, container, from, command, async (args) => {
      const packing = execa('docker', args, {
        input: from.join('\0'),
        buffer: { stdout: false },
        encoding: 'buffer',
        reject: false,
        timeout: timeoutMs,
      })
      const unpacked = await packing.pipe('tar', ['-x', '-o', '-f', '-', '-C', scratch], { reject: false })
      const packed = await packing
      const complaints = complaintsIn(Buffer.from(packed.stderr).toString())
      if (complaints.length > 0 && complaints.every((line) => line.includes('File shrank'))) return 'cut'
      if (complaints.length > 0 || (packed.exitCode ?? 128) > 1 || unpacked.exitCode !== 0) {
        const unpacking = [unpacked.exitCode === 0 ? '' : (unpacked.originalMessage ?? unpacked.stderr)]
        const ended = packed.timedOut
          ? `not done after ${timeoutMs / 1000} s`
          : `tar ended with status ${packed.exitCode ?? 'none'}`
        throw failed(node, [...complaints, ...unpacking, ended].filter(Boolean).join('; '))
      }
      await place(scratch, files)
      return 'whole'
    })
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function place(scratch: string, files: Copies): Promise<void> {
  const last = new Map(files.map((file) => [file.from, file]))
  for (const file of files) {
    await mkdir(dirname(file.to), { recursive: true })
    const put = last.get(file.from) === file ? rename : copyFile
    await put(join(scratch, file.from), file.to).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    })
  }
}

/** Lines of stderr that say more than that something is gone. */
function complaintsIn(stderr: string): readonly string[] {
  const harmless =
    /No such file or directory|Not a directory|removed before we read it|Removing leading|Exiting with failure status due to previous errors|^tar: .*: file changed as we read it/
  return stderr.split('\n').filter((line) => line.trim() !== '' && !harmless.test(line))
}

function parseFile(line: string): NodeFile {
  const [, bytes, inode, path = ''] = /^(\d+) (\d+) (.*)$/s.exec(line) ?? []
  return { path, bytes: Number(bytes), inode: Number(inode) }
}

function byPath(a: NodeFile, b: NodeFile): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0
}

function failed(node: string, why: string): GaplessError {
  return new GaplessError(`${node}: its files could not be read: ${why}`, { code: 'instrument' })
}
