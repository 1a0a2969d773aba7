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
import { bundles } from './bundles.mjs'
import { SetupFailure } from './failure.mjs'
import { runLogged } from './run-logged.mjs'

const stampOf = (root) => join(root, 'dist', '.gapless-stamp.json')
const compiled = ['.js', '.js.map', '.d.ts']

/** Whether dist/ was built from the sources as they are now. */
export function buildIsCurrent(root) {
  const stamp = readStamp(root)
  if (stamp === undefined || JSON.stringify(stamp) !== JSON.stringify(inputs(root))) return false
  const outputs = Object.keys(stamp)
    .filter((path) => path.endsWith('.ts'))
    .map((path) => `${outputStem(path)}.js`)
  return [...outputs, ...Object.keys(bundles).map((name) => join('dist', 'bundles', `${name}.mjs`))].every(
    (path) => existsSync(join(root, path)),
  )
}

export async function build(root, { log, signal, lock }) {
  const now = inputs(root)
  const before = readStamp(root)
  rmSync(stampOf(root), { force: true })
  const isUnchanged = JSON.stringify(before) === JSON.stringify(now)
  if (before === undefined || isUnchanged) {
    // Interrupted, or something in dist/ is missing. tsc writes only what it thinks has changed, so make it forget.
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
  const bundled = await runLogged([process.execPath, join(root, 'setup', 'bundle.mjs')], {
    log: log.replace(/(\.log)?$/, '-bundles.log'),
    cwd: root,
    signal,
    lock,
  })
  if (bundled.code !== 0) {
    throw new SetupFailure(
      `The programs for containers could not be bundled.\n${bundled.tail}\n  all of it: ${bundled.log}`,
      {
        hint: 'Mend what it says above, then start again.',
        command: 'npm run build',
      },
    )
  }
  mkdirSync(join(root, 'dist'), { recursive: true })
  writeFileSync(`${stampOf(root)}.new`, JSON.stringify(now))
  renameSync(`${stampOf(root)}.new`, stampOf(root))
}

/** Everything that the build depends on: size and time of change by path. */
function inputs(root) {
  const found = {}
  for (const name of [
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'setup/bundle.mjs',
    'setup/bundles.mjs',
  ])
    found[name] = fingerprint(root, name)
  const names = readdirSync(join(root, 'src'), { recursive: true }).map(String).sort()
  for (const name of names) {
    const isCompiled =
      name.endsWith('.ts') && !/\.(local|cluster)?test\.ts$|\.d\.ts$|^testing[\\/]/.test(name)
    if (isCompiled) found[join('src', name)] = fingerprint(root, join('src', name))
  }
  return found
}

function fingerprint(root, path) {
  const { size, mtimeMs } = statSync(join(root, path))
  return `${size} ${mtimeMs}`
}

function removeCompiled(root, source) {
  for (const extension of compiled) rmSync(join(root, outputStem(source) + extension), { force: true })
}

/** 'src/run/run.ts' becomes 'dist/run/run'. */
function outputStem(source) {
  return source.replace(/^src/, 'dist').replace(/\.ts$/, '')
}

function readStamp(root) {
  try {
    return JSON.parse(readFileSync(stampOf(root), 'utf8'))
  } catch {
    return undefined
  }
}
