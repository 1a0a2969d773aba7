import { type Action } from '../../scenario/timeline.js'
import { type Evidence } from '../../store/result.js'
import { type Machine } from '../../testbed/kubernetes/machine.js'
import { seconds } from '../../words.js'
import { evidence, type FaultContext, type FaultDefinition } from '../fault.js'
import { accessOf, machineOf } from './access.js'
import { breaking } from './mending.js'
import { nodeObject } from './nodes.js'

/** What is on the other side of a cut. */
interface Peer {
  readonly name: string
  /** Addresses and ranges of them. */
  readonly ranges: readonly string[]
  /** What answers there when nothing is cut. */
  readonly host: string
  readonly port: number
}

const kubeletPort = 10250

/**
 * Drops or rejects everything between a node with its pods and another node with its pods, or the collector. The rules
 * stand in a chain of our own. Proven by a connection that succeeded before and does not now, and at the end by the
 * packets that met them. Healed when a connection succeeds again.
 */
export const nodeNetworkCut: FaultDefinition = {
  fault: 'node-network-cut',
  needs: ['kubernetes'],
  targets: ['node'],
  inject(spec, context) {
    const machine = machineOf(context, spec.target)
    const { from, reject } = spec.parameters as { readonly from: string | null; readonly reject: boolean }
    const chain = chainOf(from)
    const undo = {
      what: `take the rules of ${chain} off ${machine.node}`,
      undo: () => removeChain(machine, chain),
    }
    return breaking(accessOf(context), undo, async () => {
      const peer = await peerOf(context, from)
      const before = await connect(context, machine, peer)
      await addChain(machine, chain, peer, reject)
      const during = await connect(context, machine, peer)
      return {
        evidence: [
          connection(context, { machine, peer, when: 'before', connected: before, wanted: true }),
          connection(context, { machine, peer, when: 'now', connected: during, wanted: false }),
        ],
        async heal() {
          const met = await packetsMet(context, machine, chain, tableOf(reject))
          await removeChain(machine, chain)
          const after = await connect(context, machine, peer)
          return [met, connection(context, { machine, peer, when: 'again', connected: after, wanted: true })]
        },
      }
    })
  },
}

/** One for each peer, so that cuts to several can be had together. Not longer than the kernel allows. */
const chainOf = (from: string | null) => `GAPLESS-${(from ?? 'collector').toUpperCase()}`.slice(0, 28)

async function peerOf(context: FaultContext, from: string | null): Promise<Peer> {
  if (from === null) {
    const { host, port } = collectorOf(context)
    return { name: 'the collector', ranges: [host], host, port }
  }
  const access = accessOf(context)
  const machine = access.machine(from)
  const node = await nodeObject(access, machine)
  const range = node && 'podCIDR' in node.spec ? [String(node.spec.podCIDR)] : []
  return { name: from, ranges: [machine.address, ...range], host: machine.address, port: kubeletPort }
}

function collectorOf({ endpoints }: FaultContext): { readonly host: string; readonly port: number } {
  const { hostname, port, protocol } = new URL(endpoints.collectorUrls.aggregator)
  return { host: hostname, port: Number(port === '' ? (protocol === 'https:' ? 443 : 80) : port) }
}

const hooks = ['INPUT', 'OUTPUT', 'FORWARD']
const tables = ['mangle', 'filter'] as const
type Table = (typeof tables)[number]
/** Before the filters, where agents of the network may put theirs first; but nothing can be rejected there. */
const tableOf = (reject: boolean): Table => (reject ? 'filter' : 'mangle')
const iptables = (table: Table, ...rule: readonly string[]) => [
  ...['iptables', '--wait', '10', '--table', table],
  ...rule,
]
const reset = ['-p', 'tcp', '--tcp-flags', 'RST', 'RST']
const jump = (chain: string) => ['-m', 'comment', '--comment', 'gapless cuts the network', '-j', chain]

async function addChain(machine: Machine, chain: string, peer: Peer, reject: boolean): Promise<void> {
  await removeChain(machine, chain)
  const add = (...rule: readonly string[]) => machine.exec(iptables(tableOf(reject), ...rule))
  await add('-N', chain)
  // What refuses a connection has to come through.
  if (reject) await add('-A', chain, ...reset, '-j', 'RETURN')
  for (const range of peer.ranges) {
    for (const side of ['-s', '-d']) {
      if (reject)
        await add('-A', chain, side, range, '-p', 'tcp', '-j', 'REJECT', '--reject-with', 'tcp-reset')
      await add('-A', chain, side, range, '-j', 'DROP')
    }
  }
  for (const hook of hooks) await add('-I', hook, '1', ...jump(chain))
}

/** Also where it is there by half, or not at all. A machine that is off has no rules. */
async function removeChain(machine: Machine, chain: string): Promise<void> {
  if ((await machine.state()) !== 'running') return
  for (const table of tables) {
    const remove = (...rule: readonly string[]) =>
      machine.exec(iptables(table, ...rule), { allowFailure: true })
    for (const hook of hooks) await remove('-D', hook, ...jump(chain))
    await remove('-F', chain)
    await remove('-X', chain)
  }
}

interface Connection {
  readonly connected: boolean
  readonly says: string
  readonly tookMs: number
}

const connectTimeoutSeconds = 3

async function connect(context: FaultContext, machine: Machine, { host, port }: Peer): Promise<Connection> {
  const fromMs = context.nowMs()
  const { exitCode, stderr } = await machine.exec(
    ['timeout', String(connectTimeoutSeconds), 'bash', '-c', 'exec 3<>"/dev/tcp/$0/$1"', host, String(port)],
    { allowFailure: true },
  )
  const refused = /refused|unreachable|reset/i.exec(stderr)?.[0].toLowerCase()
  return {
    connected: exitCode === 0,
    says:
      exitCode === 0 ? 'succeeded' : exitCode === 124 ? 'got no answer' : `was ${refused ?? 'not possible'}`,
    tookMs: context.nowMs() - fromMs,
  }
}

interface Tried {
  readonly machine: Machine
  readonly peer: Peer
  readonly when: 'before' | 'now' | 'again'
  readonly connected: Connection
  readonly wanted: boolean
}

function connection(context: FaultContext, { machine, peer, when, connected, wanted }: Tried): Evidence {
  const { says, tookMs } = connected
  const to = `${peer.name} (${peer.host}:${String(peer.port)})`
  const time = { before: 'before the cut', now: 'after the cut', again: 'after the cut was mended' }[when]
  const what = `a connection from ${machine.node} to ${to} ${says} ${time}, after ${seconds(tookMs)}`
  return evidence(context, what, connected.connected === wanted, { tookMs })
}

async function packetsMet(
  context: FaultContext,
  machine: Machine,
  chain: string,
  table: Table,
): Promise<Evidence> {
  const { stdout, exitCode } = await machine.exec(iptables(table, '-nvxL', chain), { allowFailure: true })
  const counts = stdout.split('\n').map((line) => /^\s*(\d+)\s+\d+\s+(?:DROP|REJECT)/.exec(line)?.[1])
  const packets = counts.reduce((sum, count) => sum + Number(count ?? 0), 0)
  const what =
    exitCode === 0
      ? `${packets.toLocaleString('en')} packets met the cut`
      : `the rules of ${chain} had been taken off ${machine.node} by somebody else`
  return evidence(context, what, exitCode === 0 && packets > 0, { packets })
}

export interface CutOptions {
  /** Connections are refused at once; default: their packets vanish. */
  readonly reject?: boolean
}

/** What a scenario says. */
export const nodeNetworkActions = (node: string) => {
  const target = { role: 'node', node } as const
  const cut = (from: string | null, { reject = false }: CutOptions): Action => ({
    type: 'inject',
    spec: {
      fault: 'node-network-cut',
      target,
      description: `cut ${node} and its pods off from ${from ?? 'the collector'}${reject ? ' (refused)' : ''}`,
      parameters: { from, reject, ...(from !== null && { node: from }) },
    },
  })
  return {
    /** Nothing passes between this node with its pods and the other one with its pods, until `restoreNetwork`. */
    cutFrom: (other: string, options: CutOptions = {}) => cut(other, options),
    cutFromCollector: (options: CutOptions = {}) => cut(null, options),
    /** Mends all cuts of this node. */
    restoreNetwork: (): Action => ({
      type: 'heal',
      heals: 'node-network-cut',
      target,
      description: `restore the network of ${node}`,
    }),
  }
}
