import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { SetupFailure } from './failure.mjs'
import { runLogged } from './run-logged.mjs'

const stampOf = (root) => join(root, 'dist', '.gapless-stamp.json')
const compiled = ['.js', '.js.map', '.d.ts']

/** Whether dist/ was built from the sources as they are now. */
export function buildIsCurrent(root) {
  const stamp = readStamp(root)
  if (stamp === undefined || !existsSync(join(root, 'dist', 'setup', 'main.js'))) return false
  return JSON.stringify(stamp) === JSON.stringify(inputs(root))
}

export async function build(root, { log, signal, lock }) {
  const now = inputs(root)
  const before = readStamp(root)
  rmSync(stampOf(root), { force: true })
  if (before === undefined || !existsSync(join(root, 'dist', 'setup', 'main.js'))) {
    // tsc writes only what it thinks is missing; after an interruption it may think wrongly.
    rmSync(join(root, 'dist', '.tsbuildinfo'), { force: true })
  } else {
    for (const path of Object.keys(before)) if (!(path in now)) removeCompiled(root, path)
  }
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const end = await runLogged([process.execPath, tsc, '-p', 'tsconfig.build.json', '--pretty', 'false'], {
    log,
    cwd: root,
    signal,
    lock,
  })
  if (end.code !== 0) {
    throw new SetupFailure(`The sources do not compile.\n${end.tail}\n  all of it: ${end.log}`, {
      hint: 'Mend the sources, or get them as they were with git.',
      command: 'npx tsc -p tsconfig.build.json',
    })
  }
  mkdirSync(join(root, 'dist'), { recursive: true })
  writeFileSync(`${stampOf(root)}.new`, JSON.stringify(now))
  renameSync(`${stampOf(root)}.new`, stampOf(root))
}

/** Everything that the build depends on: size and time of change by path. */
function inputs(root) {
  const found = {}
  for (const name of ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'])
    found[name] = fingerprint(root, name)
  const names = readdirSync(join(root, 'src'), { recursive: true }).map(String).sort()
  for (const name of names) {
    if (name.endsWith('.ts') && !/\.(local)?test\.ts$/.test(name)) {
      found[join('src', name)] = fingerprint(root, join('src', name))
    }
  }
  return found
}

function fingerprint(root, path) {
  const { size, mtimeMs } = statSync(join(root, path))
  return `${size} ${mtimeMs}`
}

function removeCompiled(root, source) {
  const stem = source.replace(/^src/, 'dist').replace(/\.ts$/, '')
  for (const extension of compiled) rmSync(join(root, stem + extension), { force: true })
}

function readStamp(root) {
  try {
    return JSON.parse(readFileSync(stampOf(root), 'utf8'))
  } catch {
    return undefined
  }
}
