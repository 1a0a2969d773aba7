import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { SetupFailure } from './failure.mjs'
import { runLogged } from './run-logged.mjs'

/**
 * Whether node_modules is whole and made from this package-lock.json. npm's own record of what it installed,
 * node_modules/.package-lock.json, is the stamp: npm writes it when everything else is done, and `installPackages`
 * removes it first. So somebody's own `npm ci` counts too.
 */
export function packagesAreInstalled(root) {
  const recordPath = join(root, 'node_modules', '.package-lock.json')
  const wanted = readPackages(join(root, 'package-lock.json'))
  const record = readPackages(recordPath)
  if (wanted === undefined || record === undefined) return false
  const recordedAtMs = statSync(recordPath).mtimeMs
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue
    const installed = record[path]
    if (installed === undefined) {
      if (entry.optional || entry.peer) continue
      return false
    }
    if (installed.version !== entry.version || installed.integrity !== entry.integrity) return false
  }
  for (const path of Object.keys(record)) {
    if (wanted[path] === undefined) return false
    const folder = join(root, path)
    if (!existsSync(join(folder, 'package.json'))) return false
    // npm too distrusts its record when a package is newer: an installation was interrupted, or done by hand.
    if (statSync(folder).mtimeMs > recordedAtMs + 1) return false
  }
  return true
}

export async function installPackages(root, { log, signal, lock }) {
  rmSync(join(root, 'node_modules', '.package-lock.json'), { force: true })
  const npm = npmCommand()
  const end = await runLogged(
    [...npm, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=warn'],
    {
      log,
      cwd: root,
      env: { ...process.env, NODE_ENV: '', npm_config_omit: '', npm_config_production: '' },
      signal,
      lock,
    },
  )
  if (end.code === 0 && packagesAreInstalled(root)) return
  const said = complaintOf(end)
  const offline = /E(NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|TIMEDOUT|NETUNREACH|HOSTUNREACH)|network/.test(
    said,
  )
  throw new SetupFailure(
    `npm could not install the packages that gapless needs (exit status ${end.code ?? end.signal}).\n` +
      `${said}\n  all of it: ${end.log}`,
    {
      hint: offline
        ? 'The npm registry cannot be reached. Check the network, a proxy (HTTPS_PROXY) or the registry in your .npmrc, then start again.'
        : 'Mend what npm says above, then start again; what is half done is done anew.',
      command: 'npm ci',
    },
  )
}

/** npm says first what is wrong, and ends with its usage or where its own log is. */
function complaintOf({ log, tail }) {
  const lines = readFileSync(log, 'utf8').split('\n')
  const errors = lines.filter((line) => /^npm (error|ERR!) \S/.test(line)).slice(0, 8)
  return errors.length === 0 ? tail : errors.map((line) => `  ${line}`).join('\n')
}

/** The npm that started us, where one did; it need not be on PATH. */
function npmCommand() {
  const path = process.env.npm_execpath
  return path && /npm-cli\.[cm]?js$/.test(path) && existsSync(path) ? [process.execPath, path] : ['npm']
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages
  } catch {
    return undefined
  }
}
