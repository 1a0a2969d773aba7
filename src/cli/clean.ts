import { cleanRun, listLeftovers } from '../processes/clean.js'
import { testbedsOf } from '../testbed/registry.js'
import { exitCodeOf } from './exit-code.js'
import { printError } from './print-error.js'

/** `gapless clean`: ends and removes what killed or kept runs left, and nothing else. */
export async function clean(options: {
  readonly dryRun?: boolean
  readonly warm?: boolean
}): Promise<number> {
  const { dryRun, warm } = options
  const leftovers = await listLeftovers()
  if (leftovers.length === 0) process.stdout.write('Nothing was left behind.\n')
  let exitStatus = 0
  for (const { run, processes, directories, objects, namespaces, volumes } of leftovers) {
    const what = [
      ...processes.map(({ role, process: ref }) => `process ${String(ref.pid)} (${role})`),
      ...objects.map(({ kind, name }) => `${kind} ${name}`),
      ...namespaces.map(({ namespace, controlPlane }) => `namespace ${namespace} (of ${controlPlane})`),
      ...volumes.map((name) => `PersistentVolume ${name}`),
      ...directories,
    ]
    const verb = dryRun === true ? 'would end and remove' : 'ended and removed'
    try {
      if (dryRun !== true) await cleanRun(run.runId)
    } catch (error) {
      // What is left of one run is no reason to leave the others.
      printError(error)
      exitStatus ||= exitCodeOf(error)
      continue
    }
    process.stdout.write(`${run.runId}: ${verb} ${what.join(', ') || 'its entry in the registry only'}\n`)
  }
  if (warm === true && dryRun !== true) {
    for (const { name, removeWarm } of testbedsOf()) {
      const removed = await removeWarm?.({ onProgress: (text) => process.stderr.write(`${text}\n`) })
      if (removed === undefined) continue
      const what = removed ? 'The warm cluster was deleted.' : 'There is no warm cluster.'
      process.stdout.write(`${name}: ${what}\n`)
    }
  }
  return exitStatus
}
