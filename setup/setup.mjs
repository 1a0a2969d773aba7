#!/usr/bin/env node
// Everything that must be there before gapless can run, on a fresh clone with nothing but Node: npm packages, the
// compiled program, Ruby and Fluentd. Each step looks first whether there is anything to do, and whatever was
// interrupted half-way is done anew by the next call. Nothing is imported that npm would have to install first.
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build, buildIsCurrent } from './build.mjs'
import { cacheDirectory } from './cache.mjs'
import { SetupFailure } from './failure.mjs'
import { takeLock } from './lock.mjs'
import { installPackages, packagesAreInstalled } from './packages.mjs'
import { createProgress } from './progress.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const wantedNode = [20, 19]

async function main(signal, progress) {
  checkNode()
  if (!packagesAreInstalled(root) || !buildIsCurrent(root)) await prepareCheckout(signal, progress)
  const { setUp } = await import(pathToFileURL(join(root, 'dist', 'setup', 'main.js')).href)
  await setUp(progress, signal)
}

async function prepareCheckout(signal, progress) {
  const cache = cacheDirectory()
  const checkout = createHash('sha256').update(root).digest('hex').slice(0, 12)
  const lock = await takeLock(join(cache, 'locks', `checkout-${checkout}`), {
    signal,
    onWait: (holder) =>
      progress.say(`Another set-up of this folder is under way (process ${holder.pid}); waiting for it.`),
  })
  try {
    // Looked at again: whoever had the lock before may have done it.
    if (!packagesAreInstalled(root)) {
      const log = join(cache, 'logs', `npm-${checkout}.log`)
      await step(progress, signal, 'Installing npm packages', () =>
        installPackages(root, { log, signal, lock }),
      )
    }
    if (!buildIsCurrent(root)) {
      const log = join(cache, 'logs', `tsc-${checkout}.log`)
      await step(progress, signal, 'Compiling gapless', () => build(root, { log, signal, lock }))
    }
  } finally {
    lock.release()
  }
}

async function step(progress, signal, text, work) {
  const begun = progress.begin(text)
  try {
    await work()
  } catch (error) {
    begun.end(signal.aborted ? 'interrupted' : 'failed')
    throw error
  }
  begun.end()
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > wantedNode[0] || (major === wantedNode[0] && minor >= wantedNode[1])) return
  throw new SetupFailure(
    `gapless needs Node ${wantedNode.join('.')} or later; this is ${process.versions.node}.`,
    {
      hint: 'Install a later one from your distribution, with a version manager, or from nodejs.org.',
    },
  )
}

const interruption = new AbortController()
let exitCode = 130
for (const [name, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]) {
  process.on(name, () => {
    // A second Ctrl-C is meant: at once. What was begun is repaired by the next call.
    if (interruption.signal.aborted) process.exit(code)
    exitCode = code
    interruption.abort()
  })
}

try {
  await main(interruption.signal, createProgress(process.stderr))
} catch (error) {
  if (interruption.signal.aborted) {
    process.stderr.write('Interrupted; the next start goes on from here.\n')
    process.exitCode = exitCode
  } else if (error instanceof SetupFailure || error?.name === 'GaplessError') {
    const rest = [error.hint, error.command === undefined ? undefined : `  ${error.command}`]
    process.stderr.write(`\n${[error.message, ...rest.filter((text) => text !== undefined)].join('\n')}\n`)
    process.exitCode = 2
  } else if (['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOTDIR', 'EEXIST'].includes(error?.code)) {
    process.stderr.write(
      `\nSet-up cannot write: ${error.message}\nGAPLESS_CACHE chooses another folder than ${cacheDirectory()}.\n`,
    )
    process.exitCode = 2
  } else {
    throw error
  }
}
