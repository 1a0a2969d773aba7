import { durationMs } from '../scenario/duration.js'
import { type Knobs } from '../scenario/knobs.js'
import { type PodSpec, type VolumeSpec } from '../testbed/contract.js'
import { statePath } from './buffer.js'
import { withMonitorAgent } from './common-config.js'
import { userConfig, userSnippet } from './user-files.js'

/** How Fluentd is started: the program with its first arguments, and the environment that finds its gems. */
export interface FluentdProgram {
  readonly version: string
  /** Where pods are made from images. */
  readonly image?: string
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

export const configPath = '/fluentd/etc/fluent.conf'

interface FluentdPodOptions {
  readonly role: 'forwarder' | 'aggregator'
  readonly name: string
  readonly node: string
  readonly config: string
  readonly program: FluentdProgram
  readonly knobs: Knobs
  readonly env: Readonly<Record<string, string>>
  readonly volumes: readonly VolumeSpec[]
  readonly terminationGracePeriodSeconds: number
}

/** A pod with one Fluentd. A configuration of the user's own finds addresses and paths in its environment. */
export function fluentdPod(options: FluentdPodOptions): PodSpec {
  const { role, name, node, program, knobs, volumes, terminationGracePeriodSeconds } = options
  const own = userConfig(role, knobs)
  const preStopSeconds = durationMs(knobs[`${role}.preStopSleep`]) / 1000
  return {
    name,
    namespace: 'logging',
    role,
    node,
    container: 'fluentd',
    ...(program.image !== undefined && { image: program.image }),
    command: [...program.command, '-c', `\${ROOT}${configPath}`],
    env: {
      ...program.env,
      ...options.env,
      STATE_DIR: `\${ROOT}${statePath}`,
      CONTAINER_ROOT: '${ROOT}',
      // On SIGCONT every Fluentd writes what it is doing to a file, in this machine's own /tmp unless told.
      SIGDUMP_PATH: '${ROOT}/tmp/sigdump.log',
    },
    files: {
      [configPath]:
        own === undefined ? withSnippet(options.config, userSnippet(role, knobs)) : withMonitorAgent(own),
    },
    volumes,
    terminationGracePeriodSeconds,
    ...(preStopSeconds > 0 && { preStop: { sleepSeconds: preStopSeconds } }),
    restartPolicy: 'Always',
  }
}

/** What is in its configuration file. */
export function configFileOf({ files }: Pick<PodSpec, 'files'>): string {
  return files[configPath] ?? ''
}

/** In front of the output: a filter after it would see nothing, and of two outputs the first one takes all. */
function withSnippet(config: string, text: string): string {
  return text === '' ? config : config.replace(/^<match /m, () => `${text}<match `)
}
