import { createHash } from 'node:crypto'
import { createReadStream, readFileSync } from 'node:fs'
import { chmod, copyFile, mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { docker, dockerOutput } from '../../docker/docker.js'
import { GaplessError, messageOf } from '../../errors.js'
import { packageRoot } from '../../package-root.js'

const dockerfile = join(packageRoot, 'fixtures', 'k0s', 'Dockerfile')
const buildTimeoutMs = 600_000

/** Another one makes other machines. */
export const machineDigest = (): string => digest(readFileSync(dockerfile, 'utf8'))

export interface BuildOptions {
  readonly signal: AbortSignal
  readonly onProgress?: (text: string) => void
}

/**
 * Has Docker pull the image of a version, unless it has it, or looks at the binary at a path: what `source` asks for
 * is there before anything is made. Throws 'usage' for a path where no program for Linux is, and 'setup-failed' with
 * what Docker said.
 */
export async function fetchK0s(
  version: string,
  template: string,
  source: string,
  { signal, onProgress }: BuildOptions,
): Promise<void> {
  if (isPath(version)) {
    await refuseOther(version, source)
    return
  }
  const image = k0sImage(version, template)
  if ((await idOf(image)) !== undefined) return
  onProgress?.(`Pulling ${image}`)
  const { exitCode, stderr } = await docker(['pull', '--quiet', '--', image], {
    timeoutMs: buildTimeoutMs,
    signal,
  })
  if (exitCode === 0) return
  throw new GaplessError(`${source}: Docker has no ${image}, and cannot pull it: ${stderr.trim()}`, {
    code: 'setup-failed',
    command: `docker pull ${image}`,
    hint: howToName,
  })
}

const howToName = 'Give a version, like v1.33.1+k0s.0, or the path of a k0s binary.'

/** How programs begin that Linux starts: by themselves, or by another one. */
const programs = ['\x7fELF', '#!']

/** Throws 'usage' for what is no program for Linux. */
async function refuseOther(path: string, source: string): Promise<void> {
  const start = Buffer.alloc(4)
  try {
    await using file = await open(path)
    await file.read(start, 0, start.length, 0)
  } catch (cause) {
    throw new GaplessError(`${source}: ${path} cannot be read: ${messageOf(cause)}`, {
      code: 'usage',
      hint: howToName,
      cause,
    })
  }
  if (programs.some((program) => start.toString('latin1').startsWith(program))) return
  throw new GaplessError(`${source}: ${path} is no program for Linux`, { code: 'usage', hint: howToName })
}

/**
 * The image of a machine with k0s: by a version (v1.33.1+k0s.0), or by the path of a binary. Built where there is none
 * yet, and kept, as Docker keeps those that it has pulled. Throws like `fetchK0s`, and 'setup-failed' with what Docker said.
 */
export async function machineImage(
  version: string,
  template: string,
  options: BuildOptions,
): Promise<string> {
  await fetchK0s(version, template, '--k0s', options)
  const source = isPath(version) ? await imageOfBinary(version, options) : k0sImage(version, template)
  const text = await readFile(dockerfile, 'utf8')
  const id = await idOf(source)
  const tag = `gapless-k0s-machine:${digest(text, source, id ?? '')}`
  if ((await idOf(tag)) !== undefined) return tag
  options.onProgress?.(`Building the image of machines with ${source}`)
  const args = ['--network', 'host', '--build-arg', `K0S_IMAGE=${source}`, '--tag', tag, '-']
  await build(args, text, options)
  return tag
}

/** Copies the binary of a version, or at a path, into a running container: one that was fetched. */
export async function putBinary(
  container: string,
  version: string,
  template: string,
  path: string,
): Promise<void> {
  if (isPath(version)) {
    await copyInto(version, container, path)
    return
  }
  const directory = await mkdtemp(join(tmpdir(), 'gapless-k0s-'))
  const image = k0sImage(version, template)
  try {
    const id = (await dockerOutput(['create', image, 'version'])).trim()
    try {
      await dockerOutput(['cp', `${id}:/usr/local/bin/k0s`, join(directory, 'k0s')])
    } finally {
      await docker(['rm', '--force', '--', id])
    }
    await copyInto(join(directory, 'k0s'), container, path)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function copyInto(file: string, container: string, path: string): Promise<void> {
  await dockerOutput(['cp', file, `${container}:${path}`], { timeoutMs: 120_000 })
  // One that was downloaded may not be executable yet.
  await dockerOutput(['exec', container, 'chmod', '0755', path])
}

/** Tags have no plus signs: k0s' own have a hyphen in its place. */
export function k0sImage(version: string, template: string): string {
  return template.replaceAll('{version}', version.replace('+', '-').replace(/^(?=\d)/, 'v'))
}

export function isPath(version: string): boolean {
  return version.includes('/')
}

/** An image that has nothing but a binary, as that of k0s has it. */
async function imageOfBinary(path: string, options: BuildOptions): Promise<string> {
  const tag = `gapless-k0s:${await digestOfFile(path)}`
  if ((await idOf(tag)) !== undefined) return tag
  const context = await mkdtemp(join(tmpdir(), 'gapless-k0s-'))
  try {
    await copyFile(path, join(context, 'k0s'))
    await chmod(join(context, 'k0s'), 0o755)
    const text = 'FROM scratch\nCOPY k0s /usr/local/bin/k0s\n'
    await build(['--tag', tag, '--file', '-', context], text, options)
    return tag
  } finally {
    await rm(context, { recursive: true, force: true })
  }
}

async function build(args: readonly string[], input: string, { signal }: BuildOptions): Promise<void> {
  const { exitCode, stdout, stderr } = await docker(['build', ...args], {
    input,
    timeoutMs: buildTimeoutMs,
    signal,
  })
  if (exitCode === 0) return
  const said = `${stdout}\n${stderr}`.trim().split('\n').slice(-8).join('\n')
  throw new GaplessError(`Docker cannot build a machine for k0s: ${said}`, {
    code: 'setup-failed',
    command: `docker build ${args.join(' ')} < ${dockerfile}`,
  })
}

async function idOf(image: string): Promise<string | undefined> {
  const { exitCode, stdout } = await docker(['image', 'inspect', '--format', '{{.Id}}', '--', image])
  return exitCode === 0 ? stdout.trim() : undefined
}

const digest = (...texts: readonly string[]): string =>
  createHash('sha256').update(texts.join('\0')).digest('hex').slice(0, 16)

async function digestOfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex').slice(0, 16)
}
