import { constants } from 'node:os'
import { GaplessError } from '../../errors.js'
import type { ProcessRef, ProcessSelector } from '../contract.js'
import type { Machine } from './machine.js'

/** What runs of a pod on its node, asked of the node itself: it is true also while kubelet is stopped. */
export interface SeenPod {
  /** The container that runs; undefined where none does. */
  readonly containerId?: string
  /** Its processes, the first one first. */
  readonly processes: readonly ProcessRef[]
  /** When its first process started, by the node's clock, to 10 ms. */
  readonly startedAtMs?: number
  /** How often the container was started again, as kubelet numbers its log files; undefined where there is none. */
  readonly restartCount?: number
  /** The processes that the signal was sent to. */
  readonly signalled: readonly ProcessRef[]
}

export interface SeenWhere {
  readonly uid: string
  /** kubelet's directory of the container's log files. */
  readonly logDirectory: string
}

/**
 * One shell for everything: between a process being found and being signalled lies next to nothing, and its start time
 * is looked at again just before. A process belongs to a pod by its control group, whose path has the pod's uid in
 * one of two spellings and ends in the container's id. The pause container is left out.
 */
const script = `
uid=$1; spelt=$2; logs=$3; signal=$4; to=$5
read -r boot < /proc/sys/kernel/random/boot_id
read -r up _ < /proc/uptime
echo "clock $boot $up $(date +%s.%N) $(getconf CLK_TCK)"
for log in "$logs"/*.log; do [ -e "$log" ] && echo "log \${log##*/}"; done
chosen=
for file in $(grep -l -e "pod$uid" -e "pod$spelt" /proc/[0-9]*/cgroup 2>/dev/null); do
  directory=\${file%/cgroup}; pid=\${directory#/proc/}
  { read -r stat < $directory/stat; } 2>/dev/null || continue
  case $stat in *" (pause) "*) continue;; esac
  group=$(grep -m1 -e "pod$uid" -e "pod$spelt" $file 2>/dev/null) || continue
  inner=$(grep -m1 NSpid: $directory/status 2>/dev/null) || continue
  inner=\${inner##*[!0-9]}
  set -- \${stat##*) }
  state=$1; shift 19; start=$1
  case $state in Z|X|x) continue;; esac
  echo "process $pid $start $state $inner \${group##*/} $(tr '\\0\\n' '  ' < $directory/cmdline 2>/dev/null)"
  case $to-$inner in all-*|main-1) ;; workers-1) continue;; workers-*) ;; *) continue;; esac
  chosen="$chosen $pid:$start"
done
[ -n "$signal" ] || exit 0
pids=
for one in $chosen; do
  { read -r stat < /proc/\${one%:*}/stat; } 2>/dev/null || continue
  set -- \${stat##*) }
  shift 19
  [ "$1" = "\${one#*:}" ] && pids="$pids \${one%:*}"
done
[ -n "$pids" ] || exit 0
kill -$signal $pids 2>/dev/null
echo "signalled$pids"
`

/** Looks at a pod, and sends its processes a signal if one is given. Throws where the machine is powered off. */
export async function seePod(
  machine: Machine,
  { uid, logDirectory }: SeenWhere,
  send?: { readonly signal: NodeJS.Signals; readonly to: ProcessSelector },
): Promise<SeenPod> {
  const signal = send === undefined ? '' : String(constants.signals[send.signal])
  const { stdout } = await machine.exec([
    ...['sh', '-c', script, 'sh', uid, uid.replaceAll('-', '_')],
    ...[logDirectory, signal, send?.to ?? ''],
  ])
  return parseSeen(stdout, machine.node)
}

/**
 * When a machine booted by its clock, by its boot id: reckoned once, as it comes out a little different each time, and
 * a process has started once.
 */
const bootedAtSeconds = new Map<string, number>()

/** Exported for its tests. */
export function parseSeen(text: string, node: string): SeenPod {
  const lines = text.split('\n')
  const clock = /^clock (\S{8})\S* (\S+) (\S+) (\d+)$/m.exec(text)
  if (clock === null) {
    throw new GaplessError(`${node} did not say which processes it has: ${text.slice(0, 300)}`, {
      code: 'instrument',
    })
  }
  const [, boot = '', up, now, ticksPerSecond] = clock
  const bootedAt = bootedAtSeconds.get(boot) ?? Number(now) - Number(up)
  bootedAtSeconds.set(boot, bootedAt)
  const found = lines.flatMap((line) => {
    const match = /^process (\d+) (\d+) (\S) (\d+) (\S+) (.*)$/.exec(line)
    if (match === null) return []
    const [, pid, start, state = '', inner, group = '', command = ''] = match
    const ref: ProcessRef = {
      pid: Number(pid),
      startTime: `${start ?? ''}-${boot}`,
      command: command.trim().slice(0, 300),
      ...(/[Tt]/.test(state) && { stopped: true }),
    }
    return [{ ref, ticks: Number(start), first: inner === '1', containerId: containerIdOf(group) }]
  })
  // At a restart the last processes of the container before may still be there.
  const newest = found.filter(({ first }) => first).sort((a, b) => b.ticks - a.ticks)[0]
  const ours = found
    .filter(({ containerId }) => containerId === newest?.containerId)
    .sort((a, b) => Number(b.first) - Number(a.first) || a.ticks - b.ticks || a.ref.pid - b.ref.pid)
  const signalled = new Set(/^signalled (.*)$/m.exec(text)?.[1]?.split(' ').map(Number))
  const restarts = lines.flatMap((line) => /^log (\d+)\.log$/.exec(line)?.[1] ?? []).map(Number)
  return {
    ...(newest && {
      containerId: newest.containerId,
      startedAtMs: Math.round((bootedAt + newest.ticks / Number(ticksPerSecond)) * 1000),
    }),
    processes: ours.map(({ ref }) => ref),
    ...(restarts.length > 0 && { restartCount: Math.max(...restarts) }),
    signalled: found.filter(({ ref }) => signalled.has(ref.pid)).map(({ ref }) => ref),
  }
}

/** `cri-containerd-ID.scope` by systemd, `ID` by cgroupfs. */
function containerIdOf(group: string): string {
  return group.replace(/\.scope$/, '').replace(/^.*[-:]/, '')
}
