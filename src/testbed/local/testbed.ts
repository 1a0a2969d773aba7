import { EventEmitter } from 'node:events'
import { mkdirSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { GaplessError } from '../../errors.js'
import { markScratch } from '../../processes/clean.js'
import { findRegistry, registerRun, type RunRegistry } from '../../processes/registry.js'
import type { Capability, Cluster, ProvisionOptions, Testbed, TestbedEvents } from '../contract.js'
import { localCluster, removeCluster } from './cluster.js'
import { kubeletBackoff, type BackoffPolicy } from './node/backoff.js'
import { canLimitVolumes } from './mount-namespace.js'
import { dnsName } from './protocol.js'
import { startSupervisor, type Supervisor } from './supervisor.js'

export interface LocalTestbedOptions {
  readonly backoff?: BackoffPolicy
  /** How often the size of log files is looked at. Default 1 s; kubelet's is 10 s. */
  readonly rotationCheckMs?: number
}

/** Real processes on this machine: a node is a directory and a supervisor that does what kubelet and containerd do. */
export function createLocalTestbed(options: LocalTestbedOptions = {}): Testbed {
  return {
    name: 'local',
    description:
      'real Fluentd processes on this machine, nodes as directories; needs neither Docker nor Kubernetes',
    emulated: [
      'Nodes are directories, and a supervisor for each does what kubelet and containerd do.',
      'Containers are processes of this machine: own session and root directory, but no namespaces, images or limits.',
      'The first process of a container is not process 1 of a namespace, so SIGTERM ends it unless it handles it.',
      'Volumes are symlinks to directories; a ReadWriteOnce volume is kept to one node by gapless.',
      'A volume with a size is a file system in memory (tmpfs), mounted where the kernel of Linux permits it.',
      'Names of pods resolve in Ruby programs only, by a file in the place of a DNS server.',
      'A Service is the tap in front of the aggregator: it accepts no new connection once the pod is told to end; ' +
        'the proxies of a cluster follow a moment later.',
      'All nodes share one network, kernel, clock and disk.',
      'The size of log files is checked every second for rotation; kubelet does so every 10 s.',
      'Logs of a deleted pod or an old container are removed at once; kubelet takes up to a minute.',
    ],
    get capabilities() {
      return new Set<Capability>([
        'signal-processes',
        'hold-restart',
        'node-files',
        'rwo-volumes',
        'pod-deletion',
        'rotate-logs',
        'shared-volumes',
        ...(canLimitVolumes() ? (['limited-volumes'] as const) : []),
      ])
    },
    provision: (provision) => provisionLocal(provision, options),
  }
}

export const localTestbed = createLocalTestbed()

async function provisionLocal(options: ProvisionOptions, local: LocalTestbedOptions): Promise<Cluster> {
  const { runId, logPolicy, signal } = options
  const directory = resolve(options.directory)
  checkOptions(options)
  await checkUnused(directory)
  const { registry, onDisposed } = registryOf(runId, directory)
  registry.registerScratch(directory)
  // In one go, as somebody may be killed in between, and a directory without a mark is left alone.
  mkdirSync(directory, { recursive: true })
  markScratch(directory, runId)
  const events = new EventEmitter<TestbedEvents>()
  const starting = options.nodes.map((node) =>
    startSupervisor({
      registry,
      onEvent: (event) => events.emit('event', event),
      config: {
        runId,
        node,
        directory,
        registryFile: registry.file,
        logPolicy,
        backoff: local.backoff ?? kubeletBackoff,
        rotationCheckMs: local.rotationCheckMs ?? 1_000,
      },
    }),
  )
  const settled = await Promise.allSettled(starting)
  const supervisors = settled.filter((result) => result.status === 'fulfilled').map((result) => result.value)
  const failed = settled.find((result) => result.status === 'rejected')
  if (failed === undefined && !signal.aborted) {
    return localCluster({ directory, events, supervisors, registry, onDisposed })
  }
  await abandon(directory, supervisors, registry)
  onDisposed()
  throw (
    failed?.reason ?? new GaplessError('Interrupted while the nodes were started', { code: 'interrupted' })
  )
}

/** The run's own registry; where a testbed is used without a run, one that lasts as long as the cluster. */
function registryOf(runId: string, directory: string): { registry: RunRegistry; onDisposed: () => void } {
  const found = findRegistry(runId)
  if (found) return { registry: found, onDisposed: () => undefined }
  const registry = registerRun({ runId, directory })
  return { registry, onDisposed: registry.remove }
}

async function abandon(
  directory: string,
  supervisors: readonly Supervisor[],
  registry: RunRegistry,
): Promise<void> {
  await Promise.all(supervisors.map((supervisor) => supervisor.stop()))
  await removeCluster(directory, supervisors, registry)
}

async function checkUnused(directory: string): Promise<void> {
  if ((await readdir(directory).catch(() => [])).length > 0) {
    throw new GaplessError(`The testbed's directory is not empty: ${directory}`, { code: 'usage' })
  }
}

function checkOptions({ nodes, logPolicy }: ProvisionOptions): void {
  const wrong = nodes.find((node) => !dnsName.safeParse(node).success || reserved.includes(node))
  const problem =
    nodes.length === 0 || new Set(nodes).size < nodes.length
      ? 'nodes must be at least one and have different names'
      : wrong !== undefined
        ? `"${wrong}" cannot be the name of a node`
        : logPolicy.maxFiles < 2 || logPolicy.maxBytes < 1
          ? `a log policy needs maxFiles ≥ 2 and maxBytes ≥ 1, not ${JSON.stringify(logPolicy)}`
          : undefined
  if (problem !== undefined) throw new GaplessError(`No local testbed: ${problem}`, { code: 'usage' })
}

/** Directories beside those of the nodes. */
const reserved = ['volumes', 'former-logs', 'removed', 'hosts']
