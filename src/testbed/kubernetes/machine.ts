import { inspectContainer } from '../../docker/container.js'
import { docker } from '../../docker/docker.js'
import { shellLine } from '../../shell.js'
import { GaplessError } from '../../errors.js'
import { until } from '../../until.js'
import type { NodeFiles } from '../contract/node-files.js'
import { machineFiles } from './machine-files.js'
import type { NodeServices } from './node-services.js'

/** A node's machine, reached from outside of Kubernetes: it answers whether or not kubelet does. */
export interface Machine {
  /** As scenarios say it, e.g. `node-1`; `control-plane` for the machine that only the testbed uses. */
  readonly node: string
  /** What the API server calls it. */
  readonly kubernetesName: string
  /** Docker's name of it. */
  readonly container: string
  readonly services: NodeServices
  /** Its address on the cluster's Docker network, as of its last start. */
  readonly address: string
  /**
   * Runs a program in the machine, without a shell. Throws a GaplessError ('timeout' at `timeoutMs`, else
   * 'instrument') that names the node, the command and what it said, and, whatever is allowed, where the machine is
   * powered off or the program is not there. At a timeout the program is no longer listened to, but may run on.
   */
  exec(command: readonly string[], options?: ExecOptions): Promise<ExecResult>
  /** Asks Docker. */
  state(): Promise<MachineState>
  /** Cuts its power: SIGKILL to everything in it. Resolves when it is off; at once where it was. */
  kill(): Promise<void>
  /** Powers it on. Resolves when Docker started it, which is long before kubelet is ready. */
  start(): Promise<void>
  /** Its disk, which can be read also while it is powered off. Paths are absolute there. */
  readonly files: NodeFiles
}

export type MachineState = 'running' | 'exited' | 'gone'

export interface ExecOptions {
  /** Resolve also where the program ends with another status than 0. */
  readonly allowFailure?: boolean
  /** Default 30 000. */
  readonly timeoutMs?: number
  /** Given to its standard input. */
  readonly input?: string
}

export interface ExecResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface MachineOptions {
  readonly node: string
  readonly kubernetesName: string
  readonly container: string
  /** The Docker network whose address is meant. */
  readonly network: string
  readonly services: NodeServices
}

/** The machine that a running container is. */
export async function openMachine(options: MachineOptions): Promise<Machine> {
  const { node, kubernetesName, container, network, services } = options
  let address = await addressOf(options)
  const machine: Machine = {
    node,
    kubernetesName,
    container,
    services,
    get address() {
      return address
    },
    exec: (command, execOptions) => execIn(node, container, command, execOptions),
    state: () => stateOf(container),
    async kill() {
      const { exitCode, stderr } = await docker(['kill', container])
      if (exitCode !== 0 && !/is not running/i.test(stderr)) throw refused(node, 'powered off', stderr)
      await until(`${node} to be off`, {
        timeoutMs: 30_000,
        poll: async () => ((await stateOf(container)) === 'running' ? undefined : true),
      })
    },
    async start() {
      const { exitCode, stderr } = await docker(['start', container])
      if (exitCode !== 0) throw refused(node, 'powered on', stderr)
      address = await addressOf({ node, container, network })
    },
    files: machineFiles(node, container),
  }
  return machine
}

async function execIn(
  node: string,
  container: string,
  command: readonly string[],
  { allowFailure = false, timeoutMs = 30_000, input }: ExecOptions = {},
): Promise<ExecResult> {
  const interactive = input === undefined ? [] : ['--interactive']
  const args = ['exec', ...interactive, container, ...command]
  const result = await docker(args, { timeoutMs, ...(input === undefined ? {} : { input }) })
  if (result.exitCode === 0) return result
  // Docker's own refusals look like a program's failure, and a program that dies with its machine like one that ended.
  const state = await stateOf(container)
  const notRun =
    [126, 127].includes(result.exitCode) &&
    /executable file not found|OCI runtime/i.test(result.stdout + result.stderr)
  if (allowFailure && state === 'running' && !notRun) return result
  const said = [result.stderr, result.stdout].map((text) => text.trim()).find((text) => text !== '')
  throw new GaplessError(
    `${node}: ${state === 'running' ? '' : `the machine is ${state === 'gone' ? 'gone' : 'off'}; `}` +
      `\`${shellLine(command)}\` ended with status ${result.exitCode}: ${said === undefined ? 'it said nothing' : withoutRepeats(said)}`,
    { code: 'instrument', command: shellLine(['docker', ...args]) },
  )
}

/** kubectl says once for each kind of object that nobody answers. */
function withoutRepeats(text: string): string {
  return [...new Set(text.split('\n'))].join('\n')
}

async function stateOf(container: string): Promise<MachineState> {
  const found = await inspectContainer(container)
  if (found === undefined) return 'gone'
  return found.running ? 'running' : 'exited'
}

async function addressOf({
  node,
  container,
  network,
}: Pick<MachineOptions, 'node' | 'container' | 'network'>): Promise<string> {
  const address = (await inspectContainer(container))?.addresses[network]
  if (address) return address
  throw new GaplessError(`${node}: the container ${container} has no address on the network ${network}`, {
    code: 'instrument',
    command: `docker inspect ${container}`,
  })
}

function refused(node: string, what: string, stderr: string): GaplessError {
  return new GaplessError(`${node} could not be ${what}: ${stderr.trim()}`, { code: 'instrument' })
}
